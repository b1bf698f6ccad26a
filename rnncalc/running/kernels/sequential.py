"""One step after the other, by the equations themselves: right for every cell and option."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.data import NamedTuple
from rnncalc.equations import CELLS
from rnncalc.equations.gates import NOTHING, Gates, flat, in_columns

States = Mapping[str, Array]
"""h (and c) of every sequence, (units, batch)."""


class Padding(NamedTuple):
    """Steps that are not real: there the states stay as they are, and every other quantity is 0.

    Attributes:
        active: (timesteps, batch), whether a step is real.
        hold: whether the others show the last output again (a mask), or 0 (lengths).
    """

    active: Array
    hold: bool

    @property
    def is_behind(self) -> bool:
        """Whether no real step follows one that is not."""
        return not (self.active[1:] > self.active[:-1]).any()

    def cut_off(self, done: Sweep, states: States, names: Collection[str]) -> Sweep:
        """A sweep that went on behind the ends, as if it had not: only where padded behind.

        Args:
            done: with every state among its values.
            states: before the first step.
            names: the quantities to keep.
        """
        lengths = self.active.sum(axis=0)
        ended = np.maximum(lengths - 1, 0)[None, None]
        values, final = {}, {}
        for name, array in done.values.items():
            held: Any = 0
            if name in states:
                last = np.take_along_axis(array, ended, axis=0)[0]
                held = final[name] = np.where(lengths > 0, last, states[name])
            if name == "h":
                held = np.where(lengths > 0, held, 0) if self.hold else 0
            if name in names:
                values[name] = np.where(self.active[:, None], array, held)
        return Sweep(values, final, values["h"][-1])


class Sweep(NamedTuple):
    """A sequence, gone through.

    Attributes:
        values: quantity to (timesteps, width, batch); ``h`` is the output as it is handed on.
        final: the states after the last step.
        last: the output that was computed last, (width, batch).
    """

    values: dict[str, Array]
    final: States
    last: Array


Step = Callable[..., dict[str, Array]]
"""``step(x, *states)``: x (features, batch), states (units, batch); quantities by name."""


def sweep(
    cell: str,
    weights: Mapping[str, Array],
    settings: Mapping[str, Any],
    columns: Array,
    states: States,
    names: Collection[str],
    padding: Padding | None,
) -> Sweep:
    """Every step in its turn; the arguments are those of the door."""
    wanted = {*names, *states}
    return carry(step_of(cell, weights, settings, wanted), columns, states, names, padding)


def carry(
    step: Step, columns: Array, states: States, names: Collection[str], padding: Padding | None
) -> Sweep:
    """The states from step to step."""
    kept: dict[str, Array] = {}
    last = np.zeros_like(states["h"])  # what a mask holds before the first real step
    for t, x in enumerate(columns):
        values = step(x, *states.values())
        if padding is not None:
            values = _frozen(values, states, padding.active[t])
        states = {name: values[name] for name in states}
        last = states["h"] if padding is None else _shown(states["h"], last, padding, t)
        values["h"] = last
        for name, value in values.items():
            if name in names:
                if name not in kept:
                    kept[name] = np.empty((len(columns), len(value), x.shape[1]), last.dtype)
                kept[name][t] = value
    return Sweep(kept, states, last)


def step_of(
    cell: str,
    weights: Mapping[str, Array],
    settings: Mapping[str, Any],
    names: Collection[str] | None = None,
) -> Step:
    """One step of a cell as a function of its input and its states.

    Args:
        names: of the quantities that are wanted; all of them by default.
    """
    operands = CELLS[cell].operands(in_columns(weights), Stacked.of)
    return step_with(cell, operands, settings, names)


def step_with(
    cell: str,
    operands: Mapping[str, Any],
    settings: Mapping[str, Any],
    names: Collection[str] | None = None,
) -> Step:
    """The same with operands as the equations take them."""
    kind = CELLS[cell]
    whole = None if names is None else {name.split(".")[0] for name in names}

    def step(x: Array, *states: Array) -> dict[str, Array]:
        values = kind.step(x, *states, **operands, **settings)
        if whole is not None:
            values = {name: value for name, value in values.items() if name in whole}
        return flat(values)

    return step


def _frozen(values: dict[str, Array], states: States, active: Array) -> dict[str, Array]:
    """The values of a step where sequences are active; else the old states, and 0 for the rest."""
    return {name: np.where(active, value, states.get(name, 0)) for name, value in values.items()}


def _shown(h: Array, before: Array, padding: Padding, t: int) -> Array:
    """The output of a step: h where active; else the last output again, or 0."""
    return np.where(padding.active[t], h, before if padding.hold else 0)


class Stacked(Gates):
    """``Gates`` of one (gates * rows, columns) array; a gate is a view of its rows."""

    def __init__(self, array: Array, letters: str) -> None:
        self.array, self.letters = array, letters

    @classmethod
    def of(cls, parts: Mapping[str, Array]) -> Stacked:
        """The gates' arrays, stacked in this order."""
        return cls(np.concatenate(list(parts.values())), "".join(parts))

    @property
    def parts(self) -> dict[str, Array]:  # type: ignore[override]  # cut when they are asked for
        """The array of each gate."""
        return {gate: getattr(self, gate) for gate in self.letters}

    def __getattr__(self, gate: str) -> Array:
        array, letters = self.array, self.letters
        if gate not in letters:
            raise AttributeError(f"there is no gate {gate}")
        rows = len(array) // len(letters)
        first = rows * letters.index(gate)
        return array[first : first + rows]

    def __matmul__(self, x: Any) -> Stacked:
        return Stacked(self.array @ x, self.letters)

    def __add__(self, other: Any) -> Gates:
        if other is NOTHING:
            return self
        return Stacked(self.array + other.array, self.letters)
