"""An exercise: a small network whose numbers are easy to compute with, and what is to be found.

The same seed gives the same network, whatever the machine: Python promises that of ``random()``.
"""

from __future__ import annotations

from collections.abc import Collection
from random import Random

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError, printable
from rnncalc.model.layer import Layer, quantities
from rnncalc.model.model import Model
from rnncalc.running.recurrence import run
from rnncalc.trace.trace import Trace

QUARTERS, HALVES = 4, 2
"""Weights are quarters up to 1, the input halves up to 2; none is 0."""

UNSHOWN = ("x_term", "h_term", "bias", "bias_h")
"""Quantities that have no column: they are added up in those that have one."""


@dataclass(frozen=True)
class Exercise:
    """A question, with its answer.

    Attributes:
        trace: the run that is to be computed by hand.
        shown: its quantities, in the order in which they are computed.
        blank: those of them that are left out.
    """

    trace: Trace
    shown: tuple[str, ...]
    blank: tuple[str, ...]


def exercise(
    cell: str = "rnn",
    *,
    units: int = 1,
    features: int = 1,
    timesteps: int = 3,
    seed: int = 1,
    blank: Collection[str] = (),
) -> Exercise:
    """A network drawn with a seed.

    Args:
        blank: the quantities to find, ``h``, ``a`` or one gate's ``a.i``; by default all.

    Errors: RnncalcError for a quantity that there is not.
    """
    draw = Random(seed)
    layer = Layer(_weights(cell, units, features, draw), cell=cell)
    x = _drawn((timesteps, features), HALVES, 2, draw)
    shown = [name for name in quantities(layer) if name.split(".")[0] not in UNSHOWN]
    known = {*shown, *(name.split(".")[0] for name in shown)}
    for name in blank:
        if name not in known:
            there = ", ".join(dict.fromkeys(one.split(".")[0] for one in shown))
            raise RnncalcError(f"--blank: there is no {printable(name)} here: {there}")
    left = [name for name in shown if not blank or {name, name.split(".")[0]} & {*blank}]
    return Exercise(run(Model((layer,), x=x)), tuple(shown), tuple(left))


def _weights(cell: str, units: int, features: int, draw: Random) -> dict[str, Array]:
    shapes = {"W_x": (units, features), "W_h": (units, units), "bias": (units,)}
    names = [(name, shape) for base, shape in shapes.items() for name in CELLS[cell].names(base)]
    return {name: _drawn(shape, QUARTERS, 1, draw) for name, shape in names}


def _drawn(shape: tuple[int, ...], parts: int, most: int, draw: Random) -> Array:
    """Numbers of either sign, whole multiples of a part of 1."""
    count = parts * most
    numbers = [(1 + int(draw.random() * count)) / parts for _ in range(int(np.prod(shape)))]
    signs = [1 if draw.random() < 0.5 else -1 for _ in numbers]
    return np.multiply(numbers, signs).reshape(shape)
