"""Where an input comes from: a file or stdin that is read when it is needed, whole or in parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rnncalc import files, rows
from rnncalc.activations import Array

SEPARATORS = {".csv": ",", ".tsv": "\t", "": None}
"""What separates the columns of text; stdin has no suffix."""


@dataclass
class Source:
    """An input that has not been read yet.

    Attributes:
        path: a csv, tsv or npy file, or stdin.
        done, total: how many timesteps were handed on in parts, and how many there are, if known.
    """

    path: Path
    done: int = 0
    total: int | None = None

    @property
    def separator(self) -> str | None:
        """Of its columns."""
        return SEPARATORS[self._suffix]

    @property
    def _suffix(self) -> str:
        return "" if self.path == files.STDIN else self.path.suffix.lower()

    def check(self) -> None:
        """Errors: FileError where it cannot be read. From here on it counts as being read."""
        with files.opened(self.path):
            pass

    @property
    def live(self) -> bool:
        """Whether somebody may wait for the answer to each line."""
        return self._suffix != ".npy" and rows.is_live(self.path)

    @property
    def batched(self) -> bool:
        """Whether it holds several sequences, which come only as a whole."""
        if self._suffix != ".npy":
            return False
        from rnncalc import npy

        return len(npy.shape_of(self.path)) > 2

    def read(self) -> Array:
        """All of it."""
        from rnncalc import npy

        if self._suffix == ".npy":
            return npy.read_npy(self.path)
        return rows.read(self.path, self.separator)

    def parts(self, count: int, *, live: bool = False) -> Iterator[Array]:
        """([timesteps,] features), ``count`` timesteps at a time; live: as they come.

        Errors: FileError where there is nothing, or what is no series of rows.
        """
        from rnncalc import npy

        if self._suffix == ".npy":
            self.total = npy.shape_of(self.path)[0]
            parts = npy.parts(self.path, count)
        else:
            pieces = rows.pieces(self.path, self.separator, live=live)
            parts = pieces if live else rows.regrouped(pieces, count)
        for part in parts:
            self.done += len(part)
            yield part
        if not self.done:
            rows.refuse_empty(self.path)


def named(name: str) -> Source | None:
    """The source that a file's name (or ``-``) means, if it can be read in parts."""
    path = Path(name)
    if path == files.STDIN or path.suffix.lower() in (".csv", ".tsv", ".npy"):
        return Source(path)
    return None
