"""RNN, GRU and LSTM nodes: their weights and attributes in the words of a config.

What one says and ONNX does not have, or not in the version that the file means, or not with such a
value, is refused by its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.containers import raw
from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.file import Node
from rnncalc.containers.tensor import Tensor
from rnncalc.conventions import onnx as words
from rnncalc.conventions.onnx_activations import activations, decimal
from rnncalc.data import dataclass
from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError, printable
from rnncalc.readers.contents.part import Assumption, Part
from rnncalc.readers.of_onnx.loops.nodes import StandIn
from rnncalc.readers.of_onnx.operators.axes import length_of
from rnncalc.readers.of_onnx.operators.constants import Constant
from rnncalc.readers.of_onnx.operators.table import OtherError
from rnncalc.readers.of_onnx.walk.values import Flow, Lost, Value, constant, sources

PROJECTED = (
    "PyTorch's exporter writes such nodes of an nn.LSTM with proj_size, which ONNX has no word for"
)
RESET = (
    "{}: its reset gate comes before the product, as ONNX has it without linear_before_reset; "
    "PyTorch's nn.GRU has it behind, and exporters of PyTorch 2.10 left that out by mistake"
)
ZERO = "{}: {} has no {}, and ONNX says {}; ONNX Runtime takes 0"
UNREAD = "{}: says output_sequence 0, so that its Y need not be there, and Y is read"


@dataclass(frozen=True)
class RecurrentNode:
    """A part that a recurrent node is, and what the walk has to know of it.

    Attributes:
        part: the part.
        units: how many numbers a direction's state has.
        features: how many numbers it takes a timestep.
        ways: its directions.
        batch_first: whether the batch is the first axis of its values (layout 1).
        lengths: what it says of the lengths of sequences, if anything.
        mask: what it says of which steps are real, if anything.
        foreign: which of its states is computed of something that is no input of the graph.
        given: in a graph, its states that other parts give.
    """

    part: Part
    units: int
    features: int
    ways: tuple[str, ...]
    batch_first: bool
    lengths: Value | None
    mask: Value | None
    foreign: tuple[str, ...]
    given: Mapping[str, Flow]

    @property
    def stated(self) -> bool:
        """Whether it starts from states other than 0."""
        keys = {"h0", "c0"}
        blocks = [self.part.block, *(self.part.block.get(way, {}) for way in self.ways)]
        there = any(keys & block.keys() for block in blocks)
        return there or any(one.key in keys for one in self.part.assumed)


def recurrent_node(
    node: Node, name: str, inputs: Mapping[str, Value | None], producer: str, opset: int
) -> RecurrentNode:
    """The part that a node is.

    Args:
        inputs: by ONNX' names.
        producer: what wrote the file.
        opset: which version of the operators it means.

    Errors: OtherError for what is not computed.
    """
    if not isinstance(node, StandIn):
        refuse_other(node, opset)
    ways = words.DIRECTIONS[node.attributes.get("direction", "forward")]
    part = Part(name, "recurrent", _says(node), path=node.name)
    if "block" in node.attributes:
        return _ready(node, part, inputs, ways)
    weights = {key: _weights(key, inputs.get(key)) for key in ("W", "R", "B", "P")}
    given = {key: one for key, one in weights.items() if one is not None}
    if len({one.dtype for one in given.values() if one.dtype in raw.FLOATS}) > 1:
        types = ", ".join(f"{key} of {one.dtype}" for key, one in given.items())
        raise OtherError(f"has {types}, where ONNX has one type")
    units = _units(node, given, len(ways), producer)
    batch_first = bool(node.attributes.get("layout", 0))
    try:
        states, foreign, others = _states(part, inputs, (len(ways), units), batch_first)
    except OtherError as error:
        raise OtherError(error.message + _why(node, producer)) from None
    part.block = _block(node, part, {**given, **states}, ways)
    if node.op == "GRU" and not part.block["reset_after"] and producer == "pytorch":
        part.warnings.append(RESET.format(printable(name)))
    if node.attributes.get("output_sequence") == 0 and node.outputs[0]:
        part.warnings.append(UNREAD.format(printable(name)))
    features = given["W"].shape[-1]
    lengths, mask = inputs.get("sequence_lens"), inputs.get("mask")
    return RecurrentNode(part, units, features, ways, batch_first, lengths, mask, tuple(foreign),
                         others)  # fmt: skip


def _ready(
    node: Node, part: Part, inputs: Mapping[str, Value | None], ways: tuple[str, ...]
) -> RecurrentNode:
    """The part that a node is whose block is known: of another format, where it was checked."""
    block = node.attributes["block"]
    first = [next(iter(one.values())) if isinstance(one, dict) else one
             for one in (block["W_x"], block["W_h"])]  # fmt: skip
    features, units = (one.shape[-1] for one in first)
    states, foreign, others = _states(part, inputs, (1, units), False)
    part.block = block | {key: _of_direction(one, 0) for key, one in states.items()}
    part.block |= {"direction": "backward"} if ways == ("backward",) else {}
    return RecurrentNode(part, units, features, ways, False, None, None, tuple(foreign), others)


def _says(node: Node) -> str:
    """The operator, and which way it goes where that is not forward."""
    direction = node.attributes.get("direction", "forward")
    return node.title if direction == "forward" else f"{node.title}, {direction}"


def _weights(key: str, value: Value | None) -> Tensor | None:
    """The numbers of an input that is the same for every input of the network."""
    if value is None and key in ("W", "R"):
        raise OtherError(f"has no {key}")
    if value is None:
        return None
    if isinstance(value, Flow) and value.link is None:
        name = printable(value.source, 200)
        remedy = "give the graph an initializer of this name"
        raise OtherError(f"reads its {key} from the graph's input '{name}': {remedy}")
    return constant(value, key)


def _units(node: Node, given: Mapping[str, Tensor], ways: int, producer: str) -> int:
    """How many units it has. Errors: OtherError where shapes, or hidden_size, say otherwise."""
    gates, R = CELLS[words.CELLS[node.op]].blocks, given["R"].shape
    rows, units = (R[1], R[2]) if len(R) == 3 else (0, 0)
    size = node.attributes.get("hidden_size", units)
    why = _why(node, producer)
    if len(R) != 3 or not units or rows != gates * units or size != units:
        also = f" and hidden_size {size}" if size != units else ""
        expected = f"({ways}, {gates} * units, units)"
        raise OtherError(f"has R {R}{also}, expected R {expected} and hidden_size units{why}")
    lengths = {"W": (ways, rows), "R": (ways, rows, units), "B": (ways, 2 * rows),
               "P": (ways, 3 * units)}  # fmt: skip
    for key, tensor in given.items():
        open_ends = ["features"] if key == "W" else []
        ours = [*lengths[key], *open_ends]
        if tensor.ndim != len(ours) or tensor.shape[: len(lengths[key])] != lengths[key]:
            shape = f"{key} of shape {tensor.shape}, expected ({', '.join(map(str, ours))})"
            raise OtherError(f"has {shape}, units being {units} as R says{why}")
    return int(units)


def _why(node: Node, producer: str) -> str:
    """Why a node may have sizes that do not fit each other."""
    return f": {PROJECTED}" if node.op == "LSTM" and producer == "pytorch" else ""


def _states(
    part: Part, inputs: Mapping[str, Value | None], sizes: tuple[int, int],
    batch_first: bool,
) -> tuple[dict[str, Tensor], list[str], dict[str, Flow]]:  # fmt: skip
    """The initial states that are not 0, and which of them the graph computes: of what nobody
    knows, or of its parts."""
    found: dict[str, Tensor] = {}
    foreign, given = list[str](), dict[str, Flow]()
    _, units = sizes
    for key, theirs in (("h0", "initial_h"), ("c0", "initial_c")):
        value = inputs.get(theirs)
        if value is None:
            continue
        if isinstance(value, Flow) and value.graph and value.link:
            given[key] = value
            continue
        if not isinstance(value, Constant):
            foreign += _assumed(part, key, theirs, value, units)
            continue
        state = _state(theirs, value.tensor, sizes, batch_first)
        found |= {} if state is None else {key: state}
    return found, foreign, given


def _assumed(part: Part, key: str, theirs: str, value: Value, units: int) -> list[str]:
    """The state that the graph takes from outside: 0, unless somebody gives it."""
    size = length_of(value.axes[-1]) if isinstance(value, Flow) and value.axes else units
    if isinstance(size, int) and size != units:
        raise OtherError(f"has {theirs} of {size} numbers, expected {units}")
    given = isinstance(value, Flow) and value.link is None
    if not given and not (isinstance(value, Lost) and value.sources and not value.why):
        return [theirs]
    source = ", ".join(sorted(sources(value)))
    why = f"the graph's input {printable(source)} gives it, --{key} does it here"
    part.assumed.append(Assumption(part.name, key, 0, why))
    return []


def _state(name: str, tensor: Tensor, sizes: tuple[int, int], batch_first: bool) -> Tensor | None:
    """An initial state, (directions, [batch,] units); None where it is 0."""
    ways, units = sizes
    if batch_first and tensor.ndim == 3:
        turned = tuple(tensor.shape[i] for i in (1, 0, 2))
        tensor = tensor.made(turned, lambda a: a.transpose(1, 0, 2))
    shape = tensor.shape
    if len(shape) != 3 or shape[0] != ways or shape[2] != units or not shape[1]:
        raise OtherError(f"has {name} of shape {shape}, expected ({ways}, batch, {units})")
    same = shape[1] == 1
    if tensor.size <= limits.HELD_STATES:
        numbers = tensor.read()
        if not numbers.any():
            return None
        same = bool((numbers == numbers[:, :1]).all())
    return tensor.made((ways, units), lambda a: a[:, 0]) if same else tensor


def _block(
    node: Node, part: Part, arrays: Mapping[str, Tensor], ways: tuple[str, ...]
) -> dict[str, Any]:
    """The node as a block of a config."""
    block: dict[str, Any] = {"cell": words.CELLS[node.op]}
    if node.op == "GRU":
        block["reset_after"] = bool(node.attributes.get("linear_before_reset", 0))
    if clip := node.attributes.get("clip"):
        block["clip"] = decimal(clip)
    if node.attributes.get("zero_output_for_mask"):
        block["zero_output_for_mask"] = True
    if node.op == "LSTM" and node.attributes.get("input_forget"):
        block["input_forget"] = True
    functions = _functions(node, part, len(ways))
    cells = [
        functions[i] | {key: _of_direction(one, i) for key, one in arrays.items()}
        for i in range(len(ways))
    ]
    if len(ways) == 2:
        return block | {"merge": "concat"} | dict(zip(ways, cells, strict=True))
    return block | ({"direction": "backward"} if ways == ("backward",) else {}) | cells[0]


def _of_direction(tensor: Tensor, index: int) -> Tensor:
    return tensor.made(tensor.shape[1:], partial(_row, index))


def _row(index: int, numbers: Array) -> Array:
    return np.asarray(numbers[index])


def _functions(node: Node, part: Part, ways: int) -> list[dict[str, Any]]:
    """The activations of each direction, where they are not ONNX' own."""
    roles, says = words.ROLES[node.op], node.attributes
    names = tuple(says.get("activations", ()))
    if not names:
        return [{} for _ in range(ways)]
    if len(names) != ways * len(roles):
        expected = f"expected {ways * len(roles)}, {len(roles)} a direction"
        raise OtherError(f"has {len(names)} activations, {expected}")
    alphas, betas = (tuple(says.get(f"activation_{key}", ())) for key in ("alpha", "beta"))
    try:
        found = list(activations(names, alphas, betas))
    except RnncalcError as error:
        raise OtherError(error.message) from None
    for given, (ours, missing) in zip(names, found, strict=True):
        if missing:
            value = f"{ours[missing]:g}"
            part.warnings.append(ZERO.format(printable(part.name), given, missing, value))
    each = [one for one, _ in found]
    rows = [each[i * len(roles) : (i + 1) * len(roles)] for i in range(ways)]
    return [dict(zip(roles, row, strict=True)) for row in rows]


KINDS = {int: "whole number", float: "number", str: "text"}


def refuse_other(node: Node, opset: int) -> None:
    """Errors: OtherError for what no RNN, GRU or LSTM of this opset has."""
    for key, value in node.attributes.items():
        _refuse_unknown(node.op, key, opset)
        _refuse_value(key, words.ATTRIBUTES[key], value)
    for what, names, most in zip(
        ("inputs", "outputs"), (node.inputs, node.outputs), words.COUNTS[node.op], strict=True
    ):
        if len(names) > most:
            raise OtherError(f"has {len(names)} {what}, and {node.op} has {most}")


def _refuse_unknown(op: str, key: str, opset: int) -> None:
    """Errors: OtherError for an attribute that the operator does not have."""
    own = words.ATTRIBUTES.get(key)
    if own is None or own.op not in ("", op):
        raise OtherError(f"has the attribute {printable(key)}, which is not known of {op}")
    if not own.since <= opset <= own.until:
        there = f"since opset {own.since}" if opset < own.since else f"until opset {own.until}"
        message = f"has the attribute {key}, which ONNX has {there}"
        raise OtherError(f"{message}, and the file says opset {opset}")


def _refuse_value(key: str, own: words.Attribute, value: Any) -> None:
    """Errors: OtherError for a value that an attribute does not have."""
    values = value if isinstance(value, tuple) else (value,)
    fits = isinstance(value, tuple) == own.many and all(type(one) is own.kind for one in values)
    fits = fits and all(one in own.values for one in values if own.values)
    if not fits or (key == "clip" and not value > 0):
        kinds = f"{KINDS[own.kind]}s" if own.many else f"a {KINDS[own.kind]}"
        expected = " or ".join(map(str, own.values)) or kinds
        expected += " above 0" if key == "clip" else ""
        shown = f"'{printable(value)}'" if isinstance(value, str) else printable(str(value))
        raise OtherError(f"has {key} {shown}, expected {expected}")
