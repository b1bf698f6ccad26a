"""Ids that are counted from the end where they are negative, as Keras looks them up in a table.

An exporter writes it out: the sign of an id, the id raised by the length of the table, and which of
the two is meant. Ids that there are stay what they are.
"""

from __future__ import annotations

from collections.abc import Sequence

from rnncalc.containers.onnx.file import Node
from rnncalc.readers.of_onnx.operators.constants import Constant
from rnncalc.readers.of_onnx.walk.values import Flow, Value, Wrapped

STEPS = {
    ("Less", "ids", "zero"): "negative",
    ("Add", "ids", "length"): "raised",
    ("Not", "negative"): "sound",
    ("Cast", "negative"): "negative",
    ("Cast", "sound"): "sound",
    ("Cast", "raised"): "raised",
    ("Mul", "negative", "raised"): "from the end",
    ("Mul", "ids", "sound"): "from the start",
    ("Add", "from the end", "from the start"): "ids",
    ("Where", "negative", "raised", "ids"): "ids",
}
"""What an operator makes of what."""


def wrapped(node: Node, inputs: Sequence[Value | None]) -> Flow | Wrapped | None:
    """What a node makes of ids; None where it does something else."""
    flow = next((each for one in inputs if (each := _ids(one))), None)
    if flow is None or not all(_ids(one) in (None, flow) for one in inputs):
        return None
    kinds = [_kind(node, one) for one in inputs]
    step = STEPS.get((node.op, *kinds)) or STEPS.get((node.op, *kinds[::-1]))
    if step is None:
        return None
    return flow if step == "ids" else Wrapped(flow, step)


def _ids(value: Value | None) -> Flow | None:
    """The ids that a value is, or is made of."""
    if isinstance(value, Wrapped):
        return value.ids
    plain = isinstance(value, Flow) and value.link is None and not value.features
    return value if isinstance(value, Flow) and plain else None


def _kind(node: Node, value: Value | None) -> str:
    """What a value is called in STEPS."""
    if isinstance(value, Wrapped):
        return value.kind
    if not isinstance(value, Constant):
        return "ids"
    if value.tensor.size != 1:
        return ""
    if node.op == "Add":
        return "length" if value.tensor.dtype.startswith("int") else ""
    return "" if value.tensor.read().any() else "zero"
