"""SideBySide: one run in several dtypes, and how far each is from the last of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.faces import Saved
from rnncalc.trace.quantity import Quantity, labels
from rnncalc.trace.trace import Trace


class Numbers(NamedTuple):
    """The numbers of some quantities in every dtype, flat: by sequence, timestep, then name.

    Attributes:
        keys: ``sequence`` (of a batch) and ``t`` of each number.
        columns: of each number its place in ``parts`` and the unit.
        parts: the quantities.
        values: of each dtype.
        distances: of each dtype but the last from it, in float64.
    """

    keys: dict[str, Array]
    columns: list[tuple[int, int]]
    parts: Sequence[Quantity]
    values: list[Array]
    distances: list[Array]


@dataclass(frozen=True, eq=False)
class SideBySide(Saved):
    """The traces of one model and one input, each in a dtype of its own.

    Attributes:
        traces: in the order in which they were asked for; the last measures the others.
    """

    traces: tuple[Trace, ...]

    @property
    def dtypes(self) -> list[str]:
        """The dtype of each trace."""
        return [trace.dtype for trace in self.traces]

    @property
    def last(self) -> Trace:
        """The trace that measures the others."""
        return self.traces[-1]

    def numbers(self, parts: Iterable[Sequence[Quantity]]) -> Numbers:
        """The numbers of these quantities, given of each trace."""
        every = [*parts]
        tables = [trace.columns(parts=[*p]) for trace, p in zip(self.traces, every, strict=True)]
        arrays = [np.ma.stack([*columns.values()], axis=1) for _, columns in tables]
        rows, columns = np.nonzero(~np.ma.getmaskarray(arrays[-1]))
        values = [array.data[rows, columns] for array in arrays]
        index = [(place, i) for place, part in enumerate(every[-1]) for i in part.index.tolist()]
        assert len(index) == len(labels(every[-1]))
        return Numbers(
            {key: column[rows] for key, column in tables[-1][0].items()},
            [index[column] for column in columns],
            every[-1],
            values,
            [distance(array, values[-1]) for array in values[:-1]],
        )


def distance(values: Array, exact: Array) -> Array:
    """How far numbers are from others, of whatever types; 0 where both are infinite or NaN."""
    if object in (values.dtype, exact.dtype):  # numbers of many digits, or what is compared with
        gap: Array = np.abs(values.astype(object) - exact.astype(object))
        return gap.astype(np.float64)
    with np.errstate(all="ignore"):
        one, other = values.astype(np.float64), exact.astype(np.float64)
        same = (one == other) | (np.isnan(one) & np.isnan(other))
        return np.where(same, 0.0, np.abs(one - other))
