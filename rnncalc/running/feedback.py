"""What a one-to-many network reads next: y, x again, zeros, or the row of an id chosen from y."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.equations.choosing import drawn, largest, probabilities
from rnncalc.errors import RnncalcError
from rnncalc.model.generation import CHOOSING, gives_logits
from rnncalc.model.model import Model, cast
from rnncalc.running.precision import Precision


class Choice(NamedTuple):
    """The ids that were chosen, one for each sequence, ([timesteps,] batch).

    Attributes:
        ids: whole numbers.
        u: the numbers from 0 to 1 that were drawn; None where nothing is drawn.
    """

    ids: Array
    u: Array | None = None

    def shown(self, batched: bool) -> dict[str, Array]:
        """Both as people see them, ([batch,] timesteps)."""
        there = {name: one for name, one in self._asdict().items() if one is not None}
        return {name: one.T.copy() if batched else one[:, 0] for name, one in there.items()}


def stacked(choices: Sequence[Choice]) -> Choice | None:
    """Those of many steps, timestep first; None where nothing is chosen."""
    if not choices:
        return None
    ids, u = zip(*choices, strict=True)
    return Choice(np.stack(ids), None if u[0] is None else np.stack(u))


class Feedback:
    """The next input of a network, step after step.

    Sequence i draws as PCG64 of seed + i does, one number a step: the upper 53 bits of its next
    64, as a part of 1. So a sequence of a batch is what it is alone.
    """

    def __init__(self, model: Model, first: Array, precision: Precision) -> None:
        self.model, self.first, self.precision = model, first, precision
        self.t = 0
        seeds = range(first.shape[-1]) if model.feedback == "sample" else ()
        self._bits = [np.random.PCG64((model.seed or 0) + i) for i in seeds]

    def after(self, y: Array) -> tuple[Array, Choice | None]:
        """What comes after y, (features, batch), and which ids were chosen, if they are."""
        self.t += 1
        kind = self.model.feedback or "y"
        if kind in CHOOSING:
            choice = self._chosen(self.precision.rows(y, True).T)
            return self._row(choice.ids), choice
        return {"x": self.first, "y": y}.get(kind, np.zeros_like(self.first)), None

    def _chosen(self, y: Array) -> Choice:
        """The ids of y, (outputs, batch), as it is shown."""
        if not self._bits:
            self._refuse(y)
            return Choice(largest(y))
        p = chances(self.model, y)
        self._refuse(p)
        u = np.array([(one.random_raw() >> 11) * 2.0**-53 for one in self._bits])
        return Choice(drawn(p, u), u)

    def _refuse(self, numbers: Any) -> None:
        """Errors: RnncalcError for what no id can be chosen from."""
        if np.any(numbers != numbers):
            message = f"feedback {self.model.feedback}: y of t = {self.t} gives NaN, of which no id"
            raise RnncalcError(f"{message} can be chosen", about=("feedback",))

    def _row(self, ids: Array) -> Array:
        """The rows of ids as the network reads them."""
        if self.model.embedding:
            rows = self.model.embedding.weights[ids]
        else:
            rows = np.zeros((len(ids), self.model.features))
            rows[np.arange(len(ids)), ids] = 1
        return cast("x", rows, self.precision.dtype).astype(self.precision.computed).T


def chances(model: Model, y: Array) -> Array:
    """With which probability a network draws each id, (outputs, ...)."""
    return probabilities(y, model.temperature or 1, logits=gives_logits(model))
