"""Rounded numbers: of what was printed, of the weights on either side, of the arithmetic.

Rounding is claimed where rounding what is named, within its own half unit, brings all numbers; what
merely has a size that rounding may have is something else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.comparison import distance
from rnncalc.checking.diagnosis.examination import MARGIN, Examination
from rnncalc.checking.diagnosis.job import Job, reweight
from rnncalc.checking.diagnosis.parameters import ROWS, WeightVector
from rnncalc.checking.expected import decimals_of, spacing
from rnncalc.checking.verdict import Claim
from rnncalc.model.checks import alter
from rnncalc.model.layer import Layer
from rnncalc.model.stateless import Output, Stateless
from rnncalc.numbers.printed import half_unit

CAUSE = "precision"
DECIMALS = range(2, 8)
"""So many digits behind the point, when people round."""

TYPES = ("bfloat16", "float16", "float32")
"""The types of few digits, the coarsest first."""

SAMPLES, SEED, WITHIN = 16, 20_260_201, 3.0
"""So many runs with drawn roundings tell how far they move each number; so many times as far is
still theirs."""

USUAL = 3.5
"""Standard deviations of a sum of squares beyond which roundings do not go."""

SIGNIFICANT = 7
"""Fewer digits than float32 has."""

SIX = 6
"""Rounds of a search among weights within their half units."""

Round = Callable[[Array], Array]
KEEP = "use the weights with all of their digits"
HALF = dict.fromkeys(
    TYPES[:2],
    ", or let it compute in float32: torch.autocast(..., enabled=False) in PyTorch, "
    "no mixed_float16 or mixed_bfloat16 policy in Keras",
)
"""How the types of few digits are turned off."""


def to_decimals(count: int) -> Round:
    """Rounding to so many digits behind the point."""
    return lambda array: np.round(array, count)


def to_type(name: str) -> Round:
    """Rounding to a type, to the nearest even."""
    return lambda array: np.asarray(
        np.round(array / spacing(array, name)) * spacing(array, name), np.float64
    )


ROUNDINGS: dict[str, Round] = {
    **{name: to_type(name) for name in TYPES},
    **{f"{count} decimals": to_decimals(count) for count in DECIMALS},
}


def claims(this: Examination) -> Iterator[Claim]:
    """The first explanation by rounding that holds."""
    if this.reading is None or not this.finite or not this.small:
        return
    with np.errstate(all="ignore"):
        for explain in (_theirs, _ours, _computed):
            found = list(explain(this))
            if found:
                yield found[0]
                return


def _claim(say: str, left: float, remedy: str) -> Claim:
    return Claim(CAUSE, f"the expected numbers come out when {say}", left, remedy)


def printed(this: Examination) -> Iterator[Claim]:
    """The expected numbers have few digits, and ours round to them."""
    decimals = decimals_of(this.theirs)
    if this.ours is None or not decimals:
        return
    far = distance(this.ours, this.theirs)
    if (far <= half_unit(decimals) + 1e-6 * np.abs(this.theirs)).all():
        few = f"{decimals} decimal{'s' * (decimals > 1)}"
        remedy = f"give them with all digits, or compare with --decimals {decimals}"
        say = f"ours are rounded to {few}, as they are"
        yield _claim(say, float(far.max()), remedy)


def _theirs(this: Examination) -> Iterator[Claim]:
    """Their weights were rounded, ours were not."""
    for name, function in ROUNDINGS.items():
        job = rounded(this.job, function)
        if this.meets(numbers := job.numbers(this.theirs.shape)):
            left = this.left(numbers) or 0.0
            if this.convincing(0, left):
                say = f"the weights are rounded to {name}"
                yield _claim(say, left, KEEP)


def rounded(job: Job, function: Round) -> Job:
    """The job with every weight rounded."""

    def change(layer: Layer) -> Layer:
        return reweight(layer, {name: function(array) for name, array in layer.weights.items()})

    outputs: list[Stateless] = [
        alter(one, W_y=function(one.W_y), bias=function(one.bias))
        if isinstance(one, Output) else one
        for one in job.heads
    ]  # fmt: skip
    job = job.with_layers(change, job.ways)
    return job.with_heads(outputs)


def _ours(this: Examination) -> Iterator[Claim]:
    """All weights have few digits here, and those with more that round to them bring everything."""
    parameters = WeightVector(this)
    found = _how(parameters.values)
    if found is None or not parameters.few:
        return
    if not this.affords("rounded weights", parameters.values.size + SIX + 2):
        return
    name, half = found
    values = _within(this, parameters, half)
    job = parameters.put(this.job, values)
    if not this.meets(numbers := job.numbers(this.theirs.shape)):
        return
    if _evidence(this, parameters, half, values) >= MARGIN + np.log2(len(ROUNDINGS)):
        say = f"the weights have more digits, which are rounded to {name} here"
        yield _claim(say, this.left(numbers) or 0.0, KEEP)


def _how(weights: Array) -> tuple[str, Array] | None:
    """How the weights look rounded, and by how much each of them at most; None where they don't."""
    decimals = decimals_of(weights)
    if decimals is not None and decimals in DECIMALS:
        return f"{decimals} decimals", np.full(weights.shape, half_unit(decimals))
    for name in TYPES[:2]:
        if _of_type(weights, name):
            return name, np.asarray(spacing(weights, name) / 2)
    return None


def _evidence(this: Examination, parameters: WeightVector, half: Array, values: Array) -> float:
    """How many bits speak for rounded weights, and against numbers that are off by themselves.

    Roundings are as likely anywhere in their half units, so what they make is nearly normal, and
    known. Off by themselves are numbers by a size, or a share, that fits best.
    """
    rows = np.linspace(0, parameters.target.size - 1, min(ROWS, parameters.target.size))
    rows = np.unique(rows.astype(int))
    target = parameters.target[rows]
    rest = (parameters.tolerance.of(parameters.target)[rows] / 4) ** 2
    missing = target - parameters.results(parameters.values)[rows]
    left = target - parameters.results(values)[rows]
    squares = float((left**2 / rest).sum() + 3 * (((values - parameters.values) / half) ** 2).sum())
    if not _usual(squares, missing.size):
        return -np.inf
    moves = parameters.slopes[rows] * half / np.sqrt(3)
    rounding = -squares - np.linalg.slogdet(moves @ moves.T + np.diag(rest))[1]
    weight = np.maximum(target**2, 1e-12)
    size, share = np.mean(missing**2), np.mean(missing**2 / weight) * weight
    others = (-float(np.sum(missing**2 / one + np.log(one))) for one in (size + rest, share + rest))
    return float((rounding - max(others)) / 2 / np.log(2))


def _usual(squares: float, count: int) -> bool:
    """Whether a sum of so many squares of standard size is as large as such sums are.

    Wilson and Hilferty (1931): its third root is nearly normal.
    """
    spread = 2 / (9 * count)
    return bool(abs((squares / count) ** (1 / 3) - (1 - spread)) <= USUAL * np.sqrt(spread))


def _within(this: Examination, parameters: WeightVector, half: Array) -> Array:
    """The likeliest weights within their half units that come near the expected numbers."""
    moves = parameters.slopes * half
    noise = parameters.tolerance.of(parameters.target) / 4
    values = parameters.values
    for _ in range(SIX):
        missing = parameters.target - parameters.results(values)
        missing = missing + moves @ ((values - parameters.values) / half)
        share = _bounded(moves / noise[:, None], missing / noise)
        values = parameters.values + share * half
    return values


def _bounded(matrix: Array, right: Array) -> Array:
    """What solves a system nearly, is small, and has no number beyond 1."""
    free = np.ones(matrix.shape[1], bool)
    found = np.zeros(matrix.shape[1])
    for _ in range(SIX):
        part = matrix[:, free]
        rest = right - matrix[:, ~free] @ found[~free]
        normal = part.T @ part + 3 * np.eye(part.shape[1])  # as small as numbers within 1 are
        small = np.linalg.solve(normal, part.T @ rest)
        found[free] = np.clip(small, -1, 1)
        beyond = np.abs(small) > 1
        if not beyond.any():
            break
        free[np.flatnonzero(free)[beyond]] = False
    return found


def _computed(this: Examination) -> Iterator[Claim]:
    """The expected numbers are those of a type of few digits, as far off as its arithmetic is."""
    assert this.ours is not None
    for name in TYPES:
        if _bits_of(this.theirs, name) < MARGIN:
            continue
        far = distance(this.ours, this.theirs)
        if (far <= WITHIN * _reach(this, name) + spacing(this.theirs, name)).all():
            enough = float((far / (1 + np.abs(this.theirs))).max())
            bound = f"{10.0 ** np.ceil(np.log10(enough)):.0e}"
            remedy = f"compare with --rtol {bound} --atol {bound}"
            remedy += HALF.get(name, "")
            say = f"they are computed in {name}"
            yield _claim(say, float(far.max()), remedy)
        return


def _bits_of(numbers: Array, name: str) -> float:
    """How many bits tell that numbers are those of a type; none where one of them is not.

    Those that were written with few digits anyway tell less.
    """
    if not _of_type(numbers, name):
        return 0.0
    there = np.unique(numbers[np.abs(numbers) > 0])
    given = _written(there, "float64" if name == "float32" else "float32")
    return float(np.clip(np.log2(spacing(there, name) / given), 0, None).sum())


def _of_type(numbers: Array, name: str) -> bool:
    """Whether all are numbers of a type, written as float32 or with the digits that tell them."""
    near = ROUNDINGS[name](numbers)
    if np.array_equal(near, numbers):
        return True
    if name != "float32" and np.array_equal(np.float32(near), np.float32(numbers)):
        return True
    half = name == "float16"
    return half and all(float(str(np.float16(one))) == one for one in numbers.flat)


def _written(numbers: Array, dtype: str) -> Array:
    """How far the next numbers are that could have been written: of the type, or with digits."""
    gaps = np.asarray(spacing(numbers, dtype))
    if (decimals := decimals_of(numbers)) is not None:
        gaps = np.maximum(gaps, 10.0**-decimals)
    tens = np.floor(np.log10(np.abs(numbers)))
    for digits in range(1, SIGNIFICANT):
        if all(float(f"{one:.{digits}g}") == one for one in numbers):
            return np.asarray(np.maximum(gaps, 10.0 ** (tens + 1 - digits)))
    return gaps


def _reach(this: Examination, name: str) -> Array:
    """How far the roundings of weights, input and every step of a type move each number."""
    assert this.ours is not None
    rng, reach = np.random.default_rng(SEED), np.zeros(this.ours.shape)

    def moved(array: Array) -> Array:
        return np.asarray(array + rng.uniform(-1, 1, array.shape) * spacing(array, name) / 2)

    for _ in range(SAMPLES):
        job = rounded(this.job, moved)
        if not isinstance(job.model.x, dict):
            job = job.with_input(moved(job.x) if job.batched else moved(job.x)[0])
        found = job.numbers(this.theirs.shape)
        if found is not None:
            reach = np.maximum(reach, np.abs(found - this.ours))
    return reach
