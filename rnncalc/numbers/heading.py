"""What the first lines of a table say: what separates its cells, the names of its columns, and
which of them is an index.

Excel writes ``sep=;``, pandas and R an index without a name, NumPy ``#`` in front; aligned tables
have blanks between. What is a name and what a number that was mistyped is decided here.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from rnncalc.errors import (
    FileError,
    RnncalcError,
    RnncalcWarning,
    listed,
    located,
    may_quote,
    printable,
    quoted,
    suggestion,
)
from rnncalc.numbers.cells import DECIMAL_COMMA, Columns, columns_of
from rnncalc.numbers.digits import DECIMAL, NOT_FINITE, parsed

EXCELS = r"(?i)sep=(.)"
MISSING = r"(?i)[-?.]+|n/?a|null|none|missing|#\w+[!?/]*"
"""What stands where a number is missing: no name of a column."""

NAME = r"\D+|(?!\w{1,2}[.,]\d)[^\W\d].*"
"""What stands on top of a column, and is no number that was mistyped."""

LONGEST = 1 << 20
"""Characters: a longer line on top is one of numbers."""

MOST_COMMENTS = 100
"""So many lines on top may begin with #."""

UNNAMED = r"|Unnamed: 0"
"""How an index is called."""

Line = Callable[[int], str | None]
"""A line of the text by its number, from 0; None behind its end."""


def columns(
    line: Line, separator: str | None, asked: Sequence[str] = (), where: str = ""
) -> Columns:
    """How a table is cut, by its first lines.

    Args:
        separator: what a file's suffix says of it; None: it is told by the first line.
        asked: the names, or places, of the columns that are wanted.
        where: what errors and warnings call the table.

    Errors: RnncalcError for a column that there is not, FileError for one without a name that may
        be numbers as well as an index.
    """
    top = 0
    while (text := line(top)) is not None and text.startswith("#") and top < MOST_COMMENTS:
        top += 1
    if match := re.fullmatch(EXCELS, (text or "").strip()):
        separator, top = match[1], top + 1
        text = line(top)
    if not asked and len(text or "") > LONGEST:
        return Columns(separator, top)
    separator = _separator(text or "", separator)
    with located(where):
        first = columns_of(text or "", separator)
    if are_names(first):
        return _named(first, line(top + 1), Columns(separator, top + 1), asked, where)
    names = columns_of((line(top - 1) or "").lstrip("# "), separator) if top else []
    if are_names(names) and len(names) == len(first):  # as NumPy's savetxt writes them
        return _named(names, text, Columns(separator, top), asked, where)
    if len(first) > 1 and first == [str(i) for i in range(len(first))]:
        _warn_of_numbers(first, columns_of(line(top + 1) or "", separator), where)
    with located(where):
        return Columns(separator, top, (), chosen(asked, [""] * len(first)))


def are_names(cells: Sequence[str]) -> bool:
    """Whether cells are the names of columns: none is a number, but for 0, 1, 2 ... of pandas."""
    rest = [cell for cell in cells if not _is_name(cell)]
    named = len(rest) < len(cells) or (len(cells) > 1 and not cells[0])
    return named and all(cell in ("", *map(str, range(len(cells)))) for cell in rest)


def chosen(asked: Sequence[str], names: Sequence[str]) -> tuple[int, ...] | None:
    """The places of the columns that were asked for, by name or by number; None: all of them.

    Errors: RnncalcError for one that there is not, or that is there twice.
    """
    return tuple(place for one in asked for place in _places(one, names)) or None


def _places(one: str, names: Sequence[str]) -> list[int]:
    exact = [i for i, name in enumerate(names) if name == one]
    if len(exact) > 1:
        raise RnncalcError(
            f"{len(exact)} columns are called '{printable(one)}': give --columns a number"
        )
    found = exact or [i for i, name in enumerate(names) if name.rpartition("[")[0] == one]
    if not found and one.isdecimal() and int(one) < len(names):
        return [int(one)]
    if not found:
        by_number = f"There are 0 to {len(names) - 1}, without names."
        hint = suggestion(one, names) if any(names) else by_number
        hint = f". {hint}" if may_quote() else ""
        raise RnncalcError(f"there is no column '{printable(one)}'{hint}")
    return found


def refuse_more(columns: Columns, features: int) -> None:
    """Errors: FileError where a table has more columns than are wanted, and none was chosen."""
    names = columns.names
    places = range(len(names)) if columns.chosen is None else columns.chosen
    if len(places) > features:
        there = listed(names[place] for place in places)
        example = printable(",".join(names[place] for place in places[-features:]))
        message = f"{len(places)} columns, {there}, where the network takes {features}"
        raise FileError(f"{message}: choose, as with --columns '{example}'")


def _is_name(cell: str) -> bool:
    if not cell.isprintable() or "\ufffd" in cell:  # no text, or not UTF-8
        return False
    if not cell or re.fullmatch(MISSING, cell) or NOT_FINITE.fullmatch(cell):
        return False
    return bool(re.fullmatch(NAME, cell)) and not DECIMAL_COMMA.fullmatch(cell)


def _separator(line: str, known: str | None) -> str | None:
    """What separates the cells of a line: what the suffix says, but where that is not in it."""
    bare = re.sub('"[^"]*"', "", line)
    if ";" in bare:
        return ";"
    if known is None:
        cut = "\t" in bare and re.search(r"[^\W\d]|,", bare) and not re.search(r",\s", bare)
        return "\t" if cut else None
    other = "\t" if known == "," else ","
    return other if known not in bare and other in bare else known


def _named(
    names: list[str], first: str | None, columns: Columns, asked: Sequence[str], where: str
) -> Columns:
    """The columns of a table that has names; an index, which has none, is not among the wanted."""
    row = columns_of(first or "", columns.separator)
    with located(where):
        if len(row) == len(names) + 1:  # as pandas and R print them: none above the index
            names = _with_index(names, first or "", asked)
        wanted = chosen(asked, names)
        if wanted is None and len(names) > 1 and re.fullmatch(UNNAMED, names[0]):
            _refuse_numbers(row[0] if row else "")
            wanted = tuple(range(1, len(names)))
            message = f"{where}: the first column has no name: it is taken for an index, not read"
            warnings.warn(message, RnncalcWarning, stacklevel=2)
    return replace(columns, names=tuple(names), chosen=wanted)


def _with_index(names: list[str], row: str, asked: Sequence[str]) -> list[str]:
    """The names with none above the index; but ``1,5`` below one name may be 1.5."""
    if len(names) == 1 and DECIMAL_COMMA.fullmatch(row.strip()) and not asked:
        message = f"{quoted(row.strip(), 30)} below one name is a number with a decimal comma"
        raise FileError(f"{message}, or an index and a number: write a point, or --columns 1")
    return ["", *names]


def _refuse_numbers(cell: str) -> None:
    """A column without a name may be an index, or numbers whose name was forgotten."""
    number = 0.0
    with suppress(RnncalcError):
        number = parsed(cell.replace(",", "."))
    if number % 1:
        message = f"the first column has no name, and {quoted(cell)} in it, which is no index"
        raise FileError(f"{message}: say which are the features, as with --columns 0,1")


def _warn_of_numbers(first: list[str], second: list[str], where: str) -> None:
    """pandas calls columns without names 0, 1, 2 ...: they look as numbers do."""
    if len(first) == len(second) and all(
        DECIMAL.fullmatch(cell) and "." in cell for cell in second
    ):
        message = f"{where}: the first line, {listed(first)}, is read as numbers. If pandas wrote"
        message += " it as names of columns: to_csv(..., header=False)"
        warnings.warn(message, RnncalcWarning, stacklevel=2)
