"""The quantities behind the states, afterwards: the equations, for all steps at once.

With the states of every step known, no step waits for another: time goes into the columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.running.kernels.sequential import step_of
from rnncalc.running.kernels.sweep import States


def quantities(
    cell: str,
    weights: Mapping[str, Array],
    settings: Mapping[str, Any],
    columns: Array,
    states: States,
    after: States,
) -> dict[str, Array]:
    """Everything that a step returns but the states, of every step: (timesteps, width, batch).

    Args:
        states: before the first step, (units, batch).
        after: the states after every step, (timesteps, units, batch).
    """
    before = [np.concatenate([states[name][None], after[name][:-1]]) for name in after]
    step = step_of(cell, weights, settings)
    values = step(_flat(columns), *map(_flat, before))
    batch = columns.shape[2]
    return {
        name: value.reshape(len(value), -1, batch if value.shape[1] > 1 else 1).transpose(1, 0, 2)
        for name, value in values.items()
        if name not in after
    }


def _flat(series: Array) -> Array:
    """(timesteps, width, batch) as (width, timesteps * batch)."""
    return series.transpose(1, 0, 2).reshape(series.shape[1], -1)
