"""Jobs beside each other: those whose networks have one structure are computed in one run.

What is as it was is not computed again: of a mistake in the fifth layer, what the fourth one gives
is known.
"""

from __future__ import annotations

import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property, partial

import numpy as np

from rnncalc.bounds import LARGE_RUN
from rnncalc.checking.diagnosis.job import NOTHING, Job
from rnncalc.checking.layouts import Series, series
from rnncalc.running.beside import room_for, run_beside, structure
from rnncalc.trace.trace import Trace

BESIDE = 8
"""So many small runs take as long together as one alone, with all that is done for each."""


class Beside:
    """Where changes of a job are computed.

    Attributes:
        job: the one that is changed.
        spent: how many runs of one direction of a layer that took, see ``cost_of``.
    """

    def __init__(self, job: Job) -> None:
        self.job, self.spent = job, 0
        self._known = {id(layer) for layer in job.model.layers}

    def series(self, jobs: Sequence[Job]) -> list[Series | None]:
        """The quantity of each that is compared; None where nothing comes out."""
        short = list(map(self._shortened, jobs))
        groups: dict[Hashable, list[int]] = defaultdict(list)
        for place, job in enumerate(short):
            groups[self._key(job) or place].append(place)
        found: dict[int, Series | None] = {}
        for places in groups.values():
            most = room_for(short[places[0]].model) if len(places) > 1 else 1
            for start in range(0, len(places), most):
                part = places[start : start + most]
                self.spent += cost_of(short[part[0]], len(part))
                found |= zip(part, _together([short[place] for place in part]), strict=True)
        return [found[place] for place in range(len(jobs))]

    def _key(self, job: Job) -> Hashable:
        """What jobs have in common that go together; None where one goes alone."""
        if job.join or job.part is not self.job.part:
            return None
        kind = structure(job.model, self._known)
        return None if kind is None else (job.name, job.whole, kind)

    def _shortened(self, job: Job) -> Job:
        """The job without the layers in front that are as they were, with what they give."""
        own = self.job.model
        if job.join or job.part or job.name.startswith("final.") or job.model.x is not own.x:
            return job
        pairs = zip(job.model.layers, own.layers, strict=False)
        changed = (i for i, (one, other) in enumerate(pairs) if one is not other)
        return self.behind(job, min(next(changed, sys.maxsize), len(job.model.layers) - 1))

    def behind(self, job: Job, first: int, times: int = 1) -> Job:
        """The job from a layer on, with what those in front of it give.

        Args:
            times: how often each sequence stands in it.
        """
        model = job.model
        while first and model.layers[first].same_loop:
            first -= 1
        marked = model.lengths is not None or model.mask is not None
        if not first or marked or model.wiring or model.mode == "one-to-many":
            return job
        given = self._trace.layers[first - 1].h
        if given is not None and times > 1:
            given = given.reshape(-1, *given.shape[-2:]).repeat(times, axis=0)
        return job.with_altered(layers=model.layers[first:], x=given)

    @cached_property
    def _trace(self) -> Trace:
        return self.job.trace()


def cost_of(job: Job, count: int = 1) -> int:
    """So many runs of one direction of a layer alone take as long as so many jobs together."""
    steps = job.x.shape[0] * job.x.shape[1]
    layers = [job.layer(way) for way in job.ways]
    products = (sum(array.size for array in layer.weights.values()) for layer in layers)
    large = sum(size * steps // LARGE_RUN for size in products)
    return int(len(layers) * -(-count // BESIDE) + count * large)


def _together(jobs: Sequence[Job]) -> list[Series | None]:
    """The quantity of each job; of several of one structure, all in one run."""
    first, count = jobs[0], len(jobs)
    if count == 1:
        return [_given(first.series)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trace = run_beside([job.model for job in jobs], first.recorded)
        whole = series(trace, first.name, whole=first.whole, part=first.part)
    except NOTHING:
        return [_given(job.series) for job in jobs]
    parts = np.split(whole.values, count)
    each = zip(jobs, parts, strict=True)
    own = [(job, whole._replace(values=part, batched=job.batched)) for job, part in each]
    return [_given(partial(job.turn, one)) for job, one in own]


def _given(made: Callable[[], Series]) -> Series | None:
    """What comes out; None where nothing does."""
    try:
        return made()
    except NOTHING:
        return None
