"""The numbers of an HDF5 dataset, read from their places without the HDF5 library.

A dataset is one stretch of the file, or a grid of chunks which have been through filters.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from rnncalc import files
from rnncalc.array import Array
from rnncalc.containers.hdf5 import filters
from rnncalc.containers.byte_range import Stretch, exactly
from rnncalc.containers.zip_archive import refuse_bomb
from rnncalc.errors import FileError

Words = dict[str, Any]

LARGEST_CHUNK = 128 * files.MIB
FULL = 1 << 62
"""More bytes than any file has."""


def stored(words: Words, size: int) -> list[tuple[int, int]]:
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


def read(stretch: Stretch, words: Words) -> Array:
    """The numbers, float64. Errors: FileError for a kind that is not read, for damage."""
    if "code" not in words:
        raise FileError(f"holds {words['dtype']}, not real numbers of up to 64 bits")
    if "held" in words:
        return _decoded(bytes.fromhex(words["held"]), words).reshape(words["shape"])
    with stretch.opened() as file:
        if "chunks" in words:
            return _joined(file, words)
        return _decoded(exactly(file, words["at"], words["size"]), words).reshape(words["shape"])


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
    filters.refuse_others(words["filters"])
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
        data = filters.undone(data, words["filters"], skipped, _chunk_bytes(words))
        part = _decoded(data, words).reshape(words["chunk"])
        place = tuple(_place(start, words))
        numbers[place] = part[tuple(slice(0, one.stop - one.start) for one in place)]
    return numbers


def _place(start: list[int], words: Words) -> Iterator[slice]:
    """Where a chunk is in the whole; those at the end reach beyond it."""
    for first, step, length in zip(start, words["chunk"], words["shape"], strict=True):
        yield slice(first, min(first + step, length))
