"""How columns of numbers show themselves where Python prints them and in notebooks: both ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from rnncalc.array import Array
from rnncalc.numbers.digits import number

ROWS = 20
"""How many rows at either end are shown."""

Columns = Mapping[str, Array]


def text(title: str, keys: Columns, columns: Columns) -> str:
    """A table in plain text; ``keys`` tell its rows apart, in the columns are numbers."""
    rows = list(_rows(keys, columns))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.rjust, row, widths)) for row in rows]
    return "\n".join([title, *lines])


def html(title: str, keys: Columns, columns: Columns) -> str:
    """The same as an HTML table."""
    from html import escape

    head, *rows = list(_rows(keys, columns))
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><caption>{escape(title)}</caption><tr>{top}</tr>{body}</table>"


def _rows(keys: Columns, columns: Columns) -> Iterator[list[str]]:
    yield [*keys, *columns]
    count = len(keys["t"])
    for row in range(count):
        if row == ROWS and count > 2 * ROWS:
            yield ["..."] * (len(keys) + len(columns))
        if row < ROWS or row >= count - ROWS:
            cells = [column[row] for column in columns.values()]
            numbers = ["" if cell is np.ma.masked else number(cell, 6) for cell in cells]
            yield [str(key[row]) for key in keys.values()] + numbers
