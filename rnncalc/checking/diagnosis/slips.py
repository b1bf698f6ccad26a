"""Slips: one weight of the network is another number; the value is solved for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.diagnosis.claim import claim_of
from rnncalc.checking.diagnosis.examination import Examination
from rnncalc.checking.diagnosis.fitting import Evaluate, solve, within
from rnncalc.checking.diagnosis.hypothesis import Hypothesis
from rnncalc.checking.diagnosis.job import Job
from rnncalc.checking.diagnosis.parameters import STEP, WeightVector
from rnncalc.checking.expected import decimals_of, spacing, type_of
from rnncalc.checking.verdict import Claim
from rnncalc.errors import RnncalcError
from rnncalc.numbers.digits import whole

ALONG = 0.2
"""So much of the square of the difference must lie along what a weight moves."""

RUNS = 30
"""So many runs it mostly takes to solve for one weight."""

MOST_TRIED, MOST_NAMED = 40, 3
"""So many weights are solved for, those first along which the difference lies; so many are said."""

CLOSE = 5
"""Digits are left out as long as the numbers stay within so many times what is left with all."""

LEAST_DECIMALS = 2
"""A weight with fewer digits behind the point is another number, not a rounded one."""


class Fit(NamedTuple):
    """A weight with which all numbers come out.

    Attributes:
        label: what it is called.
        here: what it is.
        value: what it should be, with as many digits as the numbers tell.
        job: with that value.
        left: how far the numbers are then.
    """

    label: str
    here: float
    value: float
    job: Job
    left: float


def claims(this: Examination) -> Iterator[Claim]:
    """One weight is another, or was rounded: the value is solved for, of each of them alone."""
    if this.reading is None or this.theirs.size < 2 or not this.finite:
        return
    parameters = WeightVector(this)
    runs = parameters.values.size + 1
    if not parameters.few or not this.affords("single weights", runs):
        return
    with np.errstate(all="ignore"):
        found = (
            _fit(this, parameters, index)
            for index in _candidates(parameters)
            if this.affords("single weights", RUNS)
        )
        fits = sorted(filter(None, found), key=lambda fit: fit.left)
    if not fits or not this.convincing(1, fits[0].left):
        return
    yield _claim(this, fits)


def _claim(this: Examination, fits: list[Fit]) -> Claim:
    """One weight, or several of which each alone would do."""
    best, *others = fits
    if this.small and all(_rounded(fit) for fit in fits):
        say = f"{best.label} is {whole(best.value)}, which was rounded to {best.here:g} here"
        cause = "precision"
    else:
        cause = "weight-value"
        clauses = [
            f"{one.label} is {whole(one.value)}, not {one.here:g}" for one in fits[:MOST_NAMED]
        ]
        clauses += [f"one of {len(fits) - MOST_NAMED} more is"] if len(fits) > MOST_NAMED else []
        say = "; or when ".join(clauses)
    remedy = f"compare {'them with their' if others else 'it with its'} source"
    one = Hypothesis(cause, say, remedy, lambda job: best.job)
    return claim_of(this, one, best.left)


def _rounded(fit: Fit) -> bool:
    """Whether what is here is the value with fewer digits."""
    decimals = decimals_of(np.array([fit.here]))
    return (
        decimals is not None
        and decimals >= LEAST_DECIMALS
        and (round(fit.value, decimals) == round(fit.here, decimals))
    )


def _candidates(parameters: WeightVector) -> list[int]:
    """The weights that may explain the difference, the likeliest first."""
    slopes = parameters.slopes
    missing = parameters.target - parameters.results(parameters.values)
    along = (slopes.T @ missing) ** 2 / np.maximum((slopes**2).sum(axis=0), 1e-300)
    share = along / max(float(missing @ missing), 1e-300)
    order = [int(i) for i in np.argsort(-share) if share[i] >= ALONG]
    return order[:MOST_TRIED]


def _fit(this: Examination, parameters: WeightVector, index: int) -> Fit | None:
    """A weight that brings all numbers, if it does."""
    try:
        value = _solve_one(parameters, index)
        if np.any(this.tolerance.room):
            value = _within(parameters, index, value)
        job = parameters.put(this.job, parameters.moved(index, value))
    except RnncalcError:
        return None
    best = job.numbers(this.theirs.shape)
    if not this.meets(best):
        return None
    digits = _digits(value, _error(this, parameters, index, value))
    left = this.left(best) or 0.0
    for count in range(digits, 18):  # as few as the numbers tell, and as many as it takes
        short = float(f"{value:.{count}g}")
        job = parameters.put(this.job, parameters.moved(index, short))
        numbers = job.numbers(this.theirs.shape)
        away = this.left(numbers) or 0.0
        if this.enough(numbers, best) and (away <= CLOSE * left or count == 17):
            here = float(parameters.values[index])
            return Fit(parameters.label(index), here, short, job, away)
    return None


def _solve_one(parameters: WeightVector, index: int) -> float:
    """The value that fits best, sought from what is nearest of ours, its negative and 0."""
    here = float(parameters.values[index])
    starts = [here, -here, 0.0, 10 * here, here / 10]  # the slips of a hand, and near each of them
    evaluate = _evaluation(parameters, index)
    found = evaluate(np.array(starts)[:, None, None])[:, 0]
    start = starts[int(np.argmin(np.sum((found - parameters.target) ** 2, axis=-1)))]
    target = parameters.target[None]
    return float(solve(evaluate, np.array([[start]]), target, near=True)[0, 0])


def _within(parameters: WeightVector, index: int, value: float) -> float:
    """The value that fits best, or one near it that leaves every number in its room."""
    bound = np.broadcast_to(parameters.tolerance.of(parameters.target), parameters.target.shape)
    evaluate, target = _evaluation(parameters, index), parameters.target[None]
    return float(within(evaluate, np.array([[value]]), target, bound[None])[0, 0])


def _evaluation(parameters: WeightVector, index: int) -> Evaluate:
    """What comes out with values of one weight: (sets, 1, 1) to (sets, 1, results)."""

    def evaluate(sets: Array) -> Array:
        results = parameters.every([parameters.moved(index, float(one)) for one in sets.ravel()])
        return np.stack(results).reshape(*sets.shape[:2], -1)

    return evaluate


def _error(this: Examination, parameters: WeightVector, index: int, value: float) -> float:
    """The standard error of one number that was fitted to others.

    Each of them is off by its rounding, 1/sqrt(12) of the last place, or by what is left.
    """
    found = parameters.results(parameters.moved(index, value))
    slope = (parameters.results(parameters.moved(index, value + STEP)) - found) / STEP
    last = spacing(parameters.target, type_of(this.theirs))
    last = np.maximum(last, 2 * parameters.tolerance.room)
    noise = np.maximum(last / np.sqrt(12), np.sqrt(np.mean((found - parameters.target) ** 2)))
    return float(1 / np.sqrt(max(np.sum((slope / noise) ** 2), 1e-300)))


def _digits(value: float, error: float) -> int:
    """How many significant digits a value with this standard error has."""
    return int(np.clip(np.floor(np.log10(max(abs(value), 1e-300) / error)), 1, 17))
