"""A long sequence in chunks of steps: what is kept between them is the states, and nothing else.

So a sequence may come chunk by chunk, in one call each, and gives the same bits as in a single
call, as long as the calls cut it where this file does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np

from rnncalc.activations import Array
from rnncalc.kernels.sweep import States, Swept

LARGEST = 65_536
"""Steps of a chunk of one unit: enough for many segments, and little memory."""
SMALLEST = 512
"""Steps of a chunk of the widest layers."""


def chunk_of(cell: str, units: int, features: int, batch: int) -> int:
    """How many steps of a layer are computed at once: always the same, a power of two.

    Of a layer n times as wide they are fewer by the root of n: segments are to stay long.
    """
    halvings = ((max(units, features) * batch - 1).bit_length() + 1) // 2
    return max(LARGEST >> halvings, SMALLEST)


def chunked(
    compute: Callable[[Array, States, States], Mapping[str, Array]],
    columns: Array,
    states: States,
    names: Collection[str],
    chunk: int,
) -> Swept:
    """Compute chunk after chunk.

    Args:
        compute: fills the states after every step of a chunk, and returns the other quantities.
        columns: (timesteps, features, batch).
        states: before the first step, (units, batch).
        names: the quantities to keep.
    """
    batch, dtype = columns.shape[2], columns.dtype
    kept = {
        name: np.empty((len(columns), len(state), batch), dtype)
        for name, state in states.items()
        if name in names
    }
    room = {
        name: np.empty((min(chunk, len(columns)), len(state), batch), dtype)
        for name, state in states.items()
        if name not in names
    }
    given, final = states, states
    for start in range(0, len(columns), chunk):
        part = slice(start, start + chunk)
        x = columns[part]
        outs = {n: kept[n][part] if n in kept else room[n][: len(x)] for n in given}
        others = compute(x, final, outs)
        for name, values in others.items():
            if name not in kept:
                kept[name] = np.empty((len(columns), values.shape[1], batch), dtype)
            kept[name][part] = values
        final = {name: out[-1].copy() for name, out in outs.items()}
    final = {name: state.astype(given[name].dtype, copy=False) for name, state in final.items()}
    return Swept(kept, final, kept["h"][-1])
