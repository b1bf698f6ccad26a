"""How steep each activation is where it stands, and how far it is from its bounds."""

from __future__ import annotations

import numpy as np

from rnncalc.array import Array
from rnncalc.equations.activations import KNOWN, Activation, Clip
from rnncalc.equations.known import Bounds


def slope(function: Activation, a: Array) -> Array:
    """The derivative of each unit's value by its own a."""
    return np.asarray(KNOWN[function.name].slope(a, **function.parameters), np.float64)


def bounds(function: Activation) -> Bounds | None:
    """The lower and the upper bound; None where there are not two."""
    found = KNOWN[function.name].bounds
    return found(**function.parameters) if callable(found) else found


def distance(function: Activation, a: Array) -> Array | None:
    """How far each unit's value is from the nearer bound; None without two bounds."""
    limits, known = bounds(function), KNOWN[function.name]
    if limits is None:
        return None
    if known.distance is not None:
        return np.asarray(known.distance(a, **function.parameters), np.float64)
    value = function(a).astype(np.float64)
    return np.asarray(np.minimum(value - limits[0], limits[1] - value))


def pushed(function: Activation | Clip, a: Array, tangent: Array) -> Array:
    """How the values change when a changes.

    Args:
        a: (units, columns).
        tangent: changes of a, (units, columns, directions).
    """
    if isinstance(function, Clip):
        return (np.abs(a) <= function.bound)[..., None] * tangent
    known = KNOWN[function.name]
    if known.pushed is not None:  # every unit feels every other one
        return known.pushed(a, tangent)
    return slope(function, a)[..., None] * tangent
