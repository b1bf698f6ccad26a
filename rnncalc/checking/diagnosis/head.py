"""The head of a job: a part of its numbers that is computed first, for most mistakes are out of the
question then. The first timesteps of a long sequence, the first sequence of a large batch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.comparison import differ
from rnncalc.checking.diagnosis.job import Job, alter, same
from rnncalc.checking.expected import Tolerance
from rnncalc.checking.layouts import Reading
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError
from rnncalc.model.layer import Layer

STEPS = 8
"""So many timesteps are computed first, of more than twice as many."""

ROWS, LARGE = 4, 128
"""From so many sequences, and so many timesteps of all, on, one of them is computed first."""


@dataclass(frozen=True)
class Head:
    """What is computed first.

    Attributes:
        shape: of the input of the whole job.
        steps: whether its first timesteps can be computed alone.
        numbers: what is expected of it, (sequences, timesteps, width); NaN where that is not known.
        tolerance: what they are held to.
    """

    shape: tuple[int, ...]
    steps: bool
    numbers: Array
    tolerance: Tolerance

    def refutes(self, job: Job) -> bool:
        """Whether a changed job has other numbers there already."""
        if job.turn is not same or job.join or job.x.shape != self.shape:
            return False
        numbers = self.numbers
        tolerance = self.tolerance
        if self.steps and (half := _forward_half(job)):
            job, numbers = half, numbers[..., : numbers.shape[-1] // 2]
            tolerance = tolerance.taken(lambda room: room[..., : numbers.shape[-1]])
        forward = all(way == "forward" for _, way in job.ways)
        if self.steps and not forward and len(self.numbers) == self.shape[0]:
            return False  # all of it would have to be computed
        steps = STEPS if self.steps and forward else self.shape[1]
        try:
            found = headed(job, steps, len(self.numbers)).series().values
        except (RnncalcError, ValueError):
            return True
        found = found[:, : numbers.shape[1]]
        if found.shape != numbers.shape:
            return False
        wrong = differ(found, numbers, tolerance)
        return bool(wrong[~np.isnan(numbers)].any())


def head_of(job: Job, reading: Reading, theirs: Array, tolerance: Tolerance) -> Head | None:
    """The head of a job; None where it is so small that nothing is won."""
    if job.model.wiring:  # its layers have timesteps of their own
        return None
    batch, steps, _ = job.x.shape
    whole = reading.scattered(theirs, np.nan)
    long = _long(job) and not np.isnan(whole).any()
    rows = 1 if batch >= ROWS and batch * steps >= LARGE else batch
    if rows == batch and not long:
        return None
    steps = STEPS if long else whole.shape[1]
    part = tolerance.taken(lambda room: reading.scattered(room, 0.0)[:rows, :steps])
    return Head(job.x.shape, long, whole[:rows, :steps], part)


def _long(job: Job) -> bool:
    """Whether the first timesteps can be computed alone, and are few of many."""
    model = job.model
    return (
        model.mode == "many-to-many"
        and job.x.shape[1] > 2 * STEPS
        and not job.name.startswith("final.")
        and model.lengths is None
        and model.mask is None
    )


def _forward_half(job: Job) -> Job | None:
    """One layer of two directions side by side as the forward one, which needs no later steps."""
    layer = job.model.layers[0]
    if len(job.model.layers) > 1 or not layer.backward or layer.merge != "concat":
        return None
    return job.with_altered(layers=(alter(layer, backward=None),)) if job.name == "h" else None


def headed(job: Job, steps: int, rows: int | None = None) -> Job:
    """The job with the first timesteps of its first sequences only."""
    if rows is None or rows == len(job.x):
        return job if job.x.shape[1] <= steps else job.with_input(job.x[:, :steps])

    def cut(given: Any, axes: int = 1) -> Any:
        array = None if given is None else np.asarray(given)
        return given if array is None or array.ndim < axes else array[:rows]

    def fewer(layer: Layer) -> Layer:
        return alter(layer, h0=cut(layer.h0, 2), c0=cut(layer.c0, 2))

    cut_states = job.with_layers(fewer, job.ways)
    given = {"lengths": cut(job.model.lengths), "mask": cut(job.model.mask)}
    return cut_states.with_input(job.x[:rows, :steps], **given)
