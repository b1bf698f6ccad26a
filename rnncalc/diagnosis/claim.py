"""A Claim: what an examination found, as data: the cause, what is left, the remedy."""

from __future__ import annotations

from typing import NamedTuple

from rnncalc.diagnosis.hypothesis import Hypothesis


class Claim(NamedTuple):
    """One cause, or what comes near.

    Attributes:
        id: of the cause.
        say: a sentence.
        left: the largest difference that is left.
        remedy: the command or the line of code.
        others: the ids of the mistakes that it explains the numbers together with.
    """

    id: str
    say: str
    left: float
    remedy: str
    others: tuple[str, ...] = ()


class Diagnosis(NamedTuple):
    """What explains a difference.

    Attributes:
        causes: best first; each brings all numbers within the tolerance.
        nearest: what comes close without reaching it.
        pattern: one sentence of what the differences look like.
        apart: one sentence of which input would tell several causes from each other, or nothing.
    """

    causes: tuple[Claim, ...] = ()
    nearest: tuple[Claim, ...] = ()
    pattern: str = ""
    apart: str = ""


def claimed(one: Hypothesis, left: float) -> Claim:
    """A hypothesis that brings the numbers."""
    return Claim(one.id, f"the expected numbers come out when {one.say}", left, one.remedy)


def together(pair: tuple[Hypothesis, Hypothesis], left: float) -> list[Claim]:
    """Two that bring them together, an entry each."""
    one, other = pair
    return [
        claimed(first, left)._replace(
            say=f"the expected numbers come out when {first.say}, and {second.say}",
            others=(second.id,),
        )
        for first, second in ((one, other), (other, one))
    ]
