"""Equations as formulas of a spreadsheet: the words, and where the numbers stand.

A ``Term`` of one unit is written by ``SHEET`` as text is written by ``symbols.TEXT``. What an
activation computes comes from its own definition (``equations/recorded.py``), in NumPy's
operations; here stands what a spreadsheet calls each of those.
"""

from __future__ import annotations

import math

from rnncalc.data import dataclass
from rnncalc.equations.symbols import Notation, Term, symbol, written
from rnncalc.numbers.digits import whole

WORDS = {
    "exp": "EXP", "log": "LN", "tanh": "TANH", "sqrt": "SQRT", "absolute": "ABS", "sign": "SIGN",
    "maximum": "MAX", "minimum": "MIN", "where": "IF", "erfc": "ERFC", "power": "POWER",
    "max": "MAX", "sum": "SUM", "mean": "AVERAGE", "var": "VARP", "sort": "SMALL", "cumsum": "SUM",
    "products": "SUMPRODUCT",
}  # fmt: skip
"""NumPy's functions that a spreadsheet has under another name."""

CALLS = {
    "negative": "-({0})", "expm1": "(EXP({0})-1)", "heaviside": "IF({0}>0,1,IF({0}<0,0,{1}))",
    "logaddexp": "(MAX({0},{1})+LN(1+EXP(-ABS({0}-{1}))))", "greater": "({0}>{1})",
    "greater_equal": "({0}>={1})", "less": "({0}<{1})", "less_equal": "({0}<={1})",
    "equal": "({0}={1})", "argmax": "(MATCH(MAX({0}),{0},0)-1)",
}  # fmt: skip
"""Those that it has not, in its own words."""

SIGNS = {"+": "+", "-": "-", "*": "*", "/": "/"}
SHEET = Notation(SIGNS, str, WORDS.__getitem__, "{0}({1})", CALLS, comma=",")

LARGEST = "709.782712893383"
"""Of a larger number a spreadsheet has no EXP, but an error."""

GUARDED = SHEET._replace(
    calls=CALLS | {"exp": f"EXP(MIN({{0}},{LARGEST}))", "expm1": f"(EXP(MIN({{0}},{LARGEST}))-1)"}
)
"""As ``SHEET``, where numbers are that large: EXP of more is EXP of that."""

STEEP = 700.0
"""Where a number of a run is larger, formulas are guarded: what is added up may be a bit more."""

CONDITIONS = ("greater", "greater_equal", "less", "less_equal", "equal")
"""What is true or false."""

ENDLESS = "9.99999999999999E+307"
"""The largest number that may be typed, where a bound is infinite."""


def letters(column: int) -> str:
    """A column by its letters: 0 is A, 26 is AA."""
    return (letters(column // 26 - 1) if column > 25 else "") + chr(65 + column % 26)


def quoted(sheet: str) -> str:
    """A sheet's name in a formula."""
    doubled = sheet.replace("'", "''")
    return f"'{doubled}'!"


@dataclass(frozen=True)
class Array:
    """A weight, which stands in a range that has a name.

    Attributes:
        name: the range's.
        shape: rows and columns; a vector is a column.
    """

    name: str
    shape: tuple[int, int]

    def one(self, unit: int) -> str:
        """A unit's number; of an array of one number, that."""
        return self.name if self.shape == (1, 1) else f"INDEX({self.name},{unit + 1})"

    def row(self, unit: int) -> str:
        """A unit's row of a matrix, or its number where the row has one."""
        if self.shape[1] == 1:
            return self.one(unit)
        return f"INDEX({self.name},{unit + 1},0)"


@dataclass(frozen=True)
class Columns:
    """A quantity, which has a column for each unit.

    Attributes:
        first, width: the column of its first unit, and how many there are.
        row: ``{r}``, the row of the step, or ``{p}``, of the step before.
    """

    first: int
    width: int
    row: str = "{r}"

    def one(self, unit: int) -> str:
        """A unit's cell; of a quantity that is one for all, that."""
        return f"{letters(self.first + (unit if self.width > 1 else 0))}{self.row}"

    def part(self, start: int, stop: int) -> str:
        """The cells of several units."""
        first, last = letters(self.first + start), letters(self.first + stop - 1)
        return f"{first}{self.row}:{last}{self.row}"

    @property
    def all(self) -> str:
        """The cells of all units."""
        return self.part(0, self.width)


def constant(label: str) -> str | None:
    """A number as a formula has it; None of what is none."""
    try:
        value = float(label)
    except ValueError:
        return None
    if math.isinf(value):
        return ENDLESS if value > 0 else f"-{ENDLESS}"
    return whole(value).upper()


def called(name: str, *arguments: str) -> Term:
    """A function of texts."""
    return Term("function", name, tuple(map(symbol, arguments)))


def of_range(name: str, unit: int, cells: Columns) -> Term:
    """What NumPy's ``name`` makes of all units, for one of them."""
    if name == "sort":
        return called(name, cells.all, str(unit + 1))
    if name == "cumsum":
        return called(name, cells.part(0, unit + 1))
    return called(name, cells.all)


def formula(term: Term, notation: Notation = SHEET) -> str:
    """The formula of a cell."""
    return f"={written(term, notation)}"
