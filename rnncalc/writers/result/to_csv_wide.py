"""Wide CSV: a line per timestep, ``t,x[0],a[0],h[0]``, every digit of every number."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from rnncalc.trace.quantity import labels
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace
from rnncalc.writers.result.to_csv import key, line, timed
from rnncalc.writers.style import Style


def stream(traces: Iterable[Trace], selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write what is selected; a cell is empty where there is no number."""
    for number, trace in enumerate(traces):
        parts = selection.parts(trace)
        if not number:
            out.write(head(trace, selection, style))
        empty = [b"," * (len(part.index) - 1) for part in parts]
        for label, sequence in trace.sequences(parts):
            start = key(label, style)
            times, rows = timed(sequence)
            out.write(b"".join(
                b"%b%d,%b\n" % (start, t, b",".join(map(_cells, rows, empty, [t] * len(rows))))
                for t in times
            ))  # fmt: skip


def head(trace: Trace, selection: Selection, style: Style) -> bytes:
    """The line on top."""
    return line([*trace.keys, *labels(selection.parts(trace))], style)


def _cells(row: dict[int, bytes], empty: bytes, t: int) -> bytes:
    return row.get(t, empty)
