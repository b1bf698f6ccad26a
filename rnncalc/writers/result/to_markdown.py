"""A Markdown table: the formula on top, a row per timestep."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from rnncalc.model.model import Model
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace
from rnncalc.writers.markdown import safe, table
from rnncalc.writers.result.grid import Grid, grid, summary
from rnncalc.writers.result.heading import heading
from rnncalc.writers.result.writing import written
from rnncalc.writers.style import Style


def write(trace: Trace, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the table of what is selected."""
    cells = grid(trace, selection, style.digits)
    below = summary(trace, selection, indent=4)
    below += ["", *safe(trace.model, [cells.others])] if cells.others else []
    lines = [f"    {line}" for line in written(trace, selection)]
    below += ["", *lines] if lines else []
    draw(cells, trace.model, (heading(trace, selection, style.digits), below), style, out)


def draw(
    cells: Grid,
    model: Model,
    around: tuple[Iterable[str], Iterable[str]],
    style: Style,
    out: IO[bytes],
) -> None:
    """Draw a table; ``around``: formulas above it, and lines below."""
    above, below = around
    formulas = [f"    {line}" for line in above]
    rows = table(list(safe(model, cells.head)), cells.rows())
    note = ["", f"Rounded to {style.rounding}."] if cells.rounded else []
    out.write(style.encoded("\n".join([*formulas, "", *rows, *below, *note, ""])))
