"""ONNX' activations: of recurrent nodes by name, elsewhere by operator; parameters are float32."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from operator import truediv
from typing import Any, Protocol

import numpy as np

from rnncalc.conventions.spelling import Spelling, simple, unknown, written
from rnncalc.equations.activations import Activation
from rnncalc.equations.curves import SELU_ALPHA, SELU_SCALE
from rnncalc.errors import RnncalcError, printable

ALPHA = {"alpha": "alpha"}
BOTH = {"alpha": "alpha", "beta": "beta"}

IN_NODES = {
    "Tanh": Spelling("tanh"),
    "Sigmoid": Spelling("sigmoid"),
    "Relu": Spelling("relu"),
    "Softsign": Spelling("softsign"),
    "Softplus": Spelling("softplus"),
    "HardSigmoid": Spelling("scaled_hard_sigmoid", BOTH, {"alpha": 0.2, "beta": 0.5}),
    "Elu": Spelling("elu", ALPHA, {"alpha": 1}),
    "LeakyRelu": Spelling("leaky_relu", ALPHA, {"alpha": 0.01}),
    "ThresholdedRelu": Spelling("thresholded_relu", ALPHA, {"alpha": 1}),
    "ScaledTanh": Spelling("scaled_tanh", BOTH),
    "Affine": Spelling("affine", BOTH),
}
"""The functions that a recurrent node may have; no default where ONNX has none."""

ZERO_IN_ONNX_RUNTIME = ("ThresholdedRelu", "ScaledTanh", "Affine")
"""Whose parameters ONNX Runtime takes for 0 where they are not written."""

OPERATORS = {
    **{name: one for name, one in IN_NODES.items() if one.defaults or not one.arguments},
    "Exp": Spelling("exp"),
    "Sign": Spelling("sign"),
    "Selu": Spelling("selu"),
    "Gelu": Spelling("gelu"),
    "Mish": Spelling("mish"),
    "HardSwish": Spelling("hard_silu"),
    "Celu": Spelling("celu", ALPHA, {"alpha": 1}),
    "Swish": Spelling("scaled_silu", ALPHA, {"alpha": 1}),
    "Shrink": Spelling("soft_shrink", {"lambd": "alpha"}, {"alpha": 0.5}),
}
"""Operators that are an activation of each number, and the defaults of their attributes."""

TOGETHER = {"Softmax": "softmax", "LogSoftmax": "log_softmax", "Hardmax": "hardmax"}
"""Those that take all units together, along an axis."""

SELU = {"alpha": truediv(*SELU_ALPHA), "gamma": truediv(*SELU_SCALE)}
AFTER_14 = ("Gelu", "Mish", "Swish", "Celu", "Shrink")
"""Operators that the operator set of converted files has not, or only for float32."""

HARD = {"hard_sigmoid": (1 / 6, 0.5), "hard_sigmoid_old": (0.2, 0.5)}
"""Hard sigmoids by a name of their own, and what alpha and beta are."""


def decimal(number: float) -> float:
    """The shortest decimal number that is this one in float32, the type of all attributes."""
    return float(str(np.float32(number)))


def of_operator(op: str, attributes: Mapping[str, Any]) -> Any:
    """Our activation for an operator and its attributes, as a config has it.

    Errors: RnncalcError for attributes that make it another function.
    """
    numbers = {
        key: decimal(one) for key, one in attributes.items() if isinstance(one, (int, float))
    }
    if op == "Gelu" and (way := attributes.get("approximate", "none")) != "none":
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


class Nodes(Protocol):
    """What makes nodes, and gives the name of what each gives: ``add("Mul", x, 0.5)``."""

    def __call__(self, operation: str, *inputs: str | float, **attributes: Any) -> str:
        """A node; its inputs by their names, or as numbers."""

    def cast(self, condition: str) -> str:
        """1 where it holds, else 0."""


def _times(add: Nodes, x: str, factor: float) -> str:
    """The same number of times, without a node for once."""
    return x if factor == 1 else add("Mul", x, factor)


def _gelu(add: Nodes, x: str) -> str:
    share = add("Add", add("Erf", add("Mul", x, 1 / math.sqrt(2))), 1.0)
    return add("Mul", add("Mul", x, 0.5), share)


def _gelu_tanh(add: Nodes, x: str) -> str:
    cubed = add("Mul", add("Mul", add("Mul", x, x), x), 0.044715)
    inner = add("Mul", add("Add", x, cubed), math.sqrt(2 / math.pi))
    return add("Mul", add("Mul", x, 0.5), add("Add", add("Tanh", inner), 1.0))


def _clipped_relu(add: Nodes, x: str, alpha: float, beta: float, theta: float) -> str:
    top = x if math.isinf(beta) else add("Min", x, beta)
    below = _times(add, add("Sub", x, theta), alpha)
    return add("Where", add("Greater", x, theta), top, below)


def _sparse_plus(add: Nodes, x: str) -> str:
    root = add("Max", add("Add", x, 1.0), 0.0)
    parabola = add("Mul", add("Mul", root, root), 0.25)
    return add("Where", add("Less", x, 1.0), parabola, x)


COMPOSED: dict[str, Callable[..., str]] = {
    "silu": lambda add, x: add("Mul", x, add("Sigmoid", x)),
    "scaled_silu": lambda add, x, alpha: add("Mul", x, add("Sigmoid", add("Mul", x, alpha))),
    "gelu": _gelu,
    "gelu_tanh": _gelu_tanh,
    "mish": lambda add, x: add("Mul", x, add("Tanh", add("Softplus", x))),
    "celu": lambda add, x, alpha: add("Mul", add("Elu", add("Div", x, alpha)), alpha),
    "affine": lambda add, x, alpha, beta: add("Add", add("Mul", x, alpha), beta),
    "scaled_tanh": lambda add, x, alpha, beta: add("Mul", add("Tanh", add("Mul", x, beta)), alpha),
    "scaled_softplus": lambda add, x, alpha: add("Div", add("Softplus", add("Mul", x, alpha)),
                                                 alpha),
    "log_sigmoid": lambda add, x: add("Neg", add("Softplus", add("Neg", x))),
    "softmin": lambda add, x: add("Softmax", add("Neg", x), axis=-1),
    "relu6": lambda add, x: add("Clip", x, 0.0, 6.0),
    "hard_tanh": lambda add, x, alpha, beta: add("Clip", x, alpha, beta),
    "sparse_sigmoid": lambda add, x: add("Clip", add("Add", add("Mul", x, 0.5), 0.5), 0.0, 1.0),
    "clipped_relu": _clipped_relu,
    "threshold": lambda add, x, alpha, beta: add("Where", add("Greater", x, alpha), x, beta),
    "soft_shrink": lambda add, x, alpha: add("Sub", x, add("Clip", x, -alpha, alpha)),
    "hard_shrink": lambda add, x, alpha: add("Where", add("Greater", add("Abs", x), alpha), x, 0.0),
    "tanh_shrink": lambda add, x: add("Sub", x, add("Tanh", x)),
    "squareplus": lambda add, x, alpha: add(
        "Mul", add("Add", x, add("Sqrt", add("Add", add("Mul", x, x), alpha))), 0.5),
    "sparse_plus": _sparse_plus,
    "step": lambda add, x: add.cast(add("GreaterOrEqual", x, 0.0)),
}  # fmt: skip
"""Those that the operator set of our files has no operator for."""
