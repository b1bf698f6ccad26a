"""What goes into a sweep through a sequence, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rnncalc.array import Array

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


class Swept(NamedTuple):
    """A sequence, gone through.

    Attributes:
        values: quantity to (timesteps, width, batch); ``h`` is the output as it is handed on.
        final: the states after the last step.
        last: the output that was computed last, (width, batch).
    """

    values: dict[str, Array]
    final: States
    last: Array
