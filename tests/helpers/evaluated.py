"""The arithmetic of an explanation, computed by Python alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncalc.equations.activations import ACTIVATIONS, activation

NAMES: dict[str, Any] = {
    name: lambda a, _name=name, **settings: float(
        activation({"name": _name, **settings})(np.array([a], float))[0]
    )
    for name in ACTIVATIONS
}
NAMES["softmax"] = lambda a: activation("softmax")(np.array(a, float))
NAMES |= {"mean": np.mean, "variance": np.var, "max": max, "sqrt": np.sqrt}
NAMES["clip"] = lambda a, low, high: min(max(a, low), high)
NAMES |= {"nan": np.nan, "inf": np.inf}


def evaluated(numbers: str) -> float:
    """What the arithmetic gives, computed by Python alone."""
    with np.errstate(all="ignore"):
        return float(eval(numbers, {"__builtins__": {}}, NAMES))
