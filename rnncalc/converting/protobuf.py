"""ONNX' messages as bytes: the few fields of protocol buffers that a network of layers needs.

A message is a list of fields, each a number and a value; who knows what the numbers mean is
``onnx_proto.py``.
"""

from __future__ import annotations

import struct

VARINT, BYTES, FIXED32 = 0, 2, 5
MASK = (1 << 64) - 1


def varint(value: int) -> bytes:
    """A whole number, seven bits a byte; a negative one as 64 bits."""
    value &= MASK
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def number(field: int, value: int) -> bytes:
    """A field with a whole number."""
    return varint(field << 3 | VARINT) + varint(value)


def real(field: int, value: float) -> bytes:
    """A field with a number in float32."""
    return varint(field << 3 | FIXED32) + struct.pack("<f", value)


def data(field: int, value: bytes | str) -> bytes:
    """A field with text, bytes, or a message."""
    content = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | BYTES) + varint(len(content)) + content
