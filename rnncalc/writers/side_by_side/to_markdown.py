"""A Markdown table: the formula on top, a row per number, the dtypes beside each other."""

from __future__ import annotations

from typing import IO

import numpy as np

from rnncalc.trace.selection import Selection
from rnncalc.trace.side_by_side import SideBySide
from rnncalc.writers.markdown import safe
from rnncalc.writers.result.to_markdown import draw
from rnncalc.writers.side_by_side.rows import above, grid
from rnncalc.writers.style import Style


def write(both: SideBySide, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the table of what is selected."""
    cells, sentence = grid(both, selection, style.digits)
    model, place = both.last.model, cells.keys - 1
    cells.columns[place] = np.array([*safe(model, cells.columns[place].tolist())])
    around = above(both, selection, style.digits), ["", *safe(model, [sentence])]
    draw(cells, model, around, style, out)
