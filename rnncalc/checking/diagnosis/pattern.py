"""Patterns: what the differences look like, in one sentence, whatever explains them."""

from __future__ import annotations

import math

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.comparison import Comparison, differ, distance
from rnncalc.checking.diagnosis import typos
from rnncalc.checking.diagnosis.examination import Examination
from rnncalc.checking.diagnosis.job import Job
from rnncalc.checking.expected import decimals_of
from rnncalc.numbers.digits import counted

MOST_LISTED = 8

FADED = 0.5
"""A difference has faded where so much of it, or less, is left."""


def pattern(this: Examination, found: Comparison) -> str:
    """A sentence, or nothing where there is nothing to see."""
    if this.reading is None:
        return _counts(found)
    if this.meets(this.ours):
        return _small(this)
    if this.job.part:  # what was not compared may agree or not
        return ""
    far = differ(this.reading.numbers, this.theirs, this.tolerance)
    wrong = this.reading.scattered(far, False)
    alone = typos.alone(this) if this.theirs.size > 2 else ""
    sentence = alone or _rows(wrong)
    if not this.job.model.wiring:
        sentence = sentence or _halves(this, wrong) or _steps(this, wrong)
    digits = _digits(this) if far.sum() < found.differ else ""
    return f"{digits}{sentence[0].lower()}{sentence[1:]}" if digits and sentence else sentence


def _digits(this: Examination) -> str:
    """By how many digits agreement is judged, where they are few."""
    decimals = decimals_of(this.theirs)
    return f"Compared by {counted(decimals, 'decimal')}, as they have: " if decimals else ""


def _counts(found: Comparison) -> str:
    """How many numbers there are, where their shape is none that a run has."""
    ours, theirs = (math.prod(shape) for shape in found.shapes)
    same = "as many as here" if theirs == ours else f"and {ours:,} here"
    return (
        f"{counted(theirs, 'number')} expected, {same}: look at units, timesteps, outputs, "
        "and whether one or both directions are in them."
    )


def _small(this: Examination) -> str:
    """Where ours are as near as tolerance, types and digits let anybody come."""
    atol = this.tolerance.atol + float(np.max(this.tolerance.room))
    bound = f"{atol:.2g} + {this.tolerance.rtol:.2g} of each"
    return f"No mistake was looked for: digits and types leave room for {bound}."


def _rows(wrong: Array) -> str:
    """Whole sequences that agree."""
    rows = np.asarray(wrong.any(axis=(1, 2)))
    if len(rows) == 1 or rows.all():
        return ""
    right = [str(row) for row in np.flatnonzero(~rows)]
    more = f" and {len(right) - MOST_LISTED} more" if len(right) > MOST_LISTED else ""
    shown = ", ".join(right[:MOST_LISTED]) + more
    which = f"Sequence {shown} agrees" if len(right) == 1 else f"Sequences {shown} agree"
    return (
        f"{which}, {'others do' if rows.sum() > 1 else 'the other one does'} not: look at lengths, "
        "padding and masks, and at the initial state of each."
    )


def _halves(this: Examination, wrong: Array) -> str:
    """One direction that agrees."""
    if this.reading is None or this.reading.series.ways != 2:
        return ""
    half = wrong.shape[-1] // 2
    parts = {"forward": wrong[..., :half].any(), "backward": wrong[..., half:].any()}
    if all(parts.values()):
        return ""
    bad, good = ("backward", "forward") if parts["backward"] else ("forward", "backward")
    return (
        f"The {good} half agrees, the {bad} half does not: look at its weights, its order in "
        "time and its initial state."
    )


def _steps(this: Examination, wrong: Array) -> str:
    """From which timestep on it is wrong, in the order in which they are computed."""
    assert this.reading is not None
    if this.reading.series.final:
        return ""
    there = this.reading.scattered(np.ones(this.theirs.shape, bool), False).any(axis=(0, 2))
    if there.sum() < 2:
        return f"One timestep was compared: more would tell {_named_by_more(this.job)} apart."
    steps = np.asarray(wrong.any(axis=(0, 2)))
    if len({way for _, way in this.job.ways}) > 1 or this.job.model.layers[-1].order != "input":
        return _listed_steps(steps)
    backward = this.job.ways[0][1] == "backward"
    far = this.reading.scattered(distance(this.reading.numbers, this.theirs), 0.0).max(axis=(0, 2))
    each, far = (part[::-1] if backward else part for part in (steps, far))
    fading = _fading(far) if each.all() else ""
    return _in_order(this.job, each, backward=backward, fading=fading)


def _named_by_more(job: Job) -> str:
    gated = any(job.layer(way).gated for way in job.ways)
    return "W_h, states and gates" if gated else "W_h and states"


def _fading(far: Array) -> str:
    """What is told of differences that become smaller from step to step, as those of a state do."""
    if len(far) < 3 or not (far[1:] < far[:-1]).all() or far[-1] > FADED * far[0]:
        return ""
    return (
        f"The difference fades from step to step, {far[0]:.2g} in the first, {far[-1]:.2g} in the "
        "last: look at the initial state, which one side alone may have been given."
    )


def _in_order(job: Job, steps: Array, *, backward: bool, fading: str = "") -> str:
    """The same of steps as they are computed, one after the other."""
    first = "The last timestep, which is read first," if backward else "The first timestep"
    if fading:
        return fading
    if steps[0] and steps[-1]:
        return f"{first} differs already: {_of_first(job)}."
    if not steps[-1]:
        return _ends(job, steps, backward=backward)
    if steps[1:].all():
        gates = ", its gates" if any(job.layer(way).gated for way in job.ways) else ""
        reset = ", at the reset gate" if any(job.layer(w).cell == "gru" for w in job.ways) else ""
        return (
            f"{first} agrees, those computed after it do not: look at W_h (its orientation{gates})"
            f"{reset}, at x, and at how the state is carried on."
        )
    at = int(np.flatnonzero(steps)[0])
    t = len(steps) - at if backward else at + 1
    before = (
        f"The {'last' if backward else 'first'} {at} timesteps agree"
        if at > 1
        else f"{first} agrees"
    )
    return f"{before}: look at what happens at t = {t}."


def _ends(job: Job, steps: Array, *, backward: bool) -> str:
    """Where the steps that are computed last agree again."""
    count = int(np.flatnonzero(steps)[-1]) + 1
    if steps[:count].all() and count > 1 and not backward:
        fades = f"The difference fades after {count} timesteps"
        return f"{fades}: look at the initial state, and whether activations are saturated then."
    return f"{_listed_steps(steps[::-1] if backward else steps)[:-1]}: no state carries it on."


def _listed_steps(steps: Array) -> str:
    wrong = [str(t + 1) for t in np.flatnonzero(steps)]
    if len(wrong) == len(steps):
        return "Every timestep differs."
    more = [f"{len(wrong) - MOST_LISTED} more"] if len(wrong) > MOST_LISTED else []
    shown = _and([*wrong[:MOST_LISTED], *more])
    which = f"Timestep {shown} differs" if len(wrong) == 1 else f"Timesteps {shown} differ"
    one = len(steps) - len(wrong) == 1
    return f"{which}, the other{' one agrees' if one else 's agree'}."


def _of_first(job: Job) -> str:
    """What the step that is computed first depends on."""
    layers = [job.layer(way) for way in job.ways]
    started = any(np.any(one.h0) or (one.c0 is not None and np.any(one.c0)) for one in layers)
    names = {name.split(".")[0] for one in layers for name in one.weights}
    parts = ["h0", "W_h"] if started else []
    parts += ["x", "W_x", "the biases", "the activations"]
    parts += ["the order of the gates"] if any(one.gated for one in layers) else []
    parts += ["the reset gate"] if any(one.cell == "gru" for one in layers) else []
    parts += ["the peepholes"] if "P" in names else []
    parts += ["W_r"] if "W_r" in names else []
    parts += ["the layers before them"] if any(one.chain for one in layers) else []
    parts += ["the output layer"] if job.name == "y" else []
    lead = "it depends on" if started else "as h0 is 0, it depends on"
    return f"{lead} {_and(parts)} only"


def _and(parts: list[str]) -> str:
    """``x, W_x and the biases``."""
    *some, last = parts
    return f"{', '.join(some)} and {last}" if some else last
