"""Tidy CSV: one number a line, ``t,layer,direction,name,index,value``, every digit of it."""

from __future__ import annotations

import csv
from typing import IO, Any

from rnncalc.activations import Array
from rnncalc.digits import number
from rnncalc.quantity import Quantity
from rnncalc.trace import Trace
from rnncalc.writers.view import View


def write(trace: Trace, view: View, out: IO[bytes]) -> None:
    """Write what the view shows, in the order of sequence, time and name."""
    parts = view.parts(trace)
    rows = lines(out)
    batch = ["sequence"] if trace.batched else []
    rows.writerow([*batch, "t", "layer", "direction", "name", "index", "value"])
    places = [dict(zip(part.t.tolist(), range(len(part.t)), strict=True)) for part in parts]
    times = sorted({t for place in places for t in place})
    for sequence in range(trace.x.shape[0] if trace.batched else 1):
        key = [sequence] if trace.batched else []
        for t in times:
            for part, place in zip(parts, places, strict=True):
                if t in place:
                    values = part.values[sequence] if trace.batched else part.values
                    rows.writerows([*key, t, *row] for row in _rows(part, values[place[t]]))


def _rows(part: Quantity, values: Array) -> list[list[str]]:
    return [
        [part.layer, part.direction, part.name, str(index), number(value)]
        for index, value in zip(part.index, values, strict=True)
    ]


def lines(out: IO[bytes]) -> Any:
    """A csv.writer that writes UTF-8 bytes, a line at a time."""
    return csv.writer(_Encoded(out), lineterminator="\n")


class _Encoded:
    def __init__(self, out: IO[bytes]) -> None:
        self.out = out

    def write(self, text: str) -> int:
        return self.out.write(text.encode())
