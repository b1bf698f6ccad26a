"""The same equations made fast: a whole sequence through one direction of one layer.

This is the one door. Arrays are columns, timestep first: (timesteps, width, batch). Today every
sequence goes step by step (``sequential.py``), with one product for all gates (``stacked.py``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from rnncalc.activations import Array
from rnncalc.kernels import sequential
from rnncalc.kernels.sweep import Padding, States, Swept

__all__ = ["Padding", "States", "Swept", "swept"]


def swept(
    cell: str,
    weights: Mapping[str, Array],
    settings: Mapping[str, Any],
    columns: Array,
    states: States,
    *,
    names: Collection[str] = ("h",),
    padding: Padding | None = None,
) -> Swept:
    """Carry the states of a cell through a sequence.

    Args:
        cell: ``rnn``, ``gru``, ``lstm``.
        weights: by the names of ``Cell.weights``; matrices (rows, columns), biases (units).
        settings: the functions and options of the cell, and ``clip``.
        columns: the input, (timesteps, features, batch), in the order in which it is read.
        states: h (and c) before the first step, (units, batch).
        names: the quantities to keep of every step, besides h.
        padding: which steps are not real, and what they show.
    """
    return sequential.swept(cell, weights, settings, columns, states, {*names, "h"}, padding)
