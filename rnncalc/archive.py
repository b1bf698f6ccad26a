"""Zip archives from strangers: opened, judged, and never unpacked on a claim.

It knows no format of what is in them. What it does not know of a damaged archive, the zip module
raises, and ``damage`` names.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, NamedTuple

from rnncalc import files
from rnncalc.errors import FileError, located, printable

if TYPE_CHECKING:
    from zipfile import ZipFile

LONGEST_DIRECTORY = 8 * files.MIB
"""The list of the members becomes objects one by one."""

LOCAL = b"PK\3\4"
"""How an archive begins."""

HEADER = 30
"""Bytes of a member's own header before its name."""


def damage() -> tuple[type[Exception], ...]:
    """What the zip module raises on damaged archives."""
    import zipfile

    named = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError)
    return (*named, OverflowError, ValueError)


def opened_zip(file: IO[bytes], what: str = "a zip archive") -> ZipFile:
    """The archive in an open file. Errors: FileError, where it is not ``what``; for a device."""
    import zipfile

    size = files.size(file)
    wary = _Wary(file)
    try:
        archive = zipfile.ZipFile(wary)
    except damage() as error:
        raise FileError(f"is not {what}: {_damage(file, error)}") from None
    wary.most = None
    for info in archive.infolist():
        name = printable(info.filename)
        if info.header_offset + info.compress_size > size:
            raise FileError(f"{name} is damaged: it ends behind the end of the file")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileError(f"{name} is compressed by a method other than deflate")
    return archive


def _damage(file: IO[bytes], error: Exception) -> str:
    """What is wrong with an archive that the zip module cannot open."""
    file.seek(0)
    if file.read(len(LOCAL)) == LOCAL and "File is not a zip file" in str(error):
        return "it begins as a zip archive does, and its end is missing. Is the file whole?"
    return printable(str(error))


class _Wary:
    """A file that hands out no endless list of members while an archive is opened."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable
        self.most: int | None = LONGEST_DIRECTORY

    def read(self, count: int = -1) -> bytes:
        if self.most is not None and count > self.most:
            raise FileError(f"lists its members in {count:,} bytes, at most {self.most:,} are read")
        return self.file.read(count)


def refuse_bomb(unpacked: int, packed: int) -> None:
    """Errors: FileError for what unpacks to far more bytes than it is kept in."""
    ratio, size = files.BOMB
    if unpacked > size and unpacked > ratio * packed:
        raise FileError(f"unpacks to {unpacked:,} bytes from {packed:,}: refused")


class Stored(NamedTuple):
    """A member that stands in its archive as it is.

    Attributes:
        name: what the archive calls it.
        header: where its own header begins.
        size: how many bytes it has.
        crc: their checksum.
        end: where the next member, or the list of them, begins.
    """

    name: str
    header: int
    size: int
    crc: int
    end: int

    def start(self, file: IO[bytes]) -> int:
        """Where its bytes begin. Errors: FileError, where they would not end before ``end``."""
        file.seek(self.header)
        header = file.read(HEADER)
        if len(header) < HEADER or not header.startswith(b"PK\3\4"):
            raise FileError(f"{printable(self.name)}: damaged: it has no header")
        widths = header[26:28], header[28:30]
        start = self.header + HEADER + sum(int.from_bytes(width, "little") for width in widths)
        if start + self.size > self.end:
            raise FileError(f"{printable(self.name)}: damaged: it runs into what follows it")
        return start

    def blocks(self, file: IO[bytes]) -> Iterator[bytes]:
        """Its bytes, a MiB at a time. Errors: FileError at the end, for a wrong checksum."""
        crc, rest = 0, self.size
        file.seek(self.start(file))
        while rest:
            block = file.read(min(rest, files.MIB))
            if not block:
                raise FileError(f"{printable(self.name)}: is truncated: {rest:,} bytes are missing")
            crc, rest = zlib.crc32(block, crc), rest - len(block)
            yield block
        if crc != self.crc:
            raise FileError(f"{printable(self.name)}: damaged: its checksum is wrong")


def stored(archive: ZipFile) -> dict[str, Stored]:
    """The members by name, of an archive that keeps them as they are.

    Errors: FileError for two of one name, a compressed or encrypted one, one inside another.
    """
    infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
    ends = [*(info.header_offset for info in infos), archive.start_dir][1:]
    members: dict[str, Stored] = {}
    for info, end in zip(infos, ends, strict=True):
        with located(printable(info.filename)):
            if info.filename in members:
                raise FileError("stands there twice")
            if info.compress_type or info.flag_bits & 1:
                kind = "encrypted" if info.flag_bits & 1 else "compressed"
                raise FileError(f"is {kind}, which this format never is")
            size = info.file_size
            if info.header_offset < 0 or info.header_offset + HEADER + size > end:
                raise FileError("damaged: there is no room for its bytes")
            members[info.filename] = Stored(info.filename, info.header_offset, size, info.CRC, end)
    return {info.filename: members[info.filename] for info in archive.infolist()}
