"""The course of one sequence through one direction of one layer: its real steps, in their order.

A backward direction's first step is the one that it read first. Padded and masked steps freeze the
state, so they are no part of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError
from rnncalc.model.layer import Layer, quantities
from rnncalc.trace.trace import DirectionTrace, Trace


@dataclass(frozen=True, eq=False)
class Course:
    """What went into every step, and what came out of it.

    Attributes:
        layer: the direction's own weights and options.
        name, direction, sequence: whose course it is.
        turned: whether its steps go from the last t to the first.
        t: the real timesteps, from 1, in the order in which they were computed.
        x: (steps, features), what each read.
        before: state to (steps, units), the states that each went on from.
        values: quantity to (steps, width).
        weights: as the run rounded them; a bias that there is not is 0.
    """

    layer: Layer
    name: str
    direction: str
    sequence: int
    turned: bool
    t: Array
    x: Array
    before: Mapping[str, Array]
    values: Mapping[str, Array]
    weights: Mapping[str, Array]

    @property
    def steps(self) -> int:
        """How many real steps there are."""
        return len(self.t)

    @property
    def size(self) -> int:
        """How many numbers its state has: h, and c of an LSTM."""
        return sum(state.shape[1] for state in self.before.values())

    def at(self, t: int) -> int | None:
        """Which step timestep t was; None where it was padded or masked."""
        rows = self.t[::-1] if self.turned else self.t
        row = int(np.searchsorted(rows, t))
        if row == len(rows) or rows[row] != t:
            return None
        return len(rows) - 1 - row if self.turned else row


def courses(
    trace: Trace, layer: int, direction: str, sequences: Sequence[int] | None = None
) -> list[Course]:
    """The courses of some sequences, by default of all."""
    every = range(len(trace.x) if trace.batched else 1)
    return [course(trace, layer, direction, one) for one in sequences or every]


def course(trace: Trace, layer: int, direction: str, sequence: int = 0) -> Course:
    """The course of one sequence.

    Errors: RnncalcError where the trace has not recorded every quantity.
    """
    trace.refuse_exact("insight")
    own, way = trace.model.layers[layer], trace.layers[layer].directions[direction]
    one = own.passes[direction]
    refuse_unrecorded(one, way)
    index = (sequence,) if trace.batched else ()
    turned = own.turned(direction)
    rows = np.flatnonzero(trace.real(layer)[sequence])[:: -1 if turned else 1]
    values = {name: _full(array[index][rows]) for name, array in way.values.items()}
    before = {
        name: np.vstack([_full(way.initial[name][index])[None], values[name][:-1]])[: len(rows)]
        for name in CELLS[one.cell].states
    }
    weights = {name: _full(array.astype(trace.dtype)) for name, array in one.arrays.items()}
    x = _full(_read(trace, layer, direction, sequence)[rows])
    where = own.name, direction, sequence, turned
    return Course(one, *where, rows + 1, x, before, values, weights)


def refuse_unrecorded(one: Layer, way: DirectionTrace) -> None:
    """Errors: RnncalcError where a direction's run has not recorded every quantity."""
    if missing := [name for name in quantities(one) if name not in way.values]:
        raise RnncalcError(f"this trace has no {missing[0]}: run it with record=None")


def _read(trace: Trace, layer: int, direction: str, sequence: int) -> Array:
    """What the step of each row read, (timesteps, features)."""
    source, here = trace.source(layer, direction), trace.layers[layer]
    end = None if here.ends is None else here.ends[sequence]
    read = trace.rows_read(layer, np.arange(1, here.rows[-1] + 1), end)
    return np.asarray((source[sequence] if trace.batched else source)[read])


def _full(array: Array) -> Array:
    return array.astype(np.float64)
