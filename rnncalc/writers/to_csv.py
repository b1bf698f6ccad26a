"""Tidy CSV: one number a line, ``t,layer,direction,name,index,value``, every digit of it."""

from __future__ import annotations

import csv
from typing import IO, Any

from rnncalc.digits import number
from rnncalc.trace import Quantity, Trace
from rnncalc.writers.view import View


def write(trace: Trace, view: View, out: IO[bytes]) -> None:
    """Write what the view shows, in the order of sequence, time and name."""
    rows = lines(out)
    batch = ["sequence"] if trace.batched else []
    rows.writerow([*batch, "t", "layer", "direction", "name", "index", "value"])
    parts = view.parts(trace)
    for sequence in range(trace.x.shape[0] if trace.batched else 1):
        key = [sequence] if trace.batched else []
        for t in sorted({int(t) for part in parts for t in part.t}):
            for part in parts:
                rows.writerows([*key, t, *row] for row in _rows(part, t, sequence, trace.batched))


def _rows(part: Quantity, t: int, sequence: int, batched: bool) -> list[list[str]]:
    values = part.values[sequence] if batched else part.values
    return [
        [part.layer, part.direction, part.name, str(index), number(value)]
        for row in values[part.t == t]
        for index, value in zip(part.index, row, strict=True)
    ]


def lines(out: IO[bytes]) -> Any:
    """A csv.writer that writes UTF-8 bytes, a line at a time."""
    return csv.writer(_Encoded(out), lineterminator="\n")


class _Encoded:
    def __init__(self, out: IO[bytes]) -> None:
        self.out = out

    def write(self, text: str) -> int:
        return self.out.write(text.encode())
