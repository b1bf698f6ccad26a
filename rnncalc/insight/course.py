"""The course of one sequence through one direction of one layer: its real steps, in their order.

A backward direction's first step is the one that it read first. Padded and masked steps freeze the
state, so they are no part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rnncalc.activations import Array
from rnncalc.cells import CELLS
from rnncalc.errors import RnncalcError
from rnncalc.layer import Layer, quantities
from rnncalc.trace import Trace


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
        weights: as the run rounded them.
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

    def at(self, t: int) -> int | None:
        """Which step timestep t was; None where it was padded or masked."""
        found = np.flatnonzero(self.t == t)
        return int(found[0]) if found.size else None


def courses(trace: Trace, layer: int, direction: str) -> list[Course]:
    """The courses of all sequences."""
    count = len(trace.x) if trace.batched else 1
    return [course(trace, layer, direction, sequence) for sequence in range(count)]


def course(trace: Trace, layer: int, direction: str, sequence: int = 0) -> Course:
    """The course of one sequence.

    Errors: RnncalcError where the trace has not recorded every quantity.
    """
    own, way = trace.model.layers[layer], trace.layers[layer].directions[direction]
    one = own.passes[direction]
    if missing := [name for name in quantities(one) if name not in way.values]:
        raise RnncalcError(f"this trace has no {missing[0]}: run it with record=None")
    index = (sequence,) if trace.batched else ()
    turned = direction == "backward" and own.order != "processing"
    rows = _real(trace, layer, sequence)[:: -1 if turned else 1]
    values = {name: _full(array[index][rows]) for name, array in way.values.items()}
    before = {
        name: np.vstack([_full(way.initial[name][index])[None], values[name][:-1]])[: len(rows)]
        for name in CELLS[one.cell].states
    }
    weights = {name: _full(array.astype(trace.dtype)) for name, array in one.weights.items()}
    x = _full(_read(trace, layer, direction, sequence)[rows])
    where = own.name, direction, sequence, turned
    return Course(one, *where, rows + 1, x, before, values, weights)


def _real(trace: Trace, layer: int, sequence: int) -> Array:
    """The rows of the real steps."""
    real = np.ones(trace.timesteps, bool)
    if trace.mask is not None:
        real = trace.mask[sequence] if trace.batched else trace.mask
    if trace.model.layers[layer].order == "processing" and trace.ends is None:
        real = real[::-1]  # lengths end in processing order, too
    return np.flatnonzero(real)


def _read(trace: Trace, layer: int, direction: str, sequence: int) -> Array:
    """What the step of each row read, (timesteps, features)."""
    own = trace.model.layers[layer]
    index = (sequence,) if trace.batched else ()
    if own.same_loop:
        return np.asarray(trace.layers[layer - 1].directions[direction]["h"][index])
    below = trace.x if layer == 0 else trace.layers[layer - 1].h
    assert below is not None  # nothing follows a layer with two outputs
    if own.order == "input":
        return np.asarray(below[index])
    end = trace.timesteps if trace.ends is None else int(np.ravel(trace.ends)[sequence])
    turned = [*range(end)[::-1], *range(end, trace.timesteps)]
    return np.asarray(below[index][turned])


def _full(array: Array) -> Array:
    return array.astype(np.float64)
