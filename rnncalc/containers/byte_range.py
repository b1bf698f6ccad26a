"""``ByteRange``: bytes of a file, or of a member of an archive, that are read when they are needed.

Nothing beyond a byte range can be reached through it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from rnncalc import files
from rnncalc.data import dataclass
from rnncalc.errors import FileError


@dataclass(frozen=True)
class ByteRange:
    """Where bytes are.

    Attributes:
        path: the file.
        start, size: which of its bytes; all of them have been there once.
        held: the bytes themselves, where they had to be unpacked.
    """

    path: Path
    start: int
    size: int
    held: bytes | None = None

    @contextmanager
    def opened(self) -> Iterator[io.RawIOBase | io.BytesIO]:
        """A file of these bytes alone. Errors: FileError where it cannot be opened any more."""
        if self.held is not None:
            yield io.BytesIO(self.held)
            return
        with files.opened(self.path, again=True) as file:
            yield _Window(file, self.start, self.size)


def whole(path: Path) -> ByteRange:
    """All of a file. Errors: FileError where it is none."""
    with files.opened(path) as file:
        return ByteRange(path, 0, files.size(file))


def exactly(file: IO[bytes] | io.RawIOBase, start: int, size: int) -> bytes:
    """So many bytes. Errors: FileError where there are fewer."""
    file.seek(start)
    parts = []
    while size > 0:
        part = file.read(size)
        if not part:
            raise FileError(f"is truncated: {size:,} bytes are missing")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


class _Window(io.RawIOBase):
    """The range as a file; who reads beyond what the file has gets an OSError."""

    def __init__(self, file: Any, start: int, size: int) -> None:
        self.file = file
        self.start = start
        self.size = size
        self.place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self.place, io.SEEK_END: self.size}[whence]
        self.place = max(0, origin + offset)
        return self.place

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """As much as is there; one call is enough, as HDF5 makes but one."""
        room = memoryview(buffer)[: max(0, self.size - self.place)]
        self.file.seek(self.start + self.place)
        done = 0
        while done < len(room):
            count = self.file.readinto(room[done:])
            if not count:
                raise OSError("is truncated")
            done += count
        self.place += done
        return done
