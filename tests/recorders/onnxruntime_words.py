"""The words in which a network of ONNX nodes is described, and how ONNX spells its activations.

``record_onnxruntime.py`` lists networks in them, ``onnxruntime_recorder.py`` runs what they say,
``onnxruntime_config.py`` says the same as a config of rnncalc.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Function = str | Mapping[str, Any]


FUNCTIONS: dict[str, tuple[str, dict[str, float]]] = {
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
    "relu": ("Relu", {}),
    "softsign": ("Softsign", {}),
    "softplus": ("Softplus", {}),
    "hard_sigmoid_old": ("HardSigmoid", {"alpha": 0.2, "beta": 0.5}),
    "elu": ("Elu", {"alpha": 1.0}),
    "leaky_relu": ("LeakyRelu", {"alpha": 0.01}),
    "thresholded_relu": ("ThresholdedRelu", {"alpha": 1.0}),
    "scaled_tanh": ("ScaledTanh", {}),
    "affine": ("Affine", {}),
}
"""What ONNX calls rnncalc's activations, and their parameters where none are written."""


def directions(said: str) -> tuple[str, ...]:
    """What ONNX calls a direction."""
    one = {"forward": ("forward",), "reverse": ("backward",)}
    return one.get(said, ("forward", "backward"))


@dataclass(frozen=True)
class Node:
    """A recurrent node.

    Attributes:
        cell: rnn, gru, lstm.
        direction: forward, reverse, bidirectional.
        attributes: linear_before_reset, clip, input_forget.
        functions: the activations in ONNX' order, of one direction after the other; () for ONNX'
            own.
        bias, peepholes: there is a B, a P.
    """

    cell: str
    direction: str = "forward"
    attributes: Mapping[str, Any] = field(default_factory=dict)
    functions: tuple[tuple[Function, ...], ...] = ()
    bias: bool = True
    peepholes: bool = False
    units: int = 4

    @property
    def directions(self) -> tuple[str, ...]:
        """In the order of ONNX' tensors."""
        return directions(self.direction)

    @property
    def gates(self) -> int:
        """How many stand in each of its tensors."""
        return {"rnn": 1, "gru": 3, "lstm": 4}[self.cell]

    @property
    def letters(self) -> str:
        """What its state consists of."""
        return "hc" if self.cell == "lstm" else "h"

    @property
    def written(self) -> dict[str, Any]:
        """All of its attributes."""
        own = {"hidden_size": self.units, "direction": self.direction}
        return {**self.attributes, **activations(self), **own}


@dataclass(frozen=True)
class Network:
    """Nodes, one behind the other, and how they are used: sequence_lens, initial_h, initial_c."""

    name: str
    nodes: tuple[Node, ...]
    lengths: tuple[int, ...] = ()
    states: bool = False

    @property
    def names(self) -> list[str]:
        """Of its nodes, and so of a config's layers."""
        return [f"{node.cell}_{index}" for index, node in enumerate(self.nodes)]


AFTER = {"linear_before_reset": 1}
KINDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "rnn": ("rnn", {}),
    "gru": ("gru", AFTER),
    "gru_reset_before": ("gru", {}),
    "lstm": ("lstm", {}),
    "lstm_peepholes": ("lstm", {}),
}


def node(
    kind: str, direction: str = "forward", *functions: tuple[Function, ...], **more: Any
) -> Node:
    """A node of a kind; ``more`` are further attributes."""
    cell, attributes = KINDS[kind]
    peepholes = kind == "lstm_peepholes"
    return Node(cell, direction, {**attributes, **more}, functions, peepholes=peepholes)


def parametrised(name: str, **parameters: float) -> Function:
    """An activation with parameters that float32 can hold."""
    return {"name": name, **parameters}


def activations(node: Node) -> dict[str, list[Any]]:
    """The three attributes. A function that takes an alpha or a beta takes the next of the list,
    so that either all of them or none are written."""
    functions = [spelled(function) for direction in node.functions for function in direction]
    attributes: dict[str, list[Any]] = {"activations": [name for name, _, _ in functions]}
    for key in ("alpha", "beta"):
        if any(key in written for _, written, _ in functions):
            values = [known | written for _, written, known in functions]
            attributes[f"activation_{key}"] = [each[key] for each in values if key in each]
    return {key: values for key, values in attributes.items() if values}


def spelled(function: Function) -> tuple[str, dict[str, float], dict[str, float]]:
    """ONNX' name of it, the parameters that are written, and those that hold without."""
    given = {"name": function} if isinstance(function, str) else dict(function)
    theirs, known = FUNCTIONS[str(given.pop("name"))]
    return theirs, given, known
