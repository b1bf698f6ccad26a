"""Few digits: expected numbers that were printed with some decimals, and how near they tell.

Rounded numbers are within half a unit of their last decimal; those that were cut begin a unit that
goes away from 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.expected import Expected, Tolerance
from rnncalc.errors import RnncalcError
from rnncalc.numbers import digits
from rnncalc.numbers.printed import half_unit

MOST = 17
"""So many decimals tell any two numbers of size 1 apart."""


def sound(decimals: Any) -> float:
    """A number of decimals. Errors: RnncalcError for what is none."""
    if isinstance(decimals, bool) or not isinstance(decimals, (int, np.integer)):
        raise RnncalcError(f"decimals is {decimals}; a whole number was expected, as 4")
    if not 0 <= decimals <= MOST:
        raise RnncalcError(f"decimals is {decimals}; 0 to {MOST} was expected")
    return float(decimals)


def roomy(tolerance: Tolerance, expected: Expected, theirs: Array) -> Tolerance:
    """The tolerance with half a unit of the last decimal, where that is what decides."""
    decimals = expected.decimals_of(theirs)
    if decimals is None:
        return tolerance
    room = np.broadcast_to(half_unit(decimals), theirs.shape)
    return tolerance._replace(room=room) if (room > tolerance.of(theirs)).any() else tolerance


def decimals_of_room(room: Array | float) -> tuple[int, int] | None:
    """The fewest and the most decimals that make this room; None where there is none."""
    there = np.ravel(room)[np.ravel(room) > 0]
    if not there.size:
        return None
    fewest, most = (-round(float(np.log10(2 * one))) for one in (there.max(), there.min()))
    return fewest, most


def middles(theirs: Array, tolerance: Tolerance) -> tuple[Array, Tolerance]:
    """Numbers that were cut, as the middles of what they may have been, and how far around.

    What was cut to 0 may have had either sign.
    """
    room = np.broadcast_to(tolerance.room, theirs.shape)
    wide = tolerance._replace(room=np.where(theirs == 0, 2 * room, room))
    return theirs + np.sign(theirs) * room, wide


def counted(decimals: tuple[int, int]) -> str:
    """``4 decimals``, ``2 to 4 decimals``."""
    fewest, most = decimals
    return f"{fewest} to {most} decimals" if fewest < most else digits.counted(most, "decimal")
