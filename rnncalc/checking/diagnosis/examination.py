"""An examination: the expected numbers, and how near a changed job comes to them.

A cause is claimed only where it brings all numbers within the tolerance, and where the numbers say
enough: what differed must be so much that an accident is out of the question.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import field
from functools import cached_property
from itertools import combinations, islice
from typing import Any, TypeVar

import numpy as np

from rnncalc.array import Array
from rnncalc.bounds import MOST_RUNS
from rnncalc.checking.comparison import ROUNDING, Comparison, differ, distance, share
from rnncalc.checking.diagnosis.beside import Beside, cost_of
from rnncalc.checking.diagnosis.causes import CAUSES
from rnncalc.checking.diagnosis.head import Head, head_of
from rnncalc.checking.diagnosis.hypothesis import Hypothesis
from rnncalc.checking.diagnosis.invocation import PYTHON, Invocation
from rnncalc.checking.diagnosis.job import NOTHING, Job, in_shape
from rnncalc.checking.expected import TOLERANCES, Tolerance, decimals_of
from rnncalc.checking.layouts import Reading
from rnncalc.data import dataclass
from rnncalc.numbers.printed import half_unit
from rnncalc.running.beside import room_for

T = TypeVar("T")

MARGIN = 14
"""Bits that must be left over: an accident happens once in 16,000 differing networks."""

MOST = 20
"""Bits that a number says at most."""

LEAST = 3
"""Bits over those of an accident among what was tried: less is not even thin evidence."""

LITTLE = 1
"""Bits that a common number says, which many networks would give: the ends of an activation, the
zeros of padding, what stands there twice. All together say no more than the others."""

SLIP = 7
"""Bits that a slip must say, where all other numbers agree anyway."""

SEED = 20_260_303
"""Of the input that is drawn to see whether it would tell mistakes apart."""

SUM = 1e-2
"""So near to 1 are the sums of a softmax whose numbers have few digits."""


def tolerance_for(found: Comparison, theirs: Array, ours: Array | None) -> Tolerance:
    """What a cause must bring all numbers within: what the types and the digits leave room for.

    Where float64 was compared and more than the rounding of float32 is missing, a cause that leaves
    such a rounding is none the less one.
    """
    allowed = [found.tolerance, TOLERANCES[found.dtype]]
    single = TOLERANCES["float32"]
    if ours is None or ours.shape != theirs.shape or differ(ours, theirs, single).any():
        allowed.append(single)
    rtol, atol = max(one.rtol for one in allowed), max(one.atol for one in allowed)
    decimals = None if found.decimals else decimals_of(theirs)
    return Tolerance(rtol, atol, half_unit(decimals) if decimals else found.tolerance.room)


@dataclass
class Examination:
    """What jobs are compared with.

    Attributes:
        job: ours, unchanged.
        theirs: the expected numbers.
        tolerance: what causes are held to, see ``tolerance_for``.
        verdict: what the comparison held them to, which is never wider.
        reading: how ours are read; None where the shapes differ.
        invocation: how the network was given.
        given: the expected numbers as they were given, where they were cut: ``theirs`` are then in
            the middle of what they may have been.
        tried: how many hypotheses were looked at.
        spent: how many runs of a direction each kind of search took.
        cut: the kinds of search that were not gone through to their end.
    """

    job: Job
    theirs: Array
    tolerance: Tolerance
    verdict: Tolerance
    reading: Reading | None
    invocation: Invocation = PYTHON
    given: Array | None = None
    tried: int = 0
    spent: Counter[str] = field(default_factory=Counter)
    cut: dict[str, None] = field(default_factory=dict)
    ours: Array | None = field(init=False)
    head: Head | None = field(init=False)

    def __post_init__(self) -> None:
        self.ours = self.job.numbers(self.theirs.shape)
        self.head = None
        if self.reading is not None and self.ours is not None:
            self.head = head_of(self.job, self.reading, self.theirs, self.tolerance)

    def affords(self, search: str, runs: int = 1, job: Job | None = None) -> bool:
        """Whether a search may run a job, by default ours, so many times more; then it does."""
        cost = cost_of(job or self.job)
        # One run is afforded, however large: ours took as long.
        if self.spent[search] + runs * cost > max(MOST_RUNS, cost):
            self.cut[search] = None
            return False
        self.spent[search] += runs * cost
        return True

    def batches(self, every: Iterator[T], search: str) -> Iterator[list[T]]:
        """What a search tries, so many at once as go together, as long as it may."""
        while some := [*islice(every, room_for(self.job.model))]:
            if self.spent[search] >= MOST_RUNS:
                self.cut[search] = None
                return
            yield some

    def changed(self, job: Job, *hypotheses: Hypothesis) -> Job | None:
        """The job with mistakes set right; None where one of them does not apply."""
        self.tried += 1
        try:
            for one in hypotheses:
                job = one.change(job)
        except NOTHING:
            return None
        return job

    def numbers(self, jobs: Sequence[Job], search: str) -> list[Array | None]:
        """What comes out of each, unless the head of it is wrong already: then None."""
        before = self._computed
        refuted = self.head.refuted(jobs) if self.head else [False] * len(jobs)
        rest = [job for job, wrong in zip(jobs, refuted, strict=True) if not wrong]
        found = iter(self.beside.series(rest))
        self.spent[search] += self._computed - before
        return [None if wrong else in_shape(next(found), self.theirs.shape) for wrong in refuted]

    @property
    def _computed(self) -> int:
        """How many runs of a direction changes of the job took."""
        return self.beside.spent + (self.head.beside.spent if self.head else 0)

    @cached_property
    def beside(self) -> Beside:
        """Where changes of the job are computed."""
        return Beside(self.job)

    def left(self, numbers: Array | None) -> float | None:
        """The largest difference that is left; None where there is nothing to compare."""
        if numbers is None or numbers.shape != self.theirs.shape:
            return None
        return float(distance(numbers, self.theirs if self.given is None else self.given).max())

    def meets(self, numbers: Array | None) -> bool:
        """Whether all numbers are within the tolerance."""
        if numbers is None or numbers.shape != self.theirs.shape:
            return False
        return not differ(numbers, self.theirs, self.tolerance).any()

    def enough(self, numbers: Array | None, best: Array | None) -> bool:
        """Whether some numbers bring all, and agree if the best ones do."""
        if not self.meets(numbers) or numbers is None or best is None:
            return False
        if differ(best, self.theirs, self.verdict).any():
            return True
        return not differ(numbers, self.theirs, self.verdict).any()

    def same_as_ours(self, numbers: Array | None) -> bool:
        """Whether a change changed nothing that would be noticed."""
        return self.alike(numbers, self.ours)

    @property
    def finite(self) -> bool:
        """Whether there are numbers on both sides that one can calculate with."""
        if self.ours is None or self.ours.shape != self.theirs.shape:
            return False
        limit = np.finfo(np.float32).max
        return bool((np.abs(self.ours) < limit).all() and (np.abs(self.theirs) < limit).all())

    @property
    def small(self) -> bool:
        """Whether the difference is so small against the numbers that rounding may make it."""
        if self.ours is None or self.ours.shape != self.theirs.shape:
            return False
        far = distance(self.ours, self.theirs)
        return bool(share(far, self.ours, self.theirs) <= ROUNDING)

    @property
    def forward(self) -> bool:
        """Whether everything goes forward in time."""
        return all(way == "forward" for _, way in self.job.ways)

    def alike(self, one: Array | None, other: Array | None) -> bool:
        """Whether two results cannot be told apart."""
        if one is None or other is None or one.shape != other.shape:
            return False
        _, atol, room = self.tolerance
        return not differ(one, other, Tolerance(0, atol / 10, room / 10)).any()

    def convincing(self, free: int = 0, left: float | None = None) -> bool:
        """Whether the numbers say enough for a claim, after so many trials.

        Args:
            free: how many numbers were solved for.
            left: how near the expected numbers were met, where that is known.
        """
        return self._surplus(free, left) >= MARGIN

    def thin(self, left: float | None = None) -> bool:
        """Whether they say at least that an accident is not likely."""
        return self._surplus(0, left) >= LEAST

    def tells_apart(self, met: list[Hypothesis]) -> bool:
        """Whether another input of the same shape has other numbers with each of some mistakes."""
        x = np.random.default_rng(SEED).uniform(-1, 1, self.job.x.shape)
        if self.job.model.wiring:  # who would draw its inputs
            return False
        other = self.job.with_input(x if self.job.batched else x[0])
        results = []
        for one in met:
            job = self.changed(other, one)
            results.append(None if job is None else job.numbers(self.theirs.shape))
        known = [one for one in results if one is not None]
        pairs = combinations(known, 2)
        return len(known) == len(met) and not any(self.alike(*pair) for pair in pairs)

    def digits_tell_apart(self, results: list[Array | None]) -> bool:
        """Whether each pair of results differs, and only by what few digits leave room for."""
        known = [one for one in results if one is not None]
        fine = self.tolerance._replace(room=0.0)
        pairs = combinations(known, 2)
        few = bool(np.any(self.tolerance.room))
        return few and all(differ(*pair, fine).any() for pair in pairs)

    def missing(self, id: str) -> bool:
        """Whether this input, or this network, lacks what would tell a mistake from others."""
        batch, steps, features = self.job.x.shape
        lacks = {
            "axes-swapped": len({batch, steps, features}) < 3,
            "time-reversed": np.array_equal(self.job.x, self.job.x[:, ::-1]),
            "forget-bias": not any(
                name.startswith("bias") and not name.endswith(".f") and array.any()
                for way in self.job.ways
                for name, array in self.job.layer(way).weights.items()
            ),
        }
        return bool(CAUSES[id].tell) and bool(lacks.get(id, steps < 2))

    def agreement(self) -> bool:
        """Whether those numbers that agree say enough: no other network would meet them."""
        if self.ours is None or not self.finite:
            return False
        near = self.tolerance.of(self.theirs)
        agree = ~differ(self.ours, self.theirs, self.tolerance)
        evidence = np.log2(np.maximum(np.ptp(self.theirs) / near, 1))
        _, first = np.unique(np.round(self.theirs, 6)[agree], return_index=True)
        bits = float(np.clip(evidence, 0, MOST)[agree][first].sum())
        return bits >= MARGIN + float(np.log2(agree.size))

    def slipped(self, at: Any, among: int) -> bool:
        """Whether numbers that are what one of so many slips makes of ours are so by a slip."""
        near = self.tolerance.of(self.theirs)[at]
        said = np.log2(np.maximum(np.ptp(self.theirs) / near, 1))
        return bool(np.sum(np.clip(said, 0, MOST)) - np.log2(max(1, among)) >= SLIP)

    def _surplus(self, free: int, left: float | None) -> float:
        """The bits that are left over, when trials and free numbers are paid for."""
        bits, common = self._bits(left)
        if free and self.ours is not None and np.any(self.tolerance.room):
            # Of few digits, what agrees anyway would agree with some numbers solved for, too.
            bits = np.where(differ(self.ours, self.theirs, self.tolerance), bits, 0)
        evidence = float(bits[~common].sum())
        evidence += min(evidence, float(bits[common].sum()))
        paid = free * float(bits.max(initial=0.0))
        return evidence - paid - float(np.log2(max(2, self.tried)))

    def _bits(self, left: float | None) -> tuple[Array, Array]:
        """Of each number, how unlikely it is to be met by accident, and whether it is common.

        One that agrees without any change says a little, too: no other network would meet it.
        """
        near = self.tolerance.of(self.theirs)
        finite = self.theirs[np.isfinite(self.theirs)]
        if left is not None:
            rounding = float(np.spacing(np.float32(np.abs(finite).max(initial=1e-6))))
            near = np.minimum(near, max(2 * left, 2 * rounding))
        if self.ours is None:
            far = np.full(self.theirs.shape, max(float(np.ptp(finite)), 1e-3) if finite.size else 0)
        else:
            far = distance(self.ours, self.theirs)
        with np.errstate(divide="ignore", invalid="ignore"):
            bits = np.clip(np.nan_to_num(np.log2(far / near), posinf=MOST), 0, MOST)
        common = self._common(bits)
        bits = np.where(common, np.minimum(bits, LITTLE), np.maximum(bits, LITTLE))
        if bits.ndim:
            bits[..., self._free :] = 0
        return bits, common

    def _common(self, bits: Array) -> Array:
        """Which numbers are met easily: whole ones, and those that another is equal to."""
        ends = distance(self.theirs, np.round(self.theirs))
        order = np.argsort(-bits, axis=None)
        _, first = np.unique(np.round(self.theirs, 6).ravel()[order], return_index=True)
        common = np.ones(bits.size, bool)
        common[order[first]] = False
        whole = ends <= self.tolerance.of(self.theirs)
        return np.asarray(common.reshape(bits.shape) | whole)

    @property
    def _free(self) -> int:
        """How many numbers of each row are free: of many outputs no more than come from h."""
        outputs = self.theirs.shape[-1] if self.theirs.ndim else 1
        model = self.job.model
        given = [one or outputs for one in (model.layers[-1].width, *model.widths)]
        row = self.job.name == "y" and given[-1] == outputs and not model.wiring
        free = min(given) if row else outputs
        softmax = outputs > 1 and (np.abs(self.theirs.sum(axis=-1) - 1) <= SUM).all()
        return min(free, outputs - 1) if softmax else free
