"""The head of a job: a part of its numbers that is computed first, for most mistakes are out of the
question then. The first timesteps of a long sequence, the first sequence of a large batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.comparison import differ
from rnncalc.checking.diagnosis.beside import Beside
from rnncalc.checking.diagnosis.job import Job, same
from rnncalc.checking.expected import Tolerance
from rnncalc.checking.layouts import Reading, Series
from rnncalc.errors import RnncalcError
from rnncalc.model.checks import alter
from rnncalc.model.layer import Layer

STEPS = 8
"""So many timesteps are computed first, of more than twice as many."""

ROWS, LARGE = 4, 128
"""From so many sequences, and so many timesteps of all, on, one of them is computed first."""


class Head:
    """What is computed first.

    Args:
        job: the whole of ours.
        steps: whether its first timesteps can be computed alone.
        numbers: what is expected of them, (sequences, timesteps, width); NaN where that is not
            known.
        tolerance: what they are held to.
    """

    def __init__(self, job: Job, steps: bool, numbers: Array, tolerance: Tolerance) -> None:
        self.job, self.steps, self.numbers, self.tolerance = job, steps, numbers, tolerance
        self._own = self._cut(self._half(job) or job) or job
        self.beside = Beside(self._own)

    def refuted(self, jobs: Sequence[Job]) -> list[bool]:
        """Whether changed jobs have other numbers there already."""
        parts = [self._part(job) for job in jobs]
        found = iter(self.beside.series([part for part in parts if isinstance(part, Job)]))
        return [
            self._wrong(next(found), half=self._half(job) is not None)
            if isinstance(part, Job)
            else part
            for job, part in zip(jobs, parts, strict=True)
        ]

    def _half(self, job: Job) -> Job | None:
        return _forward_half(job) if self.steps else None

    def _part(self, job: Job) -> Job | bool:
        """The part of a job that tells; or whether it is refuted, where there is none."""
        if job.turn is not same or job.join or job.x.shape != self.job.x.shape:
            return False
        try:
            cut = self._cut(self._half(job) or job)
        except (RnncalcError, ValueError):
            return True
        if cut and job.model.x is self.job.model.x:
            return cut.with_altered(x=self._own.model.x)
        return cut or False

    def _cut(self, job: Job) -> Job | None:
        """The head of a job; None where all of it would have to be computed."""
        forward = all(way == "forward" for _, way in job.ways)
        if self.steps and not forward and len(self.numbers) == len(job.x):
            return None
        return headed(job, STEPS if self.steps and forward else job.x.shape[1], len(self.numbers))

    def _wrong(self, found: Series | None, *, half: bool) -> bool:
        """Whether what came out is not what is expected."""
        if found is None:
            return True
        width = self.numbers.shape[-1] // (2 if half else 1)
        numbers = self.numbers[..., :width]
        tolerance = self.tolerance.taken(lambda room: room[..., :width])
        values = found.values[:, : numbers.shape[1]]
        if values.shape != numbers.shape:
            return False
        wrong = differ(values, numbers, tolerance)
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
    return Head(job, long, whole[:rows, :steps], part)


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

    own = [way for way in job.ways if _of_each(job.layer(way))]
    cut_states = job.with_layers(fewer, tuple(own)) if own else job
    given = {"lengths": cut(job.model.lengths), "mask": cut(job.model.mask)}
    return cut_states.with_input(job.x[:rows, :steps], **given)


def _of_each(layer: Layer) -> bool:
    """Whether each sequence starts from a state of its own."""
    return any(np.ndim(state) > 1 for state in (layer.h0, layer.c0) if state is not None)
