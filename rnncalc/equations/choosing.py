"""How an id is chosen from y: the largest, or one that is drawn. Arrays have the ids on axis 0."""

from __future__ import annotations

import numpy as np

from rnncalc.array import Array
from rnncalc.equations.curves import softmax


def probabilities(y: Array, temperature: float, *, logits: bool) -> Array:
    """With which probability each id is drawn.

    Of logits softmax(y / T), of probabilities softmax(log(y) / T), which for T = 1 is y / sum(y).
    """
    y = y.astype(np.float64)
    if not logits and temperature == 1:
        return np.asarray(y / y.sum(axis=0))
    with np.errstate(divide="ignore"):  # what has probability 0 is never drawn
        a = y if logits else np.log(y)
    return np.asarray(softmax(a / temperature))


def largest(y: Array) -> Array:
    """The id of the largest number, the first of equal ones."""
    return np.asarray(y.argmax(axis=0))


def drawn(p: Array, u: Array) -> Array:
    """The first id up to which the probabilities sum to more than u.

    Where rounding leaves their whole sum below u it is the last one that has any.
    """
    above = p.cumsum(axis=0) > u
    last = len(p) - 1 - (p[::-1] > 0).argmax(axis=0)
    return np.asarray(np.where(above.any(axis=0), above.argmax(axis=0), last))
