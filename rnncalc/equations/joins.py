"""The equations of what joins several inputs to one, of arrays as of symbols."""

from collections.abc import Callable
from functools import reduce
from operator import add, mul, sub
from typing import Any

import numpy as np

from rnncalc.equations.stateless import TURN, Named


def average(*parts):
    return reduce(add, parts) / len(parts)


def dot(x, y):
    return TURN(x) @ y


CONCAT = Named("concat", lambda *parts: np.concatenate(parts, axis=-2))
MAXIMUM = Named("maximum", lambda *parts: reduce(np.maximum, parts))

JOINS: dict[str, Callable[..., Any]] = {
    "concat": CONCAT,
    "add": lambda *parts: reduce(add, parts),
    "multiply": lambda *parts: reduce(mul, parts),
    "average": average,
    "maximum": MAXIMUM,
    "subtract": sub,
}
"""What each joins, of features; ``concat`` along the timesteps is no equation."""
