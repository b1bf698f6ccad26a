"""The same equations made fast: a whole sequence through one direction of one layer.

This is the one door. Arrays are columns, timestep first: (timesteps, width, batch). A short
sequence, and a cell that has no fast form, goes step by step by the equations (``sequential.py``);
else the fast form of the cell (``fast.py``) computes the states, chunk by chunk, in parallel over
time where the network forgets (``over_time.py``), and the equations what else is asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from rnncalc.array import Array
from rnncalc.running.kernels.chunks import chunk_of, is_short
from rnncalc.running.kernels.sequential import Padding, States, Sweep
from rnncalc.running.kernels.sequential import sweep as step_by_step

__all__ = ["Padding", "States", "Sweep", "chunk_of", "sweep"]


def sweep(
    cell: str,
    weights: Mapping[str, Array],
    settings: Mapping[str, Any],
    columns: Array,
    states: States,
    *,
    names: Collection[str] = ("h",),
    padding: Padding | None = None,
    sequential: bool = False,
) -> Sweep:
    """Carry the states of a cell through a sequence.

    Args:
        cell: ``rnn``, ``gru``, ``lstm``.
        weights: by the names of ``Cell.weights``; matrices (rows, columns), biases (units).
        settings: the functions and options of the cell, and ``clip``.
        columns: the input, (timesteps, features, batch), in the order in which it is read.
        states: h (and c) before the first step, (units, batch).
        names: the quantities to keep of every step, besides h.
        padding: which steps are not real, and what they show.
        sequential: one step after the other, nothing in parallel over time.
    """
    names = {*names, "h"}
    long = columns.size and not is_short(len(columns), columns.shape[2])
    if long and (padding is None or padding.is_behind):
        from rnncalc.running.kernels import fast

        if form := fast.form_of(cell, weights, settings, columns.dtype):
            equations = fast.Equations(cell, weights, settings)
            kept = names if padding is None else {*names, *states}
            done = fast.sweep(form, equations, columns, states, kept, sequential)
            return done if padding is None else padding.cut_off(done, states, names)
    return step_by_step(cell, weights, settings, columns, states, names, padding)
