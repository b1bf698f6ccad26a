"""A table for the terminal: the formula on top, a row per number, the dtypes beside each other."""

from __future__ import annotations

from typing import IO

from rnncalc.trace.selection import Selection
from rnncalc.trace.side_by_side import SideBySide
from rnncalc.writers import lines
from rnncalc.writers.result.to_table import about_rows, draw
from rnncalc.writers.side_by_side.rows import above, grid
from rnncalc.writers.style import Style


def write(both: SideBySide, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the table of what is selected."""
    cells, sentence = grid(both, selection, style.digits, cut=style.terminal)
    below = ["", *lines.folded(sentence, style.width, deeper="")]
    around = above(both, selection, style.digits), below, about_rows(cells, style)
    draw(cells, around, style, out)
