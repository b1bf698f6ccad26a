"""Parts of a Trace: one step, one direction, one layer, as named arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rnncalc.array import Array
from rnncalc.errors import RnncalcError


@dataclass(frozen=True, eq=False)
class Step:
    """One timestep of one layer and direction: ``step["a"]`` is the pre-activation, (units).

    Attributes:
        t: the timestep, from 1.
        layer, direction: whose step it is.
        values: every recorded quantity, and ``x`` and ``h_prev`` that went into it, by name.
    """

    t: int
    layer: str
    direction: str
    values: Mapping[str, Array]

    def __getitem__(self, name: str) -> Array:
        return self.values[name]


@dataclass(frozen=True, eq=False)
class DirectionTrace:
    """What one direction of one layer computed.

    Attributes:
        initial: state to its value before the first timestep: ``initial["h"]``, ([batch,] units).
        values: quantity to array, ([batch,] timesteps, units).
        final: state to its value after the last timestep: ``final["h"]``, ([batch,] units).
    """

    initial: Mapping[str, Array]
    values: Mapping[str, Array]
    final: Mapping[str, Array]

    def __getitem__(self, name: str) -> Array:
        return self.values[name]


@dataclass(frozen=True, eq=False)
class LayerTrace:
    """What one layer computed: ``h`` as it hands it on, each direction in every detail.

    Attributes:
        name: the layer's.
        h: its outputs, ([batch,] timesteps, width); None where it has two (merge none).
        directions: ``forward`` and ``backward``, as far as there are.
        x: what it read, ([batch,] timesteps, features), where layers without a state stand before
            it; None where it read what is below.
    """

    name: str
    h: Array | None
    directions: Mapping[str, DirectionTrace]
    x: Array | None = None

    def __getitem__(self, direction: str) -> DirectionTrace:
        return self.directions[direction]

    def way(self, direction: str | None) -> str:
        """A direction, by default the first. Errors: RnncalcError for one that there is not."""
        direction = direction or next(iter(self.directions))
        if direction not in self.directions:
            there = ", ".join(self.directions)
            raise RnncalcError(f"{self.name} has no direction {direction}, only {there}")
        return direction

    @property
    def forward(self) -> DirectionTrace:
        """What the forward direction computed."""
        return self.directions["forward"]

    @property
    def backward(self) -> DirectionTrace:
        """What the backward direction computed."""
        return self.directions["backward"]
