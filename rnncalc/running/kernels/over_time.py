"""A chunk of a sequence by a fast form: in parallel over time where the network forgets.

A network that forgets comes to the same states from wherever it starts. So a sequence is cut into
segments that go side by side as columns of one block, each from a guess; then each goes again, from
the true end of the one before it, until it meets what it computed before. That they meet is
checked (``walk.py``), never assumed: what does not meet is computed step after step.

What is tried is decided by the model and by what the steps themselves show, never by what is asked
for: a number does not depend on how it is shown. How many steps a network remembers is seen from
two walks over the same few inputs, from different states: how fast they come together. A network
that does not forget costs no more than this look.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.running.kernels.block import Form
from rnncalc.running.kernels.walk import States, Walker

CHEAP = 0.1
"""The part of its cost in order that a chunk may lose by trying without a look first."""

AGAIN = 0.2
"""What a second attempt may cost, as a part of the way in order."""

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

PLACES = 4
"""Where in the sequence it looks: evenly spread from the first step to the last."""
LOOK = 24
"""How far it looks at each."""
SEQUENCES = 4
"""How many of a batch it looks at."""
MARGIN = 1.25
"""Elsewhere the network may remember a little longer."""


def compute(walker: Walker, x: Array, states: States, outs: States, sequential: bool) -> States:
    """Compute the states after every step into ``outs``; the states at the end.

    Args:
        x: (timesteps, features, batch).
        states: before the first step, (units, batch).
        outs: state to (timesteps, units, batch), of those that are asked for.
        sequential: in order, one step after the other.
    """
    done, ends = (0, states) if sequential else _in_parallel(walker, x, states, outs)
    if done == len(x):
        return ends
    x = x[done:, :, None]
    outs = {name: out[done:, :, None] for name, out in outs.items()}
    starts = {name: end[:, None] for name, end in ends.items()}
    _, ends = walker.walk(x, starts, walker.rooms(x, starts, outs))
    return {name: end[:, 0] for name, end in ends.items()}


def _in_parallel(walker: Walker, x: Array, states: States, outs: States) -> tuple[int, States]:
    """How many of the first steps were computed so, and the states after them; 0 in doubt.

    A network that does not forget magnifies every rounding, so it has one order: one after another.
    """
    form, batch = walker.form, x.shape[2]
    usual = form.memory * form.dtype.itemsize / 4
    cut = cut_of(form, len(x), batch, usual, look=look_cost(form, batch))
    if cut is None:
        return 0, states
    ends, worth = None, WORTH
    if cut.cost(form, batch, cut.patience) < CHEAP * len(x) * form.calls:
        ends, worth = attempt(walker, x, states, outs, cut), AGAIN
    if ends is None:
        cut = cut_of(form, len(x), batch, memory_of(walker, x, states), worth=worth)
        ends = attempt(walker, x, states, outs, cut) if cut else None
    return (0, states) if cut is None or ends is None else (cut.covered, ends)


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
        return steps * (form.calls + form.streamed + 1 + form.work * self.segments * batch)


def cut_of(
    form: Form, timesteps: int, batch: int, memory: float, *, look: float = 0, worth: float = WORTH
) -> Cut | None:
    """The cheapest cut for a network that forgets in so many steps; None where none is worth it.

    (timesteps / S + memory) steps cost calls + S * batch * work each: least at the root. Around it
    cuts are weighed by what they cost in all, ``look`` for finding out the memory included; it must
    be less than ``worth`` times the way in order.
    """
    fixed = form.calls + form.streamed
    best = math.sqrt(timesteps * fixed / (memory * form.work * batch))
    tile = TILE / batch if form.units > NARROW else 2
    most = min(max(best, tile), timesteps / memory, max(TILE, WIDEST / form.units) / batch)
    if most < 2:
        return None
    tiles = TILE // math.gcd(TILE, batch)
    unit = tiles if form.units > NARROW and most >= tiles else 1
    alone = 1 if batch > 1 or form.streamed else ALONE
    a_step = fixed + batch * form.work * alone
    costs: dict[Cut, float] = {}
    for segments, length in _cuts(timesteps, most, unit):
        if form.streamed and length < memory:
            continue  # it would be mended twice
        cut = Cut(segments, length, memory)
        left = timesteps - cut.covered
        begun = look + BEGUN * (2 if left else 1)
        costs[cut] = cut.cost(form, batch, memory) + left * a_step + begun
    cheapest = min(costs, key=costs.__getitem__, default=None)
    worth_it = cheapest is not None and costs[cheapest] < worth * timesteps * a_step
    return cheapest if worth_it else None


def _cuts(timesteps: int, most: float, unit: int) -> list[tuple[int, int]]:
    """Segments and their length: about so many, a multiple of the unit.

    Lengths are odd: places a power of two apart would fight for the same lines of the cache.
    """
    if unit == 1 and most * most > timesteps:  # there are fewer lengths to choose from
        lengths = range(int(timesteps / (1.5 * most)) | 1, int(timesteps / (0.6 * most)) + 1, 2)
        return [(timesteps // length, length) for length in lengths]
    fewest = max(int(0.6 * most) // unit * unit, unit, 2)
    stride = max(int(0.9 * most) // TRIED // unit, 1) * unit
    counts = range(fewest, int(1.5 * most) + 1, stride)
    return [(count, (timesteps // count - 1) | 1) for count in counts]


def attempt(walker: Walker, x: Array, states: States, outs: States, cut: Cut) -> States | None:
    """Compute the segments of a cut side by side; the states at its end, None if they do not meet.

    Args:
        x: (timesteps, features, batch).
        states: before the first step, (units, batch).
        outs: state to (timesteps, units, batch), of those that are asked for.
    """
    x = _in_segments(x, cut)
    first = {name: state[:, None] for name, state in states.items()}
    rooms = walker.rooms(x, first, {name: _in_segments(out, cut) for name, out in outs.items()})
    _, ends = walker.walk(x, first, rooms)
    for _ in range(math.ceil(cut.patience / cut.length)):
        starts = {n: np.concatenate([first[n], end[:, :-1]], axis=1) for n, end in ends.items()}
        met, ends = walker.walk(x, starts, rooms, check=cut.patience)
        if met:
            return {name: end[:, -1] for name, end in ends.items()}
    return None


def _in_segments(array: Array, cut: Cut) -> Array:
    """(timesteps, width, batch) as (length, width, segments, batch), a view."""
    rows = array[: cut.covered].reshape(cut.segments, cut.length, *array.shape[1:])
    return rows.transpose(1, 2, 0, 3)


def memory_of(walker: Walker, x: Array, states: States) -> float:
    """After how many steps two walks have met; infinite where they do not come together.

    Args:
        x: (timesteps, features, batch).
        states: before the first step, (units, batch).
    """
    if len(x) < 2 * LOOK:
        return math.inf
    starts = np.linspace(0, len(x) - LOOK, PLACES).astype(int)
    windows = np.stack([x[start : start + LOOK, :, :SEQUENCES] for start in starts], axis=2)
    both = np.concatenate([windows, windows], axis=2)
    outs = {
        name: np.empty((LOOK, len(state), *both.shape[2:]), state.dtype)
        for name, state in states.items()
    }
    walker.walk(both, {name: _two(state[:, :SEQUENCES]) for name, state in states.items()}, outs)
    distance = np.max([_distance(out) for out in outs.values()], axis=0)
    return MARGIN * _extrapolated(distance, walker.tolerance)


def look_cost(form: Form, batch: int) -> float:
    """What the look costs, in calls."""
    columns = 2 * PLACES * min(batch, SEQUENCES)
    return LOOK * (form.calls + form.streamed + form.work * columns)


def _two(state: Array) -> Array:
    """The state as it is, and another, for every place: (units, 2 * places, batch)."""
    # Any other state within -1 and 1 would do, as long as it is the same at every run.
    other = np.cos(np.arange(state.size, dtype=state.dtype)).reshape(state.shape)
    return np.repeat(np.stack([state, other], axis=1), PLACES, axis=1)


def _distance(out: Array) -> Array:
    """How far the two walks are from each other after every step, at the worst of the places."""
    one, other = out[:, :, :PLACES], out[:, :, PLACES:]
    size = np.maximum(np.abs(other).max(axis=(1, 2, 3)), 1)
    distance: Array = np.abs(one - other).max(axis=(1, 2, 3)) / size
    return distance


def _extrapolated(distance: Array, tolerance: float) -> float:
    """The step at which the distance is within the tolerance, by its fall in the second half."""
    within = np.flatnonzero(distance <= tolerance)
    if within.size:
        return float(within[0] + 1)
    half, last = float(distance[len(distance) // 2 - 1]), float(distance[-1])
    if not last < half:
        return math.inf
    rate = math.log(half / last) / (len(distance) - len(distance) // 2)
    return len(distance) + math.log(last / tolerance) / rate
