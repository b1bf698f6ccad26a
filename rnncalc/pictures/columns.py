"""Columns: a quantity over any number of timesteps, in as many columns as a picture has room for.

A short run has a column a timestep. Of a long one each column has the smallest and the largest
value of several; how many is found while the steps come, so that no run is held as a whole.
"""

from __future__ import annotations

import numpy as np

from rnncalc.array import Array

MOST = 1024
"""So many columns there are at most."""


class Columns:
    """What has come of one quantity: ``low`` and ``high``, (columns, units), grow by ``add``.

    Attributes:
        every: how many timesteps a column has; the last may have fewer.
        count: how many timesteps have come.
        real: (columns), whether any of its steps is neither masked nor padded.
    """

    def __init__(self, units: int) -> None:
        self.every, self.count = 1, 0
        self.low = self.high = np.empty((0, units))
        self.real = np.empty(0, bool)

    def add(self, values: Array, real: Array) -> None:
        """Put further steps behind: (steps, units), and which of them are real, (steps)."""
        while len(values):
            used = self.count % self.every  # what the last column holds, or it is full
            take = self.every - used if used else self.every * MOST
            (self._join if used else self._append)(values[:take], real[:take])
            values, real = values[take:], real[take:]

    def _join(self, values: Array, real: Array) -> None:
        """Further steps into the last column."""
        self.low[-1] = np.minimum(self.low[-1], values.min(axis=0))
        self.high[-1] = np.maximum(self.high[-1], values.max(axis=0))
        self.real[-1] |= real.any()
        self.count += len(values)

    def _append(self, values: Array, real: Array) -> None:
        """Further steps as columns; where they become too many, two become one."""
        starts = np.arange(0, len(values), self.every)
        self.low = np.vstack([self.low, np.minimum.reduceat(values, starts)])
        self.high = np.vstack([self.high, np.maximum.reduceat(values, starts)])
        self.real = np.concatenate([self.real, np.logical_or.reduceat(real, starts)])
        self.count += len(values)
        if len(self.low) > MOST:
            pairs = np.arange(0, len(self.low), 2)
            self.low = np.minimum.reduceat(self.low, pairs)
            self.high = np.maximum.reduceat(self.high, pairs)
            self.real = np.logical_or.reduceat(self.real, pairs)
            self.every *= 2
