"""Apart: how far two series are from each other at each timestep, and how far they may be."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rnncalc.array import Array


class Apart(NamedTuple):
    """A layer's numbers and the expected ones, over time.

    Attributes:
        name: of the layer, or of the quantity.
        t: the timesteps, from 1, at which something was compared.
        far: the difference of the number that is furthest beyond its bound, or nearest to it.
        bound: how far that number may be.
    """

    name: str
    t: Array
    far: Array
    bound: Array


def apart(name: str, far: Array, bound: Array, first: int = 1) -> Apart | None:
    """Of (batch, timesteps, width) differences and bounds, NaN where nothing was compared.

    Args:
        first: the first timestep.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(far == 0, 0.0, far / bound)
    ratio = np.where(np.isnan(far), -1.0, ratio).swapaxes(1, 2)
    flat = ratio.reshape(-1, ratio.shape[-1])
    worst, times = flat.argmax(axis=0), np.arange(flat.shape[1])
    there = flat[worst, times] >= 0
    if not there.any():
        return None
    chosen = [part.swapaxes(1, 2).reshape(flat.shape)[worst, times][there] for part in (far, bound)]
    return Apart(name, times[there] + first, *chosen)
