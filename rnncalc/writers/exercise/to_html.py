"""An exercise as a page without scripts, whose blanks can be filled in and printed."""

from __future__ import annotations

from typing import IO

from rnncalc.explaining.exercise import Exercise
from rnncalc.explaining.formulas import formulas
from rnncalc.writers import html
from rnncalc.writers.exercise import question
from rnncalc.writers.style import Style

HEAD = '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>Exercise</title>'
BLANK = '<input size="9" aria-label="{0}">'


def write(exercise: Exercise, style: Style, out: IO[bytes]) -> None:
    """Write the question."""
    head, arrays = question.head(exercise), question.arrays(exercise)
    parts = [
        html.paragraph(html.text(question.task(exercise, style))),
        html.lines(formulas(exercise.trace.model)),
        html.lines(f"{name} = {question.array(array)}" for name, array in arrays.items()),
        html.table(head, (_row(head, row) for row in question.rows(exercise, style))),
    ]
    out.write("\n".join([HEAD, *parts, ""]).encode())


def _row(head: list[str], row: list[str]) -> list[str]:
    """The cells of a row; each blank says which number it is for."""
    return [
        html.text(cell) if cell else BLANK.format(f"{name}, t = {row[0]}")
        for name, cell in zip(head, row, strict=True)
    ]
