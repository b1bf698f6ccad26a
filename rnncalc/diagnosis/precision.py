"""Rounded numbers: of the weights, on either side, of the arithmetic, of what was printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from rnncalc.activations import Array
from rnncalc.checked import Claim
from rnncalc.diagnosis.claim import claimed
from rnncalc.diagnosis.examination import Examination
from rnncalc.diagnosis.fitting import STEP, solved
from rnncalc.diagnosis.hypothesis import Hypothesis
from rnncalc.diagnosis.job import Job, Way, altered, reweighted
from rnncalc.divergence import distance
from rnncalc.errors import RnncalcError
from rnncalc.expected import type_of
from rnncalc.layer import Layer
from rnncalc.stateless import Output, Stateless

CAUSE = "precision"
DECIMALS = range(2, 8)
"""So many digits behind the point, when people round."""

ARITHMETIC = {"float16": 2.0**-10, "bfloat16": 2.0**-7}
"""The types of few digits, and how far apart numbers next to 1 are in them."""

ROUNDED = 4
"""So many roundings a calculation in such a type may be off."""

FEW = 40
"""So many weights are solved for, each alone."""

SAMPLES, SEED, WITHIN = 8, 20_260_201, 3.0
LARGEST, BITS = 2e-2, 24
"""A rounding of weights explains no larger differences, and must say so much."""

Round = Callable[[Array], Array]
KEEP = "use the weights with all of their digits"


def to_decimals(count: int) -> Round:
    """Rounding to so many digits behind the point."""
    return lambda array: np.round(array, count)


def to_type(name: str) -> Round:
    """Rounding to float16 or bfloat16."""
    return _half if name == "float16" else _brain


def _half(array: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.asarray(array, np.float16).astype(np.float64)


def _single(array: Array) -> Array:
    return np.asarray(array, np.float32).astype(np.float64)


def _brain(array: Array) -> Array:
    """float32 with 8 bits of mantissa, to the nearest even."""
    bits = np.asarray(array, np.float32).view(np.uint32).astype(np.uint64)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000
    return rounded.astype(np.uint32).view(np.float32).astype(np.float64)


ROUNDINGS: dict[str, Round] = {
    **{name: to_type(name) for name in ARITHMETIC},
    **{f"{count} decimals": to_decimals(count) for count in DECIMALS},
}


def claims(this: Examination) -> Iterator[Claim]:
    """The first explanation by rounding that holds."""
    if this.ours is None:
        return
    for explain in (_printed, _theirs, _solved, _ours, _computed):
        found = list(explain(this))
        if found:
            yield found[0]
            return


def _claim(say: str, left: float, remedy: str) -> Claim:
    return claimed(Hypothesis(CAUSE, say, remedy, lambda job: job), left)


def _printed(this: Examination) -> Iterator[Claim]:
    """The expected numbers have few digits, and ours round to them."""
    assert this.ours is not None
    for count in DECIMALS:
        if np.array_equal(np.round(this.theirs, count), this.theirs):
            near = 0.5000001 * 10.0**-count
            far = float(np.abs(this.ours - this.theirs).max())
            if far <= near + this.tolerance.atol and _says(this, near):
                remedy = f"give them with all digits, or compare with --atol 1e-{count}"
                yield _claim(f"ours are rounded to {count} decimals, as they are", far, remedy)
            return


def _says(this: Examination, bound: float) -> bool:
    """Whether numbers of this spread would hardly come so near by accident."""
    finite = np.unique(np.round(this.theirs[np.isfinite(this.theirs)], 6))
    spread = float(np.ptp(finite)) if finite.size > 1 else 1.0
    return bool(finite.size * np.log2(max(1.0, spread / bound / 2)) >= BITS)


def _theirs(this: Examination) -> Iterator[Claim]:
    """Their weights were rounded, ours were not."""
    for name, function in ROUNDINGS.items():
        job = rounded(this.job, function)
        if this.meets(numbers := job.numbers(this.theirs.shape)) and this.convincing():
            yield _claim(f"the weights are rounded to {name}", this.left(numbers) or 0.0, KEEP)


def rounded(job: Job, function: Round) -> Job:
    """The job with every weight rounded."""
    job = job.with_layers(
        lambda layer: reweighted(layer, {k: function(a) for k, a in layer.weights.items()}),
        job.ways,
    )
    return _with_outputs(job, function)


def _with_outputs(job: Job, function: Round) -> Job:
    outputs: list[Stateless] = [
        altered(one, W_y=function(one.W_y), bias=function(one.bias))
        if isinstance(one, Output) else one
        for one in job.model.outputs
    ]  # fmt: skip
    return job.with_altered(output=tuple(outputs)) if outputs else job


def weights(job: Job) -> Iterator[tuple[Way, str, Array]]:
    """Every array of the recurrent layers."""
    for way in job.ways:
        yield from ((way, name, array) for name, array in job.layer(way).weights.items())


def ours_rounded(job: Job) -> str | None:
    """How the weights were rounded here, if they look so: the coarsest way that changes none."""
    arrays = [array.ravel() for _, _, array in weights(job)]
    every = np.concatenate(arrays)
    names = [name for name, function in ROUNDINGS.items() if _of_type(every, function)]
    decimals = [name for name in names if "decimals" in name]
    return next(iter([*decimals, *names]), None)


def _solved(this: Examination) -> Iterator[Claim]:
    """One weight with few digits: the value that fits best, and becomes ours when it is rounded."""
    name = ours_rounded(this.job)
    count = sum(array.size for _, _, array in weights(this.job))
    if name is None or "decimals" not in name or count > FEW or this.theirs.size < 3:
        return
    function = ROUNDINGS[name]
    for way, key, array in weights(this.job):
        for index in np.ndindex(array.shape):
            if float(array[index]).is_integer():
                continue
            found, numbers, error = _best(this, way, key, index)
            near = np.array_equal(function(np.array(found)), array[index])
            if near and this.meets(numbers) and this.convincing(1, this.left(numbers)):
                label = f"{key}{list(index)}" if array.size > 1 else key
                value = f"{found:.{_digits(found, error)}g}"
                say = f"{label} is {value}, which was rounded to {array[index]:g} here"
                yield _claim(say, this.left(numbers) or 0.0, f"write {label}: {value}")


def _best(
    this: Examination, way: Way, key: str, index: tuple[int, ...]
) -> tuple[float, Array, float]:
    """The value of a weight that fits best, what comes out with it, and its standard error."""

    def job_of(value: float) -> Job:
        def change(layer: Layer) -> Layer:
            array = layer.weights[key].copy()
            array[index] = value
            return reweighted(layer, {key: array})

        return this.job.with_layers(change, (way,))

    def numbers(value: float) -> Array:
        found = job_of(value).numbers(this.theirs.shape)
        if found is None:
            raise RnncalcError("no numbers")
        return found

    def evaluate(parameters: Array) -> Array:
        return np.stack([numbers(float(one)).reshape(1, -1) for one in parameters.ravel()])

    start = np.array([[float(this.job.layer(way).weights[key][index])]])
    with np.errstate(all="ignore"):
        best = float(solved(evaluate, start, this.theirs.reshape(1, -1), near=True)[0, 0])
        slope = (numbers(best + STEP) - numbers(best - STEP)) / (2 * STEP)
    found = numbers(best)
    return best, found, _error(slope, found, this.theirs)


def _error(slope: Array, found: Array, theirs: Array) -> float:
    """The standard error of one number that was fitted to others.

    Each of them is off by its rounding, 1/sqrt(12) of the last place, or by what is left.
    """
    last = np.spacing(np.abs(theirs).astype(type_of(theirs))) / np.sqrt(12)
    noise = np.maximum(last, np.sqrt(np.mean((found - theirs) ** 2)))
    return float(1 / np.sqrt(max(np.sum((slope / noise) ** 2), 1e-300)))


def _digits(value: float, error: float) -> int:
    """How many significant digits a value with this standard error has."""
    return int(np.clip(np.floor(np.log10(max(abs(value), 1e-300) / error)), 1, 17))


def _ours(this: Examination) -> Iterator[Claim]:
    """All weights have few digits here: as large a difference as their rounding can make."""
    assert this.ours is not None
    name, far = ours_rounded(this.job), this.left(this.ours) or 0.0
    if name is None or far > LARGEST:
        return
    reach = WITHIN * _reach(this, name)
    if far <= reach <= LARGEST * WITHIN and _says(this, reach):
        say = f"the weights have more digits: they are rounded to {name} here"
        yield _claim(say, far, KEEP)


def _of_type(array: Array, function: Round) -> bool:
    """Whether all are numbers of a type, written as float32 or with the digits that tell them."""
    near = function(array)
    if np.array_equal(np.float32(near), np.float32(array)):
        return True
    half = function is ROUNDINGS["float16"]
    return half and all(float(str(np.float16(one))) == one for one in array.flat)


def _reach(this: Examination, name: str) -> float:
    """How far numbers move when weights move within their rounding."""
    assert this.ours is not None
    rng, reach = np.random.default_rng(SEED), 0.0

    def moved(array: Array) -> Array:
        if "decimals" in name:
            half = np.full(array.shape, 0.5 * 10.0 ** -int(name.split()[0]))
        else:
            half = np.abs(array) * ARITHMETIC[name] / 2
        return np.asarray(array + rng.uniform(-1, 1, array.shape) * half)

    for _ in range(SAMPLES):
        numbers = rounded(this.job, moved).numbers(this.theirs.shape)
        if numbers is not None:
            reach = max(reach, float(np.abs(numbers - this.ours).max()))
    return reach


def _computed(this: Examination) -> Iterator[Claim]:
    """The expected numbers were computed in a type of few digits, and are numbers of it."""
    assert this.ours is not None
    far = this.left(this.ours) or 0.0
    scale, apart = np.maximum(1.0, np.abs(this.theirs)), distance(this.ours, this.theirs)
    for name, eps in (("float32", 2.0**-23), *ARITHMETIC.items()):
        function = ROUNDINGS.get(name, _single)
        rounding = ROUNDED * eps
        if _of_type(this.theirs, function) and (apart <= rounding * scale).all():
            if _says(this, rounding * float(scale.max())):
                remedy = f"compare with --rtol {rounding:.0e} --atol {rounding:.0e}"
                remedy += "" if name == "float32" else ", or let it compute in float32"
                yield _claim(f"they are computed in {name}", far, remedy)
            return
