"""Activation functions: name, formula, parameters, and the function itself.

Each has one name (interface: Words). Arrays come with the units on axis 0; only softmax and its
logarithm care. A function that is handed a symbol instead of an array (see ``term.py``) leaves the
writing of it to the symbol.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from rnncalc.digits import parsed
from rnncalc.errors import RnncalcError, located, printable, suggestion

Array = npt.NDArray[Any]

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
"""Klambauer et al. 2017, Self-Normalizing Neural Networks, appendix."""

_erfc: Any = np.frompyfunc(math.erfc, 1, 1)


def sigmoid(a: Array) -> Array:
    return 1 / (1 + np.exp(-a))


def softmax(a: Array) -> Array:
    powers: Array = np.exp(a - a.max(axis=0))
    shares: Array = powers / powers.sum(axis=0)
    return shares


def log_softmax(a: Array) -> Array:
    moved: Array = a - a.max(axis=0)
    logarithms: Array = moved - np.log(np.exp(moved).sum(axis=0))
    return logarithms


def gelu(a: Array) -> Array:
    tail: Array = _erfc(a / -math.sqrt(2)).astype(a.dtype)
    return 0.5 * a * tail


def elu(a: Array, alpha: float) -> Array:
    return np.where(a > 0, a, alpha * np.expm1(np.minimum(a, 0)))


def hard(a: Array, slope: float) -> Array:
    return np.clip(slope * a + 0.5, 0, 1)


class Known:
    """What is known of an activation: its formula, its function and its parameters' defaults.

    A default of None means that the parameter must be written.
    """

    def __init__(
        self, formula: str, function: Callable[..., Any], **defaults: float | None
    ) -> None:
        self.formula = formula
        self.function = function
        self.defaults = defaults


KNOWN = {
    "tanh": Known("tanh(a)", np.tanh),
    "sigmoid": Known("1 / (1 + exp(-a))", sigmoid),
    "relu": Known("max(a, 0)", lambda a: np.maximum(a, 0)),
    "linear": Known("a", lambda a: a),
    "softmax": Known("exp(a) / sum(exp(a))", softmax),
    "log_softmax": Known("a - log(sum(exp(a)))", log_softmax),
    "softplus": Known("log(1 + exp(a))", lambda a: np.logaddexp(a, 0)),
    "softsign": Known("a / (1 + |a|)", lambda a: a / (1 + np.abs(a))),
    "elu": Known("a if a > 0 else alpha (exp(a) - 1)", elu, alpha=1.0),
    "selu": Known("1.05070 elu(a, 1.67326)", lambda a: SELU_SCALE * elu(a, SELU_ALPHA)),
    "gelu": Known("a Phi(a), Phi the normal distribution", gelu),
    "silu": Known("a / (1 + exp(-a))", lambda a: a * sigmoid(a)),
    "leaky_relu": Known(
        "a if a > 0 else alpha a", lambda a, alpha: np.where(a > 0, a, alpha * a), alpha=0.01
    ),
    "thresholded_relu": Known(
        "a if a > alpha else 0",
        lambda a, alpha: np.where((a > alpha) | np.isnan(a), a, np.zeros_like(a)),
        alpha=1.0,
    ),
    "scaled_tanh": Known(
        "alpha tanh(beta a)",
        lambda a, alpha, beta: alpha * np.tanh(beta * a),
        alpha=None,
        beta=None,
    ),
    "affine": Known(
        "alpha a + beta", lambda a, alpha, beta: alpha * a + beta, alpha=None, beta=None
    ),
    "exp": Known("exp(a)", np.exp),
    "scaled_hard_sigmoid": Known(
        "clip(alpha a + beta, 0, 1)",
        lambda a, alpha, beta: np.clip(alpha * a + beta, 0, 1),
        alpha=None,
        beta=None,
    ),
    "hard_sigmoid": Known("clip(a / 6 + 0.5, 0, 1)", lambda a: hard(a, 1 / 6)),
    "hard_sigmoid_old": Known("clip(0.2 a + 0.5, 0, 1)", lambda a: hard(a, 0.2)),
}

OTHER_NAMES = {
    "identity": "linear", "none": "linear", "logistic": "sigmoid", "swish": "silu",
    "hardsigmoid": "hard_sigmoid", "leakyrelu": "leaky_relu", "scaledtanh": "scaled_tanh",
    "thresholdedrelu": "thresholded_relu", "logsoftmax": "log_softmax",
}  # fmt: skip
"""What people also call them: an error names ours."""


@dataclass(frozen=True)
class Activation:
    """An activation function with its parameters settled: call it on an array.

    Attributes:
        name: one of ``KNOWN``.
        parameters: alpha and beta where the function has them.
    """

    name: str
    parameters: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = _known(self.name)
        for key in self.parameters:
            if key not in known.defaults:
                has = ", ".join(known.defaults) or "none"
                raise RnncalcError(f"{self.name} has no parameter {printable(key)} (it has: {has})")
        settled = {key: self.parameters.get(key, known.defaults[key]) for key in known.defaults}
        for key, value in settled.items():
            if value is None:
                raise RnncalcError(f"{self.name} needs {key}: write {self.name}:{key}=...")
            if not math.isfinite(value):
                raise RnncalcError(f"{self.name}: {key} is {value:g}, expected a finite number")
        object.__setattr__(self, "parameters", settled)

    @property
    def formula(self) -> str:
        """What it computes of a, in plain text."""
        return KNOWN[self.name].formula

    def __call__(self, a: Any) -> Any:
        """Apply to an array of any shape (units on axis 0), or to a symbol."""
        if not isinstance(a, np.ndarray):
            return a.into(self)
        return KNOWN[self.name].function(a, **self.parameters)

    def __str__(self) -> str:
        """As the command line writes it: ``leaky_relu:alpha=0.3``."""
        return ":".join([self.name, *(f"{k}={v:g}" for k, v in self.parameters.items())])


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


@dataclass(frozen=True)
class Clip:
    """ONNX' clip: what is beyond the bound becomes the bound."""

    bound: float
    name: str = "clip"

    def __call__(self, a: Any) -> Any:
        if not isinstance(a, np.ndarray):
            return a.into(self, -self.bound, self.bound)
        return np.clip(a, -self.bound, self.bound)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Named:
    """A function of the equations that is no activation: call it on an array or on a symbol."""

    name: str
    function: Callable[[Array], Array]

    def __call__(self, a: Any) -> Any:
        if not isinstance(a, np.ndarray):
            return a.into(self)
        return self.function(a)

    def __str__(self) -> str:
        return self.name


MEAN = Named("mean", lambda a: np.mean(a, axis=0, keepdims=True))
VARIANCE = Named("variance", lambda a: np.var(a, axis=0, keepdims=True))
MAX = Named("max", lambda a: np.max(a, axis=0, keepdims=True))
SQRT = Named("sqrt", np.sqrt)
OVER_ALL = {one.name: one for one in (MEAN, VARIANCE, MAX)}
"""Those that make one number of all units."""


def _known(name: str) -> Known:
    if name in KNOWN:
        return KNOWN[name]
    ours = OTHER_NAMES.get(name.lower().replace("_", ""))
    hint = f"Here it is called {ours}." if ours else suggestion(name.lower(), KNOWN)
    raise RnncalcError(f"there is no activation '{printable(name)}'. {hint}")


def _setting(text: str) -> tuple[str, float]:
    key, _, value = text.partition("=")
    if not value:
        raise RnncalcError(f"'{printable(text)}' is not a parameter: write NAME:alpha=NUMBER")
    with located(printable(key)):
        return key, parsed(value)
