"""What a recurrent node may say: its attributes, activations, inputs and outputs, as ONNX has them.

What it says and ONNX does not have, or not in the version that the file means, or not with such a
value, is refused by its name.
"""

from __future__ import annotations

from typing import Any

from rnncalc.containers.onnx.file import Node
from rnncalc.conventions import onnx_words as words
from rnncalc.errors import printable
from rnncalc.readers.of_onnx.operators.table import OtherError

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
