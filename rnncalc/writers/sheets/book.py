"""The workbook as a file: what the plan says, cell by cell, by XlsxWriter.

Text is written as text and numbers as numbers: nothing that a model brings becomes a formula. The
same plan gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import IO, Any

import numpy as np

from rnncalc.containers.extra import needed
from rnncalc.writers.sheets.layout import Column, Sheet
from rnncalc.writers.sheets.notation import letters, quoted

WIDTH = 13
"""Of a column, in characters: numbers are shown with some ten digits; all are there."""


class Exact(float):
    """A number that is written with every digit; XlsxWriter asks for sixteen."""

    def __format__(self, _: str) -> str:
        return repr(float(self))


class Book:
    """A workbook that is being written."""

    def __init__(self, out: IO[bytes]) -> None:
        xlsxwriter: Any = needed("xlsxwriter", "a spreadsheet", "writing", extra="xlsx")
        self.workbook = xlsxwriter.Workbook(out, {"in_memory": True})
        self.workbook.set_properties({"created": datetime(2000, 1, 1)})
        add = self.workbook.add_format
        self.bold, self.pale = add({"bold": True}), add({"font_color": "#707070"})
        self.head = add({"bold": True, "align": "right"})
        self.given = add({"font_color": "#0000C0", "bg_color": "#FFF8DC"})

    def close(self) -> None:
        """Write the file."""
        self.workbook.close()

    def page(self, name: str, lines: Iterable[str]) -> Any:
        """A sheet with text at its top."""
        page = self.workbook.add_worksheet(name)
        page._prepare_formula = _bare  # its own looks for 30 names that no formula here has
        for i, line in enumerate(lines):
            page.write_string(i, 0, line, self.bold if i == 0 else self.pale)
        return page

    def number(self, page: Any, row: int, column: int, value: Any, style: Any = None) -> None:
        """A number, in every digit; one that is none as text."""
        if np.isfinite(value):
            page.write_number(row, column, Exact(value), style)
        else:
            page.write_string(row, column, str(float(value)), style)

    def array(self, page: Any, name: str, row: int, column: int, values: Any) -> None:
        """An array with its name, which formulas use, above it."""
        page.write_string(row, column, name, self.bold)
        for i, numbers in enumerate(values):
            for j, value in enumerate(numbers):
                self.number(page, row + 1 + i, column + j, value, self.given)
        first = f"${letters(column)}${row + 2}"
        last = f"${letters(column + values.shape[1] - 1)}${row + 1 + len(values)}"
        self.workbook.define_name(name, f"={quoted(page.name)}{first}:{last}")

    def sheet(self, sheet: Sheet) -> Any:
        """A sheet of the plan, written."""
        page = self.page(sheet.name, sheet.lines)
        head = sheet.rows.first - 2
        for i, name in enumerate([*sheet.keys, *(column.head for column in sheet.columns)]):
            page.write_string(head, i, name, self.head)
        page.freeze_panes(head + 1, len(sheet.keys))
        page.set_column(len(sheet.keys), sheet.next - 1, WIDTH)
        for sequence in range(sheet.rows.sequences):
            for t in sheet.rows.t:
                self._row(page, sheet, sequence, t)
        return page

    def _row(self, page: Any, sheet: Sheet, sequence: int, t: int) -> None:
        row = sheet.rows(sequence, t) - 1
        keys = [sequence, t][-len(sheet.keys) :]
        for i, key in enumerate(keys):
            page.write_number(row, i, key, self.pale)
        for i, column in enumerate(sheet.columns, len(keys)):
            self._cell(page, row, i, column, sequence, t)

    def _cell(self, page: Any, row: int, i: int, column: Column, sequence: int, t: int) -> None:
        """A cell of a step: a formula and its number, or a number; of the initial states, too."""
        timesteps = column.values.shape[1]
        if 1 <= t <= timesteps:
            text, value = column.text(sequence, t), column.values[sequence, t - 1]
        elif column.initial is not None and column.initial.t == t:
            text, value = column.initial.texts[sequence], column.initial.values[sequence]
        else:
            return
        if text is None:
            self.number(page, row, i, value, self.given if column.given else None)
        else:
            page.write_formula(row, i, text, None, Exact(value))


def _bare(formula: str, *_: Any) -> str:
    """A formula as the file has it."""
    return formula.removeprefix("=")
