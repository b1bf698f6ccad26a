"""Pickles that joblib packed: with zlib, gzip, bz2, lzma or xz, unpacked in memory.

A block at a time, and no more of them than a pickle may have. What else is packed is not unpacked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, Any

from rnncalc.bounds import MIB
from rnncalc.containers.zip_archive import refuse_bomb
from rnncalc.errors import FileError

BLOCK = 1 << 16
DICTIONARY = 64 * MIB
"""Bytes that unpacking lzma may claim: its strongest presets need as many."""


def _zlib() -> Any:
    import zlib

    return zlib.decompressobj()


def _gzip() -> Any:
    import zlib

    return zlib.decompressobj(16 + zlib.MAX_WBITS)


def _bz2() -> Any:
    import bz2

    return bz2.BZ2Decompressor()


def _lzma() -> Any:
    import lzma

    return lzma.LZMADecompressor(memlimit=DICTIONARY)


PACKINGS: tuple[tuple[bytes, str, Callable[[], Any]], ...] = (
    (b"\x78\x01", "zlib", _zlib),
    (b"\x78\x5e", "zlib", _zlib),
    (b"\x78\x9c", "zlib", _zlib),
    (b"\x78\xda", "zlib", _zlib),
    (b"\x1f\x8b", "gzip", _gzip),
    (b"BZh", "bz2", _bz2),
    (b"\x5d\0\0", "lzma", _lzma),
    (b"\xfd7zXZ", "xz", _lzma),
)
"""How a packed file begins, what packed it, and what unpacks it."""


def packing(start: bytes) -> str:
    """What packed a file, by its first bytes; nothing where nothing did."""
    return next((name for first, name, _ in PACKINGS if start.startswith(first)), "")


def beginning(file: IO[bytes]) -> bytes:
    """What the first bytes of a packed file unpack to; nothing where that cannot be told."""
    try:
        return next(filter(None, _blocks(file)), b"")
    except FileError:
        return b""
    except _damage():
        return b""


def unpacked(file: IO[bytes], size: int, most: int) -> bytes:
    """What a packed file holds, of ``size`` bytes. Errors: FileError for damage, for a bomb."""
    parts, count = [], 0
    try:
        for block in _blocks(file):
            parts.append(block)
            count += len(block)
            refuse_bomb(count, size)
            if count > most:
                raise FileError(f"unpacks to more than {most:,} bytes, which are read at most")
    except _damage():
        raise FileError("is truncated or damaged: it cannot be unpacked") from None
    return b"".join(parts)


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    """What is unpacked, a block at a time. Errors: EOFError, where the file ends too early."""
    file.seek(0)
    data = file.read(BLOCK)
    machine = next(make() for begin, _, make in PACKINGS if data.startswith(begin))
    while not machine.eof:
        block = machine.decompress(data, BLOCK)
        yield block
        data = getattr(machine, "unconsumed_tail", b"")
        if not data and getattr(machine, "needs_input", True):
            data = file.read(BLOCK)
            if not data and not block:
                raise EOFError
    if machine.unused_data or file.read(1):
        raise FileError("goes on behind what is packed in it")


def _damage() -> tuple[type[Exception], ...]:
    """What unpacking damaged bytes raises."""
    import lzma
    import zlib

    return zlib.error, lzma.LZMAError, OSError, EOFError, ValueError
