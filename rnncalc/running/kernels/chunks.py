"""A long sequence in chunks of steps: what is kept between them is the states, and nothing else.

So a sequence may come chunk by chunk, in one call each, and gives the same bits as in a single
call, as long as the calls cut it where this file does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np

from rnncalc.array import Array
from rnncalc.running.kernels.sequential import States, Sweep

LONG = 256
"""Fewer steps go by the equations: these are the numbers that people compute by hand."""
MANY, LONG_OF_MANY = 8, 32
"""Of so many sequences at once nobody does, and from so many steps on the fast form pays."""

LARGEST = 262_144
"""Steps of a chunk of one unit: of a longer one the segments are longer, and mending them is less
of it."""
MOST = 1 << 22
"""Numbers of a quantity in a chunk: every one that is recorded is as much in memory."""
SMALLEST = 512
"""Steps of a chunk of the widest layers."""


def is_short(timesteps: int, batch: int) -> bool:
    """Whether so few steps go by the equations."""
    return timesteps < (LONG if batch < MANY else min(LONG, LONG_OF_MANY))


def chunk_of(cell: str, units: int, features: int, batch: int) -> int:
    """How many steps of a layer are computed at once: always the same, a power of two.

    Of a layer n times as wide they are fewer by the root of n: segments are to stay long.
    """
    doublings = (max(units, features) * batch - 1).bit_length()
    return max(min(LARGEST >> (doublings + 1) // 2, MOST >> doublings), SMALLEST)


def sweep_chunks(
    compute: Callable[[Array, States, States], tuple[States, Mapping[str, Array]]],
    columns: Array,
    states: States,
    names: Collection[str],
    chunk: int,
) -> Sweep:
    """Compute chunk after chunk.

    Args:
        compute: fills the states of a chunk that are asked for; returns those at its end, and the
            other quantities.
        columns: (timesteps, features, batch).
        states: before the first step, (units, batch).
        names: the quantities to keep.
    """
    count, _, batch = columns.shape

    def room(timesteps: int, width: int) -> Array:
        """In memory as people see it, batch first: what is written there need not be turned."""
        return np.empty((batch, timesteps, width), columns.dtype).transpose(1, 2, 0)

    kept = {name: room(count, len(state)) for name, state in states.items() if name in names}
    final = states
    for start in range(0, count, chunk):
        part = slice(start, start + chunk)
        outs = {name: kept[name][part] for name in final if name in kept}
        ends, others = compute(columns[part], final, outs)
        for name, values in others.items():
            if name not in kept:
                kept[name] = room(count, values.shape[1])
            kept[name][part] = values
        final = {name: ends[name].astype(state.dtype) for name, state in states.items()}
    return Sweep(kept, final, kept["h"][-1])
