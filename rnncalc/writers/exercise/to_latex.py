"""An exercise as LaTeX for a page."""

from __future__ import annotations

from typing import IO

from rnncalc.explaining.exercise import Exercise
from rnncalc.trace.selection import Selection
from rnncalc.writers import latex
from rnncalc.writers.exercise import question
from rnncalc.writers.result import to_latex
from rnncalc.writers.style import Style

HEIGHT = r"\renewcommand{\arraystretch}{1.6}"
"""Room to write in."""


def write(exercise: Exercise, style: Style, out: IO[bytes]) -> None:
    """Write the question."""
    model = exercise.trace.model
    lines = [latex.NEEDED, rf"\noindent {latex.plain(question.task(exercise, style))}"]
    lines += to_latex.formulas_of(model, Selection())
    lines += to_latex.arrays_of(model, Selection(), "full")
    rows = [question.head(exercise)]
    rows += [[cell or latex.BLANK for cell in row] for row in question.rows(exercise, style)]
    lines += [f"{{{HEIGHT}", *to_latex.tables(rows, 1), "}"]
    out.write(style.encoded("\n".join([*lines, ""])))
