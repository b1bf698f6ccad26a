"""Tidy CSV: one number a line, ``t,layer,direction,name,index,value``, every digit of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import IO, Any

from rnncalc.trace.quantity import Quantity
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace
from rnncalc.writers.numbers import row_texts
from rnncalc.writers.style import Style

HEAD = ("t", "layer", "direction", "name", "index", "value")


def stream(traces: Iterable[Trace], selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write what is selected, in the order of sequence, time and name."""
    for number, trace in enumerate(traces):
        parts = selection.parts(trace)
        if not number:
            out.write(head(trace, selection))
        for label, sequence in trace.sequences(parts):
            out.write(b"".join(_lines(key(label), sequence)))


def head(trace: Trace, selection: Selection) -> bytes:
    """The line on top."""
    return line([*trace.keys, *HEAD[1:]])


def key(label: str | int | None) -> bytes:
    """What stands in front of the t of a sequence."""
    return b"" if label is None else line([label, ""]).removesuffix(b"\n")


def _lines(key: bytes, parts: Sequence[Quantity]) -> list[bytes]:
    """The lines of one sequence; ``key`` stands in front of each."""
    heads = [[_head(part, index) for index in part.index] for part in parts]
    times, rows = timed(parts)
    return [
        b"%b%d%b%b\n" % (key, t, head, value)
        for t in times
        for row, names in zip(rows, heads, strict=True)
        if t in row
        for head, value in zip(names, row[t].split(b","), strict=True)
    ]


def timed(parts: Iterable[Quantity]) -> tuple[list[int], list[dict[int, bytes]]]:
    """The timesteps of quantities, and of each quantity the text of its row at each."""
    rows = [dict(zip(part.t.tolist(), row_texts(part.values), strict=True)) for part in parts]
    return sorted({t for row in rows for t in row}), rows


def _head(part: Quantity, index: Any) -> bytes:
    """What stands between t and the value."""
    return line(["", part.layer, part.direction, part.name, index, ""]).removesuffix(b"\n")


def line(cells: Iterable[Any]) -> bytes:
    """One line of CSV: names with commas or quotes in them are quoted."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue().encode()
