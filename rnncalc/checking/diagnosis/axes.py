"""Mistakes about axes and rows: batch, time and features exchanged, another sequence, a shift."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.diagnosis.hypothesis import Hypothesis
from rnncalc.checking.diagnosis.job import Job
from rnncalc.checking.layouts import Series
from rnncalc.errors import RnncalcError

AXES = "axes-swapped"
FIRST = "PyTorch without batch_first takes and gives (timesteps, batch, features)"
WRONG = "wrong-sequence"


def hypotheses(job: Job, shape: tuple[int, ...]) -> Iterator[Hypothesis]:
    """Every mistake of this kind."""
    for say, function in _inputs(job):
        alone = len(job.x) == 1  # then it is what nobody carries on that comes to mind
        yield Hypothesis(
            AXES, say, f"transpose, do not reshape; {FIRST}", _fed(function), rare=alone
        )
        back = f"{say}, and the outputs, too"
        yield Hypothesis(AXES, back, FIRST, _fed(function, back=True), common=False)
    yield from _outputs(shape)
    yield from _shifts(job, shape)


def _inputs(job: Job) -> Iterator[tuple[str, Callable[[Array], Array]]]:
    """What may have become of x, (batch, timesteps, features), whose shape must stay a fit."""
    batch, steps, features = job.x.shape
    if job.batched and batch > 1:
        yield "batch and time of x are exchanged", lambda x: x.swapaxes(0, 1)
        yield "x was reshaped instead of transposed", lambda x: _viewed(x, (1, 0, 2))
        yield "x was transposed where its rows were read on", lambda x: _restored(x, (1, 0, 2))
        yield "x was read on as one long sequence", lambda x: x.reshape(1, -1, x.shape[-1])
    if batch == 1 and steps > 1:
        yield "the timesteps are sequences of one step", lambda x: x.swapaxes(0, 1)
    if steps == features > 1:
        yield "time and features of x are exchanged", lambda x: x.swapaxes(1, 2)
    if features > 1:
        yield "time and features of x were reshaped", lambda x: _viewed(x, (0, 2, 1))
        yield "time and features of x were read on", lambda x: _restored(x, (0, 2, 1))


def _viewed(x: Array, axes: tuple[int, ...]) -> Array:
    """What x would be, had it been transposed and not reshaped from the other order."""
    return x.reshape([x.shape[axis] for axis in axes]).transpose(np.argsort(axes))


def _restored(x: Array, axes: tuple[int, ...]) -> Array:
    """What x would be, had it been reshaped and not transposed from the other order."""
    return x.transpose(axes).reshape(x.shape)


def _fed(function: Callable[[Array], Array], *, back: bool = False) -> Callable[[Job], Job]:
    def change(job: Job) -> Job:
        if np.array_equal(function(job.x), job.x):
            raise RnncalcError("it changes nothing")
        fed = job.moved(function)
        return fed.turned(lambda this: _turned_back(this, function)) if back else fed

    return change


def _turned_back(this: Series, function: Callable[[Array], Array]) -> Series:
    if this.final or this.single:
        raise RnncalcError("it has one row a sequence")
    values = function(this.values)
    ways = this.ways if values.shape[-1] == this.values.shape[-1] else 1
    return this._replace(values=values, ways=ways)


def _outputs(shape: tuple[int, ...]) -> Iterator[Hypothesis]:
    """The axes of the expected numbers in another order."""
    remedy = "expected are (timesteps, units), or (batch, timesteps, units)"
    for say, axes in (
        ("time and units of the expected numbers are exchanged", (0, 2, 1)),
        ("batch and time of the expected numbers are exchanged", (1, 0, 2)),
        ("the expected numbers are (timesteps, units, batch)", (1, 2, 0)),
        ("the expected numbers are (units, batch, timesteps)", (2, 0, 1)),
        ("the expected numbers are (units, timesteps, batch)", (2, 1, 0)),
    ):
        change = _transposed(axes, shape)
        yield Hypothesis(AXES, say, remedy, change, common=axes[2] == 2)
        say, change = f"{say}, by reshaping", _transposed(axes, shape, reshaped=True)
        yield Hypothesis(AXES, say, remedy, change, common=False)


def _transposed(
    axes: tuple[int, ...], shape: tuple[int, ...], *, reshaped: bool = False
) -> Callable[[Job], Job]:
    """All numbers, whose axes are no longer those of sequences and timesteps."""

    def turn(this: Series) -> Series:
        if this.final or this.values.size != np.prod(shape):
            raise RnncalcError("it has no timesteps, or not all of them are expected")
        values = this.values.transpose(axes)
        plain = this.batched or axes[0] != 0
        if reshaped:
            values = values.reshape(this.values.shape)
        return this._replace(values=values, batched=plain, ways=1, ends=None)

    return lambda job: job.turned(turn)


def _shifts(job: Job, shape: tuple[int, ...]) -> Iterator[Hypothesis]:
    """Other sequences, and numbers that begin some steps earlier or later."""
    remedy = "compare the same steps: h_0 is the initial state, h_1 the first output"
    say = "the initial state stands in front of them"
    for keep in (None, -1):
        yield Hypothesis(WRONG, say, remedy, _with_initial(keep), common=False)
    steps = job.x.shape[1]
    wanted = shape[-2] if len(shape) > 1 else shape[0] if shape else 1
    for start in range(max(0, steps - wanted) + 1) if wanted < steps else ():
        end = start + wanted
        say = f"they are the steps {start + 1} to {end} of {steps}"
        yield Hypothesis(WRONG, say, remedy, _cut(start, end), common=False)
    for by in (1, -1):
        say = f"x comes {abs(by)} step {'later' if by > 0 else 'earlier'}"
        yield Hypothesis(WRONG, say, "feed both sides the same steps of x", _delayed(by),
                         common=False)  # fmt: skip


def _with_initial(keep: int | None) -> Callable[[Job], Job]:
    def change(job: Job) -> Job:
        layer = job.model.layers[-1]
        states = [np.atleast_2d(one.h0) for one in layer.passes.values()]
        if job.name != "h" or len(states) > 1:
            raise RnncalcError("only h has an initial state")

        def turn(this: Series) -> Series:
            if this.single or this.final:
                raise RnncalcError("it has one row a sequence")
            batch = len(this.values)
            first = np.broadcast_to(states[0], (batch, states[0].shape[-1]))[:, None]
            return this._replace(values=np.concatenate([first, this.values[:, :keep]], axis=1))

        return job.turned(turn)

    return change


def _cut(start: int, end: int) -> Callable[[Job], Job]:
    def turn(this: Series) -> Series:
        if this.single or this.final:
            raise RnncalcError("it has one row a sequence")
        return this._replace(values=this.values[:, start:end])

    return lambda job: job.turned(turn)


def _delayed(by: int) -> Callable[[Job], Job]:
    def change(job: Job) -> Job:
        x = np.zeros_like(job.x)
        if by > 0:
            x[:, by:] = job.x[:, :-by]
        else:
            x[:, :by] = job.x[:, -by:]
        return job.with_input(x if job.batched else x[0])

    return change


def rows(job: Job, theirs: Array) -> Iterator[Hypothesis]:
    """The sequences in another order, or one of them alone: found by the nearest row each."""
    if not job.batched or len(job.x) < 2:
        return
    remedy = "compare the same sequences: a loader may have shuffled them"
    ours = job.numbers((len(job.x), *theirs.shape)) if theirs.ndim else None
    if ours is not None:
        found = _nearest(theirs[None], ours)
        say = f"they are those of sequence {found[0]}"
        yield Hypothesis(WRONG, say, remedy, _picked(found, alone=True), common=False)
    ours = job.numbers(theirs.shape)
    if ours is not None and len(ours) == len(job.x) == len(theirs):
        found = _nearest(theirs, ours)
        if found != list(range(len(ours))):
            say = f"the sequences come in the order {', '.join(map(str, found))}"
            yield Hypothesis(WRONG, say, remedy, _picked(found), common=False)


def _nearest(theirs: Array, ours: Array) -> list[int]:
    """Which row of ours is nearest to each of theirs."""
    with np.errstate(all="ignore"):
        far = [[float(np.nanmax(np.abs(a - b))) for b in ours] for a in theirs]
    return [int(np.argmin(row)) for row in far]


def _picked(found: list[int], *, alone: bool = False) -> Callable[[Job], Job]:
    def turn(this: Series) -> Series:
        ends = None if this.ends is None else this.ends[found]
        return this._replace(values=this.values[found], batched=not alone, ends=ends)

    return lambda job: job.turned(turn)
