"""Which id a step chose from y, and why this one, as data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.errors import printable
from rnncalc.model.model import Model
from rnncalc.running.feedback import chances
from rnncalc.trace.trace import Trace


@dataclass(frozen=True)
class Choice:
    """The id that a step chose.

    Attributes:
        t, sequence: whose step; ``last``: whether none follows, that would read it.
        id, name: what was chosen; the name is None without a vocab.
        value: y of it.
        next: the id and the number that come next to the largest; None where y is one number.
        u, below, upto: what was drawn, and the sums of the probabilities in front of the id and
            with it; None where the largest is taken.
        p: the probability that it was drawn with.
    """

    t: int
    sequence: int | None
    last: bool
    id: int
    name: str | None
    value: float
    next: tuple[int, float] | None = None
    u: float | None = None
    below: float | None = None
    upto: float | None = None
    p: float | None = None


def choice(trace: Trace, t: int, sequence: int | None) -> Choice | None:
    """What a step chose; None of a network that chooses nothing."""
    if trace.ids is None or trace.y is None:
        return None
    at = (t - 1,) if sequence is None else (sequence, t - 1)
    chosen, y = int(trace.ids[at]), trace.y[at]
    name = None if trace.model.vocab is None else trace.model.vocab[chosen]
    one = Choice(t, sequence, t == trace.length, chosen, name, y[chosen].item())
    if trace.u is None:
        return replace(one, next=_next(y, chosen))
    p = chances(trace.model, y)
    below, upto = [0.0, *p.cumsum().tolist()][chosen : chosen + 2]
    return replace(one, u=float(trace.u[at]), below=below, upto=upto, p=p[chosen].item())


def _next(y: Array, chosen: int) -> tuple[int, float] | None:
    """What comes next to the largest."""
    others = np.flatnonzero(np.arange(len(y)) != chosen)
    if not len(others):
        return None
    second = others[y[others].argmax()]
    return int(second), y[second].item()


def named(model: Model, chosen: int) -> str:
    """``id 3``, with its name where it has one."""
    return f"id {chosen}" + (f", '{printable(model.vocab[chosen])}'" if model.vocab else "")
