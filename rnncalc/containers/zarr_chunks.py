"""Packed chunks of zarr arrays: what one would unpack to, seen before it is unpacked."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO

from rnncalc import files
from rnncalc.errors import FileError

BLOCK = 1 << 16
ZSTD = b"\x28\xb5\x2f\xfd"


def refuse_larger(packing: str, file: Path, size: int) -> None:
    """Errors: FileError for a chunk that unpacks to more than ``size`` bytes, or is damaged."""
    with files.opened(file, again=True) as opened:
        try:
            larger = PACKINGS[packing](opened, size) > size
        except (struct.error, zlib.error, IndexError):
            raise FileError("is damaged: a chunk cannot be unpacked") from None
    if larger:
        raise FileError("is damaged: a chunk unpacks to more numbers than it should have")


def _by_zlib(file: IO[bytes], most: int) -> int:
    """Counted by unpacking, block by block, what zlib or gzip packed."""
    machine, count = zlib.decompressobj(32 + zlib.MAX_WBITS), 0
    while count <= most and not machine.eof:
        data = machine.unconsumed_tail or file.read(BLOCK)
        if not data:
            break
        count += len(machine.decompress(data, BLOCK))
    return count


def _by_zstd(file: IO[bytes], most: int) -> int:
    """As the header of a frame says (RFC 8878, 3.1.1.1); one that does not say it is refused."""
    head = file.read(18)
    if not head.startswith(ZSTD):
        raise struct.error
    flags = head[4]
    single, width = flags >> 5 & 1, flags >> 6
    start = 5 + (not single) + (0, 1, 2, 4)[flags & 3]
    if width == 0 and not single:
        return most + 1
    count = int.from_bytes(head[start : start + (1, 2, 4, 8)[width]], "little")
    return count + 256 if width == 1 else count


def _by_blosc(file: IO[bytes], most: int) -> int:
    """As its header says: versions, flags, size of a number, then bytes, blocks, packed bytes."""
    return int(struct.unpack("<4xIII", file.read(16))[0])


PACKINGS: dict[str, Callable[[IO[bytes], int], int]] = {
    "gzip": _by_zlib, "zlib": _by_zlib, "zstd": _by_zstd, "blosc": _by_blosc,
}  # fmt: skip
"""What may have packed a chunk, and how many bytes it then unpacks to, as far as ``most``."""
