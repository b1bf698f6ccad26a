"""Where an input comes from: a file, stdin or a pipe that is opened once, and read when it is
needed, whole or in parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import field
from pathlib import Path
from typing import BinaryIO

from rnncalc import files
from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.errors import ShapeError, located
from rnncalc.numbers import heading, packed, rows, values
from rnncalc.numbers.unequal import Padded, padded_in


@dataclass
class Source:
    """An input that has not been read yet, open from ``with`` on.

    Attributes:
        path: a csv, tsv, txt or npy file, stdin, a pipe.
        columns: the names, or places, of the columns that are the features; none: all of them.
        done, total: how many timesteps were handed on in parts, and how many there are, if known.
    """

    path: Path
    columns: Sequence[str] = ()
    done: int = 0
    total: int | None = None
    _stack: ExitStack = field(default_factory=ExitStack, repr=False)

    def __enter__(self) -> Source:
        """Errors: FileError where it cannot be read. From here on it counts as being read."""
        self._file: BinaryIO = self._stack.enter_context(packed.held(self.path))
        self._text = rows.Text(self._file, self.path, self._separator, self.columns)
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    @property
    def _separator(self) -> str | None:
        """What separates its columns, as its suffix says; stdin and pipes are read by none."""
        known = values.LINES.get(packed.suffix(self.path))
        return None if files.is_stream(self.path) else known

    @property
    def _is_array(self) -> bool:
        return self.path.suffix.lower() == ".npy"

    @property
    def _is_document(self) -> bool:
        """Whether it is read as a whole: numbers in brackets (but in what is a table by its
        suffix), or a result."""
        if self._is_array:
            return False
        if self._text.is_result or packed.suffix(self.path) == ".json":
            return True
        return self._separator is None and self._text.is_document

    @property
    def live(self) -> bool:
        """Whether somebody may wait for the answer to each line."""
        return not self._is_array and self._text.live and not self._is_document

    @property
    def features(self) -> tuple[str, ...]:
        """What ``columns`` takes for those that were read; nothing where it is no plain table."""
        if self._is_array or self._is_document:
            return ()
        found = self._text.columns
        places = found.chosen or range(len(found.names) or self._text.width)
        words = tuple(found.names[at] if found.names else str(at) for at in places)
        plain = all(one.isidentifier() or not found.names for one in words)
        return words if plain and len({*words}) == len(words) else tuple(map(str, places))

    def whole(self, *, ids: bool) -> bool:
        """Whether it comes only as a whole: JSON, several sequences, ids in rows.

        Args:
            ids: whether x is ids: then two axes are several sequences, and a line of several ids
                is one.
        """
        if self._is_array:
            with files.reading(self.path):
                from rnncalc.containers import npy

                return len(npy.shape_of(self._file)) > (1 if ids else 2)
        return self._is_document or (ids and self._text.width > 1)

    def read(self, *, ids: bool = False, of: int = 0) -> Array | Padded:
        """All of it; ids, one a line, as a list.

        Args: ``of``, how many features the network takes.
        """
        if self._is_array:
            with files.reading(self.path):
                from rnncalc.containers import npy

                return npy.read(self._file)
        if self._is_document:
            return self._document()
        self._refuse_more(ids, of)
        return rows.column(self._text.read()) if ids else self._text.read()

    def _document(self) -> Array | Padded:
        if self._text.is_result:
            return values.of_text(self._text)
        whole = self._text.whole()
        try:
            return values.of_document(self._text, whole)
        except ShapeError:
            if found := padded_in(whole):
                return found
            raise

    def parts(
        self, count: int, *, ids: bool = False, of: int = 0, live: bool = False
    ) -> Iterator[Array]:
        """([timesteps,] features), ``count`` timesteps at a time; live: as they come.

        Args: ``of``, how many features the network takes.
        Errors: FileError where there is nothing, or what is no series of rows.
        """
        self._refuse_more(ids, of)
        for part in self._array_parts(count) if self._is_array else self._text_parts(count, live):
            self.done += len(part)
            yield rows.column(part) if ids else part
        if not self.done:
            self._text.refuse_empty()

    def _refuse_more(self, ids: bool, features: int) -> None:
        """A table may have more columns than a network takes features, but says which they are."""
        if features and not ids and not self._is_array:
            columns = self._text.columns
            with located(files.shown(self.path)):
                heading.refuse_more(columns, features)

    def _array_parts(self, count: int) -> Iterator[Array]:
        from rnncalc.containers import npy

        with files.reading(self.path):
            self.total = npy.shape_of(self._file)[0]
            yield from npy.parts(self._file, count)

    def _text_parts(self, count: int, live: bool) -> Iterator[Array]:
        pieces = self._text.pieces(live=live)
        return pieces if live else rows.regrouped(pieces, count)


def named(name: str) -> Source | None:
    """The source that a file's name (or ``-``) means, if it can be read in parts."""
    path = files.path_of(name)
    known = packed.suffix(path) in (*values.LINES, ".json") or path.suffix.lower() == ".npy"
    return Source(path) if known or files.is_stream(path) else None
