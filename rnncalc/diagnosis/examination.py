"""An examination: the expected numbers, and how near a changed job comes to them.

A cause is claimed only where it brings all numbers within the tolerance, and where the numbers say
enough: what differed must be so much that an accident is out of the question.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from rnncalc.activations import Array
from rnncalc.diagnosis.head import Head, head_of
from rnncalc.diagnosis.hypothesis import Hypothesis
from rnncalc.diagnosis.job import Job
from rnncalc.divergence import apart, distance
from rnncalc.errors import RnncalcError
from rnncalc.expected import Tolerance
from rnncalc.layouts import Reading

MARGIN = 14
"""Bits that must be left over: an accident happens once in 16,000 differing networks."""

MOST = 20
"""Bits that a number says at most."""

LITTLE = 1
"""Bits that a common number says, which many networks would give: the ends of an activation, the
zeros of padding, what stands there twice. All together say no more than the others."""

SUM = 1e-2
"""So near to 1 are the sums of a softmax whose numbers have few digits."""


@dataclass
class Examination:
    """What jobs are compared with.

    Attributes:
        job: ours, unchanged.
        theirs: the expected numbers.
        tolerance: what they are held to.
        reading: how ours are read; None where the shapes differ.
        tried: how many hypotheses were looked at.
    """

    job: Job
    theirs: Array
    tolerance: Tolerance
    reading: Reading | None
    tried: int = 0
    ours: Array | None = field(init=False)
    head: Head | None = field(init=False)

    def __post_init__(self) -> None:
        self.ours = self.job.numbers(self.theirs.shape)
        self.head = None
        if self.reading is not None and self.ours is not None:
            self.head = head_of(self.job, self.reading, self.theirs, self.tolerance)

    def changed(self, job: Job, *hypotheses: Hypothesis) -> Job | None:
        """The job with mistakes set right; None where one of them does not apply."""
        self.tried += 1
        try:
            for one in hypotheses:
                job = one.change(job)
        except (RnncalcError, ValueError, IndexError):
            return None
        return job

    def numbers(self, job: Job) -> Array | None:
        """What comes out, unless the head of it is wrong already: then None."""
        if self.head and self.head.refutes(job):
            return None
        return job.numbers(self.theirs.shape)

    def left(self, numbers: Array | None) -> float | None:
        """The largest difference that is left; None where there is nothing to compare."""
        if numbers is None or numbers.shape != self.theirs.shape:
            return None
        return float(distance(numbers, self.theirs).max())

    def meets(self, numbers: Array | None) -> bool:
        """Whether all numbers are within the tolerance."""
        if numbers is None or numbers.shape != self.theirs.shape:
            return False
        return not apart(numbers, self.theirs, self.tolerance).any()

    def same_as_ours(self, numbers: Array | None) -> bool:
        """Whether a change changed nothing that would be noticed."""
        if numbers is None or self.ours is None or numbers.shape != self.ours.shape:
            return False
        return not apart(numbers, self.ours, Tolerance(0, self.tolerance.atol / 10)).any()

    def convincing(self, free: int = 0, left: float | None = None) -> bool:
        """Whether the numbers say enough for a claim, after so many trials.

        Args:
            free: how many numbers were solved for.
            left: how near the expected numbers were met, where that is known.
        """
        bits, common = self._bits(left)
        said = float(bits[~common].sum())
        said += min(said, float(bits[common].sum()))
        paid = free * float(bits.max(initial=0.0))
        return said - paid >= MARGIN + float(np.log2(max(2, self.tried)))

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
        free = min(given) if self.job.name == "y" and given[-1] == outputs else outputs
        softmax = outputs > 1 and (np.abs(self.theirs.sum(axis=-1) - 1) <= SUM).all()
        return min(free, outputs - 1) if softmax else free
