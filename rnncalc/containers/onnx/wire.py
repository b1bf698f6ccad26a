"""What an ONNX file claims, counted in its bytes before the library makes objects of them.

Two bytes can stand for an object of a hundred, one for a number of eight: what a small file would
blow up to is told by how many fields it has, and of which kinds.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.protobuf import varint
from rnncalc.errors import FileError

CHILDREN: dict[str, dict[int, str]] = {
    "model": {7: "graph", 8: "small", 14: "small", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph", 3: "small", 4: "small"},
    "function": {7: "node", 9: "small", 11: "attribute", 12: "small", 14: "small"},
    "graph": {
        1: "node", 5: "tensor", 11: "small", 12: "small", 13: "small", 14: "small", 15: "sparse",
        16: "small",
    },
    "node": {5: "attribute", 9: "small", 10: "small"},
    "attribute": {
        5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 14: "small", 15: "small", 22: "sparse",
        23: "sparse",
    },
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "small", 16: "small"},
}  # fmt: skip
"""Which fields of a message (onnx.proto) are messages; small ones are counted by their length."""

ONCE: dict[str, dict[int, str]] = {
    "model": {
        1: "ir_version", 2: "producer_name", 3: "producer_version", 4: "domain",
        5: "model_version", 6: "doc_string", 7: "graph",
    },
    "training": {1: "initialization", 2: "algorithm"},
    "function": {1: "name", 8: "doc_string", 10: "domain", 13: "overload"},
    "graph": {2: "name", 10: "doc_string"},
    "node": {3: "name", 4: "op_type", 6: "doc_string", 7: "domain", 8: "overload"},
    "attribute": {
        1: "name", 2: "f", 3: "i", 4: "s", 5: "t", 6: "g", 13: "doc_string", 14: "tp", 20: "type",
        21: "ref_attr_name", 22: "sparse_tensor",
    },
    "sparse": {1: "values", 2: "indices"},
    "tensor": {
        2: "data_type", 3: "segment", 8: "name", 9: "raw_data", 12: "doc_string",
        14: "data_location",
    },
}  # fmt: skip
"""What a message says once (onnx.proto). Of two the library would take the last, or mix them."""

ENUMS = {("tensor", 14): ("data_location", 1), ("attribute", 20): ("type", 14)}
"""Fields that count the choices there are, and the last one: others the library would pass over."""

NUMBERS = {("attribute", 7), ("attribute", 8), ("tensor", 1), ("sparse", 3)}
VARINTS = {("tensor", 5), ("tensor", 7), ("tensor", 11)}


NO_ONNX = "is truncated, or not an ONNX file: it is no protobuf"
_varint = partial(varint, damaged=NO_ONNX)


def text(value: Any) -> Any:
    """A value of the library's, a text as one: it gives bytes where they are no UTF-8."""
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value


def judge(data: bytes) -> None:
    """Errors: FileError for what is no protobuf, and for what would need far more memory than it
    has bytes."""
    _Count(data).message("model", 0, len(data), 0)


class _Count:
    """The fields of a file, counted."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.fields = self.numbers = self.varints = 0

    def message(self, kind: str, at: int, end: int, depth: int) -> None:
        """Count what stands in a message. Errors: FileError for what it says twice."""
        depth += kind == "graph"
        if depth > limits.DEEPEST:
            raise FileError(f"has graphs inside graphs, more than {limits.DEEPEST} deep")
        children, once = CHILDREN[kind], ONCE[kind]
        seen: set[int] = set()
        while at < end:
            tag, at = _varint(self.data, at, end)
            number, wire = tag >> 3, tag & 7
            if number in seen:
                raise FileError(f"is damaged, or two in one: a {kind} says {once[number]} twice")
            seen |= {number} & once.keys()
            start, at = self.payload(wire, at, end)
            child = children.get(number) if wire == 2 else None
            self.fields += (at - start) // 4 if child == "small" else limits.MESSAGE if child else 1
            self.add(kind, number, at - start)
            if (kind, number) in ENUMS and wire == 0:
                self.choice(*ENUMS[kind, number], start, at)
            if child and child != "small":
                self.message(child, start, at, depth)

    def choice(self, what: str, last: int, at: int, end: int) -> None:
        """Errors: FileError for a choice that there is not."""
        value, _ = _varint(self.data, at, end)
        if value > last:
            raise FileError(f"says {what} {value}, which is not known; known are 0 to {last}")

    def payload(self, wire: int, at: int, end: int) -> tuple[int, int]:
        """Where the value of a field begins and ends."""
        start = at
        if wire == 0:
            _, at = _varint(self.data, at, end)
        elif wire == 2:
            size, start = _varint(self.data, at, end)
            at = start + size
        elif wire in (1, 5):
            at += 8 if wire == 1 else 4
        else:
            raise FileError("is damaged, or not an ONNX file: it is no protobuf")
        if at > end:
            raise FileError("is truncated, or not an ONNX file: a length reaches beyond its end")
        return start, at

    def add(self, kind: str, number: int, size: int) -> None:
        """Count the numbers of a field. Errors: FileError where anything is too much."""
        self.numbers += size if (kind, number) in NUMBERS else 0
        self.varints += size if (kind, number) in VARINTS else 0
        if self.fields > limits.MOST_FIELDS:
            raise FileError(f"has more than {limits.MOST_FIELDS:,} fields, as no network has")
        if self.numbers > limits.MOST_NUMBERS:
            raise FileError(f"has more than {limits.MOST_NUMBERS:,} bytes of attributes and shapes")
        if self.varints > limits.MOST_VARINTS:
            message = f"keeps more than {limits.MOST_VARINTS:,} bytes of numbers one by one"
            raise FileError(f"{message}: save the tensors as raw_data")
