"""Mistakes about padded and masked steps: left out on one side, held or zero, their last step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.diagnosis import lengths
from rnncalc.checking.diagnosis.hypothesis import Hypothesis
from rnncalc.checking.diagnosis.job import Job
from rnncalc.checking.layouts import Series
from rnncalc.errors import RnncalcError
from rnncalc.model.checks import alter
from rnncalc.model.model import Model

CAUSE = "padding"
PACK = "pack_padded_sequence in PyTorch, Masking or mask_zero in Keras, sequence_lens in ONNX"


def hypotheses(job: Job, original: Model, theirs: Array) -> Iterator[Hypothesis]:
    """Every mistake of this kind.

    Args:
        original: the model that ran, whose masks the job has as plain ones.
        theirs: the expected numbers, whose zeros may tell where padding begins.
    """
    if job.model.lengths is not None or job.model.mask is not None:
        yield from _marked(job)
        yield from _marked_otherwise(job, original, theirs)
    else:
        yield from _unmarked(job, original, theirs)


def _marked(job: Job) -> Iterator[Hypothesis]:
    """Steps are marked as padded here."""
    say = "padded steps are computed like all others"
    yield Hypothesis(CAUSE, say, f"mark them: {PACK}", lengths.marked(None, None))
    mask = _mask(job)
    ends = _ends(mask)
    if ends is not None:
        say = "outputs of padded steps are 0, and a backward direction starts at each end"
        yield Hypothesis(CAUSE, say, "", lengths.marked(ends, None))
        say = "the outputs of padded steps are 0, the states run on through them"
        yield Hypothesis(CAUSE, say, f"mark them: {PACK}", _zeroed(mask), common=False)
        yield from _from_padding(job, ends)
    say = "the state is frozen at padded steps, and the last output repeated"
    yield Hypothesis(CAUSE, say, "", lengths.marked(None, mask))
    say = "outputs of masked steps are 0"
    yield Hypothesis(CAUSE, say, "", _mask_as(mask, zero=True))
    say = "outputs of masked steps repeat the last one"
    yield Hypothesis(CAUSE, say, "", _mask_as(mask, zero=False))
    yield from _last_step(job)


def _marked_otherwise(job: Job, original: Model, theirs: Array) -> Iterator[Hypothesis]:
    """Other steps are padded than those that are marked."""
    marked = _mask(job)
    for why, mask in _guesses(job, original, theirs):
        ends = _ends(mask)
        if np.array_equal(mask, marked):
            continue
        if job.model.mask is not None:
            say = f"{why} are masked, and no others"
            yield Hypothesis(
                CAUSE, say, "give both sides the same mask", lengths.marked(None, mask)
            )
        elif ends is not None:
            yield lengths.other(ends, f": {why} are padding")


def _from_padding(job: Job, ends: Array) -> Iterator[Hypothesis]:
    """Of two directions the backward one may begin in the padding."""
    if job.model.layers[-1].backward:
        yield lengths.from_padding(ends)


def _last_step(job: Job) -> Iterator[Hypothesis]:
    say = "the last output is that of the last padded step, not of each sequence's own end"
    remedy = "take output[i, length - 1], or h_n"
    yield Hypothesis(CAUSE, say, remedy, lambda job: job.turned(_at_end))


def _at_end(this: Series) -> Series:
    if this.single or this.final or this.ends is None:
        raise RnncalcError("it has no padded end")
    return this._replace(ends=None)


def _unmarked(job: Job, original: Model, theirs: Array) -> Iterator[Hypothesis]:
    """No step is marked here: where x, or what is expected, says that it is padded."""
    for why, mask in _guesses(job, original, theirs):
        ends = _ends(mask)
        if ends is not None:
            say = f"{why} are padding: their outputs are 0"
            yield Hypothesis(CAUSE, say, f"mark them: {PACK}", lengths.marked(ends, None))
            say = f"{why} are padding, and only their outputs are set to 0"
            yield Hypothesis(CAUSE, say, "compare the real steps only", _zeroed(mask),
                             common=False)  # fmt: skip
            yield from _from_padding(job, ends)
        say = f"{why} are masked: the state is frozen"
        remedy = "it is a Masking layer, or mask_zero, in Keras"
        yield Hypothesis(CAUSE, say, remedy, lengths.marked(None, mask))
        say = f"{why} are masked, and their outputs are 0"
        yield Hypothesis(CAUSE, say, remedy, _mask_as(mask, zero=True), common=False)


def _guesses(job: Job, original: Model, theirs: Array) -> Iterator[tuple[str, Array]]:
    """Which steps may be padding, (batch, timesteps), and why one would think so."""
    x = job.x
    found = [("steps of x that are 0", np.any(x != 0, axis=-1))]
    if (real := _before_equal(x)) is not None:
        found.append(("the equal steps at the end of x", real))
    if original.embedding is not None and original.x is not None:
        ids = np.atleast_2d(np.asarray(original.x))
        found.append(("steps with id 0", ids.reshape(x.shape[:2]) != 0))
    rows = theirs if theirs.ndim == 3 else theirs[None] if theirs.ndim == 2 else None
    if rows is not None and rows.shape[:2] == x.shape[:2]:
        found.append(("steps with expected numbers of 0", np.any(rows != 0, axis=-1)))
        same = np.all(rows[:, 1:] == rows[:, :-1], axis=-1)
        moved = np.concatenate([np.ones((len(rows), 1), bool), ~same], axis=1)
        found.append(("steps whose expected numbers repeat", moved))
        if (real := _before_equal(rows)) is not None:
            found.append(("steps with equal expected numbers at the end", real))
    seen: list[bytes] = []
    for why, mask in found:
        if not mask.all() and mask.any() and mask.tobytes() not in seen:
            seen.append(mask.tobytes())
            yield why, mask


def _before_equal(rows: Array) -> Array | None:
    """The steps in front of several equal ones at the end; None where there are no such."""
    trailing = np.any(rows != rows[:, -1:, :], axis=-1)[:, ::-1]
    runs = ~np.logical_or.accumulate(trailing, axis=1)[:, ::-1]
    return None if runs.sum() <= len(rows) else ~(runs & (runs.sum(1) > 1)[:, None])


def _mask(job: Job) -> Array:
    """Which steps are real, (batch, timesteps)."""
    if job.model.mask is not None:
        return np.asarray(np.atleast_2d(np.asarray(job.model.mask)) == 1)
    ends = np.ravel(np.asarray(job.model.lengths))
    return np.asarray(np.arange(job.x.shape[1])[None] < ends[:, None])


def _ends(mask: Array) -> Array | None:
    """The lengths of sequences that are padded at their end only, or None."""
    ends = mask.sum(axis=1)
    right = np.array_equal(mask, np.arange(mask.shape[1])[None] < ends[:, None])
    return np.asarray(ends) if right and ends.all() else None


def _mask_as(mask: Array, *, zero: bool) -> Callable[[Job], Job]:
    def change(job: Job) -> Job:
        ways = tuple((index, layer.direction) for index, layer in enumerate(job.model.layers))
        changed = job.with_layers(lambda one: alter(one, zero_output_for_mask=zero), ways)
        return lengths.marked(None, mask)(changed)

    return change


def _zeroed(mask: Array) -> Callable[[Job], Job]:
    """Every step is computed; afterwards the outputs of padded ones are set to 0."""

    def turn(this: Series) -> Series:
        if this.single or this.final:
            raise RnncalcError("it has one row a sequence")
        return this._replace(values=np.where(mask[..., None], this.values, 0), ends=None)

    def change(job: Job) -> Job:
        return replace(lengths.marked(None, None)(job)).turned(turn)

    return change
