"""Why a state is what it is: one timestep's shares, saturation and memory, together."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError
from rnncalc.explaining.insight.course import Course, course
from rnncalc.explaining.insight.jacobian import Memory, jacobians, memory
from rnncalc.explaining.insight.parts import Saturation, Shares, saturations, shares
from rnncalc.faces import writer
from rnncalc.trace.trace import Trace


@dataclass(frozen=True, eq=False)
class Why:
    """One timestep of one sequence in one direction of one layer.

    Attributes:
        t, layer, direction, sequence: whose it is.
        step: which of the course's steps; None where it is padded or masked, and nothing happened.
        shares: the summands of every pre-activation and of the states that are sums.
        saturation: every activation.
        jacobian: ds_t/ds_{t-1} of the state s: h, and c of an LSTM below it. The identity where the
            step is padded or masked.
        norm: of its block dh_t/dh_{t-1}: a change of h grows by this factor at most.
        of_h0, of_x1: the norms of dh_t/dh_0 and of dh_t/dx_1, x_1 being what was read first.
        felt: what is left of the effect that x_1 had at its own step, 1 for all of it.
        course, memory: what it was taken from.
    """

    t: int
    layer: str
    direction: str
    sequence: int
    step: int | None
    shares: list[Shares]
    saturation: list[Saturation]
    jacobian: Array
    norm: float
    of_h0: float
    of_x1: float
    felt: float
    course: Course
    memory: Memory

    def sentences(self, units: list[int] | None = None) -> list[str]:
        """Each of it in a plain sentence, of these units or of all."""
        return list(writer("explanation.insight").sentences(self, units))


class Insight:
    """A course, and what every step of it depends on; ``at(t)`` is one of them.

    Args:
        trace: of a run that recorded every quantity.
        layer: which layer, by its index.
        direction: forward or backward; by default the layer's first.
        sequence: of a batch.

    Errors: RnncalcError for a direction or sequence that there is not, or unrecorded quantities.
    """

    def __init__(
        self, trace: Trace, layer: int = 0, direction: str | None = None, sequence: int = 0
    ) -> None:
        direction = trace.layers[layer].direction(direction)
        count = len(trace.x) if trace.batched else 1
        if not 0 <= sequence < count:
            raise RnncalcError(f"there is no sequence {sequence}: they are 0 to {count - 1}")
        self.timesteps = trace.timesteps
        self.course = course(trace, layer, direction, sequence)

    @cached_property
    def memory(self) -> Memory:
        """What is still felt after every step."""
        return memory(self.course)

    @np.errstate(all="ignore")
    def at(self, t: int) -> Why:
        """Timestep t, from 1. Errors: RnncalcError where there is none."""
        if not 1 <= t <= self.timesteps:
            raise RnncalcError(f"there is no step {t}: t counts from 1 to {self.timesteps}")
        one, all_of, step = self.course, self.memory, self.course.at(t)
        where = (t, one.name, one.direction, one.sequence, step)
        if step is None:
            before = self._before(t)
            return Why(*where, [], [], np.eye(one.size), 1.0, *before, one, all_of)
        return Why(
            *where,
            shares(one, step),
            saturations(one, step),
            jacobians(one, step, step + 1)[0],
            float(all_of.norms[step]),
            *all_of.at(step),
            one,
            all_of,
        )

    def _before(self, t: int) -> tuple[float, float, float]:
        """What is felt at a step that is not real: as much as after the one before it."""
        back = self.course.turned
        earlier = np.flatnonzero(self.course.t > t if back else self.course.t < t)
        return self.memory.at(int(earlier[-1])) if earlier.size else (1.0, 0.0, 0.0)


def why(
    trace: Trace, t: int, layer: int = 0, direction: str | None = None, sequence: int = 0
) -> Why:
    """One timestep; for many of a sequence, ``Insight(...).at(t)`` computes the products once."""
    return Insight(trace, layer, direction, sequence).at(t)
