"""TensorFlow Lite files as plain data: subgraphs of operators, and tensors with their bytes.

The library reads the tables once they are judged, and nothing else of it runs. What a file claims
is checked here: types, shapes against bytes, and that every number of a tensor, a buffer or a
subgraph is one of those that there are.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from rnncalc import files
from rnncalc.array import Array
from rnncalc.containers import raw
from rnncalc.containers.extra import needed
from rnncalc.containers.tensor import Tensor
from rnncalc.containers.tflite.judge import LISTS, Judge
from rnncalc.data import dataclass
from rnncalc.errors import FileError, located, printable

LONGEST = (1 << 31) - 1
"""Bytes of a file. No flatbuffer is longer, and numbers behind it are not read."""

SCHEMA = 3
"""The version of the format; there is no other."""

EVERY_PLACE_HOLDER = 127
"""What stands in the old field of an operator's number where it has no room for it."""

CUSTOM = "CUSTOM"
ABSENT = -1


@dataclass(frozen=True, eq=False)
class Quantization:
    """How whole numbers stand for others: (whole number - zero) * scale.

    Attributes:
        scales, zeros: one of each, or one for each place along an axis.
        axis: which axis that is.
    """

    scales: Array
    zeros: Array
    axis: int

    def of(self, numbers: Array) -> Array:
        """The numbers that whole ones stand for."""
        if self.scales.size == 1:
            return np.asarray((numbers - self.zeros[0]) * self.scales[0])
        shape = [1] * numbers.ndim
        shape[self.axis] = -1
        return np.asarray((numbers - self.zeros.reshape(shape)) * self.scales.reshape(shape))


@dataclass(frozen=True, eq=False)
class LiteTensor:
    """A value of a subgraph.

    Attributes:
        name: what the file calls it.
        shape: its lengths; None where only a run tells.
        dtype: its type.
        numbers: those that stand in the file, or None.
        quantization: what whole numbers stand for, where that is said.
        variable: whether it keeps its numbers from one run to the next, and is 0 before the first.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str
    numbers: Tensor | None
    quantization: Quantization | None
    variable: bool


@dataclass(frozen=True, eq=False)
class Operator:
    """An operator at work.

    Attributes:
        op: what it is: ``FULLY_CONNECTED``; ``CUSTOM FlexErf`` for one that is nobody else's.
        inputs, outputs: the places of tensors; -1 for one that is left out.
        options: what it is told, by the schema's names; lists are tuples.
        intermediates: further tensors, of which quantized operators say how they are rounded.
    """

    op: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, Any]
    intermediates: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Subgraph:
    """Operators in the order in which they run."""

    tensors: tuple[LiteTensor, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    operators: tuple[Operator, ...]


@dataclass(frozen=True, eq=False)
class LiteModel:
    """What a file holds: its network is the first subgraph, others are called by operators."""

    subgraphs: tuple[Subgraph, ...]
    description: str


def model(path: Path) -> LiteModel:
    """The network in a file.

    Errors: FileError where the library is missing, for damage, for claims that do not hold.
    """
    with files.opened(path) as file:
        library = needed("tflite", ".tflite")
        size = files.size(file)
        if size > LONGEST:
            raise FileError(f"has {size:,} bytes, and at most {LONGEST:,} are read")
        data = file.read(size)
        judge = Judge(data)
        judge.judge()
        try:
            return _Reader(library, data, judge).model()
        except (struct.error, ValueError, LookupError, TypeError, OverflowError) as error:
            raise FileError(f"is damaged: {printable(str(error), 100)}") from None


class _Reader:
    """Makes plain data of the library's objects."""

    def __init__(self, library: Any, data: bytes, judge: Judge) -> None:
        self.library, self.data, self.judge = library, data, judge
        self.types = {number: name.lower() for name, number in _numbers(library.TensorType)}
        self.codes = {number: name for name, number in _numbers(library.BuiltinOperator)}
        self.options = {number: name for name, number in _numbers(library.BuiltinOptions)}

    def model(self) -> LiteModel:
        """The file."""
        found = self.library.Model.GetRootAs(self.data, 0)
        if found.Version() != SCHEMA:
            raise FileError(f"says version {found.Version()} of its format; known is {SCHEMA}")
        self.ops = [self._code(found.OperatorCodes(i)) for i in range(found.OperatorCodesLength())]
        self.buffers = [found.Buffers(i) for i in range(found.BuffersLength())]
        count = found.SubgraphsLength()
        if not count:
            raise FileError("has no subgraph: it is empty")
        graphs = tuple(self._subgraph(found.Subgraphs(i), count) for i in range(count))
        return LiteModel(graphs, _text(found.Description()))

    def _code(self, code: Any) -> str:
        old, new = code.DeprecatedBuiltinCode(), code.BuiltinCode()
        number = new if old in (0, EVERY_PLACE_HOLDER) or new > old else old
        name = self.codes.get(number, f"operator {number}")
        return f"{CUSTOM} {_text(code.CustomCode())}" if name == CUSTOM else name

    def _subgraph(self, graph: Any, count: int) -> Subgraph:
        tensors = tuple(self._tensor(graph.Tensors(i)) for i in range(graph.TensorsLength()))
        operators = tuple(
            self._operator(graph.Operators(i), len(tensors), count)
            for i in range(graph.OperatorsLength())
        )
        inputs = _places(graph.InputsAsNumpy(), len(tensors), "a subgraph reads")
        outputs = _places(graph.OutputsAsNumpy(), len(tensors), "a subgraph gives")
        if ABSENT in inputs + outputs:
            raise FileError("is damaged: a subgraph leaves out what it reads or gives")
        return Subgraph(tensors, inputs, outputs, operators)

    def _operator(self, one: Any, tensors: int, subgraphs: int) -> Operator:
        op = self.ops[_place(one.OpcodeIndex(), len(self.ops), "operator code")]
        with located(f"operator {printable(op)}"):
            if one.LargeCustomOptionsSize() or one.BuiltinOptions2Type():
                raise FileError("has options of a kind that is not read")
            inputs, outputs, more = (_places(places, tensors, "it names") for places in (
                one.InputsAsNumpy(), one.OutputsAsNumpy(), one.IntermediatesAsNumpy(),
            ))  # fmt: skip
            options = self._told(one)
            for key in ("CondSubgraphIndex", "BodySubgraphIndex"):
                if key in options:
                    _place(options[key], subgraphs, "subgraph")
        return Operator(op, inputs, outputs, options, more)

    def _told(self, one: Any) -> dict[str, Any]:
        """The options of an operator, by the schema's names."""
        name, table = self.options.get(one.BuiltinOptionsType(), ""), one.BuiltinOptions()
        kind = getattr(self.library, name, None) if name and table else None
        if kind is None:
            return {}
        place = table.Offset(4 + 2 * LISTS[name]) if name in LISTS else 0
        if place:
            self.judge.numbers(name, table.Indirect(table.Pos + place), 4)
        found = kind()
        found.Init(table.Bytes, table.Pos)
        return {key: get(found) for key, get in _getters(kind)}

    def _tensor(self, one: Any) -> LiteTensor:
        name = _text(one.Name())
        with located(f"tensor {printable(name, 200) or 'without a name'}"):
            shape = _whole(one.ShapeAsNumpy())
            dtype = self.types.get(one.Type(), f"type {one.Type()}")
            if len(shape) > raw.MOST_AXES or any(length < 0 for length in shape):
                raise FileError(f"has shape {printable(str(shape), 80)}, which no array has")
            if one.Sparsity():
                raise FileError("is sparse, which is not read. Save the network as a dense one")
            stored = self._stored(one.Buffer())
            numbers = _numbers_of(name, shape, dtype, stored) if len(stored) else None
            return LiteTensor(name, _open(shape, _whole(one.ShapeSignatureAsNumpy())), dtype,
                              numbers, _quantization(one.Quantization(), shape),
                              bool(one.IsVariable()))  # fmt: skip

    def _stored(self, index: int) -> memoryview:
        """The bytes of a buffer: in the flatbuffer, or behind it."""
        buffer = self.buffers[_place(index, len(self.buffers), "buffer")]
        start, size = buffer.Offset(), buffer.Size()
        if start <= 1:  # 0 and 1 say that it is not behind
            return memoryview(buffer.DataAsNumpy() if buffer.DataLength() else b"").cast("B")
        if buffer.DataLength() or start + size > len(self.data):
            raise FileError(f"claims {size:,} bytes from {start:,} on, which are not there")
        return memoryview(self.data)[start : start + size]


def _numbers(enumeration: Any) -> Iterator[tuple[str, int]]:
    for name, number in vars(enumeration).items():
        if isinstance(number, int):
            yield name, number


def _getters(kind: Any) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """What reads the fields of a table: a number each, or a tuple of a list."""
    names = [name for name in vars(kind) if not name.startswith(("_", "GetRootAs"))]
    lists = {name.removesuffix("AsNumpy") for name in names if name.endswith("AsNumpy")}
    for name in names:
        if name in lists:
            yield name, partial(_listed, getattr(kind, f"{name}AsNumpy"))
        elif name != "Init" and not name.endswith(("AsNumpy", "Length", "IsNone", "Identifier")):
            yield name, getattr(kind, name)


def _listed(get: Callable[[Any], Any], one: Any) -> tuple[int, ...]:
    return _whole(get(one))


def _text(data: bytes | None) -> str:
    return (data or b"").decode("utf-8", "replace")


def _whole(numbers: Any) -> tuple[int, ...]:
    """A list of whole numbers; the library gives 0 where there is none."""
    return () if isinstance(numbers, int) else tuple(int(one) for one in numbers)


def _place(index: int, count: int, what: str) -> int:
    if not 0 <= index < count:
        raise FileError(f"is damaged: it names {what} {index}, and there are {count}")
    return index


def _places(numbers: Any, count: int, where: str) -> tuple[int, ...]:
    found = _whole(numbers)
    for one in found:
        if not ABSENT <= one < count:
            raise FileError(f"is damaged: {where} tensor {one}, and there are {count}")
    return found


def _open(shape: tuple[int, ...], signature: tuple[int, ...]) -> tuple[int | None, ...]:
    """The lengths; those that a signature leaves open are not known."""
    if len(signature) != len(shape):
        return shape
    return tuple(None if said < 0 else one for one, said in zip(shape, signature, strict=True))


def _numbers_of(name: str, shape: tuple[int, ...], dtype: str, data: memoryview) -> Tensor:
    """The numbers of a tensor. Errors: FileError where its shape and its bytes differ."""
    if dtype in raw.KINDS:
        count = math.prod(shape)
        if count > raw.MOST:
            raise FileError(f"has {count:,} numbers, at most {raw.MOST:,} are read")
        expected = count * raw.WIDTHS[dtype]
        if len(data) != expected:
            raise FileError(f"has shape {shape}, {expected:,} bytes, and {len(data):,} are there")

    def numbers() -> Array:
        raw.refuse(dtype)
        return raw.floats(bytes(data), dtype).reshape(shape)

    return Tensor(name, shape, dtype, numbers)


def _quantization(said: Any, shape: tuple[int, ...]) -> Quantization | None:
    """What is said of whole numbers. Errors: FileError for what fits no axis."""
    if said is None or not said.ScaleLength():
        return None
    scales = np.asarray(said.ScaleAsNumpy(), np.float64)
    zeros = np.asarray(said.ZeroPointAsNumpy() if said.ZeroPointLength() else [0], np.float64)
    axis = said.QuantizedDimension()
    fits = scales.size == 1 or (0 <= axis < len(shape) and scales.size == shape[axis])
    if not fits or zeros.size not in (1, scales.size) or not np.isfinite(scales).all():
        raise FileError(f"has {scales.size} scales and {zeros.size} zero points for shape {shape}")
    return Quantization(scales, np.broadcast_to(zeros, scales.shape), axis)
