"""The same equations made fast: from a layer's weights to a function of one step.

Today the gates are stacked, so that each step takes one product for the input and one for the
state; the equations of ``cells/`` run on them unchanged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rnncalc.activations import Array
from rnncalc.cells import CELLS
from rnncalc.cells.gates import IDENTITY, NOTHING, flat
from rnncalc.kernels.stacked import Stacked

Step = Callable[..., dict[str, Array]]
"""``step(x, *states)``: x (features, batch), states (units, batch); quantities by name."""


def step_of(cell: str, weights: Mapping[str, Array], settings: Mapping[str, Any]) -> Step:
    """One step of a cell as a function of its input and its states.

    Args:
        cell: ``rnn``, ``gru``, ``lstm``.
        weights: by the names of ``Cell.weights``; matrices (rows, columns), biases (units).
        settings: the functions and options of the cell, and ``clip``.
    """
    kind = CELLS[cell]
    operands: dict[str, Any] = {"W_r": IDENTITY} if "W_r" in kind.optional else {}
    for weight in kind.required + kind.optional:
        parts = {name: weights[name] for name in kind.names(weight) if name in weights}
        if parts:
            operands[weight] = _operand(parts)
        operands.setdefault(weight, NOTHING)

    def step(x: Array, *states: Array) -> dict[str, Array]:
        return flat(kind.step(x, *states, **operands, **settings))

    return step


def _operand(parts: Mapping[str, Array]) -> Any:
    """The parts of one weight as the equations take them: stacked, biases as columns."""
    columns = {name: part[:, None] if part.ndim == 1 else part for name, part in parts.items()}
    if all("." not in name for name in columns):
        return next(iter(columns.values()))
    return Stacked.of({name.split(".")[1]: part for name, part in columns.items()})
