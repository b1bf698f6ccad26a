"""Where two sets of numbers part: how far apart each pair is, and which differs first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.expected import Expected, Tolerance
from rnncalc.checking.layouts import Reading, Series
from rnncalc.trace.trace import Trace


class Difference(NamedTuple):
    """The first number that differs.

    Attributes:
        sequence: of the batch, from 0.
        t: the timestep, from 1.
        layer, direction: whose number it is; direction is None for an output layer and a merge.
        unit: the index in the last axis.
        quantity: its name.
        ours, theirs: the numbers.
    """

    sequence: int
    t: int
    layer: str
    direction: str | None
    unit: int
    quantity: str
    ours: float
    theirs: float


def differ(ours: Array, theirs: Array, tolerance: Tolerance) -> Array:
    """Which numbers are further apart than the tolerance; NaN agrees with NaN, infinity with its
    like only."""
    with np.errstate(invalid="ignore", over="ignore"):
        far = distance(ours, theirs)
        near = np.isfinite(far) & (far <= tolerance.of(theirs))
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    return np.asarray(~(near | same))


def distance(ours: Array, theirs: Array) -> Array:
    """How far apart numbers are; 0 where both are NaN, or the same infinity."""
    with np.errstate(invalid="ignore", over="ignore"):
        far = np.abs(np.float64(ours) - np.float64(theirs))
    same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
    return np.asarray(np.where(same, 0.0, np.where(np.isnan(far), np.inf, far)))


def beginning(
    trace: Trace, reading: Reading, expected: Expected, theirs: Array, tolerance: Tolerance
) -> Difference:
    """The first number that differs; in a result of every quantity, where it really begins."""
    wrong = reading.scattered(differ(reading.numbers, theirs, tolerance), False)
    outside = _difference(trace, reading.series, wrong, reading.scattered(theirs, np.nan))
    return min([*_inside(trace, expected, tolerance), outside], key=lambda one: one.t)


def _difference(trace: Trace, this: Series, wrong: Array, theirs: Array) -> Difference:
    """The smallest t, then sequence, then unit, of (batch, timesteps, width)."""
    found = np.argwhere(wrong.swapaxes(0, 1))[0]
    row, sequence, unit = (int(i) for i in found)
    layer, direction, t = _whose(trace, this, row, unit)
    at = sequence, row, unit
    ours, other = float(this.values[at]), float(theirs[at])
    return Difference(sequence, t, layer, direction, unit, this.name, ours, other)


def _whose(trace: Trace, this: Series, row: int, unit: int) -> tuple[str, str | None, int]:
    """The layer, the direction and t of a number, by its place."""
    if this.final:
        every = [(layer.name, way) for layer in trace.layers for way in layer.directions]
        layer, direction = every[len(every) - this.values.shape[1] + row]
        return layer, direction, trace.timesteps
    t = (trace.timesteps if this.single else row + 1) + trace.start
    if this.name == "y":
        return trace.model.outputs[-1].name, None, t
    last = trace.layers[-1]
    ways = [*last.directions]
    if len(ways) > 1 and this.ways == 1:
        return last.name, None, t
    return last.name, ways[unit * this.ways // this.values.shape[-1]], t


def _inside(trace: Trace, expected: Expected, tolerance: Tolerance) -> Iterator[Difference]:
    """The first differing number of each quantity that both have, in the order of computing."""
    for layer in trace.layers:
        for way, traced in layer.directions.items():
            for name, ours in traced.values.items():
                theirs = expected.named.get(f"{layer.name}.{way}.{name}")
                if theirs is None or theirs.shape != ours.shape:
                    continue
                one, other = (part if trace.batched else part[None] for part in (ours, theirs))
                wrong = differ(one, other, tolerance)
                if wrong.any():
                    first = _difference(trace, Series(name, one, trace.batched), wrong, other)
                    yield first._replace(layer=layer.name, direction=way)
