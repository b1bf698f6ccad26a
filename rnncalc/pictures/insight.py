"""What stands out in one direction of a layer: saturated units, and what is felt of the past."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError, printable
from rnncalc.explaining.insight.course import Course, course
from rnncalc.explaining.insight.jacobian import FORGOTTEN, felt_at_end
from rnncalc.numbers import digits
from rnncalc.pictures.panels import bounds_of, near_bounds
from rnncalc.pictures.picture import Picture
from rnncalc.pictures.place import place, rows
from rnncalc.pictures.request import PictureRequest
from rnncalc.trace.quantity import Quantity
from rnncalc.trace.trace import Trace


@dataclass(frozen=True, eq=False)
class Standing:
    """How often each unit of a quantity is near its bounds.

    Attributes:
        name: of the quantity; ``bounds``: the two that it lies between.
        index: (units), from 0.
        low, high: (units), the shares of the steps.
    """

    name: str
    bounds: tuple[float, float]
    index: Array
    low: Array
    high: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class Saturation(Picture):
    """Every quantity of a layer that has two bounds."""

    standings: tuple[Standing, ...]

    @property
    def parts(self) -> int:
        """A quantity each."""
        return len(self.standings)


@dataclass(frozen=True, eq=False, kw_only=True)
class Memory(Picture):
    """What is felt of each step after the last one.

    Attributes:
        t: the real timesteps, in the order in which they were read.
        felt: the norm of dh_T/dx_t, as a part of that of the step that is felt most.
        of_h0: the norm of dh_T/dh_0: what is left of a change of the initial state.
        forgotten: below this share a step is forgotten.
    """

    t: Array
    felt: Array
    of_h0: float
    forgotten: float


def make(kind: str, trace: Trace, request: PictureRequest) -> Picture:
    """One of both, of the layer and direction that are chosen, else of the last layer.

    Errors: RnncalcError where no step is real, and where memory is too much to compute.
    """
    selection = request.selection
    index, way = place(kind, trace, selection)
    own = trace.model.layers[index]
    one = course(trace, index, way, request.sequence(trace) or 0)
    if not one.steps:
        raise RnncalcError(f"{kind}: every step of {printable(one.name)} is masked or padded")
    whose = f"{one.name}.{way}" if len(own.passes) > 1 else one.name
    if kind == "memory":
        if selection.steps is not None or selection.units is not None:
            raise RnncalcError("memory is of all units over the whole run: no --steps, no --units")
        return _memory(one, whose, "what it reads" if trace.model.wiring else "x")
    chosen = None if selection.units is None else selection.columns(trace)
    return _saturation(trace, one, whose, rows(trace, selection, index), chosen)


def _saturation(
    trace: Trace, one: Course, whose: str, steps: Sequence[int] | None, units: Sequence[int] | None
) -> Saturation:
    """How often gates are open and shut, and units at a bound."""
    own = next(layer for layer in trace.model.layers if layer.name == one.name)
    shown = np.ones(one.steps, bool) if steps is None else np.isin(one.t, steps)
    standings = []
    for name in (*CELLS[one.layer.cell].gates, "h"):
        values = one.values[name][shown]
        width = values.shape[1]
        index = np.array([u for u in range(width) if units is None or u in units])
        none = np.empty(0)
        bounds = bounds_of(own, Quantity(name, one.name, one.direction, none, none, none, width))
        inside = bounds and values.size and values.min() >= bounds[0] and values.max() <= bounds[1]
        if bounds and inside:
            shares = (part.mean(axis=0)[index] for part in near_bounds(values, bounds))
            standings.append(Standing(name, bounds, index, *shares))
    if not standings:
        raise RnncalcError(f"saturation: nothing in {printable(one.name)} lies between two bounds")
    often = [f"{s.name}[{u}] {digits.number(share, 3)}" for s in standings
             for u, share in zip(s.index, s.low + s.high, strict=True) if share > 0.5]  # fmt: skip
    said = f"On more than half of the steps: {', '.join(often)}." if often else "No unit often."
    count = digits.counted(int(shown.sum()), "step")
    return Saturation(
        kind="saturation", title=f"{whose}: near a bound, over {count}", description=said,
        notes=("Near is within 1% of the bound; gates near 0 are shut, near 1 open.",),
        standings=tuple(standings),
    )  # fmt: skip


def _memory(one: Course, whose: str, read: str) -> Memory:
    """What a change of each x_t is worth in the last h; ``read`` is what x is called."""
    felt, of_h0 = felt_at_end(one)
    largest = float(felt[np.isfinite(felt)].max(initial=0.0))
    share = felt / largest if largest else felt
    end = int(one.t[-1])
    first = digits.number(float(share[0]), 3)
    return Memory(
        kind="memory", title=f"{whose}: how much of {read} at t is felt in h at t = {end}",
        description=f"Of {read} at t = {one.t[0]}, which was read first, {first} of the most is "
        "felt.",
        notes=(
            "As a part of what the step that is felt most is worth, at most, in all units.",
            f"A change of h0 by 1 changes the last h by {digits.number(of_h0, 3)} at most.",
        ),
        t=one.t, felt=share, of_h0=of_h0, forgotten=FORGOTTEN,
    )  # fmt: skip
