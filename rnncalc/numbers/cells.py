"""Lines of text to rows of numbers: what separates cells, whose comma is a point, which columns.

Lines that have only plain numbers are read as JSON, which takes a third of the time of NumPy's own
reader; anything else is read number by number, and refused with its line and column if need be.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

import numpy as np

from rnncalc import files
from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError, ShapeError, located, printable, quoted
from rnncalc.numbers.digits import parsed

PLAIN = b"0123456789+-.eE,\n"
VANISHED = re.compile(rb"[eE]-\d{3}|0{300}|-0(?![\d.])")
"""What a text has in it whose number may be too small for float64, or be -0."""

BEGINS_FORMULA = re.compile(r"'*[=+\-@]")
"""How a text begins that a spreadsheet computes, or that would be taken for one made safe."""

DECIMAL_COMMA = re.compile(r"[-+]?\d*,\d+([eE][-+]?\d+)?", re.ASCII)


@dataclass(frozen=True)
class Columns:
    """How the lines of a table are cut, and which of its cells are numbers that are wanted.

    Attributes:
        separator: of cells; None: commas where a line has any, else blanks.
        lines: how many lines stand on top that are no numbers.
        names: of all columns, where there is a line of names.
        chosen: the places of the columns that are wanted, in their order; None: all.
        empty: whether a cell may be empty, and then is NaN.
    """

    separator: str | None = None
    lines: int = 0
    names: tuple[str, ...] = ()
    chosen: tuple[int, ...] | None = None
    empty: bool = False

    @property
    def commas(self) -> bool:
        """Whether a comma within a cell can be a decimal comma."""
        return self.separator in (";", "\t")


def name_cell(name: str) -> str:
    """A name as a cell of csv that a spreadsheet takes for text: ``'=1+1``."""
    return f"'{name}" if BEGINS_FORMULA.match(name) else name


def name_in(cell: str) -> str:
    """The name that stands in such a cell."""
    return cell[1:] if cell.startswith("'") and BEGINS_FORMULA.match(cell) else cell


def columns_of(line: str, separator: str | None) -> list[str]:
    """The cells of a line, stripped."""
    if separator is None and ("," in line or '"' in line):
        separator = "," if "," in line else " "
    if '"' in line:
        read = csv_rows([line.strip()], delimiter=separator or ",", skipinitialspace=True)
        return [part.strip() for part in next(read, [""])]
    return [part.strip() for part in line.split(separator)] if separator else line.split()


def csv_rows(lines: Iterable[str], **how: Any) -> Iterator[list[str]]:
    """The rows of a csv, as the library reads them. Errors: RnncalcError for what is none."""
    import csv  # few tables have quotes, and every start would pay for it

    try:
        yield from csv.reader(lines, **how)
    except csv.Error:
        what = "a line end (CR) or a quote stands where none can, or a cell is too long"
        raise RnncalcError(f"is no line of a csv: {what}") from None


def size(row: Array) -> str:
    """A row, or rows, in words."""
    if row.ndim == 0:
        return "a number"
    rows = f"{row.shape[0]} rows of " if row.ndim == 2 else ""
    return f"{rows}{row.shape[-1]} number{'s' * (row.shape[-1] != 1)}"


def nothing() -> NoReturn:
    """Say that a number is missing."""
    raise RnncalcError("nothing between two commas where a number was expected")


class Reader:
    """Text to rows; it remembers the number of the line, how many columns the first one had, and
    whether numbers have points or commas."""

    def __init__(self, name: str, columns: Columns) -> None:
        self.name = name
        self.columns = columns
        self.line = 1
        self.width: tuple[int, int] | None = None
        """How many cells the first row has, and its line."""
        if columns.names:
            self.width = len(columns.names), columns.lines
        self.comma: bool | None = None

    def rows(self, text: bytes) -> Array:
        """The rows of some complete lines; none where all are blank."""
        top = max(self.columns.lines - self.line + 1, 0)
        numbers = text.split(b"\n", top)[-1] if text.count(b"\n") >= top else b""
        rows = self._plain(numbers)
        if rows is None:
            rows = self._careful(numbers, self.line + top)
        self.line += text.count(b"\n")
        return rows

    def _plain(self, text: bytes) -> Array | None:
        """The rows if all numbers are plain, finite, and stand as many in each line; else None."""
        text = text.replace(b"\r\n", b"\n")
        comma, point = self.columns.commas and b"," in text, b"." in text
        if (comma and point) or (self.comma is (not comma) and (comma or point)):
            return None
        separator = self.columns.separator
        if self.columns.commas and separator:
            text = text.replace(b",", b".").replace(separator.encode(), b",")
        elif separator is None and b"," not in text:
            text = text.replace(b" ", b",")
        if text.translate(None, PLAIN):
            return None
        text = text.removesuffix(b"\n")
        columns = _columns(text)
        if columns is None or (self.width and self.width[0] != columns):
            return None
        numbers = _numbers(text)
        if numbers is None or not numbers.size:
            return numbers
        self.width = self.width or (columns, self.line)
        self.comma = comma if comma or point else self.comma
        rows = numbers.reshape(-1, columns)
        return rows if self.columns.chosen is None else rows[:, list(self.columns.chosen)]

    def _careful(self, text: bytes, first: int) -> Array:
        with located(self.name):
            decoded = files.decoded(text, first, first == 1)
        rows = []
        for number, line in enumerate(io.StringIO(decoded), first):
            if line.strip():
                rows.append(self._row(columns_of(line, self.columns.separator), number))
        return np.stack(rows) if rows else np.empty((0, 0))

    def _row(self, parts: list[str], line: int) -> Array:
        place = f"{self.name}:{line}"
        width, first = self.width or (len(parts), line)
        chosen = self.columns.chosen
        row = np.empty(len(parts))
        for i in range(len(parts)) if chosen is None or len(parts) != width else chosen:
            with located(self._place(place, i, len(parts))):
                row[i] = self._number(parts[i])
        self.width = width, first
        if len(row) != width:
            what = "names" if first <= self.columns.lines else ""
            raise ShapeError(
                f"{place}: {size(row)}, where line {first} has {width} {what}".rstrip()
            )
        return row if chosen is None else row[list(chosen)]

    def _place(self, place: str, column: int, width: int) -> str:
        names = self.columns.names
        called = f" ({printable(names[column])})" if column < len(names) else ""
        return f"{place}: column {column + 1}{called}" if width > 1 else place

    def _number(self, part: str) -> float:
        if not part and self.columns.empty:
            return np.nan
        if not DECIMAL_COMMA.fullmatch(part):
            number = parsed(part) if part else nothing()
            comma = False if "." in part and np.isfinite(number) else None
        else:
            number, comma = parsed(part.replace(",", ".")), True
        if comma is not None and self.comma is (not comma):
            here, others = ("comma", "points") if comma else ("point", "commas")
            raise RnncalcError(
                f"{quoted(part, 30)} has a {here}, where others have decimal {others}"
            )
        self.comma = self.comma if comma is None else comma
        return number


def _columns(text: bytes) -> int | None:
    """How many cells each line has, if all have as many."""
    codes = np.frombuffer(text, np.uint8)
    ends = np.append(np.flatnonzero(codes == ord("\n")), len(codes))
    before = np.searchsorted(np.flatnonzero(codes == ord(",")), ends)
    counts = np.diff(before, prepend=0)
    return int(counts[0]) + 1 if (counts == counts[0]).all() else None


def _numbers(text: bytes) -> Array | None:
    """The numbers between commas and line ends, if JSON has them and float64 holds them."""
    import orjson

    try:
        numbers = np.array(orjson.loads(b"[%b]" % text.replace(b"\n", b",")), np.float64)
    except (orjson.JSONDecodeError, OverflowError):
        return None
    sound = np.isfinite(numbers).all() and (numbers.all() or not VANISHED.search(text))
    return numbers if sound else None
