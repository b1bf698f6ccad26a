"""How a Trace shows itself where Python prints it and in notebooks: its first and last rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from rnncalc.digits import number

if TYPE_CHECKING:
    from rnncalc.trace import Trace

ROWS = 20
"""How many rows at either end are shown."""


def text(trace: Trace) -> str:
    """A table in plain text: x, h and y of every timestep."""
    rows = list(_rows(trace))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.rjust, row, widths)) for row in rows]
    return "\n".join([f"<Trace of {trace.model!r}>", *lines])


def html(trace: Trace) -> str:
    """The same as an HTML table."""
    from html import escape

    head, *rows = list(_rows(trace))
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    caption = escape(repr(trace.model)[1:-1])
    return f"<table><caption>{caption}</caption><tr>{top}</tr>{body}</table>"


def _rows(trace: Trace) -> Iterator[list[str]]:
    keys, columns = trace.columns(["x", "h", "y"])
    yield [*keys, *columns]
    count = len(keys["t"])
    for row in range(count):
        if row == ROWS and count > 2 * ROWS:
            yield ["..."] * (len(keys) + len(columns))
        if row < ROWS or row >= count - ROWS:
            cells = [column[row] for column in columns.values()]
            numbers = ["" if cell is np.ma.masked else number(cell, 6) for cell in cells]
            yield [str(key[row]) for key in keys.values()] + numbers
