"""ONNX files as plain data: nodes with their attributes, constants, what goes in and comes out.

The library takes the protobuf apart, and nothing else of it runs. What a graph claims is checked
here: names that are given once, and are there before somebody reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from rnncalc import files
from rnncalc.containers.extra import needed
from rnncalc.containers.folder import Folder
from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.limits import Budget
from rnncalc.containers.onnx.tensor import tensor, type_of
from rnncalc.containers.onnx.wire import judge, text
from rnncalc.containers.tensor import Tensor
from rnncalc.data import dataclass
from rnncalc.errors import FileError, located, printable

NEWEST = {"ir_version": 14, "opset": 28}
"""Of the format, and of ONNX' own operators: those of onnx 1.23. What the next one means, nobody
here knows."""

SAYS_OPSET = 3
"""Since this version of the format a file says which operators it means; before, the first."""

OWN_DOMAINS = ("", "ai.onnx")
SCALARS = {1: "f", 2: "i", 3: "s", 4: "t", 5: "g"}
LISTS = {6: "floats", 7: "ints", 8: "strings"}
"""AttributeProto.AttributeType to the field that holds the value."""

OTHERS = {9: "tensors", 10: "graphs", 11: "sparse_tensor", 12: "sparse_tensors", 13: "tp",
          14: "type_protos"}  # fmt: skip
"""Kinds that no operator here has."""

INPUTS_SINCE = {
    "Squeeze": ("", "axes"), "Unsqueeze": ("", "axes"), "Slice": ("", "starts", "ends", "axes"),
    "Split": ("", "split"), "Reshape": ("", "shape"), "Clip": ("", "min", "max"),
    **dict.fromkeys(("ReduceSum", "ReduceMean", "ReduceProd", "ReduceMax"), ("", "axes")),
}  # fmt: skip
"""Attributes of older operators that are inputs of newer ones, by the place of the input."""

NO_TENSOR = "no tensor"
"""The type of what comes in and is a sequence, or something else."""

Scopes = tuple[set[str], ...]
"""The names that are there: of the graphs around, and the graph's own."""


class Given(NamedTuple):
    """An input of a graph: its type, and its lengths as far as they are known."""

    dtype: str
    shape: tuple[int | None, ...] | None


@dataclass(frozen=True)
class Node:
    """An operator at work.

    Attributes:
        op: what it is: ``LSTM``; of other domains than ONNX' own ``com.microsoft.Gelu``.
        name: its own, else its first output's.
        inputs, outputs: names of values; nothing for one that is left out.
        attributes: numbers, texts, tuples of them, Tensors, Graphs; None for other kinds.
        called: what the file calls it, where it is of another format.
        problem: why it is not computed, where that is known from the file alone.
    """

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    called: str = ""
    problem: str = ""

    @property
    def title(self) -> str:
        """The operator, as the file calls it."""
        return self.called or self.op

    def input(self, index: int) -> str:
        """The name of an input; nothing where it is left out."""
        return self.inputs[index] if index < len(self.inputs) else ""


@dataclass(frozen=True)
class Graph:
    """Nodes in the order in which they run, and what they start from.

    Attributes:
        budget: the work that may still be spent on it.
    """

    nodes: tuple[Node, ...]
    inputs: Mapping[str, Given]
    outputs: tuple[str, ...]
    constants: Mapping[str, Tensor]
    budget: Budget = field(default_factory=Budget, compare=False)


@dataclass(frozen=True)
class OnnxModel:
    """What an ONNX file holds.

    Attributes:
        graph: its network.
        opset: the version of ONNX' own operators.
        producer, version: what wrote it.
        notes: what else it says, by name (``metadata_props``).
    """

    graph: Graph
    opset: int
    producer: str
    version: str
    notes: Mapping[str, str]


def model(path: Path) -> OnnxModel:
    """The network in a file.

    Errors: FileError where the library is missing, for damage, for claims that do not hold.
    """
    with files.opened(path) as file:
        library = needed("onnx", ".onnx")
        size = files.size(file)
        if size > limits.LONGEST:
            raise FileError(f"has {size:,} bytes, and a protobuf at most {limits.LONGEST:,}")
        proto = _parsed(library, file.read(size))
    with located(files.shown(path)):
        opset, folder = _opset(proto), Folder(path.parent)
        for one in proto.functions:
            if text(one.domain) in OWN_DOMAINS:
                name = printable(text(one.name))
                raise FileError(f"calls a function of its own as ONNX' operator {name}")
        whole = _graph(proto.graph, folder, ())
        producer, version = text(proto.producer_name), text(proto.producer_version)
        notes = {text(one.key): text(one.value) for one in proto.metadata_props}
        return OnnxModel(whole, opset, producer, version, notes)


def _parsed(library: Any, data: bytes) -> Any:
    """The file as the library's objects."""
    judge(data)
    proto = library.ModelProto()
    try:
        proto.ParseFromString(data)
    except import_module("google.protobuf.message").DecodeError:
        raise FileError("is damaged, or not an ONNX file: it is no ModelProto") from None
    if not proto.HasField("graph"):
        raise FileError("is not an ONNX file, or empty: it has no graph")
    return proto


def _opset(proto: Any) -> int:
    """Which version of its operators is meant. Errors: FileError for what nobody knows."""
    _refuse_version("ir_version", "the format (ir_version)", proto.ir_version)
    versions = {one.version for one in proto.opset_import if text(one.domain) in OWN_DOMAINS}
    if not versions and proto.ir_version >= SAYS_OPSET:
        raise FileError("does not say which version of ONNX' operators it means (opset_import)")
    if len(versions) > 1:
        shown = " and ".join(map(str, sorted(versions)))
        raise FileError(f"says two versions of ONNX' operators (opset_import): {shown}")
    opset = int(next(iter(versions), 1))
    _refuse_version("opset", "ONNX' operators (opset_import)", opset)
    return opset


def _refuse_version(key: str, what: str, version: int) -> None:
    if not 0 < version <= NEWEST[key]:
        raise FileError(f"says version {version} of {what}; known are 1 to {NEWEST[key]}")


def _graph(proto: Any, folder: Folder, around: Scopes) -> Graph:
    """A graph; ``around`` are the names that the graphs around it have."""
    if proto.sparse_initializer:
        name = printable(text(proto.sparse_initializer[0].values.name), 200)
        raise FileError(f"tensor {name}: is sparse, which is not read. Save it as a dense one")
    constants = {text(one.name): tensor(one, folder) for one in proto.initializer}
    inputs = {text(one.name): _given(one) for one in proto.input}
    if len(constants) < len(proto.initializer):
        raise FileError("has two tensors of one name")
    if len(inputs) < len(proto.input):
        raise FileError("has two inputs of one name")
    for name in inputs.keys() & constants.keys():
        _refuse_misfit(inputs.pop(name), constants[name])
    own = set(constants) | set(inputs)
    scopes = (*around, own)
    nodes = []
    for one in proto.node:
        node = _node(one, folder, scopes)
        _refuse_order(node, scopes)
        own.update(filter(None, node.outputs))
        nodes.append(node)
    outputs = tuple(text(one.name) for one in proto.output)
    for name in outputs:
        if not any(name in scope for scope in scopes):
            raise FileError(f"gives '{printable(name, 200)}', which no node computes")
    return Graph(tuple(nodes), inputs, outputs, constants)


def _refuse_order(node: Node, scopes: Scopes) -> None:
    """What is read must be there, and what is given must be new."""
    for name in filter(None, node.inputs):
        if not any(name in scope for scope in scopes):
            made = f"'{printable(next(filter(None, node.outputs), ''), 200)}' is made of"
            message = f"{made} '{printable(name, 200)}', which no node before it gives"
            raise FileError(f"node {printable(node.name, 200)}: {message}")
    for name in filter(None, node.outputs):
        if name in scopes[-1]:
            message = f"gives '{printable(name, 200)}', which is there already"
            raise FileError(f"node {printable(node.name, 200)}: {message}")


def _given(proto: Any) -> Given:
    """An input of a graph."""
    kind = proto.type.tensor_type
    if proto.type.WhichOneof("value") not in (None, "tensor_type"):
        return Given(NO_TENSOR, None)
    if not kind.HasField("shape"):
        return Given(type_of(kind.elem_type), None)
    lengths = (one.dim_value if one.HasField("dim_value") else 0 for one in kind.shape.dim)
    return Given(type_of(kind.elem_type), tuple(one if one > 0 else None for one in lengths))


def _refuse_misfit(given: Given, tensor: Tensor) -> None:
    """Errors: FileError where an input is said to be another array than its default."""
    claimed = given.shape if given.shape is not None else tensor.shape
    lengths = zip(claimed, tensor.shape, strict=False)
    fits = len(claimed) == tensor.ndim and all(one in (None, other) for one, other in lengths)
    if not fits or given.dtype != tensor.dtype:
        says = f"an input of {given.dtype} {given.shape} and a tensor of {tensor.dtype}"
        raise FileError(f"'{printable(tensor.name, 200)}' is {says} {tensor.shape}")


def _node(proto: Any, folder: Folder, scopes: Scopes) -> Node:
    domain = "" if proto.domain in OWN_DOMAINS else f"{text(proto.domain)}."
    op = f"{domain}{text(proto.op_type)}"
    inputs, outputs = tuple(map(text, proto.input)), tuple(map(text, proto.output))
    name = text(proto.name) or next(filter(None, outputs), op)
    with located(f"node {printable(name, 200)}"):
        attributes = {text(one.name): _value(one, folder, scopes) for one in proto.attribute}
        if len(attributes) < len(proto.attribute):
            raise FileError("has two attributes of one name")
        if op == "Constant" and len(attributes) != 1:
            raise FileError(f"is a Constant of {len(attributes)} values")
        for place, key in enumerate(INPUTS_SINCE.get(op, ())):
            if key in attributes and inputs[place : place + 1] not in ((), ("",)):
                raise FileError(f"says {key} twice: as an attribute and as an input")
    return Node(op, name, inputs, outputs, attributes)


def _value(proto: Any, folder: Folder, scopes: Scopes) -> Any:
    """The value of an attribute; None for kinds that no operator here has.

    Errors: FileError for values of two kinds, or none.
    """
    names = {**SCALARS, **LISTS, **OTHERS}
    there = {field.name for field, _ in proto.ListFields()}
    held = [kind for kind, field in names.items() if field in there]
    kind = proto.type or next(iter(held), 0)
    with located(f"attribute {printable(text(proto.name), 200)}"):
        if set(held) - {kind}:
            fields = " and ".join(dict.fromkeys(names[one] for one in (kind, *held)))
            raise FileError(f"says two things: its kind and values are those of {fields}")
        if proto.ref_attr_name:
            name = printable(text(proto.ref_attr_name), 200)
            raise FileError(f"refers to '{name}' of a function, and its node stands in none")
        if kind in LISTS:
            return tuple(map(text, getattr(proto, LISTS[kind])))
        if kind == 4:
            return tensor(proto.t, folder)
    if kind == 5:
        return _graph(proto.g, folder, scopes)
    return text(getattr(proto, SCALARS[kind])) if kind in SCALARS else None
