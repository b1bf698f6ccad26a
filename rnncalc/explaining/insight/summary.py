"""What stands out in a run: saturated and dead units, gates always open or shut, memory length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.equations import CELLS
from rnncalc.equations.activations import Bounds
from rnncalc.explaining.insight.course import Course, courses
from rnncalc.explaining.insight.jacobian import Effort, memory_length
from rnncalc.model.layer import Layer
from rnncalc.trace.trace import Trace

NEAR = 0.01
"""So near to its bound, as a part of it, a unit is saturated and a gate open or shut."""

CANDIDATES = "gn"
"""The letters of gates that let nothing through: they are what is let through."""


@dataclass(frozen=True)
class Standing:
    """What stands out in one direction of one layer, over all real steps of all sequences.

    Attributes:
        layer, direction: whose it is.
        gates: the letters of its gates that let through.
        saturated: the units whose h is near a bound (|h| > 0.99 for tanh) on more than half of the
            steps.
        dead: the units whose h never changes within a sequence, and which are not saturated.
        open, shut: gate to the units where it is above 0.99, or below 0.01, at every step.
        memory: for each sequence, after how many steps less than 1e-3 is left of a change of the
            state; None: never within its steps.
        steps: for each sequence, how many real steps it has.
    """

    layer: str
    direction: str
    gates: str
    saturated: list[int]
    dead: list[int]
    open: dict[str, list[int]]
    shut: dict[str, list[int]]
    memory: list[int | None]
    steps: list[int]


def summary(trace: Trace, sequences: Sequence[int] | None = None) -> list[Standing]:
    """What stands out in each direction of each layer, in some sequences of a batch or in all.

    Errors: RnncalcError where the trace has not recorded every quantity.
    """
    effort = Effort()
    return [
        standing(courses(trace, index, direction, sequences), effort)
        for index, layer in enumerate(trace.layers)
        for direction in layer.directions
    ]


def standing(several: list[Course], effort: Effort) -> Standing:
    """What stands out in the courses of all sequences through one direction."""
    first = several[0]
    letters = "".join(g for g in CELLS[first.layer.cell].gates if g not in CANDIDATES)
    gates = {gate: v for gate in letters if len(v := _joined(several, gate))}
    near = saturated(first.layer, _joined(several, "h"))
    return Standing(
        first.name,
        first.direction,
        letters,
        near,
        [unit for unit in dead(several) if unit not in near],
        _where({gate: v.min(axis=0) > 1 - NEAR for gate, v in gates.items()}),
        _where({gate: v.max(axis=0) < NEAR for gate, v in gates.items()}),
        [memory_length(course, effort) for course in several],
        [course.steps for course in several],
    )


def saturated(layer: Layer, h: Array) -> list[int]:
    """The units that are near a bound on more than half of the steps."""
    between = limits(layer)
    if between is None or not len(h):
        return []
    lower, upper = between
    near = np.abs(h) > upper * (1 - NEAR)
    if lower == 0 and not layer.gated:
        near |= h < upper * NEAR
    return _units(near.mean(axis=0) > 0.5)


def limits(layer: Layer) -> Bounds | None:
    """The two bounds between which h of one direction stays; None where there are not two."""
    function = layer.activation if layer.state_activation is None else layer.state_activation
    return None if "W_r" in layer.weights else function.bounds  # type: ignore[union-attr]


def dead(several: list[Course]) -> list[int]:
    """The units whose h is the same at every step of a sequence; one step tells nothing."""
    h = [course.values["h"] for course in several if course.steps > 1]
    still = [(values == values[:1]).all(axis=0) for values in h]
    return _units(np.all(still, axis=0)) if still else []


def _joined(several: list[Course], name: str) -> Array:
    """A quantity at the steps of all sequences, (steps, width)."""
    return np.concatenate([course.values[name] for course in several])


def _where(found: Mapping[str, Array]) -> dict[str, list[int]]:
    return {gate: _units(these) for gate, these in found.items() if these.any()}


def _units(these: Array) -> list[int]:
    return [int(unit) for unit in np.flatnonzero(these)]
