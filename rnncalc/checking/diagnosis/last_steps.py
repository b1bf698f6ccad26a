"""Mistakes about the one row that is made of all timesteps, which a head mostly reads.

PyTorch's ``output[-1]`` is no final state of a backward direction, which computes it first; a head
may read final states, the last timestep, the mean of all or their maximum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.diagnosis.edits import pooling_of
from rnncalc.checking.diagnosis.hypothesis import Hypothesis
from rnncalc.checking.diagnosis.job import Job
from rnncalc.checking.layouts import Series
from rnncalc.checking.layouts import series as series_of
from rnncalc.errors import RnncalcError
from rnncalc.model.stateless import Pooling, Stateless
from rnncalc.trace.trace import Trace

STATES, POOLED = "final-states", "pooling"
OWN, LAST = "each direction's own last output, as h_n has it", "the last timestep"
SAYS = {"average": "the mean of all timesteps", "max": "the maximum over all timesteps"}
REMEDIES = {
    "average": "it is output.mean(dim) in PyTorch, GlobalAveragePooling1D in Keras",
    "max": "it is output.max(dim).values in PyTorch, GlobalMaxPooling1D in Keras",
}


def hypotheses(job: Job, theirs: Array) -> Iterator[Hypothesis]:
    """Every mistake of this kind.

    Args:
        theirs: the expected numbers, which have one row for each sequence, or are no case of it.
    """
    if job.name.startswith("final."):
        if job.name == "final.h" and job.model.layers[-1].backward:
            yield from _of_finals(job)
        return
    if job.name not in ("h", "y") or not _one_row(job, theirs):
        return
    yield from _rows(job)


def _one_row(job: Job, theirs: Array) -> bool:
    """Whether there are as many numbers as one row of each sequence has."""
    model = job.model
    width = model.widths[-1] if job.name == "y" and model.outputs else model.layers[-1].width
    return bool(width is None or theirs.size == len(job.x) * width)


def _rows(job: Job) -> Iterator[Hypothesis]:
    """What the row may be made of."""
    pooled, last = pooling_of(job.model.outputs), job.model.layers[-1]
    own = not pooled and bool(last.backward) and not last.return_sequences
    instead = SAYS.get(pooled, OWN if own else LAST)
    y = "y is computed of " if job.name == "y" else "it is "
    if last.backward:
        remedy = "h_n in PyTorch, return_sequences=False in Keras, not output[:, -1]"
        say = f"{y}{OWN}, not {instead}"
        yield Hypothesis(STATES, say, remedy, _last(own=True))
    if last.backward or pooled in SAYS:
        remedy = "it is output[:, -1] in PyTorch, whose backward half is of one step only"
        remedy = remedy if last.backward else "it is output[:, -1] in PyTorch"
        cause = POOLED if pooled else STATES
        yield Hypothesis(cause, f"{y}{LAST}, not {instead}", remedy, _last(own=False))
    for kind in SAYS:
        if kind != pooled:
            say = f"{y}{SAYS[kind]}, not {instead}"
            yield Hypothesis(POOLED, say, REMEDIES[kind], _pooled(kind), job.name == "y")


def _last(*, own: bool) -> Callable[[Job], Job]:
    """One row is what each direction computed last, or the last timestep."""

    def change(job: Job) -> Job:
        pooled = bool(pooling_of(job.model.outputs))
        single = job.model.mode == "many-to-one" and not pooled
        if single and job.model.layers[-1].return_sequences != own:
            raise RnncalcError("it is so already")
        return _many_to_one(job, job.model.outputs[pooled:], return_sequences=not own)

    return change


def _pooled(kind: str) -> Callable[[Job], Job]:
    """One row is pooled of all timesteps."""

    def change(job: Job) -> Job:
        behind = job.model.outputs[bool(pooling_of(job.model.outputs)) :]
        row = _many_to_one(job, (Pooling(kind), *behind), return_sequences=True)
        return replace(row, name="y")

    return change


def _many_to_one(job: Job, outputs: tuple[Stateless, ...], *, return_sequences: bool) -> Job:
    """The job that gives one row, made by these output layers."""
    layers = list(job.model.layers)
    layers[-1] = replace(layers[-1], return_sequences=return_sequences)
    model = {"mode": "many-to-one", "output": outputs or None, "layers": tuple(layers)}
    return replace(job.with_model(**model), whole=False)


def _of_finals(job: Job) -> Iterator[Hypothesis]:
    """Final states, for which the last outputs are taken."""
    say = "they are output[-1], the last timestep: its backward half is that direction's first step"
    remedy = "h_n, or output[0] for the backward half, in PyTorch; return_sequences=False in Keras"

    def change(job: Job, *, last: bool) -> Job:
        return replace(job, join=lambda trace: _last_outputs(trace, last=last))

    if len(job.model.layers) > 1:
        yield Hypothesis(STATES, f"{say}, of the last layer", remedy,
                         lambda job: change(job, last=True), theirs=True)  # fmt: skip
    yield Hypothesis(STATES, say, remedy, lambda job: change(job, last=False), theirs=True)


def _last_outputs(trace: Trace, *, last: bool) -> Series:
    """The last timestep of each direction in place of its final state."""
    plain = series_of(trace, "final.h")
    layers = trace.layers[-1:] if last else trace.layers
    ways = [way["h"] for layer in layers for way in layer.directions.values()]
    rows = [_at_end(h if trace.batched else h[None], trace.ends) for h in ways]
    return plain._replace(values=np.stack(rows, axis=1))


def _at_end(h: Array, ends: Array | None) -> Array:
    """(batch, timesteps, units) at each sequence's last timestep."""
    return np.asarray(h[:, -1] if ends is None else h[np.arange(len(h)), ends - 1])
