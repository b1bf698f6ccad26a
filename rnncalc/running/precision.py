"""What numbers are given in, and what they are computed in: rounded once, at the end."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.data import NamedTuple
from rnncalc.model.model import Model, cast
from rnncalc.numbers import exact_arrays
from rnncalc.numbers.exact import digits_of

LARGE = 8_192
"""More hidden numbers than this are computed in float32 where that was asked for.

Up to here a run takes some milliseconds either way, less than Python takes to start, so it gets the
better numbers. Beyond, float64 takes two to four times as long, and somebody would notice.
"""


class Precision(NamedTuple):
    """What numbers are given in, and what they are computed in."""

    dtype: str
    arithmetic: str

    @property
    def computed(self) -> Any:
        """The type of arrays that are computed with; of so many digits, objects."""
        return object if digits_of(self.arithmetic) else self.arithmetic

    def weight(self, name: str, array: Array) -> Array:
        """An array of the model as it is computed with: rounded to the dtype first."""
        return cast(name, array, self.dtype).astype(self.computed, copy=False)

    def settled(self, array: Array) -> Array:
        """What was computed, and perhaps filled up with zeros, as numbers of one kind."""
        digits = digits_of(self.dtype)
        return exact_arrays.settled(array, digits) if digits else array

    def shown(self, array: Array) -> Array:
        """What was computed, in the dtype, row by row."""
        kind: Any = object if digits_of(self.dtype) else self.dtype
        return np.ascontiguousarray(self.settled(array), kind)

    def series(self, columns: Array, batched: bool) -> Array:
        """(timesteps, width, batch) as people see it: ([batch,] timesteps, width)."""
        rows = columns.transpose(2, 0, 1)
        return self.shown(rows if batched else rows[0])

    def rows(self, columns: Array, batched: bool) -> Array:
        """(width, batch) as people see it: ([batch,] width)."""
        return self.shown(columns.T if batched else columns[:, 0])


def arithmetic(model: Model, columns: Array, dtype: str) -> str:
    """The type that a run computes in: float32 in float64, rounded once, unless it is a large job.

    The choice depends on the model and the shape of the input alone.
    """
    timesteps = len(columns) if columns.ndim == 3 else 1  # else it is one row
    batch = columns.shape[-1]
    units = sum(one.units for layer in model.layers for one in layer.passes.values())
    numbers = batch * max(timesteps, model.timesteps or 0) * units
    return "float64" if dtype == "float32" and numbers <= LARGE else dtype
