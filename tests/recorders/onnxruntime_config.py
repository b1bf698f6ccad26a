"""The same networks as configs of rnncalc, in ONNX' own names and layout, one direction at a time:
W (gates * units, features), R, B, P.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from golden_file import Array
from onnxruntime_words import Function, Network, Node, activations

ROLES = {
    "rnn": ("activation",),
    "gru": ("recurrent_activation", "activation"),
    "lstm": ("recurrent_activation", "activation", "state_activation"),
}
"""What rnncalc calls ONNX' f, g and h."""

OWN = {"recurrent_activation": "sigmoid", "activation": "tanh"}


def block(node: Node, name: str, tensors: Mapping[str, Array]) -> dict[str, Any]:
    """One layer of a config."""
    layer: dict[str, Any] = {"name": name, "cell": node.cell}
    if node.cell == "gru":
        layer["reset_after"] = bool(node.attributes.get("linear_before_reset"))
    if "clip" in node.attributes:
        layer["clip"] = node.attributes["clip"]
    if node.attributes.get("input_forget"):
        layer["input_forget"] = True
    functions = [said(node.cell, each) for each in node.functions] or [{}]
    weights = [
        {key: tensors[key][index] for key in "WRBP" if key in tensors}
        for index, _ in enumerate(node.directions)
    ]
    if node.direction != "bidirectional":
        layer |= {"direction": "backward"} if node.direction == "reverse" else {}
        return layer | functions[0] | weights[0]
    layer["merge"] = "concat"
    if len(functions) == 2:
        weights = [f | w for f, w in zip(functions, weights, strict=True)]
    return layer | dict(zip(node.directions, weights, strict=True))


def said(cell: str, functions: tuple[Function, ...]) -> dict[str, Function]:
    """What a config says of a direction's activations: what is not rnncalc's default."""
    options = dict(zip(ROLES[cell], functions, strict=True))
    defaults = {**OWN, "state_activation": options["activation"]}
    return {key: given for key, given in options.items() if given != defaults[key]}


def about(network: Network) -> str:
    """One sentence."""
    parts = [described(node) for node in network.nodes]
    parts += ["sequence_lens"] * bool(network.lengths) + ["initial states"] * network.states
    return ", ".join(parts) + "."


def described(node: Node) -> str:
    """One node, its attributes as ONNX has them."""
    attributes = {"direction": node.direction, **node.attributes, **activations(node)}
    options = ", ".join(
        f"{key}={' '.join(map(str, value)) if isinstance(value, list) else value}"
        for key, value in attributes.items()
    )
    extras = " with P" * node.peepholes + " without B" * (not node.bias)
    return f"{node.cell.upper()}({options}){extras}"
