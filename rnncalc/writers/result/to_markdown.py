"""A Markdown table: the formula on top, a row per timestep."""

from __future__ import annotations

from typing import IO

from rnncalc.trace.trace import Trace
from rnncalc.writers.markdown import safe
from rnncalc.writers.result.grid import grid
from rnncalc.writers.result.heading import heading
from rnncalc.writers.view import View


def write(trace: Trace, view: View, out: IO[bytes]) -> None:
    """Write the table of what the view shows."""
    cells = grid(trace, view)
    formulas = [f"    {line}" for line in heading(trace, view)]
    head = list(safe(trace.model, cells.head))
    widths = [max(4, *map(len, column)) for column in zip(head, *cells.rows, strict=True)]
    rule = [f"{'-' * (width - 1)}:" for width in widths]
    rows = [_row(head, widths), _row(rule, widths)]
    rows += [_row(row, widths) for row in cells.rows]
    note = ["", f"Rounded to {view.digits} significant digits."] if cells.rounded else []
    text = "\n".join([*formulas, "", *rows, *_summary(trace, view), *note, ""])
    out.write(text.encode(view.encoding, "backslashreplace"))


def _summary(trace: Trace, view: View) -> list[str]:
    """What stands out, as a block of its own where lines stay lines."""
    if not view.summary:
        return []
    from rnncalc.writers.result.standout import lines

    return ["", *(f"    {line}" for line in lines(trace, view))]


def _row(cells: list[str], widths: list[int]) -> str:
    texts = [cell.replace("|", r"\|") for cell in cells]
    return f"| {' | '.join(map(str.rjust, texts, widths))} |"
