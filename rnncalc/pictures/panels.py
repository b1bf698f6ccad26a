"""Quantities over time, a panel each: what heat maps, gates and lines draw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.equations import CELLS
from rnncalc.equations.activations import Bounds
from rnncalc.errors import RnncalcError, listed, printable
from rnncalc.explaining.insight.parts import activations
from rnncalc.explaining.insight.summary import NEAR, limits
from rnncalc.model.layer import Layer
from rnncalc.numbers.digits import Digits, counted
from rnncalc.pictures.columns import Columns
from rnncalc.pictures.picture import Picture
from rnncalc.pictures.place import names, place
from rnncalc.pictures.request import PictureRequest
from rnncalc.trace.quantity import Quantity
from rnncalc.trace.trace import Trace

MOST_PANELS = 16
"""So many panels at most stand below each other."""

MOST_LINES = 8
"""So many lines at most can be told apart in a panel."""


@dataclass(frozen=True, eq=False)
class Panel:
    """One quantity of one direction of a layer, for one sequence, in columns of timesteps.

    Attributes:
        name: of the quantity.
        label: with its layer and direction where there are several.
        first, last: the timesteps that it goes from and to.
        every: how many timesteps a column has; the last may have fewer.
        index: (units), from 0.
        low, high: (columns, units), the smallest and the largest value; equal where a column is one
            timestep.
        real: (columns), False where all of it is masked or padded.
        bounds: that its values lie between, where there are two.
        saturated: (units), the share of the real steps on which a unit is near a bound; None where
            that is not known.
        width: how many units there are, also of those that are not shown.
    """

    name: str
    label: str
    first: int
    last: int
    every: int
    index: Array
    low: Array
    high: Array
    real: Array
    bounds: Bounds | None
    saturated: Array | None
    width: int

    others: ClassVar = "units: --units A:B"
    """What is left out where there is no room, and what shows it."""

    @property
    def values(self) -> Array:
        """(columns, units): of several timesteps the value that is furthest from 0."""
        return np.where(np.abs(self.low) > np.abs(self.high), self.low, self.high)

    def row(self, number: int) -> str:
        """What a row is called."""
        return self.name if self.width == 1 else f"{self.name}[{self.index[number]}]"

    def coarser(self, most: int) -> Panel:
        """The same in at most so many columns."""
        together = -(-len(self.low) // most)
        starts = np.arange(0, len(self.low), together)
        return replace(
            self, every=self.every * together, low=np.minimum.reduceat(self.low, starts),
            high=np.maximum.reduceat(self.high, starts),
            real=np.logical_or.reduceat(self.real, starts),
        )  # fmt: skip

    @property
    def edges(self) -> Array:
        """The borders of the columns in t, half a step before the first and behind each."""
        starts = self.first + self.every * np.arange(len(self.low))
        return np.append(starts, self.last + 1) - 0.5

    @property
    def limits(self) -> Bounds:
        """The range of its colours, the same to both sides of 0: -1 to 1 where it is bounded so."""
        if self.bounds is not None:
            largest = max(map(abs, self.bounds))
            return (-1, 1) if largest <= 1 else (-largest, largest)
        values = self.values
        largest = float(np.abs(values[np.isfinite(values)]).max(initial=0)) or 1.0
        return -largest, largest


@dataclass(frozen=True, eq=False, kw_only=True)
class Panels(Picture):
    """Quantities of one run below each other, over the same time.

    Attributes:
        panels: at least one.
        digits: of numbers that are written.
        absent: why a column is hatched.
    """

    panels: tuple[Panel, ...]
    digits: Digits
    absent: str = "masked or padded"

    @property
    def parts(self) -> int:
        """A panel each."""
        return len(self.panels)

    def coarser(self, most: int) -> Panels:
        """The same in at most so many columns."""
        panels = tuple(one.coarser(most) for one in self.panels)
        said = [note for note in self.notes if note not in _notes(self.kind, self.panels)]
        return replace(self, panels=panels, notes=(*said, *_notes(self.kind, panels)))


def make(kind: str, trace: Trace | Iterable[Trace], request: PictureRequest) -> Panels:
    """The panels of a run, or of its parts.

    Errors: RnncalcError where there are too many, or no gates.
    """
    growing: list[_Growing] = []
    for part in [trace] if isinstance(trace, Trace) else trace:
        quantities = _gates(part, request) if kind == "gates" else _selected(part, request)
        growing = growing or _started(kind, part, quantities)
        for one, quantity in zip(growing, quantities, strict=True):
            one.add(part, quantity, request.sequence(part))
    panels = tuple(one.panel() for one in growing)
    labels = [one.label for one in panels]
    what = ", ".join(labels) if len(panels) <= 3 else f"{len(panels)} quantities"
    first, last = min(one.first for one in panels), max(one.last for one in panels)
    over = f"at t = {first}" if first == last else f"over t = {first} to {last}"
    sequence = request.sequence(part)
    whose = "" if sequence is None else f", sequence {sequence} (of 0 to {len(part.x) - 1})"
    return Panels(
        kind=kind, title=f"{what} {over}{whose}", panels=panels,
        notes=(*_notes(kind, panels), *_unmarked(part, growing)),
        description=f"{listed(labels)}, from t = {first} to {last}{whose}.",
        digits=request.rounding,
    )  # fmt: skip


def _selected(trace: Trace, request: PictureRequest) -> list[Quantity]:
    """What is asked for, by default h of every layer, and y."""
    selection, model = request.selection, trace.model
    shown = names(selection, model, ["h", "y"])
    parts = selection.cut(trace, [name for name in shown if name not in ("bias", "bias_h")])
    if selection.of in {one.name for one in model.stateless}:
        return [part for part in parts if part.layer == selection.of]
    joined = {layer.name for layer in model.layers if layer.backward and layer.merge == "concat"}
    return [p for p in parts if p.name != "mask" and (p.direction or p.layer not in joined)]


def _gates(trace: Trace, request: PictureRequest) -> list[Quantity]:
    """Every gate and state of one direction: of the layer that is named, else the last gated one.

    Errors: RnncalcError where there is none.
    """
    selection, model = request.selection, trace.model
    if selection.of:
        place("gates", trace, selection)
    layer, direction = selection.place(model)
    gated = [one for one in model.layers if one.gated and layer in ("", one.name)]
    if not gated:
        what = printable(layer) or "this network"
        raise RnncalcError(f"gates: {what} has none; --kind heatmap shows h")
    one = gated[-1]
    direction = direction or next(iter(one.passes))
    cell = CELLS[one.cell]
    parts = selection.cut(trace, [*cell.gates, *reversed(cell.states)])
    return [part for part in parts if (part.layer, part.direction) == (one.name, direction)]


def _started(kind: str, trace: Trace, quantities: list[Quantity]) -> list[_Growing]:
    """A panel for each quantity, without any step yet."""
    if len(quantities) > MOST_PANELS:
        count = f"{len(quantities)} quantities, of which at most {MOST_PANELS} are drawn"
        raise RnncalcError(f"{kind}: {count}: choose with --of and --show")
    ways = {(one.layer, one.direction) for one in quantities if one.layer}
    several = len(ways) > 1 or bool(trace.model.wiring)
    return [_Growing(trace, one, one.label(several)) for one in quantities]


def _unmarked(trace: Trace, growing: Sequence[_Growing]) -> Iterator[str]:
    """In a graph only recurrent layers tell which of their timesteps are real."""
    masked = any(layer.mask is not None for layer in trace.layers)
    others = [one.label for one in growing if not one.one.direction]
    if trace.model.wiring and masked and others:
        yield f"Masked or padded steps are not marked of {listed(others)}."


class _Growing:
    """A panel, as far as its steps have come."""

    def __init__(self, trace: Trace, one: Quantity, label: str) -> None:
        layers = [layer.name for layer in trace.model.layers]
        self.one, self.label = one, label
        self.index = layers.index(one.layer) if one.layer in layers else 0
        self.bounds = bounds_of(trace.model.layers[self.index], one)
        self.columns, self.first = Columns(len(one.index)), int(one.t[0])
        self.near, self.steps = np.zeros(len(one.index)), 0

    def add(self, trace: Trace, one: Quantity, sequence: int | None) -> None:
        """Put the steps of a part behind."""
        values = np.asarray(one.values if sequence is None else one.values[0], np.float64)
        real = self._real(trace, one, sequence or 0)
        self.columns.add(values, real)
        if self.bounds is not None:
            low, high = near_bounds(values[real], self.bounds)
            self.near += (low | high).sum(axis=0)
            self.steps += int(real.sum())

    def _real(self, trace: Trace, one: Quantity, sequence: int) -> Array:
        """Which of its timesteps are real. In a graph only recurrent layers tell that."""
        if trace.model.wiring and not one.direction:
            return np.ones(len(one.t), bool)
        return np.asarray(trace.real(self.index)[sequence][one.t - 1 - trace.start])

    def panel(self) -> Panel:
        """What it has become."""
        one, made, bounds = self.one, self.columns, self.bounds
        if bounds and not (made.low.min() >= bounds[0] and made.high.max() <= bounds[1]):
            bounds = None  # an initial state may lie beyond them
        return Panel(
            one.name, self.label, self.first, self.first + made.count - 1, made.every, one.index,
            made.low, made.high, made.real, bounds,
            self.near / self.steps if bounds and self.steps else None, one.width,
        )  # fmt: skip


def bounds_of(layer: Layer, one: Quantity) -> Bounds | None:
    """The two bounds that a quantity lies between, where there are."""
    if not one.layer or not one.direction:
        return None
    way = layer.passes[one.direction]
    functions = {gives: function for gives, _, function in activations(way)}
    return (
        functions[one.name].bounds
        if one.name in functions
        else (limits(way) if one.name == "h" else None)
    )


def near_bounds(values: Array, bounds: Bounds) -> tuple[Array, Array]:
    """Which values are nearer to the lower and to the upper bound than NEAR, as a part of half the
    range."""
    lower, upper = bounds
    near = NEAR * (upper - lower) / 2
    return values < lower + near, values > upper - near


def _notes(kind: str, panels: Sequence[Panel]) -> tuple[str, ...]:
    notes = []
    if kind != "lines" and any(one.saturated is not None for one in panels):
        notes.append("sat: on how many steps a unit is within 1% of a bound.")
    if kind == "lines" and any(len(one.index) > MOST_LINES for one in panels):
        notes.append(f"Shown are the first {MOST_LINES} units; --units chooses others.")
    if (every := panels[0].every) > 1:
        what = (
            "all between their smallest and largest value"
            if kind == "lines"
            else ("coloured by the value furthest from 0")
        )
        notes.append(f"A column is {every:,} timesteps, {what}.")
    wrong = sum(int(np.count_nonzero(~np.isfinite(one.low + one.high))) for one in panels)
    if wrong:
        notes.append(f"{counted(wrong, 'place')} without colour: NaN or infinite.")
    return tuple(notes)


def percent(share: float) -> str:
    """A share as whole per cent; what is not all or nothing is not written as that."""
    whole = round(100 * share)
    if share and whole == 0:
        return "<1%"
    return ">99%" if whole == 100 and share < 1 else f"{whole}%"
