"""A plain layer for tests, whose weights all differ."""

from __future__ import annotations

import numpy as np

from rnncalc import Layer


def drawn(
    cell: str = "rnn", *, units: int = 3, features: int = 2, seed: int = 1, **more: object
) -> Layer:
    """A layer whose weights all differ."""
    rng = np.random.default_rng(seed)
    gates = {"rnn": "", "gru": "zrn", "lstm": "ifgo"}[cell]

    weights = {}
    for name, shape in (("W_x", (units, features)), ("W_h", (units, units)), ("bias", (units,))):
        names = [f"{name}.{gate}" for gate in gates] or [name]
        weights |= {each: rng.normal(size=shape) for each in names}
    return Layer(weights, cell=cell, **more)
