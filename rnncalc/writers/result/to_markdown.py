"""A Markdown table: the formula on top, a row per timestep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO

from rnncalc.model.model import Model
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace
from rnncalc.writers.markdown import safe
from rnncalc.writers.result.grid import Grid, grid, summary
from rnncalc.writers.result.heading import heading
from rnncalc.writers.style import Style


def write(trace: Trace, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the table of what is selected."""
    cells = grid(trace, selection, style.digits)
    below = summary(trace, selection, indent=4)
    below += ["", *safe(trace.model, [cells.others])] if cells.others else []
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
    head = list(safe(model, cells.head))
    texts = list(cells.rows())
    widths = [max(4, *map(len, column)) for column in zip(head, *texts, strict=True)]
    rule = [f"{'-' * (width - 1)}:" for width in widths]
    rows = [_row(head, widths), _row(rule, widths)]
    rows += [_row(row, widths) for row in texts]
    note = ["", f"Rounded to {style.rounding}."] if cells.rounded else []
    out.write(style.encoded("\n".join([*formulas, "", *rows, *below, *note, ""])))


def _row(cells: Sequence[str], widths: list[int]) -> str:
    texts = [cell.replace("|", r"\|") for cell in cells]
    return f"| {' | '.join(map(str.rjust, texts, widths))} |"
