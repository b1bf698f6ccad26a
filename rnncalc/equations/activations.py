"""Activation functions: an activation by its name, with its parameters settled.

A function that is handed a symbol instead of an array (see ``term.py``) leaves the writing of it to
the symbol. What each computes is its row in ``known.py``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.equations.known import KNOWN as KNOWN
from rnncalc.equations.known import OTHER_NAMES, Known
from rnncalc.errors import RnncalcError, located, printable, suggestion
from rnncalc.numbers.digits import parsed, whole


@dataclass(frozen=True)
class Activation:
    """An activation function with its parameters settled: call it on an array.

    Attributes:
        name: one of ``KNOWN``.
        parameters: alpha, beta and theta where the function has them.
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
            if not math.isfinite(value) and (key not in known.endless or math.isnan(value)):
                raise RnncalcError(f"{self.name}: {key} is {value:g}, expected a finite number")
            if value == 0 and key in known.nonzero:
                raise RnncalcError(f"{self.name}: {key} is 0, and is divided by")
        object.__setattr__(self, "parameters", settled)

    @property
    def formula(self) -> str:
        """What it computes of a, in plain text."""
        return KNOWN[self.name].formula

    @property
    def halves(self) -> bool:
        """Whether it gives half as many numbers as it takes."""
        return KNOWN[self.name].halves

    def gives(self, width: int) -> int:
        """How many numbers it gives, of so many."""
        return width // 2 if self.halves else width

    def __call__(self, a: Any) -> Any:
        """Apply to an array of any shape (units on axis 0), or to a symbol."""
        if not isinstance(a, np.ndarray):
            return a.into(self)
        return KNOWN[self.name].function(a, **self.parameters)

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
    function: Callable[..., Array]

    def __call__(self, a: Any, *others: Any) -> Any:
        if not isinstance(a, np.ndarray):
            return a.into(self, *others)
        return self.function(a, *others)

    def __str__(self) -> str:
        return self.name


MEAN = Named("mean", lambda a: np.mean(a, axis=0, keepdims=True))
VARIANCE = Named("variance", lambda a: np.var(a, axis=0, keepdims=True))
MAX = Named("max", lambda a: np.max(a, axis=0, keepdims=True))
SQRT = Named("sqrt", np.sqrt)
LEAKY = Named("leaky_relu", KNOWN["leaky_relu"].function)
OVER_ALL = {one.name: one for one in (MEAN, VARIANCE, MAX)}
"""Those that make one number of all units."""


def _known(name: str) -> Known:
    if name in KNOWN:
        return KNOWN[name]
    ours = OTHER_NAMES.get(re.sub(r"[\s_-]", "", name.lower()))
    hint = f"Here it is called {ours}." if ours else suggestion(name.lower(), KNOWN)
    raise RnncalcError(f"there is no activation '{printable(name)}'. {hint}")


def _setting(text: str) -> tuple[str, float]:
    key, _, value = text.partition("=")
    if not value:
        raise RnncalcError(f"'{printable(text)}' is not a parameter: write NAME:alpha=NUMBER")
    with located(printable(key)):
        return key, parsed(value)
