"""The equations of layers without a state: nothing is carried from step to step.

Pooling makes one row of all timesteps; ``real`` says which of them count, (timesteps, 1, batch).
"""

from collections.abc import Callable
from math import inf
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.equations import curves


def dense(h, *, W_y, b_y, activation):
    return activation(W_y @ h + b_y)


def normalize(h, *, mean, variance, gamma, beta, epsilon, sqrt):
    return gamma * (h - mean) / sqrt(variance + epsilon) + beta


def prelu(h, *, alpha, leaky_relu):
    return leaky_relu(h, alpha)


def rescale(h, *, scale, offset):
    return scale * h + offset


def average(h, real):
    return h.sum(axis=0, where=real, initial=0) / real.sum(axis=0, dtype=h.dtype)


def largest(h, real):
    return h.max(axis=0, where=real, initial=-inf)


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
TURN = Named("transpose", lambda a: np.swapaxes(a, -1, -2))
LEAKY = Named("leaky_relu", curves.leaky_relu)
OVER_ALL = {one.name: one for one in (MEAN, VARIANCE, MAX)}
"""Those that make one number of all units."""

POOLED: dict[str, Callable[..., Array]] = {"average": average, "max": largest}
"""The equations of pooling."""
