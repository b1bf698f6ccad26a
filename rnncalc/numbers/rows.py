"""Rows of numbers as text: csv, tsv, txt and stdin, whole or a piece at a time.

A piece is some complete lines, which ``cells.py`` reads by what ``heading.py`` says of the columns.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, NoReturn

import numpy as np

from rnncalc import bounds, files
from rnncalc.array import Array
from rnncalc.errors import FileError, RnncalcError, located
from rnncalc.numbers import heading, pasted, results
from rnncalc.numbers.cells import Columns, Reader, columns_of

PIECE = 1 << 18
"""Bytes of text that are read at once."""

BOM = b"\xef\xbb\xbf"


class Text:
    """An open text of numbers, that can be read only once: what it begins with is not lost."""

    def __init__(
        self,
        file: BinaryIO,
        path: Path,
        separator: str | None = None,
        asked: Sequence[str] = (),
    ) -> None:
        """Args: ``separator`` of columns, as the suffix says; ``asked``, the columns wanted."""
        self.file = file
        self.path = path
        self.separator = separator
        self.asked = asked
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
        start = (self._line(0) or "").lstrip()
        return start.startswith("{") or pasted.begins(start)

    @property
    def is_result(self) -> bool:
        """Whether it is a table, or lines, that rnncalc wrote, or a table of Markdown."""
        return self.path.suffix.lower() == ".md" or results.begins(self._line(0) or "")

    @cached_property
    def columns(self) -> Columns:
        """How its lines are cut, and which columns are wanted. Errors: of ``heading.columns``."""
        found = heading.columns(self._line, self.separator, self.asked, files.shown(self.path))
        blank = self._begun[: len(self._begun) - len(self._start())].count(b"\n")
        return replace(found, lines=found.lines + blank) if found.lines else found

    @property
    def width(self) -> int:
        """How many columns are wanted."""
        chosen, names = self.columns.chosen, self.columns.names
        return len(chosen or names or columns_of(self._line(0) or "", self.columns.separator))

    def _line(self, number: int) -> str | None:
        """A line of its beginning, which is read later, too; those on top without anything in them
        have no number."""
        with files.reading(self.path):
            while self._start().count(b"\n") <= number and self._read_line():
                pass
        lines = self._start().split(b"\n", number + 1)
        return lines[number].decode("utf-8", "replace") if number < len(lines) else None

    def _read_line(self) -> bool:
        """Read on to the end of a line, or of the text; whether there was any more of it."""
        parts = [self._begun]
        size = len(self._begun)
        while size <= bounds.LONGEST_LINE and (data := self._next(True)):
            parts.append(data)
            size += len(data)
            if b"\n" in data:
                break
        self._begun = b"".join(parts)
        return len(parts) > 1

    def _start(self) -> bytes:
        """What was read of it so far, without the lines on top that have nothing in them."""
        start = self._begun.removeprefix(BOM)
        return start[start.rfind(b"\n", 0, len(start) - len(start.lstrip())) + 1 :]

    def whole(self, longest: int = bounds.LONGEST_TEXT) -> str:
        """All of it as it stands there."""
        with files.reading(self.path):
            return files.text_of(self.file, self._begun, longest)

    def quantities(self) -> dict[str, Array]:
        """The quantities of a result, by name. Errors: as of ``results.read``, with the place."""
        whole = self.whole(bounds.LONGEST_RESULT)
        with located(files.shown(self.path)):
            return results.read(whole)

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
        reader = Reader(files.shown(self.path), self.columns)
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


def column(rows: Array) -> Array:
    """Rows of one number each as a list; others as they are."""
    return rows.reshape(-1) if rows.ndim == 2 and rows.shape[1] == 1 else rows


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
