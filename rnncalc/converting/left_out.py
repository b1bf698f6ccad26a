"""What a file of weights leaves out, since it is no weight: told, so that nobody misses it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnncalc.model import Model


def left_out(model: Model, *, states: bool) -> Iterator[str]:
    """Input, lengths, mask, and initial states that are not 0.

    Args:
        states: whether the file holds the states.
    """
    given = [key for key in ("x", "lengths", "mask") if getattr(model, key) is not None]
    if given:
        yield f"{', '.join(given)}: left out, as a file of weights holds no input"
    ways = [one for layer in model.layers for one in layer.passes.values()]
    if not states and any(_any(one.h0) or _any(one.c0) for one in ways):
        yield "initial states: left out; they are given to the call (here --h0, --c0)"


def _any(state: object) -> bool:
    return state is not None and bool(np.any(np.asarray(state)))
