"""The final states of several layers in one array, as PyTorch has them, and one of them taken."""

from __future__ import annotations

from collections.abc import Sequence

from rnncalc.readers.containers.onnx_file import Node
from rnncalc.readers.of_onnx.bounds import place, slices_of, whole
from rnncalc.readers.of_onnx.layout import at
from rnncalc.readers.of_onnx.values import Flow, Known, OtherError, Stack, Value


def stacked(node: Node, inputs: Sequence[Value | None]) -> Stack | None:
    """The states that a Concat puts one behind the other; None where it does something else."""
    flows = [one for one in inputs if isinstance(one, Flow)]
    if len(flows) != len(inputs) or not all(flow.taken == "ended" for flow in flows):
        return None
    axis = place(int(node.attributes["axis"]), len(flows[0].axes))
    rows = [_rows(flow, axis) for flow in flows]
    if any(len(one.axes) != len(flows[0].axes) for one in flows) or not all(rows):
        return None
    return Stack(axis, tuple(row for one in rows for row in one))


def _rows(flow: Flow, axis: int) -> list[tuple[Flow, int]]:
    """A state, or one for each direction; nothing where the axis is another one."""
    atoms = flow.axes[axis]
    if not atoms:
        return [(flow, 0)]
    return [(flow, 0), (flow, 1)] if atoms[0].role == "directions" and len(atoms) == 1 else []


def taken(node: Node, inputs: Sequence[Value | None]) -> Flow:
    """One of the states, or both directions' of a layer. Errors: OtherError for anything else."""
    stack = inputs[0]
    if not isinstance(stack, Stack):
        raise OtherError("reads the states of several layers")
    if node.op == "Gather" and isinstance(inputs[1], Known) and inputs[1].tensor.size == 1:
        axis = place(int(node.attributes.get("axis", 0)), MOST)
        (index,), keep = whole(inputs[1]), inputs[1].tensor.ndim > 0
        if axis == stack.axis and -len(stack.rows) <= index < len(stack.rows):
            flow, way = stack.rows[index]
            return at(flow, axis, way, keep=keep)
    if node.op == "Slice":
        (axis, cut), *others = slices_of(node, inputs, MOST).items()
        rows = stack.rows[cut] if axis == stack.axis and not others else ()
        if len(rows) == 1:
            return at(rows[0][0], axis, rows[0][1], keep=True)
        if len(rows) == 2 and rows[0][0] is rows[1][0] and rows[0][1] < rows[1][1]:
            return rows[0][0]
    raise OtherError("takes states out of several layers', which is not computed here")


MOST = 3
"""The axes of a state."""
