"""Masks, as exporters of Keras compute them: which steps differ from a number in any feature.

An Embedding compares ids with 0; a Masking compares numbers, and sets masked steps to 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from rnncalc.containers.onnx.file import Node
from rnncalc.conventions.onnx_activations import decimal
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_onnx.operators.axes import Atom, Axis, length_of
from rnncalc.readers.of_onnx.operators.constants import Constant, settings
from rnncalc.readers.of_onnx.operators.lengths import asked
from rnncalc.readers.of_onnx.operators.table import OtherError, axes_of
from rnncalc.readers.of_onnx.walk import turns
from rnncalc.readers.of_onnx.walk.values import Flow, Mask, Value

Inputs = Sequence[Value | None]


def masked(node: Node, inputs: Inputs, name: Callable[[], str]) -> Value | None:
    """What a node makes of a mask, or a mask that it makes; None where it does neither.

    Args:
        name: gives the name of a part, where it becomes one.

    Errors: OtherError where it does something else with a mask.
    """
    if node.op == "Equal":
        return _compared(inputs)
    mask = next((one for one in inputs if isinstance(one, Mask)), None)
    if mask is None:
        return None
    if node.op == "Shape":
        return asked(node, map(length_of, mask.flow.axes))
    others = [one for one in inputs if one is not mask]
    if node.op == "Not" and not mask.nothing:
        return replace(mask, real=not mask.real)
    if node.op in turns.TURNS and inputs[0] is mask:
        (flow,) = turns.TURNS[node.op](node, mask.flow, inputs)
        return replace(mask, flow=flow)
    if node.op in ("ReduceSum", "ReduceMax") and mask.real and mask.each:
        return _any(node, mask, inputs)
    if node.op == "Greater" and inputs[0] is mask and mask.real and _is(others, 0):
        return mask
    if node.op == "Mul" and _is(others, 0):
        return replace(mask, nothing=True)
    found = _filled(node, mask, others, inputs, name)
    if found is None:
        raise OtherError("does with a mask what is not computed here")
    return found


def _is(others: Inputs, number: float) -> bool:
    """Whether the other input of an operator is this number."""
    (one,) = others if len(others) == 1 else (None,)
    return isinstance(one, Constant) and one.tensor.size == 1 and bool(np.all(
        one.tensor.read() == number))  # fmt: skip


def _compared(inputs: Inputs) -> Mask | None:
    """The network's input compared with one number: what is equal is not real."""
    flow = next((one for one in inputs if isinstance(one, Flow)), None)
    known = next((one for one in inputs if isinstance(one, Constant)), None)
    if flow is None or known is None or flow.link or known.tensor.size != 1:
        return None
    if flow.features or flow.flipped or len(flow.axes) not in (2, 3):
        return None
    value = decimal(float(known.tensor.read().reshape(())))
    return Mask(flow, flow, value, real=False, each=len(flow.axes) == 3)


def _any(node: Node, mask: Mask, inputs: Inputs) -> Mask:
    """Whether some number of a step is real."""
    if axes_of(node, settings(inputs), len(mask.flow.axes)) != [2] or mask.flow is not mask.of:
        raise OtherError("reduces a mask along another axis than the features")
    last: list[Axis] = [()] if node.attributes.get("keepdims", 1) else []
    flow = replace(mask.flow, axes=(*mask.flow.axes[:2], *last))
    return replace(mask, flow=flow, each=False)


def _filled(
    node: Node, mask: Mask, others: Inputs, inputs: Inputs, name: Callable[[], str]
) -> Flow | None:
    """The input with 0 at masked steps: what a Masking gives."""
    flow = next((one for one in others if isinstance(one, Flow)), None)
    if node.op == "Add" and mask.nothing and flow is not None:
        return flow
    chosen = node.op == "Where" and inputs[0] is mask and flow is inputs[1] and _is(others[1:], 0)
    if flow is not mask.of or not (chosen or node.op == "Mul") or mask.each or not mask.real:
        return None
    if mask.nothing or mask.flow.axes != (*flow.axes[:2], ()):
        return None
    return flow.through(Part(name(), "masking", "Masking", {"masking": mask.value}))


def refuse_other_masks(x: Flow, value: Value, time: Atom, batch: Axis) -> None:
    """Errors: OtherError where a mask is another one than that of what a recurrent node reads."""
    if not isinstance(value, Mask) or value.each or not value.real or value.nothing:
        raise OtherError("reads a mask that is computed in the graph")
    if value.flow.axes not in (((time,), batch), ((time,), batch, ())):
        raise OtherError("reads a mask whose axes are not those of its sequence")
    if (time in value.flow.flipped) != (time in x.flipped):
        raise OtherError("reads a mask in another order than its sequence")
    front = x.link.chain()[0] if x.link else None
    if x.graph and x.link and any(link.others for link in x.link.chain()):
        raise OtherError("reads a mask of something else than what its sequence is made of")
    if front is not None and front.reads is not value.of:
        raise OtherError("reads a mask of something else than what its sequence is made of")
    embedded = front is not None and front.part.kind == "embedding" and value.value == 0
    if not embedded and (front is None or front.part.block.get("masking") != value.value):
        raise OtherError("reads a mask that is no Masking's and no Embedding's")
