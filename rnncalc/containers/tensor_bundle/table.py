"""A table of LevelDB: names in alphabetical order with their values, in blocks with checksums.

The last 48 bytes say where the index of the blocks is; names are told by what they have in common
with the one before.
"""

from __future__ import annotations

from collections.abc import Iterator

from rnncalc.containers.protobuf import varint
from rnncalc.containers.tensor_bundle.crc32c import masked
from rnncalc.errors import FileError

MAGIC = b"\x57\xfb\x80\x8b\x24\x75\x47\xdb"
FOOTER = 48
BEHIND = 5
"""Behind a block: how it is packed, and a checksum."""

PACKED = {1: "Snappy", 2: "Zstandard"}
MOST, LONGEST_NAME, MOST_LETTERS = 100_000, 4_000, 1 << 26
"""Names of a table; bytes of one, and of all."""


def table(data: bytes) -> dict[bytes, bytes]:
    """The values by their names. Errors: FileError for what is no table, or damaged."""
    if len(data) < FOOTER or data[-len(MAGIC) :] != MAGIC:
        raise FileError("is truncated, or no index of TensorFlow: its end is that of no table")
    footer = data[-FOOTER:]
    _, at = _handle(footer, 0)
    (start, size), _ = _handle(footer, at)
    found: dict[bytes, bytes] = {}
    letters = read = 0
    for _, place in _entries(_block(data, start, size)):
        handle, _ = _handle(place, 0)
        read += handle[1] + BEHIND
        if read > len(data):
            raise FileError("is damaged: its blocks share their bytes")
        for name, value in _entries(_block(data, *handle)):
            letters += len(name)
            if name in found:
                raise FileError("is damaged: it has two entries of one name")
            if len(found) == MOST or letters > MOST_LETTERS:
                raise FileError(f"holds more than {MOST:,} names, as no network has")
            found[name] = value
    return found


def _handle(data: bytes, at: int) -> tuple[tuple[int, int], int]:
    """Where a block begins and how long it is; and where that is said no more."""
    start, at = varint(data, at)
    size, at = varint(data, at)
    return (start, size), at


def _block(data: bytes, start: int, size: int) -> bytes:
    """A block as it was written. Errors: FileError where it is not whole."""
    end = start + size
    if end + BEHIND > len(data) - FOOTER:
        raise FileError("is damaged: a block reaches beyond its end")
    kind = data[end]
    crc = int.from_bytes(data[end + 1 : end + BEHIND], "little")
    if masked(data[start : end + 1]) != crc:
        raise FileError("is damaged: the checksum of a block is another")
    if kind:
        how = PACKED.get(kind, f"method {kind}")
        raise FileError(f"is packed by {how}, which TensorFlow's checkpoints are not")
    return data[start:end]


def _entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The names and values of a block. Errors: FileError where they do not fit into it."""
    restarts = int.from_bytes(block[-4:], "little")
    end = len(block) - 4 * (restarts + 1)
    if end < 0:
        raise FileError("is damaged: a block is shorter than it says")
    at, name = 0, b""
    while at < end:
        common, at = varint(block, at)
        own, at = varint(block, at)
        size, at = varint(block, at)
        if common > len(name) or at + own + size > end or common + own > LONGEST_NAME:
            raise FileError("is damaged: an entry does not fit into its block")
        name = name[:common] + block[at : at + own]
        yield name, block[at + own : at + own + size]
        at += own + size
