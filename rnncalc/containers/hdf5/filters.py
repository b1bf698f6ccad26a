"""What a chunk of an HDF5 dataset has been through, undone: gzip, shuffle, fletcher32, lzf.

No filter gives more bytes than the chunk has: bombs end here.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from rnncalc.errors import FileError

CHECKSUM = 4
RUN = 32
"""In lzf, what is less than this is the length of a run of bytes, else a copy of earlier bytes."""


def refuse_others(filters: Sequence[Any]) -> None:
    """Errors: FileError for a filter that is not undone."""
    for code, _ in filters:
        if code not in UNDOING:
            message = f"went through filter {code}, which is not undone"
            raise FileError(f"{message}. Write the file anew with: h5repack -f GZIP=1")


def undone(data: bytes, filters: Sequence[Any], skipped: int, size: int) -> bytes:
    """A chunk of ``size`` bytes, as it was before it went through ``filters``.

    Args:
        filters: code and values of each, in the order in which they were applied.
        skipped: the bit of each filter that this chunk did not go through.

    Errors: FileError where that does not give so many bytes.
    """
    most = size + CHECKSUM * len(filters)
    for index in reversed(range(len(filters))):
        code, values = filters[index]
        if not skipped >> index & 1:
            data = UNDOING[code](data, values, most)
    if len(data) != size:
        raise FileError(f"is damaged: a chunk has {len(data):,} bytes, expected {size:,}")
    return data


def _unzipped(data: bytes, _: Sequence[int], most: int) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        unpacked = unpacking.decompress(data, most)
    except zlib.error:
        raise FileError("is damaged: a chunk cannot be unpacked") from None
    if not unpacking.eof:
        raise FileError("is damaged: a chunk unpacks to more bytes than it has")
    return unpacked


def _unshuffled(data: bytes, values: Sequence[int], _: int) -> bytes:
    """First all first bytes of the numbers, then all second ones, ...; the rest is as it was."""
    width = values[0] if values else 1
    count = len(data) // width if width > 0 else 0
    if count < 2:
        return data
    shuffled = np.frombuffer(data, np.uint8, count * width).reshape(width, count)
    return shuffled.T.tobytes() + data[count * width :]


def _checked(data: bytes, _: Sequence[int], __: int) -> bytes:
    """Fletcher's checksum: two sums of the 16-bit words, the second of the first one's states."""
    data, checksum = data[:-CHECKSUM], int.from_bytes(data[-CHECKSUM:], "little")
    words = np.frombuffer(data + bytes(len(data) % 2), ">u2").astype(np.uint64)
    weights = np.arange(len(words), 0, -1, dtype=np.uint64) % 0xFFFF
    first, second = int(words.sum()), int((words * weights).sum())
    low, high = checksum & 0xFFFF, checksum >> 16
    if (low - first) % 0xFFFF or (high - second) % 0xFFFF:
        raise FileError("is damaged: a chunk does not have the checksum that it should have")
    return data


def _unlzf(data: bytes, _: Sequence[int], most: int) -> bytes:
    """Runs of bytes, and copies of what came before, which may overlap what they make."""
    out = bytearray()
    place = 0
    try:
        while place < len(data) and len(out) <= most:
            control = data[place]
            place += 1
            if control < RUN:
                out += data[place : place + control + 1]
                place += control + 1
                continue
            length = control >> 5
            if length == 7:
                length += data[place]
                place += 1
            start = len(out) - ((control & 31) << 8) - data[place] - 1
            place += 1
            _copy(out, start, length + 2)
    except IndexError:
        raise FileError("is damaged: a chunk cannot be unpacked") from None
    return bytes(out)


def _copy(out: bytearray, start: int, length: int) -> None:
    if start < 0:
        raise IndexError
    part = out[start : start + length]
    out += (part * (length // len(part) + 1))[:length]


UNDOING = {1: _unzipped, 2: _unshuffled, 3: _checked, 32000: _unlzf}
"""By the codes of the format."""
