"""Our activations as ONNX has them: by name in a recurrent node, as nodes elsewhere."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from rnncalc.activations import SELU_ALPHA, SELU_SCALE, Activation
from rnncalc.conventions.onnx_words import decimal
from rnncalc.converting.onnx_proto import Graph
from rnncalc.converting.refusal import refused

NAMES = {
    "tanh": "Tanh", "sigmoid": "Sigmoid", "relu": "Relu", "softplus": "Softplus",
    "softsign": "Softsign", "elu": "Elu", "leaky_relu": "LeakyRelu",
    "thresholded_relu": "ThresholdedRelu", "scaled_tanh": "ScaledTanh", "affine": "Affine",
    "linear": "Affine", "hard_sigmoid": "HardSigmoid", "hard_sigmoid_old": "HardSigmoid",
    "scaled_hard_sigmoid": "HardSigmoid",
}  # fmt: skip
"""The functions that a recurrent node may have."""

FIXED = {
    "linear": {"alpha": 1.0, "beta": 0.0},
    "hard_sigmoid": {"alpha": 1 / 6, "beta": 0.5},
    "hard_sigmoid_old": {"alpha": 0.2, "beta": 0.5},
}
"""The parameters of those that have none here."""


def listed(where: str, functions: Sequence[Activation]) -> dict[str, list[str] | list[float]]:
    """The attributes of a recurrent node for its functions, in their order.

    Each function takes its parameters from the front of ``activation_alpha`` and
    ``activation_beta``; they are always written, since runtimes have different defaults.

    Errors: RnncalcError for a function that such nodes do not have.
    """
    alpha: list[float] = []
    beta: list[float] = []
    for one in functions:
        if one.name not in NAMES:
            raise refused(where, f"activation {one}: ONNX' recurrent nodes do not have it")
        own = parameters(one)
        alpha += [own["alpha"]] if "alpha" in own else []
        beta += [own["beta"]] if "beta" in own else []
    names = [NAMES[one.name] for one in functions]
    more = {"activation_alpha": alpha, "activation_beta": beta}
    return {"activations": names, **{key: value for key, value in more.items() if value}}


def parameters(one: Activation) -> dict[str, float]:
    """Alpha and beta of a function as ONNX has it."""
    given = {key: float(value) for key, value in one.parameters.items()}
    return FIXED.get(one.name, given)


def shortened(functions: Sequence[Activation]) -> bool:
    """Whether some parameter changes: attributes hold float32, and read as the shortest decimal."""
    return any(decimal(p) != p for one in functions for p in parameters(one).values())


def applied(graph: Graph, x: str, one: Activation, dtype: str) -> str:
    """A function as nodes."""
    number = {key: float(value) for key, value in one.parameters.items()}
    if one.name == "linear":
        return x
    if one.name == "softmax":
        return graph.add("Softmax", x, axis=-1)
    if one.name == "log_softmax":
        return graph.add("LogSoftmax", x, axis=-1)
    if one.name == "exp":
        return graph.add("Exp", x)
    if one.name == "selu":
        return graph.add("Selu", x, alpha=SELU_ALPHA, gamma=SELU_SCALE)
    if one.name == "silu":
        return graph.add("Mul", x, graph.add("Sigmoid", x))
    if one.name == "gelu":
        return _gelu(graph, x, dtype)
    if one.name in ("affine", "scaled_tanh"):
        return _scaled(graph, x, one.name, number, dtype)
    more: dict[str, Any] = dict(parameters(one))
    return graph.add(NAMES[one.name], x, **more)


def _scaled(graph: Graph, x: str, name: str, number: dict[str, float], dtype: str) -> str:
    """``alpha a + beta`` or ``alpha tanh(beta a)``."""
    alpha, beta = (
        graph.constant(key, np.array(number[key], dtype=dtype)) for key in ("alpha", "beta")
    )
    if name == "affine":
        return graph.add("Add", graph.add("Mul", x, alpha), beta)
    return graph.add("Mul", graph.add("Tanh", graph.add("Mul", x, beta)), alpha)


def _gelu(graph: Graph, x: str, dtype: str) -> str:
    """``a / 2 (1 + erf(a / sqrt(2)))``."""
    root, one, half = (
        graph.constant("gelu", np.array(value, dtype=dtype)) for value in (1 / math.sqrt(2), 1, 0.5)
    )
    share = graph.add("Add", graph.add("Erf", graph.add("Mul", x, root)), one)
    return graph.add("Mul", graph.add("Mul", x, half), share)
