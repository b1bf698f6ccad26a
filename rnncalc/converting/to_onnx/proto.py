"""A graph of ONNX nodes, and its bytes: which field of which message holds what (onnx.proto)."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from rnncalc.array import Array

OPSET, IR = 14, 7
TYPES = {"float32": 1, "int32": 6, "int64": 7, "float16": 10, "float64": 11}
FLOAT, INT, STRING, FLOATS, INTS, STRINGS = 1, 2, 3, 6, 7, 8
"""The types of attributes."""


class Node(NamedTuple):
    """One operation: its name, what it reads and gives, and how."""

    operation: str
    name: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    attributes: Mapping[str, Any]


class Graph:
    """Nodes one after the other, and the constants that they read."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.constants: dict[str, Array] = {}
        self._taken: set[str] = set()

    def name(self, wanted: str) -> str:
        """A name that nothing else has."""
        name, i = wanted, 0
        while name in self._taken:
            i += 1
            name = f"{wanted}_{i}"
        self._taken.add(name)
        return name

    def constant(self, wanted: str, array: Any) -> str:
        """Numbers that stand in the file; their name."""
        name = self.name(wanted)
        self.constants[name] = np.asarray(array, order="C")
        return name

    def axes(self, *values: int) -> str:
        """A list of axes, or a shape, as the operations take them."""
        return self.constant("axes", np.array(values, dtype=np.int64))

    def add(
        self, operation: str, *inputs: str, at: str = "", count: int = 1, **attributes: Any
    ) -> str:
        """A node; the name of what it gives (of several the first, then with a number behind).

        Args:
            at: what node and outputs are called by.
            count: how many outputs it has.
        """
        name = self.name(at or operation)
        outputs = [self.name(f"{name}.out{i or ''}") for i in range(count)]
        self.nodes.append(Node(operation, name, inputs, outputs, attributes))
        return outputs[0]


def content(graph: Graph, inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> bytes:
    """The bytes of a model.

    Args:
        inputs, outputs: name to (type, axes): sizes, or words for those that are not fixed.
    """
    body = b"".join(data(1, _node(node)) for node in graph.nodes) + data(2, "rnncalc")
    body += b"".join(data(5, _tensor(name, one)) for name, one in graph.constants.items())
    body += b"".join(data(11, _value(name, *one)) for name, one in inputs.items())
    body += b"".join(data(12, _value(name, *one)) for name, one in outputs.items())
    opset = data(1, "") + number(2, OPSET)
    return number(1, IR) + data(2, "rnncalc") + data(7, body) + data(8, opset)


def _node(node: Node) -> bytes:
    parts = [data(1, name) for name in node.inputs] + [data(2, name) for name in node.outputs]
    parts += [data(3, node.name), data(4, node.operation)]
    parts += [data(5, _attribute(name, value)) for name, value in node.attributes.items()]
    return b"".join(parts)


def _attribute(name: str, value: Any) -> bytes:
    head = data(1, name)
    if isinstance(value, float):
        return head + real(2, value) + number(20, FLOAT)
    if isinstance(value, int):
        return head + number(3, value) + number(20, INT)
    if isinstance(value, str):
        return head + data(4, value) + number(20, STRING)
    if isinstance(value[0], float):
        return head + b"".join(real(7, one) for one in value) + number(20, FLOATS)
    if isinstance(value[0], int):
        return head + b"".join(number(8, one) for one in value) + number(20, INTS)
    return head + b"".join(data(9, one) for one in value) + number(20, STRINGS)


def _tensor(name: str, array: Array) -> bytes:
    raw = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    dims = b"".join(number(1, size) for size in array.shape)
    return dims + number(2, TYPES[array.dtype.name]) + data(8, name) + data(9, raw)


def _value(name: str, kind: str, axes: Sequence[int | str]) -> bytes:
    dims = [number(1, one) if isinstance(one, int) else data(2, one) for one in axes]
    shape = b"".join(data(1, dim) for dim in dims)
    tensor = number(1, TYPES[kind]) + data(2, shape)
    return data(1, name) + data(2, data(1, tensor))


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
