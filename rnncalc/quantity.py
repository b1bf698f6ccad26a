"""Quantity: one named thing over time, as tables and columns take it from a Trace."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rnncalc.activations import Array


@dataclass(frozen=True, eq=False)
class Quantity:
    """One named quantity over time: the unit of every table.

    Attributes:
        name: ``x``, ``a``, ``h``, ``y`` ...
        layer, direction: where it belongs; empty for x and y.
        t: the timesteps of its rows, counted from 1.
        index: the index of each column.
        values: ([batch,] rows, columns).
    """

    name: str
    layer: str
    direction: str
    t: Array
    index: Array
    values: Array

    def label(self, prefixed: bool) -> str:
        """Its name; with layer and direction in front where there are several."""
        where = [self.layer, self.direction] if prefixed else []
        return ".".join([part for part in where if part] + [self.name])

    def part(self, t: Array | None, units: Array | None) -> Quantity:
        """The rows of these timesteps and the columns of these units (x and y keep theirs)."""
        rows = np.ones(len(self.t), bool) if t is None else np.isin(self.t, t)
        columns = np.ones(len(self.index), bool)
        if units is not None and self.layer:
            columns = np.isin(self.index, units)
        values = self.values[..., rows, :][..., columns]
        return replace(self, t=self.t[rows], index=self.index[columns], values=values)
