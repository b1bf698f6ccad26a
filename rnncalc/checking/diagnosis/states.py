"""Mistakes about states: where the recurrence starts, what is kept, what is not carried on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.diagnosis.hypothesis import Hypothesis
from rnncalc.checking.diagnosis.job import Job, reweight
from rnncalc.checking.layouts import Series
from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError
from rnncalc.model.checks import alter
from rnncalc.model.layer import Layer

GIVE = "give it to both sides or none: it is initial_state in Keras, h0 in PyTorch"
RESET = "reset the state between calls: reset_states() in Keras, a new h in PyTorch"
CARRY = "hand the state on: h_t enters step t + 1 (and c_t with it)"
LEFT_OUT = "W_h h_{t-1} is left out of every step"
MOST_WINDOWS = 48
"""So many lengths of pieces are tried at most."""


def hypotheses(job: Job) -> Iterator[Hypothesis]:
    """Every mistake about states."""
    yield from _initial(job)
    yield from _kept(job)
    yield from _lost(job)


def of_graph(job: Job) -> Iterator[Hypothesis]:
    """Those that a graph may have: its layers have timesteps of their own."""
    yield from _initial(job)
    yield from _kept_of_calls()
    yield Hypothesis("state-not-carried", LEFT_OUT, CARRY, _without_recurrence, theirs=True)


def _initial(job: Job) -> Iterator[Hypothesis]:
    cause, layers = "initial-state", [job.layer(way) for way in job.ways]
    if any(given(layer) for layer in layers):
        say = "the recurrence starts from 0: the initial state was not given to it"
        yield Hypothesis(cause, say, GIVE, _states(lambda states: states * 0))
    if any(given(layer) for layer in layers) and all(one.cell == "lstm" for one in layers):
        say = "h0 and c0 are exchanged"
        yield Hypothesis(cause, say, "the states are (h, c): Flax has (c, h)", _exchanged)
        for state in "hc":
            say = f"{state}0 is 0"
            change = _states(lambda states: states * 0, state)
            yield Hypothesis(cause, say, GIVE, change, common=False)
    if any(given(layer) for layer in layers) and 1 < len(layers) <= 4:
        for order in list(permutations(range(len(layers))))[1:]:
            say = f"the initial states of the layers and directions come in the order {order}"
            remedy = "h0 is (layers * directions, ...): layer 0 forward, layer 0 backward, layer 1"
            yield Hypothesis(cause, say, remedy, _reordered(order), common=False)


def given(layer: Layer) -> bool:
    """Whether it starts from numbers that are not 0."""
    return bool(np.any(layer.h0) or (layer.c0 is not None and np.any(layer.c0)))


def _states(function: Callable[[Array], Array], which: str = "hc") -> Callable[[Job], Job]:
    """Every initial state, changed."""

    def changed(layer: Layer) -> Layer:
        there = [state for state in CELLS[layer.cell].states if state in which]
        new = {f"{state}0": function(np.asarray(getattr(layer, f"{state}0"))) for state in there}
        return alter(layer, **new)

    return lambda job: job.with_layers(changed, job.ways)


def _exchanged(job: Job) -> Job:
    def changed(layer: Layer) -> Layer:
        if np.asarray(layer.h0).shape != np.asarray(layer.c0).shape:
            raise RnncalcError("h0 and c0 have other sizes")
        return alter(layer, h0=layer.c0, c0=layer.h0)

    return job.with_layers(changed, job.ways)


def _reordered(order: tuple[int, ...]) -> Callable[[Job], Job]:
    def change(job: Job) -> Job:
        layers = [job.layer(way) for way in job.ways]
        states = [(layers[i].h0, layers[i].c0) for i in order]
        return job.with_states(dict(zip(job.ways, states, strict=True)))

    return change


def _kept_of_calls() -> Iterator[Hypothesis]:
    """The state of an earlier call."""
    for calls in (1, 2):
        say = f"the same input went through {calls} time{'s' * (calls > 1)} before"
        say += ", and the state was kept"
        yield Hypothesis("stateful", say, RESET, _called(calls), common=calls == 1)


def _kept(job: Job) -> Iterator[Hypothesis]:
    """The state of an earlier call, or of the sequence before."""
    yield from _kept_of_calls()
    if job.batched and len(job.x) > 1:
        say = "the sequences went through one after the other, and the state was kept"
        yield Hypothesis("stateful", say, RESET, _in_a_row, common=False)


def _called(calls: int) -> Callable[[Job], Job]:
    def change(job: Job) -> Job:
        for _ in range(calls):
            trace = job.trace()
            states = {
                (i, way): (here.final["h"], here.final.get("c"))
                for i, layer in enumerate(trace.layers)
                for way, here in layer.directions.items()
            }
            job = job.with_states(states)
        return job

    return change


def _in_a_row(job: Job) -> Job:
    """All sequences as one long one."""
    batch, steps, features = job.x.shape

    def back(this: Series) -> Series:
        if this.final or this.single:
            raise RnncalcError("one sequence has but one end")
        return this._replace(values=this.values.reshape(batch, steps, -1), batched=True)

    return job.moved(lambda x: x.reshape(1, batch * steps, features)).turned(back)


def _lost(job: Job) -> Iterator[Hypothesis]:
    """The state is not carried on: from each step to the next, or between pieces."""
    steps = job.x.shape[1]
    yield Hypothesis("state-not-carried", LEFT_OUT, CARRY, _without_recurrence, theirs=True)
    windows = range(1, steps) if steps <= MOST_WINDOWS else [1, steps // 2]
    for length in windows:
        say = "each step starts anew from the initial state"
        if length > 1:
            say = f"the state starts anew every {length} timesteps"
        yield Hypothesis(
            "state-not-carried", say, CARRY, _pieces(length), common=length == 1, theirs=True
        )


def _without_recurrence(job: Job) -> Job:
    def change(layer: Layer) -> Layer:
        names = CELLS[layer.cell].names("W_h")
        return reweight(layer, {name: layer.weights[name] * 0 for name in names})

    return job.with_layers(change, job.ways)


def _pieces(length: int) -> Callable[[Job], Job]:
    """The sequences cut into pieces, each a sequence of its own."""

    def change(job: Job) -> Job:
        batch, steps, features = job.x.shape
        pieces = -(-steps // length)

        def cut(x: Array) -> Array:
            padded = np.zeros((batch, pieces * length, features), x.dtype)
            padded[:, :steps] = x
            return padded.reshape(batch * pieces, length, features)

        def back(this: Series) -> Series:
            return _rejoined(this, batch, pieces, steps, job.batched)

        whole = replace(job, whole=True) if job.name == "h" else job
        return _states_repeated(whole, pieces).moved(cut).turned(back)

    return change


def _rejoined(this: Series, batch: int, pieces: int, steps: int, batched: bool) -> Series:
    if this.final:
        values = this.values.reshape(batch, pieces, *this.values.shape[1:])[:, -1]
    elif this.single:
        values = this.values.reshape(batch, pieces, -1)[:, -1:]
    else:
        values = this.values.reshape(batch, -1, this.values.shape[-1])[:, :steps]
    return this._replace(values=values, batched=batched)


def repeated(job: Job, times: int) -> Job:
    """Every sequence so many times, one behind the other."""
    model = job.model
    lengths, mask = (
        None if given is None else np.atleast_1d(np.asarray(given)).repeat(times, axis=0)
        for given in (model.lengths, model.mask if job.batched else _row(model.mask))
    )
    x = job.x.repeat(times, axis=0)
    return _states_repeated(job, times).with_input(x, lengths=lengths, mask=mask)


def _row(mask: Any) -> Any:
    """The mask of one sequence, as that of a batch."""
    return None if mask is None else np.asarray(mask)[None]


def _states_repeated(job: Job, times: int) -> Job:
    """The initial states of every sequence, so many times."""

    def changed(layer: Layer) -> Layer:
        def of(state: object) -> object:
            array = None if state is None else np.asarray(state)
            return state if array is None or array.ndim < 2 else array.repeat(times, axis=0)

        return alter(layer, h0=of(layer.h0), c0=of(layer.c0))

    return job.with_layers(changed, job.ways)
