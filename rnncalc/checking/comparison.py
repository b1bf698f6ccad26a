"""A Trace against expected numbers: the verdict, and what a difference of its size may be.

How far apart each pair of numbers is, which differs first, how large the difference is. It only
compares: which orders of axes there are says ``layouts.py``, which mistake it is ``diagnosis/``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.apart import Apart, apart
from rnncalc.checking.expected import (
    Expected,
    Tolerance,
    coarser,
    decimals_of,
    spacing,
    tolerance_of,
)
from rnncalc.checking.few_digits import counted, decimals_of_room, middles, roomy
from rnncalc.checking.layouts import (
    Reading,
    Series,
    compared,
    end_of,
    is_y,
    layer_of,
    plain_shape,
    readings,
)
from rnncalc.checking.part import WHOLE, Part
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError
from rnncalc.numbers.printed import half_unit
from rnncalc.trace.trace import Trace

SIZES = (
    (1e-12, "no more than float64 rounds"),
    (1e-6, "no more than float32 rounds"),
    (5e-3, "as float16 or TF32 rounds, or numbers of few digits"),
    (4e-2, "as bfloat16 rounds, or numbers of two digits"),
)
"""Up to which share of the numbers a difference may be what; beyond, the last."""

ROUNDING = SIZES[-1][0]
"""A larger share is never rounding."""

LARGEST = "more than rounding makes"


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


@dataclass(frozen=True, eq=False)
class Comparison:
    """What was found.

    Attributes:
        against: what the expected numbers are called.
        quantity: what was compared: ``h``, ``y`` ...
        layout: how its axes were read, where that is not the plain way.
        shapes: ours and theirs.
        compared, differ: how many numbers.
        tolerance: what they were held to.
        max_abs: the largest difference; None where shapes differ.
        dtype: the coarser of both types, whose rounding counts.
        roundings: the same in its roundings at the largest expected number; None where that is 0
            or no number of it.
        size: what a difference of this size, against the numbers, may be.
        first: where it begins.
        growth: the largest difference of each timestep; empty where there is but one.
        decimals: the fewest and the most that the expected numbers have, where they decide.
        cut: whether the numbers agree as the expected ones were cut, and not rounded.
        part: what of the quantity was compared.
        apart: how far they are at each timestep; None where shapes differ, and for final states.
    """

    against: str
    quantity: str
    layout: str
    shapes: tuple[tuple[int, ...], tuple[int, ...]]
    compared: int
    differ: int
    tolerance: Tolerance
    max_abs: float | None
    dtype: str
    roundings: float | None
    size: str
    first: Difference | None
    growth: Array
    decimals: tuple[int, int] | None = None
    cut: bool = False
    part: Part = WHOLE
    apart: Apart | None = None

    @property
    def agrees(self) -> bool:
        """Whether every number does."""
        return self.compared > 0 and self.differ == 0


def compare(
    trace: Trace,
    expected: Expected,
    *,
    show: str | None = None,
    part: Part = WHOLE,
    rtol: float | None = None,
    atol: float | None = None,
) -> Comparison:
    """Compare a run with expected numbers.

    Args:
        show: which quantity: h, c, y, final.h or final.c; by default y where there is an output
            layer, else h.
        part: what of it; the expected numbers are those of the part.
        rtol, atol: instead of the defaults, which follow the coarser of both types.

    Errors: RnncalcError for NaN where ours is a number, for a quantity that there is not, and for a
    tolerance that is none.
    """
    theirs = expected.one(show or compared(trace))
    tolerance = tolerance_of(trace.dtype, expected.dtype, rtol, atol)
    tolerance = roomy(tolerance, expected, theirs)
    found = readings(trace, theirs.shape, show, part)
    if not found:
        return _shapes(trace, theirs, expected, tolerance, show, part)
    reading = _agreeing(found, theirs, tolerance)
    if reading or not np.any(tolerance.room):
        return _compared(trace, reading or found[0], theirs, expected, tolerance)
    reading = _agreeing(found, *middles(theirs, tolerance))
    return _compared(trace, reading or found[0], theirs, expected, tolerance, cut=bool(reading))


def _agreeing(found: list[Reading], theirs: Array, tolerance: Tolerance) -> Reading | None:
    """Several readings may have the shape: one that agrees is the one that was meant."""
    return next((one for one in found if not differ(one.numbers, theirs, tolerance).any()), None)


def _shapes(
    trace: Trace, theirs: Array, expected: Expected, tolerance: Tolerance, show: str | None,
    part: Part,
) -> Comparison:  # fmt: skip
    """A comparison of what has another shape."""
    name = show or compared(trace)
    ours = readings(trace, plain_shape(trace, name, part), name, part)[0].numbers
    return Comparison(
        expected.against, name, "", (ours.shape, theirs.shape), 0, 0, tolerance,
        None, coarser(trace.dtype, expected.dtype), None, "another shape", None, np.zeros(0),
        decimals_of_room(tolerance.room), part=part,
    )  # fmt: skip


def _compared(
    trace: Trace, reading: Reading, theirs: Array, expected: Expected, tolerance: Tolerance,
    *, cut: bool = False,
) -> Comparison:  # fmt: skip
    ours = reading.numbers
    _refuse_nan(ours, theirs, expected)
    far = distance(ours, theirs)
    wrong = np.zeros(far.shape, bool) if cut else differ(ours, theirs, tolerance)
    decimals = decimals_of_room(tolerance.room)
    first = beginning(trace, reading, expected, theirs, tolerance) if wrong.any() else None
    dtype = coarser(trace.dtype, expected.dtype)
    few = counted(decimals) if decimals and not wrong.any() else ""
    return Comparison(
        expected.against, reading.series.name, reading.layout.say, (ours.shape, theirs.shape),
        theirs.size, int(wrong.sum()), tolerance, float(far.max()),
        dtype, _roundings(float(far.max()), theirs, dtype),
        f"no more than {few} leave room for" if few else _size(far, ours, theirs), first,
        _growth(reading, far), decimals, cut, reading.series.part,
        _apart(trace, reading, far, tolerance.of(theirs)),
    )  # fmt: skip


def _apart(trace: Trace, reading: Reading, far: Array, bound: Array) -> Apart | None:
    """How far numbers are at each timestep; final states have none."""
    series = reading.series
    if series.final:
        return None
    first = end_of(trace, series.name, series.part) if series.single else 1
    whole, bounds = reading.scattered(far, np.nan), reading.scattered(bound, np.nan)
    return apart(series.name, whole, bounds, first + trace.start)


def _roundings(largest: float, theirs: Array, dtype: str) -> float | None:
    """A difference in roundings of a type; None where the numbers are 0, or none of it."""
    scale = float(np.abs(theirs[np.isfinite(theirs)]).max(initial=0.0))
    unit = spacing(np.array(scale), dtype)
    return largest / float(unit) if np.isfinite(unit) and scale else None


def _refuse_nan(ours: Array, theirs: Array, expected: Expected) -> None:
    """NaN can only be compared with NaN."""
    lost = np.isnan(theirs) & ~np.isnan(ours)
    if lost.any():
        at = tuple(int(i) for i in np.argwhere(lost)[0])
        where = f" at [{', '.join(map(str, at))}]" if at else ""
        message = f"{expected.against}: NaN{where}, where rnncalc computes {ours[at]:g}"
        raise RnncalcError(f"{message}: expected numbers must be numbers")


def _size(far: Array, ours: Array, theirs: Array) -> str:
    """What the difference may be by its size, against each number, or the middle one of all."""
    decimals = decimals_of(theirs)
    if decimals and (far <= half_unit(decimals)).all():
        return f"ours, rounded to {decimals} decimal{'s' * (decimals > 1)}, are the same"
    largest = share(far, ours, theirs)
    return next((say for bound, say in SIZES if largest <= bound), LARGEST)


def share(far: Array, ours: Array, theirs: Array) -> float:
    """The largest difference against its number, or against the middle one where that is larger."""
    each = np.maximum(np.abs(ours), np.abs(theirs))
    there = each[np.isfinite(each) & (each > 0)]
    middle = np.median(there) if there.size else 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(far == 0, 0.0, far / np.maximum(np.abs(theirs), middle))
    return float(np.max(np.where(np.isnan(shares), np.inf, shares)))


def _growth(reading: Reading, far: Array) -> Array:
    """The largest difference of each timestep, where every timestep was compared."""
    part = reading.series.part
    if part.rows is not None:
        return np.zeros(0)
    whole = part.of(reading.scattered(far, np.nan))
    if reading.series.final or np.isnan(whole).any() or whole.shape[1] == 1:
        return np.zeros(0)
    return np.asarray(whole.max(axis=(0, 2)))


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
    if reading.series.part:
        return outside
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
    chosen = this.part.direction
    if this.final:
        every = [
            (layer.name, way)
            for layer in trace.layers
            for way in layer.directions
            if chosen in ("", way) and this.part.layer in ("", layer.name)
        ]
        layer, direction = every[len(every) - this.values.shape[1] + row]
        own = next(one for one in trace.model.layers if one.name == layer)
        rows = next(one.rows[-1] for one in trace.layers if one.name == layer)
        return layer, direction, 1 if own.turned(direction) else rows
    t = (end_of(trace, this.name, this.part) if this.single else row + 1) + trace.start
    if this.part.layer in trace.inside:
        return this.part.layer, None, t
    if is_y(this.name):
        first = trace.model.outputs[-1].name if trace.model.outputs else next(iter(trace.outputs))
        return this.name.partition(".")[2] or first, None, t
    last = layer_of(trace, this.part)
    ways = [chosen] if chosen else [*last.directions]
    if len(ways) > 1 and this.ways == 1:
        return last.name, None, t
    return last.name, ways[unit * this.ways // this.values.shape[-1]], t


def _inside(trace: Trace, expected: Expected, tolerance: Tolerance) -> Iterator[Difference]:
    """The first differing number of each quantity that both have, in the order of computing."""
    for layer in trace.layers:
        for way, here in layer.directions.items():
            for name, ours in here.values.items():
                theirs = expected.named.get(f"{layer.name}.{way}.{name}")
                if theirs is None or theirs.shape != ours.shape:
                    continue
                one, other = (part if trace.batched else part[None] for part in (ours, theirs))
                wrong = differ(one, other, tolerance)
                if wrong.any():
                    first = _difference(trace, Series(name, one, trace.batched), wrong, other)
                    yield first._replace(layer=layer.name, direction=way)
