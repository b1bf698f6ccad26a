"""Zip archives from strangers: opened, judged, and never unpacked on a claim.

It knows no format of what is in them. What it does not know of a damaged archive, the zip module
raises, and ``damage`` names.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, NamedTuple

from rnncalc import bounds, files
from rnncalc.errors import FileError, located, printable

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

LONGEST_DIRECTORY = 8 * files.MIB
"""The list of the members becomes objects one by one."""

LOCAL = b"PK\3\4"
"""How an archive begins."""

END = b"PK\5\6"
"""How the record begins that ends an archive."""

NOBODY = "that belong to no member: of two archives in one, programs read different ones"

HEADER, ENDING = 30, 22
"""Bytes of a member's own header before its name, and of that record before its comment."""

DESCRIBED, DESCRIPTOR = 1 << 3, 24
"""The flag of a member whose sizes stand behind it, and the bytes that these take at most."""

UTF8 = 1 << 11
"""The flag of a member whose name is UTF-8."""


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
    _refuse_more(file, archive, size)
    return archive


def _refuse_more(file: IO[bytes], archive: ZipFile, size: int) -> None:
    """Errors: FileError for members that overlap, and for bytes that belong to none: another
    archive, which some programs read."""
    infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
    starts = [*(info.header_offset for info in infos), archive.start_dir]
    if starts[0]:
        raise FileError(f"begins with {starts[0]:,} bytes {NOBODY}")
    for info, following in zip(infos, starts[1:], strict=True):
        _refuse_other(file, info)
        end = begin(file, info.header_offset) + info.compress_size
        if end > following:
            raise FileError(f"{printable(info.filename)}: damaged: it runs into what follows it")
        end += DESCRIPTOR if info.flag_bits & DESCRIBED else 0
        if end < following:
            behind = f"{following - end:,} bytes behind it {NOBODY}"
            raise FileError(f"{printable(info.filename)}: damaged, or {behind}")
    file.seek(max(0, size - ENDING - len(archive.comment)))
    if file.read(len(END)) != END:
        raise FileError(f"goes on behind its end, with bytes {NOBODY}")


def _refuse_other(file: IO[bytes], info: ZipInfo) -> None:
    """Errors: FileError for a member that is another one by its own header than by the list."""
    file.seek(info.header_offset)
    header = file.read(HEADER)
    name = file.read(int.from_bytes(header[26:28], "little"))
    listed = info.orig_filename.encode("utf-8" if info.flag_bits & UTF8 else "cp437", "replace")
    checksum = int.from_bytes(header[14:18], "little")
    if name != listed or (checksum != info.CRC and not info.flag_bits & DESCRIBED):
        message = "damaged: its own header has another name or checksum than the list of members"
        raise FileError(f"{printable(info.filename)}: {message}")


def begin(file: IO[bytes], header: int) -> int:
    """Where the bytes of a member begin: behind its own header, name and extras."""
    file.seek(header)
    widths = file.read(HEADER)[26:]
    return header + HEADER + sum(int.from_bytes(w, "little") for w in (widths[:2], widths[2:]))


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
    ratio, size = bounds.BOMB
    if unpacked > size and unpacked > ratio * packed:
        raise FileError(f"unpacks to {unpacked:,} bytes from {packed:,}: refused")


class Stored(NamedTuple):
    """A member that stands in its archive as it is.

    Attributes:
        name: what the archive calls it.
        header: where its own header begins.
        size: how many bytes it has.
        crc: their checksum.
    """

    name: str
    header: int
    size: int
    crc: int

    def start(self, file: IO[bytes]) -> int:
        """Where its bytes begin. Errors: FileError, where there is no header in front of them."""
        file.seek(self.header)
        if file.read(len(LOCAL)) != LOCAL:
            raise FileError(f"{printable(self.name)}: damaged: it has no header")
        return begin(file, self.header)

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


def stored(archive: ZipFile, but: str | None = None) -> dict[str, Stored]:
    """The members by name, of an archive that keeps them as they are.

    Args:
        but: how the names begin of those that are not looked at.

    Errors: FileError for two of one name, a compressed or encrypted one.
    """
    members: dict[str, Stored] = {}
    for info in archive.infolist():
        if but and info.filename.startswith(but):
            continue
        with located(printable(info.filename)):
            if info.filename in members:
                raise FileError("stands there twice")
            if info.compress_type or info.flag_bits & 1:
                kind = "encrypted" if info.flag_bits & 1 else "compressed"
                raise FileError(f"is {kind}, which this format never is")
            if info.compress_size != info.file_size:
                raise FileError("is damaged: it is stored, but its two sizes differ")
            size = info.file_size
            members[info.filename] = Stored(info.filename, info.header_offset, size, info.CRC)
    return members
