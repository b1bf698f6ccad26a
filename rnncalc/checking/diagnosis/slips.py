"""One number that is another: of the expected ones among right ones, or a weight of the network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.comparison import differ, distance
from rnncalc.checking.diagnosis.claim import claim_of
from rnncalc.checking.diagnosis.examination import Examination
from rnncalc.checking.diagnosis.fitting import solve
from rnncalc.checking.diagnosis.hypothesis import Hypothesis
from rnncalc.checking.diagnosis.job import Job, KeyPath
from rnncalc.checking.diagnosis.parameters import STEP, Parameters
from rnncalc.checking.expected import decimals_of, half_unit, spacing, type_of
from rnncalc.checking.verdict import Claim
from rnncalc.errors import RnncalcError
from rnncalc.numbers.digits import DEFAULT, number, whole

ALONG = 0.2
"""So much of the square of the difference must lie along what a weight moves."""

CARRIED = 3
"""So many tolerances the next timestep would be off, had a number been computed."""

RUNS = 30
"""So many runs it mostly takes to solve for one weight."""

MOST_TRIED, MOST_NAMED = 40, 3
"""So many weights are solved for, those first along which the difference lies; so many are said."""

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


def of_expected(this: Examination) -> Iterator[Claim]:
    """One of the expected numbers is wrong, and those that come after it tell that it is."""
    at = _lone(this)
    if at is None or this.ours is None or not (this.agreement() and _refuted(this, at)):
        return
    left = distance(this.ours, this.theirs)
    left[at] = 0
    remedy = "look where this number came from: all the others agree"
    yield Claim("typo", alone(this)[:-1], float(left.max()), remedy)


def _refuted(this: Examination, at: tuple[int, ...]) -> bool:
    """Whether the step after it would have other numbers, had the network computed this one."""
    job, sequence, t, unit = this.job, *_whose(this, at)
    marked = job.model.lengths is not None or job.model.mask is not None
    plain = job.name == "h" and job.model.mode == "many-to-many" and this.forward
    if marked or not plain or t + 1 == job.x.shape[1]:
        return False
    states: dict[KeyPath, tuple[Array, Array | None]] = {}
    for index, here in enumerate(job.trace().layers):
        values = here.forward.values
        c = values["c"][..., t, :] if "c" in values else None
        states[index, "forward"] = values["h"][..., t, :].copy(), c
    states[job.ways[-1]][0][(sequence, unit) if job.batched else unit] = this.theirs[at]
    x = job.x[:, t + 1 : t + 2]
    try:
        next_step = job.with_states(states).with_input(x if job.batched else x[0])
        carried = next_step.series().values[:, 0]
    except (RnncalcError, ValueError):
        return False
    usual = job.series().values[:, t + 1]
    return bool((distance(carried, usual) > CARRIED * this.tolerance.of(usual)).any())


def alone(this: Examination) -> str:
    """A sentence about the only number that differs; nothing where there are more."""
    at = _lone(this)
    if at is None or this.ours is None:
        return ""
    theirs = f"{this.theirs[at]:g}"
    slip = _slip(_as_typed(float(this.ours[at]), this.theirs), theirs)
    place = _place(this, *_whose(this, at))
    here = number(float(this.ours[at]), DEFAULT)
    return f"All numbers but one agree: {place} is {here} here, {theirs} expected{slip}."


def _whose(this: Examination, at: tuple[int, ...]) -> tuple[int, ...]:
    """The sequence, the timestep and the unit of one of the expected numbers."""
    assert this.reading is not None
    wrong = np.zeros(this.theirs.shape, bool)
    wrong[at] = True
    return tuple(int(i) for i in np.argwhere(this.reading.scattered(wrong, False))[0])


def _lone(this: Examination) -> tuple[int, ...] | None:
    """Where the only number is that differs."""
    if this.ours is None or this.ours.shape != this.theirs.shape:
        return None
    wrong = np.argwhere(differ(this.ours, this.theirs, this.tolerance))
    return tuple(int(i) for i in wrong[0]) if len(wrong) == 1 else None


def _place(this: Examination, sequence: int, t: int, unit: int) -> str:
    name = this.job.name
    where = f"sequence {sequence}, " if this.job.batched else ""
    assert this.reading is not None
    if this.reading.series.final:
        return f"{where}{name}[{t}][{unit}]"
    steps = this.job.x.shape[1] if this.reading.series.single else t + 1
    return f"{where}{name}[{unit}] at t = {steps}"


def _as_typed(ours: float, theirs: Array) -> str:
    """Ours with as many digits as the expected numbers have."""
    decimals = decimals_of(theirs)
    return f"{ours:.6g}" if decimals is None else f"{round(ours, decimals):g}"


def _slip(ours: str, theirs: str) -> str:
    """What may have happened to a number that was typed."""
    if ours.lstrip("-") == theirs.lstrip("-"):
        return " (its minus is lost)" if ours.startswith("-") else " (its minus is one too many)"
    if len(ours) == len(theirs) and sorted(ours) == sorted(theirs):
        changed = sum(one != other for one, other in zip(ours, theirs, strict=True))
        return " (two digits are exchanged)" if changed == 2 else ""
    return ""


def of_weights(this: Examination) -> Iterator[Claim]:
    """One weight is another, or was rounded: the value is solved for, of each of them alone."""
    if this.reading is None or this.theirs.size < 2 or not this.finite:
        return
    parameters = Parameters(this)
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


def _candidates(parameters: Parameters) -> list[int]:
    """The weights that may explain the difference, the likeliest first."""
    slopes = parameters.slopes
    missing = parameters.target - parameters.results(parameters.values)
    along = (slopes.T @ missing) ** 2 / np.maximum((slopes**2).sum(axis=0), 1e-300)
    share = along / max(float(missing @ missing), 1e-300)
    order = [int(i) for i in np.argsort(-share) if share[i] >= ALONG]
    return order[:MOST_TRIED]


def _fit(this: Examination, parameters: Parameters, index: int) -> Fit | None:
    """A weight that brings all numbers, if it does."""
    try:
        value = _solve_one(parameters, index)
        job = parameters.put(this.job, parameters.moved(index, value))
    except RnncalcError:
        return None
    best = job.numbers(this.theirs.shape)
    if not this.meets(best):
        return None
    digits = _digits(value, _error(this, parameters, index, value))
    for count in range(digits, 18):  # as few as the numbers tell, and as many as it takes
        short = float(f"{value:.{count}g}")
        job = parameters.put(this.job, parameters.moved(index, short))
        numbers = job.numbers(this.theirs.shape)
        if this.enough(numbers, best):
            here = float(parameters.values[index])
            return Fit(parameters.label(index), here, short, job, this.left(numbers) or 0.0)
    return None


def _solve_one(parameters: Parameters, index: int) -> float:
    """The value that fits best, sought from what is nearest of ours, its negative and 0."""

    def results(value: float) -> Array:
        return parameters.results(parameters.moved(index, value))

    def evaluate(sets: Array) -> Array:
        return np.stack([results(float(one)) for one in sets.ravel()]).reshape(*sets.shape[:2], -1)

    here = float(parameters.values[index])
    starts = [here, -here, 0.0, 10 * here, here / 10]  # the slips of a hand, and near each of them
    far = [np.sum((results(one) - parameters.target) ** 2) for one in starts]
    start = np.array([[starts[int(np.argmin(far))]]])
    return float(solve(evaluate, start, parameters.target[None], near=True)[0, 0])


def _error(this: Examination, parameters: Parameters, index: int, value: float) -> float:
    """The standard error of one number that was fitted to others.

    Each of them is off by its rounding, 1/sqrt(12) of the last place, or by what is left.
    """
    found = parameters.results(parameters.moved(index, value))
    slope = (parameters.results(parameters.moved(index, value + STEP)) - found) / STEP
    decimals = decimals_of(this.theirs)
    last = spacing(parameters.target, type_of(this.theirs))
    last = np.maximum(last, 2 * half_unit(decimals)) if decimals else last
    noise = np.maximum(last / np.sqrt(12), np.sqrt(np.mean((found - parameters.target) ** 2)))
    return float(1 / np.sqrt(max(np.sum((slope / noise) ** 2), 1e-300)))


def _digits(value: float, error: float) -> int:
    """How many significant digits a value with this standard error has."""
    return int(np.clip(np.floor(np.log10(max(abs(value), 1e-300) / error)), 1, 17))
