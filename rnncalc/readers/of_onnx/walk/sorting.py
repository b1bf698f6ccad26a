"""Sequences sorted by their lengths and brought back into their order, as PyTorch packs them.

The numbers of a sequence do not depend on where it stands in a batch; that it gets back there, and
that its length goes along, is what must be shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnncalc.containers.onnx.file import Node
from rnncalc.readers.of_onnx.operators.constants import Constant
from rnncalc.readers.of_onnx.operators.lengths import Lengths
from rnncalc.readers.of_onnx.operators.table import OtherError, axis_of
from rnncalc.readers.of_onnx.walk.values import Flow, Lost, Order, Value

Inputs = Sequence[Value | None]


def ordered(node: Node, inputs: Inputs) -> list[Value] | None:
    """What a node makes of an order, or sorts; None where it does neither.

    Errors: OtherError where it does something else with an order.
    """
    if node.op == "TopK":
        return _sorted(node, inputs)
    order = next((one for one in inputs if isinstance(one, Order)), None)
    if order is None or any(isinstance(one, Lost) for one in inputs):
        return None
    if node.op in ("Identity", "Cast"):
        return [order]
    if node.op == "ScatterElements" and order.kind == "sorted":
        return [_inverse(node, inputs, order)]
    if node.op == "Gather" and isinstance(inputs[0], Flow) and inputs[1] is order:
        return [_gathered(node, inputs[0], order)]
    raise OtherError("does with the order of sequences what is not computed here")


def _sorted(node: Node, inputs: Inputs) -> list[Value] | None:
    """All lengths, the longest first, and where they stood."""
    lengths, count = inputs[:2]
    if not isinstance(lengths, Flow) or lengths.link or len(lengths.axes) != 1:
        return None
    says = {"largest": 1, "sorted": 1, **node.attributes}
    if says.get("axis", -1) not in (0, -1) or not says["largest"] or not says["sorted"]:
        return None
    if not _all(count, lengths):
        return None
    return [Order(lengths, "lengths"), Order(lengths, "sorted")]


def _all(count: Value | None, lengths: Flow) -> bool:
    """Whether a number is that of all sequences."""
    (atom,) = lengths.axes[0] if len(lengths.axes[0]) == 1 else (None,)
    if isinstance(count, Lengths):
        return len(count.entries) == 1 and atom is not None and count.entries[0] is atom
    known = isinstance(count, Constant) and count.tensor.size == 1
    return known and atom is not None and atom.size == int(_numbers(count)[0])


def _numbers(value: Any) -> Any:
    return value.tensor.read().reshape(-1)


def _inverse(node: Node, inputs: Inputs, order: Order) -> Order:
    """0, 1, 2 ... written to where each sequence stood: where it stands now."""
    into, at, counted = inputs
    atom = order.of.axes[0][0]
    known = isinstance(into, Constant) and isinstance(counted, Constant) and at is order
    if not known or into.tensor.shape != counted.tensor.shape or into.tensor.ndim != 1:  # type: ignore[union-attr]
        raise OtherError("scatters by an order what is not known")
    numbers = _numbers(counted)
    other = not np.array_equal(numbers, np.arange(len(numbers)))
    if other or atom.size != len(numbers) or node.attributes.get("axis", 0) not in (0, -1):
        raise OtherError("is no inverse of the order of sequences")
    if node.attributes.get("reduction", "none") != "none":
        raise OtherError("adds up where it scatters")
    return Order(order.of, "back")


def _gathered(node: Node, flow: Flow, order: Order) -> Flow:
    """The sequences of a batch in another order."""
    axis = axis_of(node, len(flow.axes))
    (atom,) = flow.axes[axis] if len(flow.axes[axis]) == 1 else (None,)
    if atom is None or atom.role not in ("", "batch") or atom in flow.features:
        raise OtherError("sorts something else than the sequences of a batch")
    if atom.size != order.of.axes[0][0].size:
        raise OtherError("sorts another number of sequences than there are lengths")
    atom.role = "batch"
    if order.kind == "sorted" and flow.order is None:
        return replace(flow, order=order.of)
    if order.kind == "back" and flow.order is order.of:
        return replace(flow, order=None)
    raise OtherError("brings sequences into another order than their own")
