"""Arrays of numbers of so many digits (``exact.py``), as the equations take them.

Where NumPy has no number of its own to compute with, it calls a method of each element: so the
equations run on arrays of objects as they are, but for their constants.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.errors import RnncalcError
from rnncalc.numbers.exact import Exact, kind


def array(name: str, values: Array, digits: int) -> Array:
    """Numbers as those of so many digits: exactly what they are in float64.

    Errors: RnncalcError where there is a NaN or infinity.
    """
    if values.dtype != object and not np.isfinite(values).all():
        message = f"{name} has NaN or infinite numbers: mp:{digits} computes with finite ones"
        raise RnncalcError(message, about=(name,))
    return settled(values, digits)


def settled(values: Any, digits: int) -> Array:
    """An array in which every number is of so many digits: what was filled up with 0, too."""
    made = np.frompyfunc(kind(digits), 1, 1)(np.asarray(values).astype(object))
    return np.asarray(made, object)


def alike(found: Any, a: Array) -> Any:
    """What was computed of an array, as numbers of its kind: 0 of a relu is a plain 0."""
    return found + 0 * a if a.dtype == object and found.shape == a.shape else found


def fraction(a: Array, over: int, under: int = 1) -> Any:
    """A constant of an equation, in the digits that an array has."""
    number = _kind(a)
    return number(over) / under if number else over / under


def root(a: Array, of: int, *, over_pi: bool = False) -> Any:
    """The root of a constant, or of it divided by pi, in the digits that an array has."""
    if number := _kind(a):
        return (number(of) / (number.pi if over_pi else 1)).sqrt()
    return math.sqrt(of / math.pi if over_pi else of)


def _kind(a: Array) -> Any:
    """The class of an array's numbers where they are of so many digits, else None."""
    first = next(iter(a.flat), None) if a.dtype == object else None
    return type(first) if isinstance(first, Exact) else None


def isnan(a: Array) -> Array:
    """Where numbers are NaN."""
    return np.asarray(a != a) if a.dtype == object else np.isnan(a)


def at_most_0(a: Array) -> Array:
    """The smaller of each number and 0."""
    return np.minimum(a, 0 * a) if a.dtype == object else np.minimum(a, 0)


def log_of_1_and(a: Array) -> Array:
    """log(1 + exp(a)), of a large a without its power."""
    if a.dtype == object:
        return np.asarray(np.maximum(a, 0) + np.log1p(np.exp(-np.abs(a))))
    return np.logaddexp(a, 0)


def step(a: Array) -> Array:
    """1 where a number is not below 0, else 0."""
    return (a >= 0) + 0 * a if a.dtype == object else np.heaviside(a, 1)


def finite(values: Any) -> Any:
    """Where numbers are neither NaN nor infinite."""
    if isinstance(values, Exact) or np.asarray(values).dtype == object:
        return np.ones(np.shape(values), bool)
    return np.isfinite(values)
