"""An exercise as a workbook: a cell turns green when what is typed there is right.

The answers are formulas in a sheet that is hidden: a changed weight is another exercise.
"""

from __future__ import annotations

from typing import IO, Any

from rnncalc.errors import RnncalcError
from rnncalc.explaining.exercise import Exercise
from rnncalc.explaining.formulas import formulas
from rnncalc.numbers.digits import Digits
from rnncalc.writers.exercise import question
from rnncalc.writers.result.to_xlsx import front
from rnncalc.writers.sheets.book import WIDTH, Book, Exact
from rnncalc.writers.sheets.layout import Sheet
from rnncalc.writers.sheets.network import Network
from rnncalc.writers.sheets.notation import SHEET, letters
from rnncalc.writers.style import Style

TOP = 4
"""The row of the head, behind the task and what to do."""


def write(exercise: Exercise, style: Style, out: IO[bytes]) -> None:
    """Write the question; the answers are in a hidden sheet."""
    tolerance = _tolerance(style.digits)
    network, book = Network(exercise.trace, SHEET), Book(out)
    (answers,) = network.sheets
    lines = [question.task(exercise, style), "A cell turns green when its number is right."]
    page = book.page("exercise", lines)
    _table(book, page, exercise, answers, tolerance)
    front(book, ["What is given", *formulas(exercise.trace.model)], network)
    book.sheet(answers).very_hidden()
    book.close()


def _table(book: Book, page: Any, exercise: Exercise, answers: Sheet, tolerance: str) -> None:
    """The head, and a row a timestep: what is given refers to the answers."""
    green = book.workbook.add_format({"bg_color": "#C6EFCE", "font_color": "#006100"})
    empty = book.workbook.add_format({"border": 1})
    page.set_column(1, len(answers.columns), WIDTH)
    page.write_string(TOP, 0, "t", book.head)
    for i, column in enumerate(answers.columns, 1):
        page.write_string(TOP, i, column.head, book.head)
        blank = column.head.partition("[")[0] in exercise.blank
        for t in range(1, exercise.trace.timesteps + 1):
            row, answer = TOP + t, answers.cell(i, 0, t)
            page.write_number(row, 0, t)
            if not blank:
                page.write_formula(row, i, f"={answer}", None, Exact(column.values[0, t - 1]))
                continue
            page.write_blank(row, i, None, empty)
            own = f"{letters(i)}{row + 1}"
            right = f"=AND(ISNUMBER({own}),ABS({own}-{answer})<={tolerance})"
            page.conditional_format(
                row, i, row, i, {"type": "formula", "criteria": right, "format": green}
            )


def _tolerance(digits: Digits) -> str:
    """Half a unit of the last decimal, and what rounding to it may add.

    Errors: RnncalcError for digits that are no decimals.
    """
    if not isinstance(digits, str) or not digits.startswith("."):
        raise RnncalcError("a sheet checks so many decimals: write --digits .4")
    return f"{0.5001 * 10 ** -int(digits[1:]):.10g}"
