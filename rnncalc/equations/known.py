"""All there is to know of each activation: its row in ``KNOWN``.

Each has one name (interface: Words). Arrays come with the units on axis 0; only those that take
all units together care. What frameworks call them is in ``conventions/``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.equations import curves
from rnncalc.equations.curves import (
    SELU_ALPHA,
    SELU_SCALE,
    elu,
    elu_slope,
    sigmoid,
    softmax,
    within,
)

Bounds = tuple[float, float]


class Known:
    """What is known of an activation.

    Args:
        formula: what it computes of a, in plain text.
        function: the same, of an array and its parameters.
        slope: the derivative of each unit's value by its own a.
        bounds: the two that its values lie between; a function of its parameters where they tell.
        distance: how far a value is from the nearer bound, where a difference loses its digits.
        pushed: of those that take all units together: how the values change when a changes.
        latex: the sign that it is written with, where it has one of its own.
        also: what people call it besides, without blanks; an error names ours.
        endless, nonzero: the parameters that may be infinite, and those that may not be 0.
        halves: whether it gives half as many numbers as it takes.
        defaults: its parameters; a default of None means that it must be written.
    """

    def __init__(
        self,
        formula: str,
        function: Callable[..., Any],
        slope: Callable[..., Any],
        *,
        bounds: Bounds | Callable[..., Bounds] | None = None,
        distance: Callable[..., Any] | None = None,
        pushed: Callable[[Array, Array], Array] | None = None,
        latex: str = "",
        also: str = "",
        endless: str = "",
        nonzero: str = "",
        halves: bool = False,
        **defaults: float | None,
    ) -> None:
        self.formula, self.function, self.slope = formula, function, slope
        self.bounds, self.distance, self.pushed = bounds, distance, pushed
        self.latex, self.also = latex, also.split()
        self.endless, self.nonzero = endless.split(), nonzero.split()
        self.halves, self.defaults = halves, defaults

    @property
    def together(self) -> bool:
        """Whether it takes all units together."""
        return self.pushed is not None


KNOWN = {
    "tanh": Known(
        "tanh(a)", np.tanh, curves.tanh_slope,
        bounds=(-1, 1), distance=curves.tanh_distance, latex=r"\tanh",
    ),
    "sigmoid": Known(
        "1 / (1 + exp(-a))", sigmoid, curves.sigmoid_slope, bounds=(0, 1),
        distance=lambda a: sigmoid(-np.abs(a)), latex=r"\sigma", also="logistic",
    ),
    "relu": Known("max(a, 0)", lambda a: np.maximum(a, 0), lambda a: 1.0 * (a > 0)),
    "linear": Known("a", lambda a: a, np.ones_like, also="identity none"),
    "softmax": Known(
        "exp(a) / sum(exp(a))", softmax, lambda a: softmax(a) * curves.others(a),
        bounds=(0, 1), distance=lambda a: np.minimum(softmax(a), curves.others(a)),
        pushed=curves.softmax_pushed,
    ),
    "log_softmax": Known(
        "a - log(sum(exp(a)))", curves.log_softmax, curves.others,
        pushed=curves.log_softmax_pushed,
    ),
    "softmin": Known(
        "exp(-a) / sum(exp(-a))", lambda a: softmax(-a), lambda a: -softmax(-a) * curves.others(-a),
        bounds=(0, 1), distance=lambda a: np.minimum(softmax(-a), curves.others(-a)),
        pushed=lambda a, tangent: curves.softmax_pushed(-a, -tangent),
    ),
    "sparsemax": Known(
        "max(a - tau, 0), tau such that the sum is 1", curves.sparsemax,
        curves.own(curves.sparsemax_pushed),
        bounds=(0, 1), pushed=curves.sparsemax_pushed,
    ),
    "sparsemax_old": Known(
        "max(a - tau, 0), tau as Keras 3.8 to 3.15.1 has it", curves.sparsemax_old,
        curves.own(curves.sparsemax_old_pushed), pushed=curves.sparsemax_old_pushed,
    ),
    "hardmax": Known(
        "1 for the first of the largest, else 0", curves.hardmax, np.zeros_like,
        pushed=lambda a, tangent: np.zeros_like(tangent),
    ),
    "glu": Known(
        "a sigmoid(b), a and b the halves of what it takes", curves.glu, curves.glu_slope,
        pushed=curves.glu_pushed, halves=True,
    ),
    "softplus": Known("log(1 + exp(a))", curves.softplus, sigmoid),
    "scaled_softplus": Known(
        "log(1 + exp(alpha a)) / alpha", lambda a, alpha: curves.softplus(alpha * a) / alpha,
        lambda a, alpha: sigmoid(alpha * a), nonzero="alpha", alpha=None,
    ),
    "softsign": Known(
        "a / (1 + |a|)", lambda a: a / (1 + np.abs(a)), lambda a: 1 / (1 + np.abs(a)) ** 2,
        bounds=(-1, 1), distance=lambda a: 1 / (1 + np.abs(a)),
    ),
    "log_sigmoid": Known("-log(1 + exp(-a))", curves.log_sigmoid, lambda a: sigmoid(-a)),
    "elu": Known("a if a > 0 else alpha (exp(a) - 1)", elu, elu_slope, alpha=1.0),
    "celu": Known(
        "a if a > 0 else alpha (exp(a / alpha) - 1)", curves.celu,
        lambda a, alpha: np.where(a > 0, 1, np.exp(np.minimum(a, 0) / alpha)),
        nonzero="alpha", alpha=1.0,
    ),
    "selu": Known(
        "1.05070 elu(a, 1.67326)", lambda a: SELU_SCALE * elu(a, SELU_ALPHA),
        lambda a: SELU_SCALE * elu_slope(a, SELU_ALPHA),
    ),
    "gelu": Known("a Phi(a), Phi the normal distribution", curves.gelu, curves.gelu_slope),
    "gelu_tanh": Known(
        "a (1 + tanh(sqrt(2 / pi) (a + 0.044715 a^3))) / 2", curves.gelu_tanh,
        curves.gelu_tanh_slope, also="gelunew",
    ),
    "silu": Known(
        "a / (1 + exp(-a))", lambda a: a * sigmoid(a), curves.silu_slope, also="swish"
    ),
    "scaled_silu": Known(
        "a / (1 + exp(-alpha a))", lambda a, alpha: a * sigmoid(alpha * a),
        lambda a, alpha: curves.silu_slope(alpha * a), alpha=None,
    ),
    "mish": Known("a tanh(log(1 + exp(a)))", lambda a: a * np.tanh(curves.softplus(a)),
                  curves.mish_slope),
    "leaky_relu": Known(
        "a if a > 0 else alpha a", lambda a, alpha: np.where(a > 0, a, alpha * a),
        lambda a, alpha: np.where(a > 0, 1, alpha), alpha=0.01,
    ),
    "relu6": Known(
        "min(max(a, 0), 6)", lambda a: np.clip(a, 0, 6), lambda a: within(a, 0, 6), bounds=(0, 6)
    ),
    "clipped_relu": Known(
        "min(a, beta) if a > theta else alpha (a - theta)", curves.clipped_relu,
        lambda a, alpha, beta, theta: np.where(a > theta, 1.0 * (a < beta), alpha),
        endless="beta", alpha=0.0, beta=math.inf, theta=0.0,
    ),
    "thresholded_relu": Known(
        "a if a > alpha else 0", lambda a, alpha: curves.kept(a > alpha, a, 0),
        lambda a, alpha: 1.0 * (a > alpha), alpha=1.0,
    ),
    "threshold": Known(
        "a if a > alpha else beta", lambda a, alpha, beta: curves.kept(a > alpha, a, beta),
        lambda a, alpha, beta: 1.0 * (a > alpha), alpha=None, beta=None,
    ),
    "scaled_tanh": Known(
        "alpha tanh(beta a)", lambda a, alpha, beta: alpha * np.tanh(beta * a),
        lambda a, alpha, beta: alpha * beta * curves.tanh_slope(beta * a),
        bounds=lambda alpha, beta: (-abs(alpha), abs(alpha)),
        distance=lambda a, alpha, beta: abs(alpha) * curves.tanh_distance(beta * a),
        alpha=None, beta=None,
    ),
    "affine": Known(
        "alpha a + beta", lambda a, alpha, beta: alpha * a + beta,
        lambda a, alpha, beta: np.full_like(a, alpha), alpha=None, beta=None,
    ),
    "exp": Known("exp(a)", np.exp, np.exp, latex=r"\exp", also="exponential"),
    "scaled_hard_sigmoid": Known(
        "clip(alpha a + beta, 0, 1)", lambda a, alpha, beta: np.clip(alpha * a + beta, 0, 1),
        lambda a, alpha, beta: alpha * within(alpha * a + beta, 0, 1),
        bounds=(0, 1), alpha=None, beta=None,
    ),
    "hard_sigmoid": Known(
        "clip(a / 6 + 0.5, 0, 1)", lambda a: np.clip(a * (1 / 6) + 0.5, 0, 1),
        lambda a: within(a, -3, 3) / 6, bounds=(0, 1),
    ),
    "hard_sigmoid_old": Known(
        "clip(0.2 a + 0.5, 0, 1)", lambda a: np.clip(0.2 * a + 0.5, 0, 1),
        lambda a: within(a, -2.5, 2.5) / 5, bounds=(0, 1),
    ),
    "sparse_sigmoid": Known(
        "clip(a / 2 + 0.5, 0, 1)", lambda a: np.clip(0.5 * a + 0.5, 0, 1),
        lambda a: within(a, -1, 1) / 2, bounds=(0, 1),
    ),
    "hard_silu": Known(
        "a clip(a / 6 + 0.5, 0, 1)", lambda a: a * np.clip(a * (1 / 6) + 0.5, 0, 1),
        curves.hard_silu_slope, also="hardswish",
    ),
    "hard_tanh": Known(
        "clip(a, alpha, beta)", lambda a, alpha, beta: np.clip(a, alpha, beta),
        lambda a, alpha, beta: within(a, alpha, beta),
        bounds=lambda alpha, beta: (alpha, beta), alpha=-1.0, beta=1.0,
    ),
    "hard_shrink": Known(
        "a if |a| > alpha else 0", lambda a, alpha: curves.kept(np.abs(a) > alpha, a, 0),
        lambda a, alpha: 1.0 * (np.abs(a) > alpha), alpha=0.5,
    ),
    "soft_shrink": Known(
        "a - clip(a, -alpha, alpha)", lambda a, alpha: a - np.clip(a, -alpha, alpha),
        lambda a, alpha: 1.0 * (np.abs(a) > alpha), alpha=0.5,
    ),
    "tanh_shrink": Known("a - tanh(a)", lambda a: a - np.tanh(a), lambda a: np.tanh(a) ** 2),
    "squareplus": Known(
        "(a + sqrt(a^2 + alpha)) / 2", curves.squareplus,
        lambda a, alpha: (1 + a / np.sqrt(a * a + alpha)) / 2, alpha=4.0,
    ),
    "sparse_plus": Known(
        "0 if a <= -1, (a + 1)^2 / 4 if a < 1, else a", curves.sparse_plus,
        lambda a: np.clip(0.5 * a + 0.5, 0, 1),
    ),
    "step": Known(
        "1 if a >= 0 else 0", lambda a: np.heaviside(a, 1), np.zeros_like, also="heaviside hardlim"
    ),
    "sign": Known("1 if a > 0, -1 if a < 0, else 0", np.sign, np.zeros_like, also="signum sgn"),
}  # fmt: skip
"""Every activation by its name."""

OTHER_NAMES = {also: name for name, known in KNOWN.items() for also in known.also}
OTHER_NAMES |= {name.replace("_", ""): name for name in KNOWN}
"""What people also call them, in small letters without blanks or lines below."""
