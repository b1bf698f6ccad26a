"""The numbers of an HDF5 dataset, read from their places without the HDF5 library.

A dataset is one run of bytes of the file, or a grid of chunks which have been through filters:
gzip, shuffle, fletcher32, lzf. No filter gives more bytes than the chunk has: bombs end here.
"""

from __future__ import annotations

import io
import math
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from rnncalc import files
from rnncalc.array import Array
from rnncalc.containers.byte_range import ByteRange, exactly
from rnncalc.containers.zip_archive import refuse_bomb
from rnncalc.errors import FileError

Words = dict[str, Any]

LARGEST_CHUNK = 128 * files.MIB
FULL = 1 << 62
"""More bytes than any file has."""


def places_of(words: Words, size: int) -> list[tuple[int, int]]:
    """Where in a file of ``size`` bytes the numbers begin, and how many bytes they take there.

    Errors: FileError for a claim beyond the bytes, for a filter that is not known.
    """
    if "code" not in words:
        return []
    claimed = _claimed(words)
    if "chunks" in words:
        return _chunked(words, claimed, size)
    taken: int = len(words["held"]) // 2 if "held" in words else words["size"]
    if claimed and not taken:
        raise FileError(f"claims {claimed:,} bytes, of which none is in the file")
    if taken != claimed:
        raise FileError(f"claims {claimed:,} bytes, and {taken:,} are kept for it")
    if "held" in words:
        return []
    if words["at"] + taken > size:
        raise FileError("is truncated: it ends behind the end of the file")
    return [(words["at"], taken)]


def read(source: ByteRange, words: Words) -> Array:
    """The numbers, float64. Errors: FileError for a kind that is not read, for damage."""
    if "code" not in words:
        raise FileError(f"holds {words['dtype']}, not real numbers of up to 64 bits")
    if "held" in words:
        return _decoded(bytes.fromhex(words["held"]), words).reshape(words["shape"])
    with source.opened() as file:
        if "chunks" in words:
            return _joined(file, words)
        return _decoded(exactly(file, words["at"], words["size"]), words).reshape(words["shape"])


class Rows:
    """The numbers row by row, along the first axis: no more is read than the chunks of a row."""

    def __init__(self, source: ByteRange, words: Words) -> None:
        if "code" not in words or not words["shape"]:
            raise FileError(f"holds {words['dtype']} of shape {tuple(words['shape'])}, no rows")
        self.shape = tuple(words["shape"])
        self._source, self._words = source, words
        self._first, self._rows = -1, np.zeros(0)
        self._chunks: dict[int, list[Any]] = defaultdict(list)
        for chunk in words.get("chunks", ()):
            self._chunks[chunk[0][0]].append(chunk)

    def __getitem__(self, number: int) -> Array:
        """Row ``number``, float64. Errors: FileError for damage."""
        count = self._words["chunk"][0] if self._chunks else self.shape[0]
        if "held" not in self._words and not self._chunks:
            size = math.prod(self.shape[1:]) * np.dtype(self._words["code"]).itemsize
            with self._source.opened() as file:
                data = exactly(file, self._words["at"] + number * size, size)
            return _decoded(data, self._words).reshape(self.shape[1:])
        first = number - number % count
        if self._first != first:
            self._rows, self._first = self._read(first, count), first
        return np.asarray(self._rows[number - first])

    def _read(self, first: int, count: int) -> Array:
        """The rows of the chunks that begin at this one."""
        if "held" in self._words:
            return read(self._source, self._words)
        here = [([0, *start[1:]], *rest) for start, *rest in self._chunks[first]]
        shape = [min(count, self.shape[0] - first), *self.shape[1:]]
        with self._source.opened() as file:
            return _joined(file, {**self._words, "chunks": here, "shape": shape})


def _claimed(words: Words) -> int:
    count = math.prod(words["shape"]) * np.dtype(words["code"]).itemsize
    if not 0 <= count < FULL:
        raise FileError(f"claims {count:,} bytes")
    return count


def _decoded(data: bytes, words: Words) -> Array:
    """Bytes as float64, in one axis."""
    numbers = np.frombuffer(data, "u1" if words["dtype"] == "bool" else words["code"])
    if words["dtype"] == "bfloat16":
        return (numbers.astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    return (numbers != 0 if words["dtype"] == "bool" else numbers).astype(np.float64)


def _chunked(words: Words, claimed: int, size: int) -> list[tuple[int, int]]:
    """Errors: FileError for missing, doubled, misplaced chunks, for bombs, for other filters."""
    refuse_other_filters(words["filters"])
    shape, chunk = words["shape"], words["chunk"]
    if _chunk_bytes(words) > LARGEST_CHUNK:
        raise FileError(f"is kept in chunks of more than {LARGEST_CHUNK // files.MIB} MiB")
    grid = math.prod(-(-length // step) for length, step in zip(shape, chunk, strict=True))
    starts = {tuple(start) for start, *_ in words["chunks"]}
    if len(starts) != grid or len(words["chunks"]) != grid:
        raise FileError(f"has {len(starts):,} of the {grid:,} chunks that its shape takes")
    for start, _, at, length in words["chunks"]:
        if any(s % c or s >= n for s, c, n in zip(start, chunk, shape, strict=True)):
            raise FileError("has a chunk outside of its shape")
        if at + length > size:
            raise FileError("is truncated: a chunk ends behind the end of the file")
    places = [(at, length) for _, _, at, length in words["chunks"]]
    refuse_bomb(claimed, min(sum(length for _, length in places), size))
    return places


def _chunk_bytes(words: Words) -> int:
    return math.prod(words["chunk"]) * np.dtype(words["code"]).itemsize


def _joined(file: io.RawIOBase | io.BytesIO, words: Words) -> Array:
    numbers = np.zeros(words["shape"])
    for start, skipped, at, length in words["chunks"]:
        data = exactly(file, at, length)
        data = undo(data, words["filters"], skipped, _chunk_bytes(words))
        part = _decoded(data, words).reshape(words["chunk"])
        place = tuple(_place(start, words))
        numbers[place] = part[tuple(slice(0, one.stop - one.start) for one in place)]
    return numbers


def _place(start: list[int], words: Words) -> Iterator[slice]:
    """Where a chunk is in the whole; those at the end reach beyond it."""
    for first, step, length in zip(start, words["chunk"], words["shape"], strict=True):
        yield slice(first, min(first + step, length))


CHECKSUM = 4
RUN = 32
"""In lzf, what is less than this is the length of a run of bytes, else a copy of earlier bytes."""


def refuse_other_filters(filters: Sequence[Any]) -> None:
    """Errors: FileError for a filter that is not undone."""
    for code, _ in filters:
        if code not in UNDOING:
            message = f"went through filter {code}, which is not undone"
            raise FileError(f"{message}. Write the file anew with: h5repack -f GZIP=1")


def undo(data: bytes, filters: Sequence[Any], skipped: int, size: int) -> bytes:
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


def _without_checksum(data: bytes, _: Sequence[int], __: int) -> bytes:
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


UNDOING = {1: _unzipped, 2: _unshuffled, 3: _without_checksum, 32000: _unlzf}
"""By the codes of the format."""
