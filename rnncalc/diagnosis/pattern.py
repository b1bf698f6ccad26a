"""Patterns: what the differences look like, in one sentence, whatever explains them."""

from __future__ import annotations

import math

import numpy as np

from rnncalc.activations import Array
from rnncalc.comparison import Comparison
from rnncalc.diagnosis.examination import Examination
from rnncalc.digits import counted
from rnncalc.divergence import apart


def pattern(this: Examination, found: Comparison) -> str:
    """One sentence, or nothing where there is nothing to see."""
    if this.reading is None:
        return _counts(found)
    wrong = this.reading.scattered(apart(this.reading.numbers, this.theirs, this.tolerance), False)
    if "rounding" in found.size:
        return "The differences are as small as rounding makes them."
    return _rows(wrong) or _halves(this, wrong) or _steps(this, wrong)


def _counts(found: Comparison) -> str:
    """How many numbers there are, where their shape is none that a run has."""
    ours, theirs = (math.prod(shape) for shape in found.shapes)
    same = "as many as here" if theirs == ours else f"and {ours:,} here"
    return (
        f"{counted(theirs, 'number')} expected, {same}: look at units, timesteps, outputs, "
        "and whether one or both directions are in them."
    )


def _rows(wrong: Array) -> str:
    """Whole sequences that agree."""
    rows = np.asarray(wrong.any(axis=(1, 2)))
    if len(rows) > 1 and not rows.all():
        listed = ", ".join(map(str, np.flatnonzero(~rows)[:8]))
        return (
            f"Sequence {listed} agrees, others do not: look at lengths, padding and masks, "
            "and at the initial state of each."
        )
    return ""


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
    """From which timestep on it is wrong."""
    assert this.reading is not None
    if this.reading.series.final:
        return ""
    there = this.reading.scattered(np.ones(this.theirs.shape, bool), False).any(axis=(0, 2))
    steps = np.asarray(wrong.any(axis=(0, 2)))
    if there.sum() < 2:
        return "One timestep was compared: more would tell W_h, states and gates apart."
    if not steps[0] and steps[1:].all():
        return (
            "The first timestep agrees, those after it do not: look at W_h (its orientation, its "
            "gates), at the reset gate, and at how the state is carried on."
        )
    if not steps[0]:
        first = int(np.flatnonzero(steps)[0]) + 1
        return f"The first {first - 1} timesteps agree: look at what happens at t = {first}."
    if not steps[-1]:
        return "The difference fades: look at the initial state."
    return (
        "The first timestep is wrong already: with h0 = 0 it depends on x, W_x, the biases, the "
        "activations and the order of the gates only."
    )
