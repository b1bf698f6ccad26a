"""Part: which numbers of a quantity are compared, by their places in all of them."""

from __future__ import annotations

from collections.abc import Sequence

from rnncalc.array import Array
from rnncalc.data import dataclass


@dataclass(frozen=True)
class Part:
    """What somebody chose; false where that is everything.

    Attributes:
        layer: whose numbers, the last layer of what was run; empty: the network's.
        direction: of that layer; empty: all that it has.
        sequences, rows, units: indices from 0; None for all.
    """

    layer: str = ""
    direction: str = ""
    sequences: Sequence[int] | None = None
    rows: Sequence[int] | None = None
    units: Sequence[int] | None = None

    def __bool__(self) -> bool:
        return self != WHOLE

    @property
    def cuts(self) -> bool:
        """Whether it is less than all numbers of a quantity."""
        return any(one is not None for one in (self.sequences, self.rows, self.units))

    def of(self, values: Array) -> Array:
        """It of (batch, timesteps, width)."""
        for axis, chosen in enumerate((self.sequences, self.rows, self.units)):
            values = values if chosen is None else values.take(chosen, axis)
        return values


WHOLE = Part()
"""All numbers of what is compared by default."""
