"""Mistakes of loops written by hand: an old state is used where the last one should be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.diagnosis.by_hand import Hand, by_hand
from rnncalc.checking.diagnosis.hypothesis import Hypothesis
from rnncalc.checking.diagnosis.job import Job
from rnncalc.model.layer import Layer

CAUSE = "state-not-carried"
REMEDY = "hand the state on before the next step: h = h_t, everywhere in the loop"
LONGEST = 400
"""So many timesteps are gone through by hand at most."""

USES = {
    "products": "W_h is multiplied by {}, not by h_{{t-1}}",
    "gates": "z and r are computed with {}, not with h_{{t-1}}",
    "candidate": "the candidate is computed with {}, not with h_{{t-1}}",
    "mix": "h_t is z * {} + (1 - z) * n: the candidate is mixed with an old state",
}
"""Where an old state may be used, and how that is said."""

OLD = {"late": "h_{t-2}", "first": "h_0"}


def hypotheses(job: Job) -> Iterator[Hypothesis]:
    """Every mistake of this kind."""
    if len(job.ways) > 1 or not 2 < job.x.shape[1] <= LONGEST:
        return
    gru = job.layer(job.ways[0]).cell == "gru"
    for use in USES if gru else ("products",):
        for old, name in OLD.items():
            if gru or old == "late":
                hand = OldState(use, old)
                yield Hypothesis(CAUSE, USES[use].format(name), REMEDY, _by(hand),
                                 common=False, theirs=True)  # fmt: skip


def _by(hand: Hand) -> Any:
    return lambda job: by_hand(job, hand)


class OldState(Hand):
    """A loop that uses the state of the step before last, or the first one, somewhere."""

    def __init__(self, use: str, old: str) -> None:
        self.use, self.old = use, old

    def states(self, layer: Layer, way: str, history: list[tuple[Array, ...]]) -> tuple[Any, ...]:
        """h with another one in one of its uses, and c."""
        h, *c = history[-1]
        old = history[0 if self.old == "first" else max(0, len(history) - 2)][0]
        if layer.cell == "gru":
            return (Uses(layer, h, old, self.use),)
        return (old, *c)


class Uses:
    """h as a GRU's equations use it: in products with W_h, and in the mix with the candidate."""

    __array_ufunc__ = None  # NumPy leaves the operation to us

    def __init__(self, layer: Layer, h: Array, old: Array, use: str, factor: Any = 1.0) -> None:
        self.layer, self.h, self.old, self.use, self.factor = layer, h, old, use, factor

    def __rmatmul__(self, matrix: Array) -> Array:
        candidate = matrix is self.layer.weights["W_h.n"]
        uses = {"products", "candidate" if candidate else "gates"}
        return np.asarray(matrix @ (self.factor * (self.old if self.use in uses else self.h)))

    def __rmul__(self, gate: Array) -> Uses:
        return Uses(self.layer, self.h, self.old, self.use, gate)

    def __add__(self, other: Array) -> Array:
        return np.asarray(self.factor * (self.old if self.use == "mix" else self.h) + other)
