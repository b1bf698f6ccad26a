"""Activation functions: all there is to know of each is its row in ``ACTIVATIONS``.

Each has one name (interface: Words); what frameworks call them is in ``conventions/``. Arrays come
with the units on axis 0: only those that take all units together care. A function that is handed a
symbol instead of an array (``symbols.py``, ``duals.py``) leaves the writing of it to the symbol.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.equations import curves
from rnncalc.equations.curves import (
    elu,
    elu_slope,
    leaky_relu,
    sigmoid,
    softmax,
    within,
)
from rnncalc.errors import RnncalcError, located, printable, suggestion
from rnncalc.numbers.digits import parsed, whole
from rnncalc.numbers.exact_arrays import alike, at_most_0, step

Bounds = tuple[float, float]


class Definition:
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


ACTIVATIONS = {
    "tanh": Definition(
        "tanh(a)", np.tanh, curves.tanh_slope,
        bounds=(-1, 1), distance=curves.tanh_distance, latex=r"\tanh",
    ),
    "sigmoid": Definition(
        "1 / (1 + exp(-a))", sigmoid, curves.sigmoid_slope, bounds=(0, 1),
        distance=lambda a: sigmoid(-np.abs(a)), latex=r"\sigma", also="logistic",
    ),
    "relu": Definition("max(a, 0)", lambda a: np.maximum(a, 0), lambda a: 1.0 * (a > 0)),
    "linear": Definition("a", lambda a: a, np.ones_like, also="identity none"),
    "softmax": Definition(
        "exp(a) / sum(exp(a))", softmax, lambda a: softmax(a) * curves.others(a),
        bounds=(0, 1), distance=lambda a: np.minimum(softmax(a), curves.others(a)),
        pushed=curves.softmax_pushed,
    ),
    "log_softmax": Definition(
        "a - log(sum(exp(a)))", curves.log_softmax, curves.others,
        pushed=curves.log_softmax_pushed,
    ),
    "softmin": Definition(
        "exp(-a) / sum(exp(-a))", lambda a: softmax(-a), lambda a: -softmax(-a) * curves.others(-a),
        bounds=(0, 1), distance=lambda a: np.minimum(softmax(-a), curves.others(-a)),
        pushed=lambda a, tangent: curves.softmax_pushed(-a, -tangent),
    ),
    "sparsemax": Definition(
        "max(a - tau, 0), tau such that the sum is 1", curves.sparsemax,
        curves.own(curves.sparsemax_pushed),
        bounds=(0, 1), pushed=curves.sparsemax_pushed,
    ),
    "sparsemax_old": Definition(
        "max(a - tau, 0), tau as Keras 3.8 to 3.15.1 has it", curves.sparsemax_old,
        curves.own(curves.sparsemax_old_pushed), pushed=curves.sparsemax_old_pushed,
    ),
    "hardmax": Definition(
        "1 for the first of the largest, else 0", curves.hardmax, np.zeros_like,
        pushed=lambda a, tangent: np.zeros_like(tangent),
    ),
    "glu": Definition(
        "a sigmoid(b), a and b the halves of what it takes", curves.glu, curves.glu_slope,
        pushed=curves.glu_pushed, halves=True,
    ),
    "softplus": Definition("log(1 + exp(a))", curves.softplus, sigmoid),
    "scaled_softplus": Definition(
        "log(1 + exp(alpha a)) / alpha", lambda a, alpha: curves.softplus(alpha * a) / alpha,
        lambda a, alpha: sigmoid(alpha * a), nonzero="alpha", alpha=None,
    ),
    "softsign": Definition(
        "a / (1 + |a|)", lambda a: a / (1 + np.abs(a)), lambda a: 1 / (1 + np.abs(a)) ** 2,
        bounds=(-1, 1), distance=lambda a: 1 / (1 + np.abs(a)),
    ),
    "log_sigmoid": Definition("-log(1 + exp(-a))", curves.log_sigmoid, lambda a: sigmoid(-a)),
    "elu": Definition("a if a > 0 else alpha (exp(a) - 1)", elu, elu_slope, alpha=1.0),
    "celu": Definition(
        "a if a > 0 else alpha (exp(a / alpha) - 1)", curves.celu,
        lambda a, alpha: np.where(a > 0, 1, np.exp(at_most_0(a) / alpha)),
        nonzero="alpha", alpha=1.0,
    ),
    "selu": Definition(
        "1.05070 elu(a, 1.67326)", curves.selu, curves.selu_slope,
    ),
    "gelu": Definition("a Phi(a), Phi the normal distribution", curves.gelu, curves.gelu_slope),
    "gelu_tanh": Definition(
        "a (1 + tanh(sqrt(2 / pi) (a + 0.044715 a^3))) / 2", curves.gelu_tanh,
        curves.gelu_tanh_slope, also="gelunew",
    ),
    "silu": Definition(
        "a / (1 + exp(-a))", lambda a: a * sigmoid(a), curves.silu_slope, also="swish"
    ),
    "scaled_silu": Definition(
        "a / (1 + exp(-alpha a))", lambda a, alpha: a * sigmoid(alpha * a),
        lambda a, alpha: curves.silu_slope(alpha * a), alpha=None,
    ),
    "mish": Definition("a tanh(log(1 + exp(a)))", lambda a: a * np.tanh(curves.softplus(a)),
                  curves.mish_slope),
    "leaky_relu": Definition(
        "a if a > 0 else alpha a", leaky_relu,
        lambda a, alpha: np.where(a > 0, 1, alpha), alpha=0.01,
    ),
    "relu6": Definition(
        "min(max(a, 0), 6)", lambda a: np.clip(a, 0, 6), lambda a: within(a, 0, 6), bounds=(0, 6)
    ),
    "clipped_relu": Definition(
        "min(a, beta) if a > theta else alpha (a - theta)", curves.clipped_relu,
        lambda a, alpha, beta, theta: np.where(a > theta, 1.0 * (a < beta), alpha),
        endless="beta", alpha=0.0, beta=math.inf, theta=0.0,
    ),
    "thresholded_relu": Definition(
        "a if a > alpha else 0", lambda a, alpha: curves.kept(a > alpha, a, 0),
        lambda a, alpha: 1.0 * (a > alpha), alpha=1.0,
    ),
    "threshold": Definition(
        "a if a > alpha else beta", lambda a, alpha, beta: curves.kept(a > alpha, a, beta),
        lambda a, alpha, beta: 1.0 * (a > alpha), alpha=None, beta=None,
    ),
    "scaled_tanh": Definition(
        "alpha tanh(beta a)", lambda a, alpha, beta: alpha * np.tanh(beta * a),
        lambda a, alpha, beta: alpha * beta * curves.tanh_slope(beta * a),
        bounds=lambda alpha, beta: (-abs(alpha), abs(alpha)),
        distance=lambda a, alpha, beta: abs(alpha) * curves.tanh_distance(beta * a),
        alpha=None, beta=None,
    ),
    "affine": Definition(
        "alpha a + beta", lambda a, alpha, beta: alpha * a + beta,
        lambda a, alpha, beta: np.full_like(a, alpha), alpha=None, beta=None,
    ),
    "exp": Definition("exp(a)", np.exp, np.exp, latex=r"\exp", also="exponential"),
    "scaled_hard_sigmoid": Definition(
        "clip(alpha a + beta, 0, 1)", lambda a, alpha, beta: np.clip(alpha * a + beta, 0, 1),
        lambda a, alpha, beta: alpha * within(alpha * a + beta, 0, 1),
        bounds=(0, 1), alpha=None, beta=None,
    ),
    "hard_sigmoid": Definition(
        "clip(a / 6 + 0.5, 0, 1)", lambda a: curves.linear_between(a, 1, 6),
        lambda a: within(a, -3, 3) / 6, bounds=(0, 1),
    ),
    "hard_sigmoid_old": Definition(
        "clip(0.2 a + 0.5, 0, 1)", lambda a: curves.linear_between(a, 1, 5),
        lambda a: within(a, -2.5, 2.5) / 5, bounds=(0, 1),
    ),
    "sparse_sigmoid": Definition(
        "clip(a / 2 + 0.5, 0, 1)", lambda a: curves.linear_between(a, 1, 2),
        lambda a: within(a, -1, 1) / 2, bounds=(0, 1),
    ),
    "hard_silu": Definition(
        "a clip(a / 6 + 0.5, 0, 1)", lambda a: a * curves.linear_between(a, 1, 6),
        curves.hard_silu_slope, also="hardswish",
    ),
    "hard_tanh": Definition(
        "clip(a, alpha, beta)", lambda a, alpha, beta: np.clip(a, alpha, beta),
        lambda a, alpha, beta: within(a, alpha, beta),
        bounds=lambda alpha, beta: (alpha, beta), alpha=-1.0, beta=1.0,
    ),
    "hard_shrink": Definition(
        "a if |a| > alpha else 0", lambda a, alpha: curves.kept(np.abs(a) > alpha, a, 0),
        lambda a, alpha: 1.0 * (np.abs(a) > alpha), alpha=0.5,
    ),
    "soft_shrink": Definition(
        "a - clip(a, -alpha, alpha)", lambda a, alpha: a - np.clip(a, -alpha, alpha),
        lambda a, alpha: 1.0 * (np.abs(a) > alpha), alpha=0.5,
    ),
    "tanh_shrink": Definition("a - tanh(a)", lambda a: a - np.tanh(a), lambda a: np.tanh(a) ** 2),
    "squareplus": Definition(
        "(a + sqrt(a^2 + alpha)) / 2", curves.squareplus,
        lambda a, alpha: (1 + a / np.sqrt(a * a + alpha)) / 2, alpha=4.0,
    ),
    "sparse_plus": Definition(
        "0 if a <= -1, (a + 1)^2 / 4 if a < 1, else a", curves.sparse_plus,
        lambda a: np.clip(0.5 * a + 0.5, 0, 1),
    ),
    "step": Definition(
        "1 if a >= 0 else 0", step, np.zeros_like, also="heaviside hardlim"
    ),
    "sign": Definition(
        "1 if a > 0, -1 if a < 0, else 0", np.sign, np.zeros_like, also="signum sgn"
    ),
}  # fmt: skip
"""Every activation by its name."""

OTHER_NAMES = {also: name for name, one in ACTIVATIONS.items() for also in one.also}
OTHER_NAMES |= {name.replace("_", ""): name for name in ACTIVATIONS}
"""What people also call them, in small letters without blanks or lines below."""


@dataclass(frozen=True)
class Activation:
    """An activation function with its parameters settled: call it on an array.

    Attributes:
        name: one of ``ACTIVATIONS``.
        parameters: alpha, beta and theta where the function has them.
    """

    name: str
    parameters: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = _defined(self.name)
        for key in self.parameters:
            if key not in known.defaults:
                has = ", ".join(known.defaults) or "none"
                raise RnncalcError(f"{self.name} has no parameter {printable(key)} (it has: {has})")
        parameters = {key: self.parameters.get(key, known.defaults[key]) for key in known.defaults}
        for key, value in parameters.items():
            if value is None:
                raise RnncalcError(f"{self.name} needs {key}: write {self.name}:{key}=...")
            if not math.isfinite(value) and (key not in known.endless or math.isnan(value)):
                raise RnncalcError(f"{self.name}: {key} is {value:g}, expected a finite number")
            if value == 0 and key in known.nonzero:
                raise RnncalcError(f"{self.name}: {key} is 0, and is divided by")
        object.__setattr__(self, "parameters", parameters)

    @property
    def definition(self) -> Definition:
        """Its row in the table."""
        return ACTIVATIONS[self.name]

    @property
    def formula(self) -> str:
        """What it computes of a, in plain text."""
        return self.definition.formula

    @property
    def halves(self) -> bool:
        """Whether it gives half as many numbers as it takes."""
        return self.definition.halves

    @property
    def bounds(self) -> Bounds | None:
        """The lower and the upper bound of its values; None where there are not two."""
        found = self.definition.bounds
        return found(**self.parameters) if callable(found) else found

    def gives(self, width: int) -> int:
        """How many numbers it gives, of so many."""
        return width // 2 if self.halves else width

    def __call__(self, a: Any) -> Any:
        """Apply to an array of any shape (units on axis 0), or to a symbol."""
        if not isinstance(a, np.ndarray):
            return a.into(self)
        return alike(self.definition.function(a, **self.parameters), a)

    def slope(self, a: Array) -> Array:
        """The derivative of each unit's value by its own a."""
        return np.asarray(self.definition.slope(a, **self.parameters), np.float64)

    def distance(self, a: Array) -> Array | None:
        """How far each unit's value is from the nearer bound; None without two bounds."""
        if self.bounds is None:
            return None
        if self.definition.distance is not None:
            return np.asarray(self.definition.distance(a, **self.parameters), np.float64)
        value = self(a).astype(np.float64)
        return np.asarray(np.minimum(value - self.bounds[0], self.bounds[1] - value))

    def pushed(self, a: Array, tangent: Array) -> Array:
        """How the values change when a changes.

        Args:
            a: (units, columns).
            tangent: changes of a, (units, columns, directions).
        """
        if self.definition.pushed is not None:  # every unit feels every other one
            return self.definition.pushed(a, tangent)
        return self.slope(a)[..., None] * tangent

    def __str__(self) -> str:
        """As the command line writes it: ``leaky_relu:alpha=0.3``."""
        settings = (f"{key}={whole(float(value))}" for key, value in self.parameters.items())
        return ":".join([self.name, *settings])


def activation(given: str | Mapping[str, Any] | Activation) -> Activation:
    """The activation that is meant by ``tanh``, ``leaky_relu:alpha=0.3`` or ``{name: ...}``.

    Errors: RnncalcError for a name or parameter that there is not.
    """
    if isinstance(given, Activation):
        return given
    if isinstance(given, str):
        name, *texts = given.split(":")
        settings = [_setting(text) for text in texts]
        if len(dict(settings)) < len(settings):
            raise RnncalcError(f"'{printable(given)}' gives a parameter twice")
        return Activation(name, dict(settings))
    if not isinstance(given, Mapping):
        raise RnncalcError(f"{printable(repr(given))} is no activation: a name was expected")
    parameters = {key: value for key, value in given.items() if key != "name"}
    return Activation(str(given.get("name", "")), parameters)


def _defined(name: str) -> Definition:
    if name in ACTIVATIONS:
        return ACTIVATIONS[name]
    ours = OTHER_NAMES.get(re.sub(r"[\s_-]", "", name.lower()))
    hint = f"Here it is called {ours}." if ours else suggestion(name.lower(), ACTIVATIONS)
    raise RnncalcError(f"there is no activation '{printable(name)}'. {hint}")


def _setting(text: str) -> tuple[str, float]:
    key, _, value = text.partition("=")
    if not value:
        raise RnncalcError(f"'{printable(text)}' is not a parameter: write NAME:alpha=NUMBER")
    with located(printable(key)):
        return key, parsed(value)
