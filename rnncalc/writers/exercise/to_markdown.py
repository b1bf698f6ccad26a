"""An exercise in Markdown, which is readable as text, too."""

from __future__ import annotations

from typing import IO

from rnncalc.explaining.exercise import Exercise
from rnncalc.explaining.formulas import formulas
from rnncalc.writers.exercise import question
from rnncalc.writers.markdown import table
from rnncalc.writers.style import Style

BLANK = "______"


def write(exercise: Exercise, style: Style, out: IO[bytes]) -> None:
    """Write the question."""
    arrays = question.arrays(exercise)
    lines = [question.task(exercise, style), ""]
    lines += [f"    {line}" for line in formulas(exercise.trace.model)]
    lines += ["", *(f"- {name} = {question.array(array)}" for name, array in arrays.items()), ""]
    rows = [[cell or BLANK for cell in row] for row in question.rows(exercise, style)]
    lines += table(question.head(exercise), rows)
    out.write(style.encoded("\n".join([*lines, ""])))
