"""In parallel over time: segments of a sequence side by side, from guessed states, then mended.

A network that forgets comes to the same states from wherever it starts. So a sequence is cut into
segments that go side by side as columns of one block, each from a guess; then each goes again, from
the true end of the one before it, until it meets what it computed before. That they meet is
checked, never assumed: what does not meet is computed step after step.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from rnncalc.activations import Array
from rnncalc.kernels.block import Form
from rnncalc.kernels.walk import States, Walker

PASSES = 2
"""How often the segments are mended before the rest goes step after step."""
WIDEST = 4096
"""Units times columns: beyond, more segments do not make a step cheaper."""


class Cut(NamedTuple):
    """A sequence in segments of one length; the rest of it, behind the last, is shorter."""

    segments: int
    length: int

    @property
    def covered(self) -> int:
        """How many timesteps they are together."""
        return self.segments * self.length

    def cost(self, form: Form, batch: int) -> float:
        """What computing it once and mending it in vain costs, in calls."""
        return 2.0 * self.length * (form.calls + form.work * self.segments * batch)


def cut_of(form: Form, timesteps: int, batch: int, memory: float) -> Cut | None:
    """The cheapest cut for a network that forgets in so many steps; None where none is worth it.

    (timesteps / S + memory) steps cost calls + S * batch * work each: least at the root.
    """
    best = math.sqrt(timesteps * form.calls / (memory * form.work * batch))
    most = min(best, timesteps / (2 * memory), WIDEST / (form.units * batch))
    if most < 2:
        return None
    around = range(max(2, int(0.75 * most)), int(most) + 1)
    segments = min(around, key=lambda count: timesteps % count)
    return Cut(segments, timesteps // segments)


def attempted(walker: Walker, x: Array, states: States, outs: States, cut: Cut) -> int:
    """Compute the segments of a cut side by side; how many of the first timesteps are true.

    Args:
        x: (timesteps, features, batch).
        states: before the first step, (units, batch).
        outs: state to (timesteps, units, batch), filled.
    """
    x = _segmented(x, cut)
    outs = {name: _segmented(out, cut) for name, out in outs.items()}
    first = {name: state[:, None] for name, state in states.items()}
    _, ends = walker.walk(x, first, outs)
    for _ in range(PASSES):
        before = {name: end.copy() for name, end in ends.items()}
        starts = {
            name: np.concatenate([first[name], end[:, :-1]], axis=1) for name, end in before.items()
        }
        met, ends = walker.walk(x, starts, outs, check=True)
        if met:
            return cut.covered
    same = np.logical_and.reduce([walker.same(n, ends[n], before[n]) for n in ends])
    return cut.length * (1 + int(same.all(axis=(0, 2)).argmin()))


def _segmented(array: Array, cut: Cut) -> Array:
    """(timesteps, width, batch) as (length, width, segments, batch), a view."""
    rows = array[: cut.covered].reshape(cut.segments, cut.length, *array.shape[1:])
    return rows.transpose(1, 2, 0, 3)
