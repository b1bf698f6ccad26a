"""Files of text, packed by gzip or not: which kind a name tells, and the text as it comes.

A file that unpacks to very much more than itself is refused while it is read.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from rnncalc import bounds, files
from rnncalc.errors import FileError

GZIP = ".gz"


def suffix(path: Path) -> str:
    """The suffix that tells what is in a file: ``.csv`` of ``x.csv.gz``, too."""
    last = path.suffix.lower()
    return Path(path.stem).suffix.lower() if last == GZIP else last


def is_packed(path: Path) -> bool:
    """Whether a file's name says that gzip packed it."""
    return path.suffix.lower() == GZIP


@contextmanager
def held(path: Path) -> Iterator[BinaryIO]:
    """The file open for reading, as ``files.held``, unpacked where it is packed."""
    with files.held(path) as file:
        yield cast(BinaryIO, _Unpacked(file)) if is_packed(path) else file


class _Unpacked:
    """What gzip packed, as it is read."""

    def __init__(self, file: BinaryIO) -> None:
        import gzip  # few files are packed, and every start would pay for it

        self._file = gzip.GzipFile(fileobj=file)
        ratio, least = bounds.BOMB
        self._most = max(ratio * os.fstat(file.fileno()).st_size, least)
        self._done = 0

    def read(self, count: int) -> bytes:
        """The next bytes. Errors: FileError for what gzip did not pack, or packed too well."""
        from zlib import error

        try:
            data = self._file.read(count)
        except (EOFError, OSError, error):  # gzip's own error is an OSError
            raise FileError("is no whole file of gzip") from None
        self._done += len(data)
        if self._done > self._most:
            raise FileError(f"unpacks to more than {self._most:,} bytes, too many for its size")
        return data

    def fileno(self) -> int:
        """The descriptor of the packed file."""
        return self._file.fileno()
