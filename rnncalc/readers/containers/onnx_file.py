"""ONNX files as plain data: nodes with their attributes, constants, what goes in and comes out.

The library takes the protobuf apart, and nothing else of it runs. What a graph claims is checked
here: names that are given once, and are there before somebody reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from rnncalc import files
from rnncalc.errors import FileError, located, printable
from rnncalc.readers.containers.extra import needed
from rnncalc.readers.containers.onnx_external import Folder
from rnncalc.readers.containers.onnx_tensor import tensor, type_of
from rnncalc.readers.containers.onnx_wire import judge, text
from rnncalc.readers.containers.tensor import Tensor

LONGEST = (1 << 31) - 1
"""No protobuf is longer."""

OWN_DOMAINS = ("", "ai.onnx")
SCALARS = {1: "f", 2: "i", 3: "s", 4: "t", 5: "g"}
LISTS = {6: "floats", 7: "ints", 8: "strings"}
"""AttributeProto.AttributeType to the field that holds the value."""


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
    """

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    def input(self, index: int) -> str:
        """The name of an input; nothing where it is left out."""
        return self.inputs[index] if index < len(self.inputs) else ""


@dataclass(frozen=True)
class Graph:
    """Nodes in the order in which they run, and what they start from."""

    nodes: tuple[Node, ...]
    inputs: Mapping[str, Given]
    outputs: tuple[str, ...]
    constants: Mapping[str, Tensor]


@dataclass(frozen=True)
class OnnxModel:
    """What an ONNX file holds.

    Attributes:
        graph: its network.
        opset: the version of ONNX' own operators.
        producer, version: what wrote it.
    """

    graph: Graph
    opset: int
    producer: str
    version: str


def model(path: Path) -> OnnxModel:
    """The network in a file.

    Errors: FileError where the library is missing, for damage, for claims that do not hold.
    """
    with files.opened(path) as file:
        library = needed("onnx", ".onnx")
        size = files.size(file)
        if size > LONGEST:
            raise FileError(f"has {size:,} bytes, and a protobuf at most {LONGEST:,}")
        proto = _parsed(library, file.read(size))
    with located(files.shown(path)):
        folder = Folder(path.parent)
        whole = _graph(proto.graph, folder, ())
        producer, version = text(proto.producer_name), text(proto.producer_version)
        return OnnxModel(whole, _opset(proto), producer, version)


def _parsed(library: Any, data: bytes) -> Any:
    """The file as the library's objects."""
    if data.startswith(b"version https://git-lfs"):
        raise FileError("is a pointer of Git LFS, not the model: git lfs pull")
    judge(data)
    proto = library.ModelProto()
    try:
        proto.ParseFromString(data)
    except Exception as error:  # DecodeError, of a library that needs not be known here
        if type(error).__name__ != "DecodeError":
            raise
        raise FileError("is damaged, or not an ONNX file: it is no ModelProto") from None
    if not proto.HasField("graph"):
        raise FileError("is not an ONNX file, or empty: it has no graph")
    return proto


def _opset(proto: Any) -> int:
    versions = [one.version for one in proto.opset_import if one.domain in OWN_DOMAINS]
    return max(versions, default=1)


def _graph(proto: Any, folder: Folder, around: Scopes) -> Graph:
    """A graph; ``around`` are the names that the graphs around it have."""
    if proto.sparse_initializer:
        name = printable(text(proto.sparse_initializer[0].values.name), 200)
        raise FileError(f"tensor {name}: is sparse, which is not read. Save it as a dense one")
    constants = {text(one.name): tensor(one, folder) for one in proto.initializer}
    inputs = {name: _given(one) for one in proto.input if (name := text(one.name)) not in constants}
    if len(constants) < len(proto.initializer):
        raise FileError("has two tensors of one name")
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
    if not proto.type.HasField("tensor_type"):
        return Given("no tensor", None)
    if not kind.HasField("shape"):
        return Given(type_of(kind.elem_type), None)
    told = (one.dim_value if one.HasField("dim_value") else 0 for one in kind.shape.dim)
    return Given(type_of(kind.elem_type), tuple(one if one > 0 else None for one in told))


def _node(proto: Any, folder: Folder, scopes: Scopes) -> Node:
    domain = "" if proto.domain in OWN_DOMAINS else f"{text(proto.domain)}."
    op = f"{domain}{text(proto.op_type)}"
    inputs, outputs = tuple(map(text, proto.input)), tuple(map(text, proto.output))
    name = text(proto.name) or next(filter(None, outputs), op)
    with located(f"node {printable(name, 200)}"):
        attributes = {text(one.name): _value(one, folder, scopes) for one in proto.attribute}
        if len(attributes) < len(proto.attribute):
            raise FileError("has two attributes of one name")
    return Node(op, name, inputs, outputs, attributes)


def _value(proto: Any, folder: Folder, scopes: Scopes) -> Any:
    """The value of an attribute; None for kinds that no operator here has."""
    kind = proto.type or _told(proto)
    if proto.ref_attr_name:
        return None
    if kind in LISTS:
        return tuple(map(text, getattr(proto, LISTS[kind])))
    if kind == 4:
        return tensor(proto.t, folder)
    if kind == 5:
        return _graph(proto.g, folder, scopes)
    return text(getattr(proto, SCALARS[kind])) if kind in SCALARS else None


def _told(proto: Any) -> int:
    """The kind of an attribute of a file that does not say it, as old ones do not."""
    found: Iterable[int] = (kind for kind, field in SCALARS.items() if proto.HasField(field))
    lists = (kind for kind, field in LISTS.items() if getattr(proto, field))
    return next(iter(found), next(lists, 0))
