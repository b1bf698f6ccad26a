"""Tidy CSV: a line per number, a column per dtype, and one for its distance from the last."""

from __future__ import annotations

from typing import IO

from rnncalc.numbers.digits import whole
from rnncalc.trace.selection import Selection
from rnncalc.trace.side_by_side import SideBySide
from rnncalc.writers.result.to_csv import line
from rnncalc.writers.side_by_side.rows import numbers, objects
from rnncalc.writers.style import Style


def write(both: SideBySide, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write what is selected, every digit of it."""
    off = [f"distance_{name}" for name in both.dtypes[:-1]]
    keys = [*both.last.keys, "layer", "direction", "name", "index"]
    out.write(line([*keys, *both.dtypes, *off], style))
    for row in objects(both, numbers(both, selection)):
        cells = [*row.pop("values").values(), *row.pop("distances").values()]
        out.write(line(row.values(), style, map(whole, cells)))
