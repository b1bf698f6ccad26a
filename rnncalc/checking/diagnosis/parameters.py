"""The weights of a job as one row of numbers, and how the results move with each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.diagnosis.beside import Beside
from rnncalc.checking.diagnosis.examination import Examination
from rnncalc.checking.diagnosis.head import headed
from rnncalc.checking.diagnosis.hypothesis import name_of
from rnncalc.checking.diagnosis.job import Job, KeyPath, reweight
from rnncalc.errors import RnncalcError
from rnncalc.model.checks import alter
from rnncalc.model.stateless import Output

STEP = 1e-6

MOST, HEAVY, ROWS = 300, 150_000, 400
"""So many weights at most, and weights times results of one run; so many results are enough."""

ArrayKey = tuple[KeyPath | int, str]
"""Whose array it is (a direction of a layer, or an output layer by its index), and its name."""


class WeightVector:
    """The weights of a job, and the results of as many timesteps as it takes to tell them apart.

    Attributes:
        job: the part of the job that is run.
        target: what is expected of it, one row.
        tolerance: of the target.
        arrays: the weights by their places.
        values: all of them, one row.
    """

    def __init__(self, this: Examination) -> None:
        assert this.reading is not None
        reading = this.reading
        self.arrays = dict(_arrays(this.job))
        self.values = np.concatenate([array.ravel() for array in self.arrays.values()])
        whole = this.reading.scattered(this.theirs, np.nan)
        self.job, short = this.job, whole
        if this.head is not None and this.head.steps and this.forward:
            steps = max(8, -(-4 * self.values.size // max(1, whole.shape[0] * whole.shape[2])))
            self.job, short = headed(this.job, steps), whole[:, :steps]
        self.known = np.isfinite(short)
        self.target = short[self.known]
        self.tolerance = this.tolerance.taken(
            lambda room: reading.scattered(room, 0.0)[:, : short.shape[1]][self.known]
        )

    @property
    def few(self) -> bool:
        """Whether each of them can be looked at."""
        return 0 < self.values.size <= MOST and self.values.size * self.target.size <= HEAVY

    def put(self, job: Job, values: Array) -> Job:
        """The job with other weights."""
        cuts = np.cumsum([array.size for array in self.arrays.values()])[:-1]
        parts = np.split(values, cuts)
        layers: dict[KeyPath, dict[str, Array]] = {}
        outputs = list(job.heads)
        for ((where, name), array), part in zip(self.arrays.items(), parts, strict=True):
            new = part.reshape(array.shape)
            if np.array_equal(new, array):
                continue
            if isinstance(where, int):
                outputs[where] = alter(outputs[where], **{name: new})
            else:
                layers.setdefault(where, {})[name] = new
        for way, arrays in layers.items():
            job = job.with_layers(lambda layer, a=arrays: reweight(layer, a), (way,))  # type: ignore[misc]
        return job.with_heads(outputs)

    def moved(self, index: int, value: float) -> Array:
        """The weights with one of them another."""
        values = self.values.copy()
        values[index] = value
        return values

    def results(self, values: Array) -> Array:
        """What comes out with other weights, one row. Errors: RnncalcError where nothing does."""
        return self.every([values])[0]

    def every(self, sets: Sequence[Array]) -> list[Array]:
        """The same of several, computed together."""
        found = self._beside.series([self.put(self.job, values) for values in sets])
        rows = [None if one is None else one.values for one in found]
        if any(one is None or one.shape != self.known.shape for one in rows):
            raise RnncalcError("the results have another shape")
        return [np.asarray(one[self.known], np.float64) for one in rows if one is not None]

    @cached_property
    def _beside(self) -> Beside:
        return Beside(self.job)

    @cached_property
    def slopes(self) -> Array:
        """(results, weights): how far each result moves with each weight."""
        moved = [self.moved(index, value + STEP) for index, value in enumerate(self.values)]
        here, *there = self.every([self.values, *moved])
        return np.stack([(one - here) / STEP for one in there], axis=1)

    def place(self, index: int) -> tuple[KeyPath | int, str, tuple[int, ...]]:
        """The array that a weight is in, and its indices there."""
        for (where, name), array in self.arrays.items():
            if index < array.size:
                return where, name, tuple(int(i) for i in np.unravel_index(index, array.shape))
            index -= array.size
        raise IndexError(index)

    def label(self, index: int) -> str:
        """What a weight is called: ``W_h.z[0, 1]``, with its layer where there are several."""
        where, name, at = self.place(index)
        array = self.arrays[where, name]
        label = f"{name}[{', '.join(map(str, at))}]" if array.size > 1 else name
        if isinstance(where, int):
            return f"{self.job.heads[where].name}.{label}"
        layer = name_of(self.job, (where,))
        return f"{layer}.{label}" if layer else label


def _arrays(job: Job) -> Iterator[tuple[ArrayKey, Array]]:
    for way in job.ways:
        yield from (((way, name), array) for name, array in job.layer(way).weights.items())
    for index, one in enumerate(job.heads if job.name == "y" or job.model.wiring else ()):
        if isinstance(one, Output):
            yield (index, "W_y"), one.W_y
            if np.any(one.bias):
                yield (index, "bias"), one.bias
