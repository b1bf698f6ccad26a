"""The guard: how many steps a network remembers, from a few steps at a few places.

Two walks over the same inputs, from different states: how fast they come together tells after how
many steps nothing is left of where they started. A network that does not forget costs no more than
this look.
"""

from __future__ import annotations

import math

import numpy as np

from rnncalc.array import Array
from rnncalc.running.kernels.block import Form
from rnncalc.running.kernels.walk import States, Walker

PLACES = 4
"""Where in the sequence it looks: evenly spread from the first step to the last."""
STEPS = 24
"""How far it looks at each."""
SEQUENCES = 4
"""How many of a batch it looks at."""
MARGIN = 1.25
"""Elsewhere the network may remember a little longer."""


def memory_of(walker: Walker, x: Array, states: States) -> float:
    """After how many steps two walks have met; infinite where they do not come together.

    Args:
        x: (timesteps, features, batch).
        states: before the first step, (units, batch).
    """
    if len(x) < 2 * STEPS:
        return math.inf
    starts = np.linspace(0, len(x) - STEPS, PLACES).astype(int)
    windows = np.stack([x[start : start + STEPS, :, :SEQUENCES] for start in starts], axis=2)
    both = np.concatenate([windows, windows], axis=2)
    outs = {
        name: np.empty((STEPS, len(state), *both.shape[2:]), state.dtype)
        for name, state in states.items()
    }
    walker.walk(both, {name: _two(state[:, :SEQUENCES]) for name, state in states.items()}, outs)
    apart = np.max([_apart(out) for out in outs.values()], axis=0)
    return MARGIN * _extrapolated(apart, walker.tolerance)


def look_cost(form: Form, batch: int) -> float:
    """What the look costs, in calls."""
    return STEPS * (form.calls + form.work * 2 * PLACES * min(batch, SEQUENCES))


def _two(state: Array) -> Array:
    """The state as it is, and another, for every place: (units, 2 * places, batch)."""
    other = np.cos(np.arange(state.size, dtype=state.dtype)).reshape(state.shape)
    return np.repeat(np.stack([state, other], axis=1), PLACES, axis=1)


def _apart(out: Array) -> Array:
    """How far the two walks are from each other after every step, at the worst of the places."""
    one, other = out[:, :, :PLACES], out[:, :, PLACES:]
    size = np.maximum(np.abs(other).max(axis=(1, 2, 3)), 1)
    apart: Array = np.abs(one - other).max(axis=(1, 2, 3)) / size
    return apart


def _extrapolated(apart: Array, tolerance: float) -> float:
    """The step at which the distance is within the tolerance, by its fall in the second half."""
    within = np.flatnonzero(apart <= tolerance)
    if within.size:
        return float(within[0] + 1)
    half, last = float(apart[len(apart) // 2 - 1]), float(apart[-1])
    if not last < half:
        return math.inf
    rate = math.log(half / last) / (len(apart) - len(apart) // 2)
    return len(apart) + math.log(last / tolerance) / rate
