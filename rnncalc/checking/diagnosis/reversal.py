"""Mistakes about time: the sequence, the outputs or one direction run the other way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.diagnosis.hypothesis import Hypothesis
from rnncalc.checking.diagnosis.job import Job
from rnncalc.checking.layouts import Series
from rnncalc.checking.layouts import series as series_of
from rnncalc.errors import RnncalcError
from rnncalc.model.model import Model
from rnncalc.running.passes import MERGE
from rnncalc.running.recurrence import run
from rnncalc.trace.trace import Trace

CAUSE = "time-reversed"


def hypotheses(job: Job) -> Iterator[Hypothesis]:
    """Every mistake of this kind."""
    remedy = "turn x around once: x[::-1], or go_backwards in Keras"
    say = "the sequence is read from its end, and its outputs come in that order"
    yield Hypothesis(CAUSE, say, remedy, _input_reversed)
    say = "the outputs come in the other order of time"
    remedy = "turn the outputs: h[::-1]; Keras' go_backwards gives them in processing order"
    yield Hypothesis(CAUSE, say, remedy, lambda job: job.turned(_backwards))
    if len(job.ways) > 1:
        say = "the sequence is read from its end"
        remedy = "turn x around, and what comes out"
        yield Hypothesis(CAUSE, say, remedy, lambda job: _input_reversed(job).turned(_backwards))
    if job.model.layers[-1].backward:
        yield from _two_ways(job)
    for index in range(len(job.model.layers)):
        yield _one_way(job, index, "input")
        yield _one_way(job, index, "processing")


def _backwards(this: Series) -> Series:
    """The outputs turned around, of each sequence within its own length."""
    if this.final or this.single:
        raise RnncalcError("it has no order in time")
    return this._replace(values=_turned(this.values, this.ends))


def _turned(values: Array, ends: Array | None) -> Array:
    if ends is None:
        return values[:, ::-1]
    turned = values.copy()
    for row, end in enumerate(ends):
        turned[row, :end] = values[row, :end][::-1]
    return turned


def _input_reversed(job: Job) -> Job:
    lengths = job.model.lengths
    ends = None if lengths is None else np.ravel(np.asarray(lengths)).astype(int)
    if ends is None:
        return job.moved(lambda x: x[:, ::-1])
    x = _turned(job.x, ends)
    return job.with_input(x if job.batched else x[0])


def _one_way(job: Job, index: int, order: str) -> Hypothesis:
    """A layer of one direction that goes the other way, its outputs perhaps not turned back."""
    name, several = job.model.layers[index].name, len(job.model.layers) > 1
    other = "forward" if job.model.layers[index].direction == "backward" else "backward"
    say = f"{name} goes {other}" if several else f"the layer goes {other}"
    remedy = "it is go_backwards in Keras, direction in ONNX"
    if order == "processing":
        say += ", and gives its outputs in that order"

    def change(this: Job) -> Job:
        layers = list(this.model.layers)
        one = layers[index]
        if one.backward or any(layer.same_loop for layer in layers):
            raise RnncalcError("it has two directions")
        way = "forward" if one.direction == "backward" else "backward"
        if way == "forward" and order != "input":
            raise RnncalcError("it is one order")
        layers[index] = replace(one, direction=way, order=order)
        return this.with_model(layers=tuple(layers))

    return Hypothesis(CAUSE, say, remedy, change, order == "input", name if several else "")


def _two_ways(job: Job) -> Iterator[Hypothesis]:
    """What may go wrong with the second direction of the last layer."""
    remedy = "turn the outputs of the backward direction around before they are merged"
    say = "the backward direction's outputs are not turned back"
    yield Hypothesis(CAUSE, say, remedy, _joined(turned=True))
    say = "the backward direction reads forward"
    yield Hypothesis(CAUSE, say, "give it the sequence from its end", _both_forward)


def _joined(*, turned: bool) -> Callable[[Job], Job]:
    """The directions of the last layer, one of them perhaps turned, merged by hand."""

    def change(job: Job) -> Job:
        merge = job.model.layers[-1].merge
        if job.model.outputs or merge is None or job.name != "h":
            raise RnncalcError("more comes behind it")

        def join(trace: Trace) -> Series:
            plain = series_of(trace, "h", whole=True)
            ways = trace.layers[-1].directions
            forward, backward = (_batch(trace, ways[way]["h"]) for way in ("forward", "backward"))
            if turned:
                backward = _turned(backward, trace.ends)
            return plain._replace(values=merged(merge, forward, backward))

        return replace(job, join=join, whole=True)

    return change


def merged(merge: str, one: Array, other: Array) -> Array:
    """Two directions, (batch, timesteps, width) each, as one."""
    if merge in ("concat", "none"):
        return np.concatenate([one, other], axis=-1)
    return np.asarray(MERGE[merge](one, other))


def _batch(trace: Trace, values: Array) -> Array:
    return values if trace.batched else values[None]


def _both_forward(job: Job) -> Job:
    """The weights of the backward direction in a layer that goes forward."""
    layer = job.model.layers[-1]
    if job.model.outputs or layer.backward is None or job.name != "h" or layer.same_loop:
        raise RnncalcError("more comes behind it")
    second = replace(layer.backward, direction="forward", name=layer.name, before=layer.chain)
    plain = [replace(one, merge=None, backward=None) for one in (layer, second)]
    models = [_with_last(job.model, one) for one in plain]

    def join(trace: Trace) -> Series:
        parts = [series_of(run(model, record=("h",)), "h", whole=True) for model in models]
        values = merged(layer.merge or "concat", parts[0].values, parts[1].values)
        ways = 2 if layer.merge == "concat" else 1
        return parts[0]._replace(values=values, ways=ways)

    return replace(job, join=join, whole=True)


def _with_last(model: Model, layer: object) -> Model:
    return replace(model, layers=(*model.layers[:-1], layer), mode="many-to-many")  # type: ignore[arg-type]
