"""Tidy CSV: one number a line, ``t,layer,direction,name,index,value``, every digit of it; with
tabs in the place of commas it is TSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import IO, Any

from rnncalc.errors import printable
from rnncalc.numbers.cells import name_cell
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
            out.write(head(trace, selection, style))
        for label, sequence in trace.sequences(parts):
            out.write(b"".join(_lines(key(label, style), sequence, style)))


def head(trace: Trace, selection: Selection, style: Style) -> bytes:
    """The line on top."""
    return line([*trace.keys, *HEAD[1:]], style)


def key(label: str | int | None, style: Style) -> bytes:
    """What stands in front of the t of a sequence."""
    if label is None:
        return b""
    name = printable(label, len(label)) if isinstance(label, str) else label
    return line([name, ""], style).removesuffix(b"\n")


def _lines(key: bytes, parts: Sequence[Quantity], style: Style) -> list[bytes]:
    """The lines of one sequence; ``key`` stands in front of each."""
    heads = [[_head(part, index, style) for index in part.index] for part in parts]
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


def _head(part: Quantity, index: Any, style: Style) -> bytes:
    """What stands between t and the value."""
    cells = ["", part.layer, part.direction, part.name, index, ""]
    return line(cells, style).removesuffix(b"\n")


def line(cells: Iterable[Any], style: Style, numbers: Iterable[str] = ()) -> bytes:
    """One line: names with separators or quotes in them are quoted, none is a formula."""
    text = io.StringIO()
    names = [name_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    lines = csv.writer(text, delimiter=style.separator, lineterminator="\n")
    lines.writerow([*names, *numbers])
    return text.getvalue().encode()
