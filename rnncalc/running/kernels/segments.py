"""In parallel over time: segments of a sequence side by side, from guessed states, then mended.

A network that forgets comes to the same states from wherever it starts. So a sequence is cut into
segments that go side by side as columns of one block, each from a guess; then each goes again, from
the true end of the one before it, until it meets what it computed before. That they meet is
checked (``walk.py``), never assumed: what does not meet is computed step after step.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.running.kernels.block import Form
from rnncalc.running.kernels.walk import States, Walker

PATIENCE = 4
"""Segments that have not met after so many times the memory are given up."""
TILE, NARROW = 16, 4
"""BLAS is fastest on multiples of so many columns; up to so many units it is not felt."""
WIDEST = 4096
"""Units times columns: beyond, more segments do not make a step cheaper, but for one tile."""
TRIED = 16
"""So many numbers of segments are weighed against each other."""
ALONE = 2.5
"""A product with a single column costs so many times its share of one with many."""
BEGUN = 150
"""What it costs, in calls, to make the blocks of the segments, or of the steps left over."""
WORTH = 0.75
"""A cut that would cost more than this part of the way in order is not tried."""


class Cut(NamedTuple):
    """A sequence in segments of one length; the rest of it, behind the last, is shorter."""

    segments: int
    length: int
    memory: float

    @property
    def patience(self) -> float:
        """After how many steps of mending it is given up."""
        return PATIENCE * self.memory

    @property
    def covered(self) -> int:
        """How many timesteps they are together."""
        return self.segments * self.length

    def cost(self, form: Form, batch: int, mended: float) -> float:
        """What computing it costs, and so many steps of mending, in calls."""
        steps = self.length + min(self.length, mended)
        return steps * (form.calls + 1 + form.work * self.segments * batch)


def cut_of(
    form: Form, timesteps: int, batch: int, memory: float, *, look: float = 0, worth: float = WORTH
) -> Cut | None:
    """The cheapest cut for a network that forgets in so many steps; None where none is worth it.

    (timesteps / S + memory) steps cost calls + S * batch * work each: least at the root. Around it
    cuts are weighed by what they cost in all, ``look`` for finding out the memory included; it must
    be less than ``worth`` times the way in order.
    """
    best = math.sqrt(timesteps * form.calls / (memory * form.work * batch))
    tile = TILE / batch if form.units > NARROW else 2
    most = min(max(best, tile), timesteps / memory, max(TILE, WIDEST / form.units) / batch)
    if most < 2:
        return None
    tiles = TILE // math.gcd(TILE, batch)
    unit = tiles if form.units > NARROW and most >= tiles else 1
    a_step = form.calls + batch * form.work * (ALONE if batch == 1 else 1)
    costs = {}
    for segments, length in _cuts(timesteps, most, unit):
        cut = Cut(segments, length, memory)
        left = timesteps - cut.covered
        begun = look + BEGUN * (2 if left else 1)
        costs[cut] = cut.cost(form, batch, memory) + left * a_step + begun
    cut = min(costs, key=lambda cut: costs[cut])
    return cut if costs[cut] < worth * timesteps * a_step else None


def _cuts(timesteps: int, most: float, unit: int) -> list[tuple[int, int]]:
    """Segments and their length: about so many, a multiple of the unit.

    Lengths are odd: places a power of two apart would fight for the same lines of the cache.
    """
    if unit == 1 and most * most > timesteps:  # there are fewer lengths to choose from
        lengths = range(int(timesteps / (1.5 * most)) | 1, int(timesteps / (0.6 * most)) + 1, 2)
        return [(timesteps // length, length) for length in lengths]
    fewest = max(int(0.6 * most) // unit * unit, unit, 2)
    apart = max(int(0.9 * most) // TRIED // unit, 1) * unit
    counts = range(fewest, int(1.5 * most) + 1, apart)
    return [(count, (timesteps // count - 1) | 1) for count in counts]


def attempted(walker: Walker, x: Array, states: States, outs: States, cut: Cut) -> States | None:
    """Compute the segments of a cut side by side; the states at its end, None if they do not meet.

    Args:
        x: (timesteps, features, batch).
        states: before the first step, (units, batch).
        outs: state to (timesteps, units, batch), of those that are asked for.
    """
    x = _segmented(x, cut)
    first = {name: state[:, None] for name, state in states.items()}
    rooms = walker.rooms(x, first, {name: _segmented(out, cut) for name, out in outs.items()})
    _, ends = walker.walk(x, first, rooms)
    for _ in range(math.ceil(cut.patience / cut.length)):
        starts = {n: np.concatenate([first[n], end[:, :-1]], axis=1) for n, end in ends.items()}
        met, ends = walker.walk(x, starts, rooms, check=cut.patience)
        if met:
            return {name: end[:, -1] for name, end in ends.items()}
    return None


def _segmented(array: Array, cut: Cut) -> Array:
    """(timesteps, width, batch) as (length, width, segments, batch), a view."""
    rows = array[: cut.covered].reshape(cut.segments, cut.length, *array.shape[1:])
    return rows.transpose(1, 2, 0, 3)
