"""The final states of several layers in one array, as PyTorch has them, and one of them taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rnncalc.containers.onnx.file import Node
from rnncalc.readers.of_onnx.operators.axes import Atom, Axis
from rnncalc.readers.of_onnx.operators.constants import Constant, settings
from rnncalc.readers.of_onnx.operators.table import (
    OtherError,
    axis_of,
    pieces_of,
    place,
    slices_of,
)
from rnncalc.readers.of_onnx.walk.turns import TURNS, at
from rnncalc.readers.of_onnx.walk.values import Flow, Row, Stack, Value

Inputs = Sequence[Value | None]

SEVERAL = "takes the final states of several layers at once, which is not computed here"


def stacked(node: Node, inputs: Inputs) -> Stack | None:
    """The states that a Concat puts one behind the other; None where it does something else."""
    flows = [one for one in inputs if isinstance(one, Flow)]
    if len(flows) != len(inputs) or not all(flow.taken == "ended" for flow in flows):
        return None
    axis = axis_of(node, len(flows[0].axes), None)
    if any(len(one.axes) != len(flows[0].axes) for one in flows):
        return None
    counts = [_count(flow.axes[axis]) for flow in flows]
    if not all(counts):
        return None
    layers = Atom(sum(counts), "layers")
    marked = [_with(flow, axis, (layers,)) for flow in flows]
    pairs = zip(marked, flows, counts, strict=True)
    rows = [Row(m, flow.axes[axis], way) for m, flow, count in pairs for way in range(count)]
    return Stack((layers,), tuple(rows))


def _count(axis: Axis) -> int:
    """How many states there are along an axis: one, or one for each direction; 0 for others."""
    if not axis:
        return 1
    return 2 if len(axis) == 1 and axis[0].role == "directions" else 0


def _with(flow: Flow, axis: int, atoms: Axis) -> Flow:
    return replace(flow, axes=(*flow.axes[:axis], atoms, *flow.axes[axis + 1 :]))


def taken(node: Node, inputs: Inputs) -> Sequence[Flow | Stack]:
    """One of the states, both directions' of a layer, or all of them with their axes turned.

    Errors: OtherError for anything else.
    """
    stack = inputs[0]
    if not isinstance(stack, Stack):
        raise OtherError(SEVERAL)
    axes = stack.rows[0].flow.axes
    axis = axes.index(stack.axis)
    if node.op == "Gather" and isinstance(inputs[1], Constant) and inputs[1].tensor.size == 1:
        index, keep = int(inputs[1].few().reshape(())), inputs[1].tensor.ndim > 0
        if axis_of(node, len(axes)) == axis:
            return [_one(stack.rows[place(index, len(stack.rows))], axis, keep=keep)]
    if node.op == "Slice":
        cuts = slices_of(node, settings(inputs), len(axes))
        if list(cuts) == [axis]:
            return [_some(stack.rows[cuts[axis]], axis)]
    if node.op == "Split" and axis_of(node, len(axes)) == axis:
        pieces = pieces_of(node, settings(inputs), len(stack.rows))
        return [_some(stack.rows[piece], axis) for piece in pieces]
    if node.op in TURNS and len(node.outputs) == 1:
        return [_turned(node, stack, inputs)]
    raise OtherError(SEVERAL)


def _one(row: Row, axis: int, *, keep: bool) -> Flow:
    return at(_with(row.flow, axis, row.atoms), axis, row.way, keep=keep)


def _some(rows: Sequence[Row], axis: int) -> Flow:
    """One state, or the two of a layer."""
    if len(rows) == 1:
        return _one(rows[0], axis, keep=True)
    if len(rows) == 2 and rows[0].flow is rows[1].flow and rows[0].way < rows[1].way:
        return _with(rows[0].flow, axis, rows[0].atoms)
    raise OtherError(SEVERAL)


def _turned(node: Node, stack: Stack, inputs: Inputs) -> Stack:
    """All states, whose axes a node turns, adds or leaves out; that of the layers stays one."""
    turned: dict[int, Flow] = {}
    for row in stack.rows:
        if id(row.flow) not in turned:
            (turned[id(row.flow)],) = TURNS[node.op](node, row.flow, inputs)
    rows = tuple(row._replace(flow=turned[id(row.flow)]) for row in stack.rows)
    if any(stack.axis not in row.flow.axes for row in rows):
        raise OtherError("joins the final states of several layers with another axis")
    return replace(stack, rows=rows)
