"""Quantity: one named thing over time, as tables and columns take it from a Trace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass

INPUT = "input"
"""What is in front of what stands before a layer; ``x_t`` is what the layer reads."""


@dataclass(frozen=True, eq=False)
class Quantity:
    """One named quantity over time: the unit of every table.

    Attributes:
        name: ``x``, ``a``, ``h``, ``y`` ...
        layer, direction: where it belongs; empty for x and y.
        t: the timesteps of its rows, counted from 1.
        index: the index of each column.
        values: ([batch,] rows, columns).
        width: how many columns there are, also of those that were left out.
        sequences: the index of each sequence of a batch; None without one.
        single: whether it is one row, which stands at a timestep.
    """

    name: str
    layer: str
    direction: str
    t: Array
    index: Array
    values: Array
    width: int
    sequences: Array | None = None
    single: bool = False

    @property
    def base(self) -> str:
        """Its name without what follows a dot: ``a`` of ``a.i``, ``y`` of ``y.tags``."""
        return self.name.split(".")[0]

    @property
    def row(self) -> Array:
        """([batch,] rows, columns); ([batch,] columns) where it is one row."""
        return self.values[..., 0, :] if self.single else self.values

    def label(self, prefixed: bool) -> str:
        """Its name; with layer and direction in front where there are several."""
        where = [self.layer, self.direction] if prefixed else []
        return ".".join([part for part in where if part] + [self.name])

    def part(
        self,
        t: Sequence[int] | None,
        units: Sequence[int] | None,
        sequences: Sequence[int] | None = None,
    ) -> Quantity:
        """The rows of these timesteps and the columns of these units (x and y keep theirs), of
        these sequences of a batch."""
        rows: Any = slice(None) if t is None else np.isin(self.t, t)  # a slice copies nothing
        columns: Any = slice(None)
        if units is not None and self.layer:
            columns = np.isin(self.index, units)
        values = self.values[..., rows, :][..., columns]
        here = replace(self, t=self.t[rows], index=self.index[columns], values=values)
        if sequences is None or self.sequences is None:
            return here
        return replace(here, values=values[sequences], sequences=self.sequences[sequences])


def labels(parts: Sequence[Quantity]) -> list[str]:
    """The names of all columns of quantities: ``h[0]``."""
    places = {(part.layer, part.direction) for part in parts if part.layer}
    prefixed = len(places) > 1 or len({part.name for part in parts}) < len(parts)
    return [f"{part.label(prefixed)}[{index}]" for part in parts for index in part.index]


def table(parts: Sequence[Quantity]) -> tuple[dict[str, Array], dict[str, Array]]:
    """Quantities as flat columns, one row per (sequence and) timestep: the keys, then the numbers.

    Masked is what has no row.
    """
    sequences = parts[0].sequences
    count = 1 if sequences is None else len(sequences)
    t = _timesteps(parts)
    keys = {} if sequences is None else {"sequence": np.repeat(sequences, len(t))}
    keys["t"] = np.tile(t, count)
    columns = []
    for part in parts:
        shape = count, len(t), len(part.index)
        empty: Any = np.empty if len(part.t) == len(t) else np.ma.masked_all
        filled = empty(shape, part.values.dtype)
        filled[:, np.searchsorted(t, part.t)] = part.values
        columns += [filled[..., column].ravel() for column in range(len(part.index))]
    return keys, dict(zip(labels(parts), columns, strict=True))


def is_absent(value: Any) -> bool:
    """Whether a value of a column is masked: no number. ``numpy.ma`` is slow to load for asking."""
    return hasattr(value, "mask")


def _timesteps(parts: Sequence[Quantity]) -> Array:
    """Those that any of the quantities has, in order."""
    t = parts[0].t
    if all(np.array_equal(part.t, t) for part in parts[1:]) and np.all(t[1:] > t[:-1]):
        return t
    return np.unique(np.concatenate([part.t for part in parts]))
