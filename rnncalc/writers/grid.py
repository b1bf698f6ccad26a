"""Rows of text: what table, markdown and latex have in common before they draw their lines."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncalc import digits
from rnncalc.trace import Trace
from rnncalc.writers.view import View

ROWS = 40
"""A longer table shows its head and its tail, half of it each, unless all were asked for."""


class Grid(NamedTuple):
    """Text in rows and columns.

    Attributes:
        head: the names of the columns; the first ``keys`` of them tell the rows apart.
        rows: the cells; empty where there is no number (y of many-to-one before its last step).
        left_out: how many rows stand between the head and the tail, and where, or 0.
        rounded: whether any number has more digits than are shown.
    """

    head: list[str]
    keys: int
    rows: list[list[str]]
    left_out: int
    rounded: bool


def grid(trace: Trace, view: View, *, cut: bool = False) -> Grid:
    """The text of what the view shows; with ``cut``, head and tail of a long table."""
    parts = view.parts(trace)
    keys, columns = trace.columns(parts=parts)
    several = len({(p.layer, p.direction) for p in parts if p.layer}) > 1
    heads = [_head(p.label(several), p.values.shape[-1], i) for p in parts for i in p.index]
    count = len(keys["t"])
    shown = np.arange(count)
    if cut and count > ROWS and not view.every_row:
        shown = np.r_[: ROWS // 2, count - ROWS // 2 : count]
    numbers = [column[shown] for column in columns.values()]
    cells = [[_cell(value, view.digits) for value in column] for column in numbers]
    with np.errstate(over="ignore"):  # 65500 has no float16
        rounded = any(
            text and digits.changed(value, text)
            for column, texts in zip(numbers, cells, strict=True)
            for value, text in zip(column, texts, strict=True)
        )
    left = [[str(value) for value in key[shown]] for key in keys.values()]
    rows = [list(row) for row in zip(*left, *cells, strict=True)]
    return Grid([*keys, *heads], len(keys), rows, count - len(shown), rounded)


def _head(name: str, width: int, index: Any) -> str:
    last = name.rsplit(".", 1)[-1] if name[-1] in "hcyx" else name
    timed = f"{name}_t" if len(last) == 1 else name  # x_t, h_t; but x_term, bias, a.i
    return timed if width == 1 and index == 0 else f"{timed}[{index}]"


def _cell(value: Any, wanted: digits.Digits) -> str:
    return "" if value is np.ma.masked else digits.number(value, wanted)
