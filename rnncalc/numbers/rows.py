"""Rows of numbers as text: csv, tsv and stdin, whole or a piece at a time.

A piece is some complete lines. It is read as JSON where it has only plain numbers, which takes a
third of the time of NumPy's own reader; anything else is read number by number, and refused with
its line and column if need be.
"""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

import numpy as np

from rnncalc import bounds, files
from rnncalc.array import Array
from rnncalc.errors import FileError, RnncalcError, ShapeError, located, quoted
from rnncalc.numbers import pasted
from rnncalc.numbers.digits import NOT_FINITE, parsed

PIECE = 1 << 18
"""Bytes of text that are read at once."""

NAME = re.compile(r"\D+|[\"']?[^\W\d][\w\[\] ]*[\"']?")
"""What stands on top of a column, and is no number that was mistyped."""

BOM = b"\xef\xbb\xbf"
PLAIN = b"0123456789+-.eE,\n"
VANISHED = re.compile(rb"[eE]-\d{3}|0{300}|-0(?![\d.])")
"""What a text has in it whose number may be too small for float64, or be -0."""


class Text:
    """An open text of numbers, that can be read only once: what it begins with is not lost."""

    def __init__(self, file: BinaryIO, path: Path, separator: str | None = None) -> None:
        """Args: ``separator`` of columns; None: commas where a line has any, else blanks."""
        self.file = file
        self.path = path
        self.separator = separator
        self._begun = b""

    @property
    def live(self) -> bool:
        """Whether it comes from a pipe or a person, who may wait for the answer to each line."""
        try:
            return not stat.S_ISREG(os.fstat(self.file.fileno()).st_mode)
        except (OSError, ValueError):  # a stream in memory
            return False

    @property
    def is_document(self) -> bool:
        """Whether its numbers stand in brackets, as in JSON and in prints: how it begins tells."""
        start = self._start(b"\n").partition(b"\n")[0].decode("utf-8", "replace")
        return start.startswith("{") or pasted.begins(start)

    @property
    def columns(self) -> int:
        """How many columns its first line has."""
        line = self._start(b"\n").partition(b"\n")[0]
        return len(columns_of(line.decode("utf-8", "replace"), self.separator))

    def _start(self, end: bytes = b"") -> bytes:
        """What it begins with, blanks apart, up to ``end`` at least; it is read later, too."""
        with files.reading(self.path):
            while not (start := self._begun.removeprefix(BOM).lstrip()) or end not in start:
                if len(self._begun) > bounds.LONGEST_LINE or not (data := self._next(True)):
                    break
                self._begun += data
        return start

    def whole(self) -> str:
        """All of it as it stands there."""
        with files.reading(self.path):
            return files.text_of(self.file, self._begun)

    def read(self) -> Array:
        """All rows: (rows, columns). Errors: FileError, ShapeError, RnncalcError with the place."""
        parts = list(self.pieces())
        if not parts:
            self.refuse_empty()
        return np.concatenate(parts)

    def refuse_empty(self) -> NoReturn:
        """Say that there is nothing to read."""
        raise FileError(f"{files.shown(self.path)}: there are no numbers in it")

    def pieces(self, *, live: bool = False) -> Iterator[Array]:
        """The rows as they come, some at a time.

        Args:
            live: whether to hand on what a pipe gives as soon as its lines are complete.
        """
        reader = _Reader(files.shown(self.path), self.separator)
        for text in self._lines(live):
            try:
                parts = iter([reader.rows(text)])
            except RnncalcError:
                if not live:
                    raise
                parts = map(reader.rows, text.splitlines(keepends=True))  # answer what is before
            yield from (rows for rows in parts if rows.size)

    def _lines(self, live: bool) -> Iterator[bytes]:
        """Complete lines, about PIECE bytes of them at a time; the last one may lack its end."""
        with files.reading(self.path):
            rest, data = b"", self._begun or self._next(live)
            while data:
                cut = data.rfind(b"\n") + 1
                if cut:
                    yield rest + data[:cut]
                    rest = b""
                rest += data[cut:]
                if len(rest) > bounds.LONGEST_LINE:
                    longest = f"a line is longer than {bounds.LONGEST_LINE // bounds.MIB} MiB"
                    raise FileError(f"{longest}: write a line per timestep, or use .npy")
                data = self._next(live)
            if rest:
                yield rest

    def _next(self, live: bool) -> bytes:
        """The next PIECE of it; live: what there is of it."""
        take = self.file.read1 if live and hasattr(self.file, "read1") else self.file.read
        return take(PIECE)


def read(path: Path, separator: str | None) -> Array:
    """All rows of a file of text: (rows, columns). Errors: as of ``Text.read``."""
    with files.held(path) as file:
        return Text(file, path, separator).read()


def column(rows: Array) -> Array:
    """Rows of one number each as a list; others as they are."""
    return rows.reshape(-1) if rows.ndim == 2 and rows.shape[1] == 1 else rows


def columns_of(line: str, separator: str | None) -> list[str]:
    """The cells of a line, stripped."""
    if separator is None:
        separator = "," if "," in line else None
    return [part.strip() for part in line.split(separator)] if separator else line.split()


def size(row: Array) -> str:
    """A row, or rows, in words."""
    if row.ndim == 0:
        return "a number"
    rows = f"{row.shape[0]} rows of " if row.ndim == 2 else ""
    return f"{rows}{row.shape[-1]} number{'s' * (row.shape[-1] != 1)}"


def nothing() -> NoReturn:
    """Say that a number is missing."""
    raise RnncalcError("nothing between two commas where a number was expected")


class _Reader:
    """Text to rows; it remembers the number of the line, and how many columns the first one had."""

    def __init__(self, name: str, separator: str | None) -> None:
        self.name = name
        self.separator = separator
        self.line = 1
        self.width: tuple[int, int] | None = None
        """How many numbers the first row has, and its line."""

    def rows(self, text: bytes) -> Array:
        """The rows of some complete lines; none where all are blank."""
        lines = text.count(b"\n")
        rows = self._plain(text)
        if rows is None:
            rows = self._careful(text)
        if rows.size and self.width is None:
            self.width = rows.shape[1], self.line
        self.line += lines
        return rows

    def _plain(self, text: bytes) -> Array | None:
        """The rows if all numbers are plain, finite, and stand as many in each line; else None."""
        text = text.replace(b"\r\n", b"\n")
        if self.separator == "\t":
            text = text.replace(b"\t", b",")
        elif self.separator is None and b"," not in text:
            text = text.replace(b" ", b",")
        if text.translate(None, PLAIN):
            return None
        text = text.removesuffix(b"\n")
        columns = _columns(text)
        if columns is None or (self.width and self.width[0] != columns):
            return None
        numbers = _numbers(text)
        return None if numbers is None else numbers.reshape(-1, columns)

    def _careful(self, text: bytes) -> Array:
        with located(self.name):
            decoded = files.decoded(text, self.line, self.line == 1)
        rows = []
        for number, line in enumerate(io.StringIO(decoded), self.line):
            if line.strip():
                rows.append(self._row(columns_of(line, self.separator), number))
        return np.stack(rows) if rows else np.empty((0, 0))

    def _row(self, parts: list[str], line: int) -> Array:
        place = f"{self.name}:{line}"
        if line == 1 and not parts[0] and len(parts) > 1:
            message = f"{place}: nothing in front of the first comma, as in a table with an index"
            raise FileError(f"{message}. In pandas: to_csv(..., index=False, header=False)")
        row = np.empty(len(parts))
        for i, part in enumerate(parts):
            with located(f"{place}: column {i + 1}" if len(parts) > 1 else place):
                row[i] = _number(part, line == 1)
        width, first = self.width or (len(row), line)
        self.width = width, first
        if len(row) != width:
            raise ShapeError(f"{place}: {size(row)}, where line {first} has {width}")
        return row


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


def _number(part: str, first: bool) -> float:
    if ";" in part:
        raise RnncalcError(f"{quoted(part, 30)}: columns are separated by commas")
    if first and NAME.fullmatch(part) and not NOT_FINITE.fullmatch(part):
        message = f"{quoted(part, 30)} is not a number. A line of names on top"
        raise RnncalcError(f"{message} is not read: leave it out")
    return parsed(part) if part else nothing()


def regrouped(parts: Iterable[Array], count: int) -> Iterator[Array]:
    """Rows in groups of ``count``; the last may be shorter."""
    held: list[Array] = []
    rows = 0
    for part in parts:
        while rows + len(part) >= count:
            yield np.concatenate([*held, part[: count - rows]])
            part, held, rows = part[count - rows :], [], 0
        if len(part):
            held.append(part)
            rows += len(part)
    if held:
        yield np.concatenate(held)
