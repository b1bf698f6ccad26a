"""CRC-32C (Castagnoli), as LevelDB's tables and TensorFlow's tensors have it.

A remainder is linear: lanes of equal length are taken at once, and put together by shifting each
over the length of what follows it.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from rnncalc.array import Array

POLYNOMIAL = 0x82F63B78
ONES = 0xFFFFFFFF
LANE = 1024
"""Bytes of a lane."""


def crc32c(data: bytes, before: int = 0) -> int:
    """The checksum of these bytes behind those whose checksum is ``before``."""
    state = before ^ ONES
    whole = len(data) // LANE * LANE if len(data) >= 4 * LANE else 0
    if whole:
        lanes = np.frombuffer(data, np.uint8, whole).reshape(-1, LANE).copy()
        lanes[0, :4] ^= np.frombuffer(state.to_bytes(4, "little"), np.uint8)
        state = _joined(_remainders(lanes))
    table = _table().tolist()
    for byte in data[whole:]:
        state = table[(state ^ byte) & 0xFF] ^ (state >> 8)
    return state ^ ONES


def masked(data: bytes) -> int:
    """The checksum as it is stored: a checksum of what holds checksums would be weak."""
    return mask(crc32c(data))


def mask(crc: int) -> int:
    """A checksum as it is stored."""
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & ONES


@cache
def _table() -> Array:
    """What one byte does to the remainder."""
    values = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        values = np.where(values & 1, values >> 1 ^ np.uint32(POLYNOMIAL), values >> 1)
    return values


def _remainders(lanes: Array) -> Array:
    """The remainder of each row, which begins with 0."""
    table, state = _table(), np.zeros(len(lanes), np.uint32)
    for column in np.ascontiguousarray(lanes.T):
        state = table[(state ^ column) & 0xFF] ^ state >> 8
    return state


def _joined(remainders: Array) -> int:
    """The remainder of rows one behind the other, two and two."""
    shift = _shift(LANE)
    while len(remainders) > 1:
        if len(remainders) % 2:
            remainders = np.concatenate([np.zeros(1, np.uint32), remainders])
        remainders = _shifted(remainders[::2], shift) ^ remainders[1::2]
        shift = _shifted(shift, shift)
    return int(remainders[0])


@cache
def _shift(zeros: int) -> Array:
    """What so many bytes of 0, a power of two, make of each bit of a remainder."""
    bits = np.uint32(1) << np.arange(32, dtype=np.uint32)
    shift: Array = _table()[bits & 0xFF] ^ bits >> 8
    while zeros > 1:
        shift, zeros = _shifted(shift, shift), zeros // 2
    return shift


def _shifted(remainders: Array, shift: Array) -> Array:
    result = np.zeros_like(remainders)
    for bit in range(32):
        result ^= np.where(remainders >> bit & 1, shift[bit], 0).astype(np.uint32)
    return result
