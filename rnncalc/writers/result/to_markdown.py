"""A Markdown table: the formula on top, a row per timestep."""

from __future__ import annotations

from typing import IO

from rnncalc.trace.trace import Trace
from rnncalc.writers.markdown import safe
from rnncalc.writers.result.grid import grid
from rnncalc.writers.result.heading import heading
from rnncalc.writers.selection import Selection
from rnncalc.writers.style import Style


def write(trace: Trace, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the table of what is selected."""
    cells = grid(trace, selection, style.digits)
    formulas = [f"    {line}" for line in heading(trace, selection, style.digits)]
    head = list(safe(trace.model, cells.head))
    widths = [max(4, *map(len, column)) for column in zip(head, *cells.rows, strict=True)]
    rule = [f"{'-' * (width - 1)}:" for width in widths]
    rows = [_row(head, widths), _row(rule, widths)]
    rows += [_row(row, widths) for row in cells.rows]
    note = ["", f"Rounded to {style.digits} significant digits."] if cells.rounded else []
    text = "\n".join([*formulas, "", *rows, *_summary(trace, selection), *note, ""])
    out.write(style.encoded(text))


def _summary(trace: Trace, selection: Selection) -> list[str]:
    """What stands out, as a block of its own where lines stay lines."""
    if not selection.summary:
        return []
    from rnncalc.writers.result.standout import lines

    return ["", *(f"    {line}" for line in lines(trace, selection))]


def _row(cells: list[str], widths: list[int]) -> str:
    texts = [cell.replace("|", r"\|") for cell in cells]
    return f"| {' | '.join(map(str.rjust, texts, widths))} |"
