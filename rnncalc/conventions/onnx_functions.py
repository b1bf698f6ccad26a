"""ONNX' activations: of recurrent nodes by name, elsewhere by operator; parameters are float32."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from rnncalc.conventions.function import Function, simple, unknown, written
from rnncalc.equations.activations import Activation
from rnncalc.equations.curves import SELU_ALPHA, SELU_SCALE
from rnncalc.errors import RnncalcError, printable

ALPHA = {"alpha": "alpha"}
BOTH = {"alpha": "alpha", "beta": "beta"}

IN_NODES = {
    "Tanh": Function("tanh"),
    "Sigmoid": Function("sigmoid"),
    "Relu": Function("relu"),
    "Softsign": Function("softsign"),
    "Softplus": Function("softplus"),
    "HardSigmoid": Function("scaled_hard_sigmoid", BOTH, {"alpha": 0.2, "beta": 0.5}),
    "Elu": Function("elu", ALPHA, {"alpha": 1}),
    "LeakyRelu": Function("leaky_relu", ALPHA, {"alpha": 0.01}),
    "ThresholdedRelu": Function("thresholded_relu", ALPHA, {"alpha": 1}),
    "ScaledTanh": Function("scaled_tanh", BOTH),
    "Affine": Function("affine", BOTH),
}
"""The functions that a recurrent node may have; no default where ONNX has none."""

ZERO_IN_ONNX_RUNTIME = ("ThresholdedRelu", "ScaledTanh", "Affine")
"""Whose parameters ONNX Runtime takes for 0 where they are not written."""

OPERATORS = {
    **{name: one for name, one in IN_NODES.items() if one.defaults or not one.arguments},
    "Exp": Function("exp"),
    "Sign": Function("sign"),
    "Selu": Function("selu"),
    "Gelu": Function("gelu"),
    "Mish": Function("mish"),
    "HardSwish": Function("hard_silu"),
    "Celu": Function("celu", ALPHA, {"alpha": 1}),
    "Swish": Function("scaled_silu", ALPHA, {"alpha": 1}),
    "Shrink": Function("soft_shrink", {"lambd": "alpha"}, {"alpha": 0.5}),
}
"""Operators that are an activation of each number, and the defaults of their attributes."""

TOGETHER = {"Softmax": "softmax", "LogSoftmax": "log_softmax", "Hardmax": "hardmax"}
"""Those that take all units together, along an axis."""

SELU = {"alpha": SELU_ALPHA, "gamma": SELU_SCALE}
AFTER_14 = ("Gelu", "Mish", "Swish", "Celu", "Shrink")
"""Operators that the operator set of converted files has not, or only for float32."""

HARD = {"hard_sigmoid": (1 / 6, 0.5), "hard_sigmoid_old": (0.2, 0.5)}
"""Hard sigmoids by a name of their own, and what alpha and beta are."""


def decimal(number: float) -> float:
    """The shortest decimal number that is this one in float32, the type of all attributes."""
    return float(str(np.float32(number)))


def of_operator(op: str, said: Mapping[str, Any]) -> Any:
    """Our activation for an operator and its attributes, as a config has it.

    Errors: RnncalcError for attributes that make it another function.
    """
    numbers = {key: decimal(one) for key, one in said.items() if isinstance(one, (int, float))}
    if op == "Gelu" and (way := said.get("approximate", "none")) != "none":
        if way != "tanh":
            raise RnncalcError(f"is a Gelu with the approximation {printable(str(way))}")
        return "gelu_tanh"
    if op == "Selu" and any(abs(numbers.get(key, own) - own) > 1e-5 for key, own in SELU.items()):
        raise RnncalcError("is a Selu with other parameters than its own")
    if op == "Shrink" and (bias := numbers.get("bias", 0.0)) != numbers.get("lambd", 0.5):
        if bias:
            raise RnncalcError("is a Shrink whose bias is neither 0 nor lambd")
        return {"name": "hard_shrink", "alpha": numbers.get("lambd", 0.5)}
    return _shortest(OPERATORS[op].read(numbers))


def _shortest(config: dict[str, Any]) -> Any:
    """One that has a name of its own for its numbers by that."""
    if config == {"name": "scaled_silu", "alpha": 1}:
        return "silu"
    if config == {"name": "affine", "alpha": 1, "beta": 0}:
        return "linear"
    if config["name"] == "scaled_hard_sigmoid":
        for name, own in HARD.items():
            if np.allclose((config["alpha"], config["beta"]), own, rtol=0, atol=1e-6):
                return name
    return simple(config)


def activations(
    names: tuple[Any, ...], alphas: tuple[Any, ...], betas: tuple[Any, ...]
) -> Iterator[tuple[Any, str]]:
    """Our activations of a node's list, and what of their parameters is missing in it.

    Alphas and betas are queues: each activation that has one takes the next. A recurrence that was
    written out, and was put back as a node, has our own.

    Errors: RnncalcError for a name that is not known, for a parameter that must be written.
    """
    queues = {"alpha": iter(alphas), "beta": iter(betas)}
    known = {name.lower(): name for name in IN_NODES}
    for given in names:
        if isinstance(given, Activation):
            yield simple({"name": given.name, **given.parameters}), ""
            continue
        if str(given).lower() not in known:
            raise unknown(given)
        yield _of_node(known[str(given).lower()], printable(str(given)), queues)


def _of_node(name: str, given: str, queues: Mapping[str, Iterator[Any]]) -> tuple[Any, str]:
    """One of a node's list."""
    function = IN_NODES[name]
    taken = {key: next(queues[key], None) for key in function.arguments}
    for key, one in taken.items():
        if one is None and key not in function.defaults:
            message = f"has the activation {given} without {key}"
            why = "ONNX has no default for it, and ONNX Runtime takes 0"
            raise RnncalcError(f"{message}: {why}. Write activation_{key} into the node")
    numbers = {key: decimal(one) for key, one in taken.items() if one is not None}
    missing = next((key for key in taken if taken[key] is None), "")
    config = _shortest(function.read(numbers))
    return config, missing if name in ZERO_IN_ONNX_RUNTIME else ""


def in_node(one: Activation) -> tuple[str, dict[str, float]] | None:
    """What a recurrent node calls one of ours, and its alpha and beta; None where it has none."""
    one = Activation("affine", {"alpha": 1, "beta": 0}) if one.name == "linear" else _written(one)
    found = written(IN_NODES, one)
    return found and (found[0], {key: float(p) for key, p in one.parameters.items()})


def operator(one: Activation) -> tuple[str, dict[str, float]] | None:
    """The operator that is one of ours, and its attributes; None where none is."""
    for op, name in TOGETHER.items():
        if one.name == name:
            return op, {"axis": -1}
    if one.name == "selu":
        return "Selu", SELU
    own = {name: function for name, function in OPERATORS.items() if name not in AFTER_14}
    found = written(own, one := _written(one))
    return found and (found[0], {key: float(p) for key, p in one.parameters.items()})


def _written(one: Activation) -> Activation:
    """The same function, by the name and the parameters that ONNX has it with."""
    if one.name in HARD:
        parameters = dict(zip(("alpha", "beta"), HARD[one.name], strict=True))
        return Activation("scaled_hard_sigmoid", parameters)
    return one
