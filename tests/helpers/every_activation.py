"""Every activation, with parameters where it needs them, for the tests that leave none out."""

from __future__ import annotations

from rnncalc.equations.activations import ACTIVATIONS, Activation

NUMBERS = {
    "scaled_tanh": {"alpha": 1.5, "beta": 0.75},
    "affine": {"alpha": 0.5, "beta": 0.25},
    "scaled_hard_sigmoid": {"alpha": 0.25, "beta": 0.625},
    "scaled_softplus": {"alpha": 1.75},
    "scaled_silu": {"alpha": 1.625},
    "threshold": {"alpha": 0.375, "beta": -0.625},
    "clipped_relu": {"alpha": 0.125, "beta": 1.75, "theta": 0.375},
    "elu": {"alpha": 0.75},
    "celu": {"alpha": 1.25},
    "squareplus": {"alpha": 2.5},
    "hard_tanh": {"alpha": -0.625, "beta": 1.375},
    "hard_shrink": {"alpha": 0.375},
    "soft_shrink": {"alpha": 0.375},
}
"""Of those that need some, and of those whose own a mistake could pass for."""

EVERY = [Activation(name, NUMBERS.get(name, {})) for name in ACTIVATIONS]
SAME_WIDTH = [one for one in EVERY if one.name != "glu"]
"""Those that a cell may have."""
