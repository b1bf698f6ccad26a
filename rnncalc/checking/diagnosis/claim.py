"""From hypotheses to claims: the sentences of what an examination found, and its remedies."""

from __future__ import annotations

import re

from rnncalc.checking.diagnosis.causes import CAUSES
from rnncalc.checking.diagnosis.examination import Examination
from rnncalc.checking.diagnosis.hypothesis import Hypothesis
from rnncalc.checking.diagnosis.job import Job
from rnncalc.checking.diagnosis.remedy import command
from rnncalc.checking.verdict import Claim
from rnncalc.model.model import Model


def claim_of(this: Examination, one: Hypothesis, left: float) -> Claim:
    """A hypothesis that brings the numbers."""
    job = this.changed(this.job, one)
    say = f"the expected numbers come out when {one.say}"
    return Claim(one.id, say, left, _remedy(this, job, one), model=_model(this, job))


def near_claim(one: Hypothesis, left: float) -> Claim:
    """A hypothesis that brings the numbers nearer."""
    said = re.search(rf"(?<!\w){re.escape(one.where)}(?!\w)", one.say)
    place = "" if said or not one.where else f" ({one.where})"
    return Claim(one.id, f"the numbers come nearer when {one.say}{place}", left, one.remedy)


def claims_of_pair(
    this: Examination, pair: tuple[Hypothesis, Hypothesis], left: float
) -> list[Claim]:
    """Two that bring the numbers together, an entry each."""
    job = this.changed(this.job, *pair)
    model = _model(this, job)
    return [
        Claim(
            first.id,
            f"the expected numbers come out when {first.say}, and {second.say}",
            left,
            _remedy(this, job, first),
            (second.id,),
            model=model,
        )
        for first, second in (pair, pair[::-1])
    ]


def _remedy(this: Examination, job: Job | None, one: Hypothesis) -> str:
    """What to type, if there is such a thing, and where to look else."""
    typed = ""
    if job is not None and not one.theirs:
        typed = command(this.job, job, this.invocation, one.gates)
    look = f"look at both sides: {CAUSES[one.id].say}"
    return "; ".join(filter(None, [typed, one.remedy])) or look


def _model(this: Examination, job: Job | None) -> Model | None:
    """The network that is set right, where it is the network that changes."""
    if job is None or job.turn is not this.job.turn or job.join is not this.job.join:
        return None
    return job.model
