"""How steep each activation is where it stands, and how far it is from its bounds.

Both are computed of the pre-activation a, never of the value: 1 - |tanh(a)| keeps every digit
where tanh(a) is 1 to the last bit. Where a function has a kink, its slope is PyTorch's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from rnncalc.activations import (
    SELU_ALPHA,
    SELU_SCALE,
    Activation,
    Array,
    Clip,
    sigmoid,
    softmax,
)


def tanh_slope(a: Array) -> Array:
    """1 - tanh(a)**2, without the difference."""
    q = np.exp(-2 * np.abs(a))
    return np.asarray(4 * q / (1 + q) ** 2)


def sigmoid_slope(a: Array) -> Array:
    """s (1 - s)."""
    q = np.exp(-np.abs(a))
    return np.asarray(q / (1 + q) ** 2)


def elu_slope(a: Array, alpha: float) -> Array:
    """1 above 0, alpha exp(a) below."""
    return np.where(a > 0, 1, alpha * np.exp(np.minimum(a, 0)))


def gelu_slope(a: Array) -> Array:
    """Phi(a) + a phi(a): the normal distribution and its density."""
    tail: Any = np.frompyfunc(math.erfc, 1, 1)(a / -math.sqrt(2))
    return np.asarray(0.5 * tail.astype(a.dtype) + a * np.exp(-a * a / 2) / math.sqrt(2 * math.pi))


SLOPES: dict[str, Callable[..., Any]] = {
    "tanh": tanh_slope,
    "sigmoid": sigmoid_slope,
    "relu": lambda a: 1.0 * (a > 0),
    "linear": np.ones_like,
    "softmax": lambda a: softmax(a) * _others(a),  # of the unit itself; see pushed
    "log_softmax": lambda a: _others(a),
    "softplus": sigmoid,
    "softsign": lambda a: 1 / (1 + np.abs(a)) ** 2,
    "elu": elu_slope,
    "selu": lambda a: SELU_SCALE * elu_slope(a, SELU_ALPHA),
    "gelu": gelu_slope,
    "silu": lambda a: sigmoid(a) * (1 + a * sigmoid(-a)),
    "leaky_relu": lambda a, alpha: np.where(a > 0, 1, alpha),
    "thresholded_relu": lambda a, alpha: 1.0 * (a > alpha),
    "scaled_tanh": lambda a, alpha, beta: alpha * beta * tanh_slope(beta * a),
    "affine": lambda a, alpha, beta: np.full_like(a, alpha),
    "exp": np.exp,
    "scaled_hard_sigmoid": lambda a, alpha, beta: alpha * (np.abs(2 * (alpha * a + beta) - 1) < 1),
    "hard_sigmoid": lambda a: (np.abs(a) < 3) / 6,
    "hard_sigmoid_old": lambda a: (np.abs(a) < 2.5) / 5,
}
"""The derivative of every activation, of a and its parameters."""


def tanh_distance(a: Array) -> Array:
    """1 - |tanh(a)|, without the difference."""
    q = np.exp(-2 * np.abs(a))
    return np.asarray(2 * q / (1 + q))


DISTANCES: dict[str, Callable[..., Any]] = {
    "tanh": tanh_distance,
    "sigmoid": lambda a: sigmoid(-np.abs(a)),
    "softmax": lambda a: np.minimum(softmax(a), _others(a)),
    "softsign": lambda a: 1 / (1 + np.abs(a)),
    "scaled_tanh": lambda a, alpha, beta: abs(alpha) * tanh_distance(beta * a),
    "scaled_hard_sigmoid": lambda a, alpha, beta: np.maximum(
        0.5 - np.abs(alpha * a + beta - 0.5), 0
    ),
    "hard_sigmoid": lambda a: np.maximum(3 - np.abs(a), 0) / 6,
    "hard_sigmoid_old": lambda a: np.maximum(2.5 - np.abs(a), 0) / 5,
}
"""How far the value is from the nearer bound, of the activations that have two."""

LOWER_ZERO = ("sigmoid", "softmax", "scaled_hard_sigmoid", "hard_sigmoid", "hard_sigmoid_old")
"""Those whose bounds are 0 and 1; the others' lie on both sides of 0."""


def slope(function: Activation, a: Array) -> Array:
    """The derivative of each unit's value by its own a."""
    return np.asarray(SLOPES[function.name](a, **function.parameters), np.float64)


def distance(function: Activation, a: Array) -> Array | None:
    """How far each unit's value is from the nearer bound; None without two bounds."""
    if function.name not in DISTANCES:
        return None
    return np.asarray(DISTANCES[function.name](a, **function.parameters), np.float64)


def bounds(function: Activation) -> tuple[float, float] | None:
    """The lower and the upper bound; None where there are not two."""
    if function.name not in DISTANCES:
        return None
    if function.name in LOWER_ZERO:
        return 0.0, 1.0
    upper = abs(function.parameters.get("alpha", 1.0))
    return -upper, upper


def pushed(function: Activation | Clip, a: Array, tangent: Array) -> Array:
    """How the values change when a changes.

    Args:
        a: (units, columns).
        tangent: changes of a, (units, columns, directions).
    """
    if isinstance(function, Clip):
        return (np.abs(a) <= function.bound)[..., None] * tangent
    if function.name == "softmax":  # every unit feels every other one
        shares = softmax(a)[..., None]
        return np.asarray(shares * (tangent - (shares * tangent).sum(axis=0)))
    if function.name == "log_softmax":
        return np.asarray(tangent - (softmax(a)[..., None] * tangent).sum(axis=0))
    return slope(function, a)[..., None] * tangent


def _others(a: Array) -> Array:
    """1 - softmax(a), without the difference: what the other units have."""
    return np.asarray((1 - np.eye(len(a))) @ softmax(a))
