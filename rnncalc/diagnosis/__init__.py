"""The diagnosis: which mistake, or which two, make the expected numbers come out.

Every mistake is a change of the run (``hypothesis.py``), tried by running it (``examination.py``);
what is claimed brings all numbers, and is the simplest that does. Each kind has a file of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from itertools import combinations
from typing import NamedTuple

import numpy as np

from rnncalc.activations import Array
from rnncalc.checked import Claim, Diagnosis
from rnncalc.comparison import Comparison
from rnncalc.diagnosis import (
    axes,
    directions,
    functions,
    gates,
    padding,
    precision,
    reversal,
    states,
    unknowns,
)
from rnncalc.diagnosis.causes import CAUSES, RANK
from rnncalc.diagnosis.claim import claimed, together
from rnncalc.diagnosis.examination import Examination
from rnncalc.diagnosis.hypothesis import Hypothesis, places_of
from rnncalc.diagnosis.job import job_of
from rnncalc.diagnosis.pattern import pattern
from rnncalc.layouts import readings
from rnncalc.trace import Trace

NEAR = 0.25
"""What leaves so much of the difference, or less, comes near."""

MOST_NEAR = 3


class Outcome(NamedTuple):
    """A hypothesis that was tried, and what came out.

    Attributes:
        meets: whether that brings all numbers.
        left: the largest difference that is left, where there is something to compare.
        key: the same for those that nothing tells apart; None where the numbers are not known.
    """

    hypothesis: Hypothesis
    meets: bool
    left: float | None
    key: bytes | None


def diagnose(trace: Trace, theirs: Array, found: Comparison) -> Diagnosis:
    """What explains a difference.

    Args:
        trace: ours; theirs: the expected numbers; found: how they were compared.
    """
    this = _examination(trace, theirs, found)
    outcomes = list(_tried(this, trace))
    causes = _singles(this, outcomes)
    causes = causes or list(precision.claims(this)) or list(unknowns.claims(this))
    causes = causes or _pairs(this, outcomes)
    near = [] if causes else _nearest(this, outcomes)
    return Diagnosis(tuple(causes), tuple(near), pattern(this, found), _apart(causes))


def _examination(trace: Trace, theirs: Array, found: Comparison) -> Examination:
    same = [one for one in readings(trace, theirs.shape) if one.series.name == found.quantity]
    same = same or readings(trace, theirs.shape, found.quantity)
    reading = same[0] if same else None
    whole = reading is not None and not reading.series.single and found.quantity == "h"
    job = job_of(trace, found.quantity, whole=whole)
    return Examination(job, theirs, found.tolerance, reading)


def hypotheses(this: Examination, trace: Trace) -> Iterator[Hypothesis]:
    """Every mistake that a network of this kind and these numbers may have."""
    job = this.job
    for places in places_of(job):
        yield from gates.hypotheses(job, places)
        yield from functions.hypotheses(job, places)
    if job.name == "y":
        yield from functions.of_outputs(job)
    yield from states.hypotheses(job)
    yield from reversal.hypotheses(job)
    yield from directions.hypotheses(job)
    yield from padding.hypotheses(job, trace.model, this.theirs)
    yield from axes.hypotheses(job, this.theirs.shape)
    yield from axes.rows(job, this.theirs)


def _tried(this: Examination, trace: Trace) -> Iterator[Outcome]:
    """Every hypothesis that changes something, with what comes out."""
    for one in hypotheses(this, trace):
        job = this.changed(this.job, one)
        if job is None:
            continue
        numbers = this.numbers(job)
        if not this.same_as_ours(numbers):
            yield Outcome(one, this.meets(numbers), this.left(numbers), _key(numbers))


def _key(numbers: Array | None) -> bytes | None:
    return None if numbers is None else sha256(np.round(numbers, 5).tobytes()).digest()


def _singles(this: Examination, outcomes: list[Outcome]) -> list[Claim]:
    """The mistakes that bring everything, each cause once, the simplest first."""
    met = [one for one in outcomes if one.meets]
    best = min((one.left or 0.0 for one in met), default=0.0)
    if not met or not this.convincing(0, best):
        return []
    ordered = sorted(met, key=lambda one: _order(one, best))
    first: dict[str, Claim] = {}
    for one in ordered:
        first.setdefault(one.hypothesis.id, claimed(one.hypothesis, one.left or 0.0))
    return list(first.values())


def _order(one: Outcome, best: float) -> tuple[bool, bool, bool, int]:
    """What leaves clearly more comes later; then what is about a part; then what is rare."""
    this = one.hypothesis
    more = (one.left or 0.0) > max(10 * best, 1e-6)
    return more, bool(this.where), this.rare or not this.common, RANK[this.id]


def _pairs(this: Examination, outcomes: list[Outcome]) -> list[Claim]:
    """The first two mistakes that bring everything together."""
    for pair in combinations(_distinct(outcomes), 2):
        if pair[0].id == pair[1].id:
            continue
        job = this.changed(this.job, *pair)
        if job is None:
            continue
        numbers = this.numbers(job)
        left = this.left(numbers)
        if this.meets(numbers) and this.convincing(0, left):
            return together(pair, left or 0.0)
    return []


def _distinct(outcomes: list[Outcome]) -> list[Hypothesis]:
    """The common ones whose numbers differ from those of all before them, where they are known."""
    seen: set[bytes | None] = set()
    result = []
    for one in outcomes:
        if one.hypothesis.common and (one.key is None or one.key not in seen):
            seen.add(one.key)
            result.append(one.hypothesis)
    return result


def _nearest(this: Examination, outcomes: list[Outcome]) -> list[Claim]:
    """What comes clearly nearer than ours, best first."""
    if this.ours is None:
        return []
    far = this.left(this.ours) or 0.0
    near = [one for one in outcomes if one.left is not None and one.left <= NEAR * far < np.inf]
    ordered = sorted(near, key=lambda one: one.left or 0.0)
    return [claimed(one.hypothesis, one.left or 0.0) for one in ordered[:MOST_NEAR]]


def _apart(causes: list[Claim]) -> str:
    """Which input would tell several causes from each other."""
    if len(causes) < 2 or causes[0].others:
        return ""
    tells = [CAUSES[one.id].tell for one in causes if CAUSES[one.id].tell]
    if not tells:
        return "These numbers fit each of them."
    return f"These numbers fit each of them. What tells them apart: {'; '.join(tells)}."


__all__ = ["CAUSES", "diagnose"]
