"""The diagnosis: which mistake, or which two, make the expected numbers come out.

Every mistake is a change of the run (``hypothesis.py``), tried by running it (``examination.py``);
what is claimed brings all numbers, and is the simplest that does. Each kind has a file of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from itertools import combinations
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.comparison import Comparison
from rnncalc.checking.diagnosis import (
    axes,
    biases,
    columns,
    directions,
    functions,
    gates,
    graphs,
    last_steps,
    lengths,
    padding,
    precision,
    reversal,
    slips,
    stale,
    states,
    tensor_cores,
    typos,
    unknowns,
)
from rnncalc.checking.diagnosis.causes import CAUSES, RANK
from rnncalc.checking.diagnosis.claim import claim_of, claims_of_pair, near_claim
from rnncalc.checking.diagnosis.examination import Examination, tolerance_for
from rnncalc.checking.diagnosis.hypothesis import Hypothesis, places_of
from rnncalc.checking.diagnosis.invocation import PYTHON, Invocation
from rnncalc.checking.diagnosis.job import Job, Places, job_of
from rnncalc.checking.diagnosis.pattern import pattern
from rnncalc.checking.few_digits import middles
from rnncalc.checking.layouts import readings
from rnncalc.checking.verdict import Claim, Diagnosis
from rnncalc.model.model import Model
from rnncalc.trace.trace import Trace

NEAR = 0.25
"""What leaves so much of the difference, or less, comes near."""

MOST_NEAR = 3

COMES, CUT = "the expected numbers come out", "the expected numbers, cut, not rounded, come out"
"""What claims say of numbers that were rounded, or have all of their digits, and of others."""


class Trial(NamedTuple):
    """A hypothesis that was tried, and what came out.

    Attributes:
        meets: whether that brings all numbers.
        left: the largest difference that is left, where there is something to compare.
        key: the same for those that nothing tells apart; None where the numbers are not known.
        numbers: what came out, where that brings all.
    """

    hypothesis: Hypothesis
    meets: bool
    left: float | None
    key: bytes | None
    numbers: Array | None


def diagnose(
    trace: Trace, theirs: Array, found: Comparison, invocation: Invocation = PYTHON
) -> Diagnosis:
    """What explains a difference.

    Args:
        trace: ours; theirs: the expected numbers; found: how they were compared.
        invocation: how somebody gave the network, which remedies speak of.
    """
    this = _examination(trace, theirs, found, invocation)
    rounded = _diagnosed(this, trace, found)
    if rounded.causes or found.decimals is None:
        return rounded
    cut = _diagnosed(_of_cut(this), trace, found)
    claims = tuple(one._replace(say=one.say.replace(COMES, CUT, 1)) for one in cut.causes)
    return cut._replace(causes=claims) if claims else rounded


def _diagnosed(this: Examination, trace: Trace, found: Comparison) -> Diagnosis:
    """What explains a difference to numbers that are rounded, or lie in the middle."""
    if this.meets(this.ours):
        causes = () if found.decimals else tuple(precision.printed(this))
        return Diagnosis(causes, pattern=pattern(this, found))
    trials = list(_tried(this, trace))
    met = _met(trials)
    if met and this.convincing(0, min(one.left or 0.0 for one in met)):
        kinds = _kinds(this, met)
        apart = _tell_apart(this, [group[0] for group in kinds])
        return Diagnosis(tuple(_single(this, group) for group in kinds), (), "", apart)
    of_graphs = typos.claims, precision.claims
    of_rows = tensor_cores.claims, typos.claims, slips.claims, precision.claims, unknowns.claims
    for explain in of_graphs if this.job.model.wiring else of_rows:
        if causes := tuple(explain(this)):
            return Diagnosis(causes)
    if causes := tuple(_pairs(this, trials)):
        return Diagnosis(causes)
    thin = [one for one in met if this.thin(one.left)]
    near = [_single(this, group)._replace(thin=True) for group in _kinds(this, thin)[:MOST_NEAR]]
    near = near or _nearest(this, trials)
    return Diagnosis((), tuple(near), pattern(this, found), tried=True, cut=tuple(this.cut))


def _examination(
    trace: Trace, theirs: Array, found: Comparison, invocation: Invocation
) -> Examination:
    asked = found.quantity if found.part else None
    every = readings(trace, theirs.shape, asked, found.part)
    same = [one for one in every if one.series.name == found.quantity]
    same = same or readings(trace, theirs.shape, found.quantity, found.part)
    reading = same[0] if same else None
    whole = reading is not None and not reading.series.single and found.quantity == "h"
    job = job_of(trace, found.quantity, whole=whole, part=found.part)
    ours = reading.numbers if reading else None
    invocation = invocation._replace(own_inputs=_own_inputs(trace.model))
    tolerance = tolerance_for(found, theirs, ours)
    return Examination(job, theirs, tolerance, found.tolerance, reading, invocation)


def _of_cut(this: Examination) -> Examination:
    """The same of numbers that were cut, by the middles of what they may have been."""
    theirs, tolerance = middles(this.theirs, this.tolerance)
    _, verdict = middles(this.theirs, this.verdict)
    given = this.theirs
    return Examination(
        this.job,
        theirs,
        tolerance,
        verdict,
        this.reading,
        this.invocation,
        given,
        this.tried,
        this.spent,
    )


def _own_inputs(model: Model) -> frozenset[str]:
    """What of the input the network makes itself, so that nobody can give it."""
    own = {"x"} if model.embedding or model.mode == "one-to-many" else set()
    masks = model.masking is not None or (model.embedding and model.embedding.mask_zero)
    return frozenset(own | ({"lengths", "mask"} if masks else set()))


def hypotheses(this: Examination, trace: Trace) -> Iterator[Hypothesis]:
    """Every mistake that a network of this kind and these numbers may have."""
    job = this.job
    if job.model.wiring:
        yield from graphs.hypotheses(job, partial(_in_places, job))
        return
    yield from _in_places(job, places_of(job)[:1])
    if job.name == "y":
        yield from functions.of_outputs(job)
    yield from states.hypotheses(job)
    yield from stale.hypotheses(job)
    yield from reversal.hypotheses(job)
    yield from last_steps.hypotheses(job, this.theirs)
    yield from directions.hypotheses(job)
    yield from padding.hypotheses(job, trace.model, this.theirs)
    yield from lengths.solved(this)
    yield from axes.hypotheses(job, this.theirs.shape)
    yield from axes.rows(job, this.theirs)
    yield from _in_places(job, places_of(job)[1:])
    if "x" not in this.invocation.own_inputs:
        yield from columns.hypotheses(job)


def _in_places(job: Job, parts: list[Places]) -> Iterator[Hypothesis]:
    """The mistakes that may be in the whole network, or in a part of it."""
    for places in parts:
        yield from gates.hypotheses(job, places)
        yield from biases.hypotheses(job, places)
        yield from functions.hypotheses(job, places)


def _tried(this: Examination, trace: Trace) -> Iterator[Trial]:
    """Every hypothesis that changes something, with what comes out."""
    search = "mistakes in single layers"
    for some in this.batches(hypotheses(this, trace), search):
        changed = [(one, job) for one in some if (job := this.changed(this.job, one))]
        found = this.numbers([job for _, job in changed], search)
        for (one, _), numbers in zip(changed, found, strict=True):
            if not this.same_as_ours(numbers):
                meets = this.meets(numbers)
                kept = numbers if meets else None
                yield Trial(one, meets, this.left(numbers), _key(numbers), kept)


def _key(numbers: Array | None) -> bytes | None:
    return None if numbers is None else sha256(np.round(numbers, 5).tobytes()).digest()


def _met(trials: list[Trial]) -> list[Trial]:
    """The mistakes that bring everything, the simplest first."""
    met = [one for one in trials if one.meets]
    best = min((one.left or 0.0 for one in met), default=0.0)
    return sorted(met, key=lambda one: _order(one, best))


def _order(one: Trial, best: float) -> tuple[bool, bool, bool, int]:
    """What leaves clearly more comes later; then what is about a part; then what is rare."""
    this = one.hypothesis
    more = (one.left or 0.0) > max(10 * best, 1e-6)
    return more, bool(this.where), this.rare or not this.common, RANK[this.id]


def _kinds(this: Examination, met: list[Trial]) -> list[list[Trial]]:
    """By their ids, those that come in the order: the first, and what is as good and another."""
    kinds: dict[str, list[Trial]] = {}
    for one in met:
        group = kinds.setdefault(one.hypothesis.id, [])
        same_place = not group or group[0].hypothesis.where == one.hypothesis.where
        if same_place and not any(this.alike(one.numbers, other.numbers) for other in group):
            group.append(one)
    return list(kinds.values())


def _single(this: Examination, group: list[Trial]) -> Claim:
    """The claim of a mistake, with what else of its kind would do."""
    best, *others = group
    clauses = [best.hypothesis.say, *(one.hypothesis.say for one in others[: MOST_NEAR - 1])]
    more = len(group) - MOST_NEAR
    clauses += [f"one of {more} more of the kind is made"] if more > 0 else []
    one = best.hypothesis._replace(say="; or when ".join(clauses))
    return claim_of(this, one, best.left or 0.0)


def _pairs(this: Examination, trials: list[Trial]) -> list[Claim]:
    """The first two mistakes that bring everything together."""
    pairs, search = combinations(_distinct(trials), 2), "pairs of mistakes"
    unlike = (pair for pair in pairs if pair[0].id != pair[1].id)
    for some in this.batches(unlike, search):
        before = this.tried
        jobs = [this.changed(this.job, *pair) for pair in some]
        found = iter(this.numbers([job for job in jobs if job], search))
        for number, (pair, job) in enumerate(zip(some, jobs, strict=True), 1):
            this.tried = before + number  # those behind it are not looked at yet
            numbers = next(found) if job else None
            left = this.left(numbers)
            if this.meets(numbers) and this.convincing(0, left):
                return claims_of_pair(this, pair, left or 0.0)
    return []


def _distinct(trials: list[Trial]) -> list[Hypothesis]:
    """The common ones whose numbers differ from those of all before them, where they are known."""
    seen: set[bytes | None] = set()
    result = []
    for one in trials:
        if one.hypothesis.common and (one.key is None or one.key not in seen):
            seen.add(one.key)
            result.append(one.hypothesis)
    return result


def _nearest(this: Examination, trials: list[Trial]) -> list[Claim]:
    """What comes clearly nearer than ours, best first."""
    if this.ours is None:
        return []
    far = this.left(this.ours) or 0.0
    near = [
        one for one in trials
        if one.left is not None and one.left <= NEAR * far < np.inf and not one.meets
    ]  # fmt: skip
    ordered = sorted(near, key=lambda one: one.left or 0.0)
    claims: dict[tuple[str, str], Claim] = {}
    for one in ordered:
        claim = near_claim(one.hypothesis, one.left or 0.0)
        claims.setdefault((claim.id, claim.say), claim)
    return [*claims.values()][:MOST_NEAR]


def _tell_apart(this: Examination, met: list[Trial]) -> str:
    """What would tell several causes from each other: digits, another input, or nothing."""
    if len(met) < 2:
        return ""
    there = f"Cannot tell apart: {', '.join(one.hypothesis.id for one in met)}."
    if this.digits_tell_apart([one.numbers for one in met]):
        return f"{there} With more digits these numbers would."
    if this.tells_apart([one.hypothesis for one in met]):
        return f"{there} Another input of this shape would tell them apart."
    tells = [CAUSES[one.hypothesis.id].tell for one in met if this.missing(one.hypothesis.id)]
    if not tells:
        return f"{there} The numbers of another input would fit each of them, too."
    return f"{there} What tells them apart: {'; '.join(dict.fromkeys(tells))}."


__all__ = ["CAUSES", "PYTHON", "Invocation", "diagnose"]
