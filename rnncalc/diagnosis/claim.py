"""From hypotheses to claims: the sentences of what an examination found."""

from __future__ import annotations

from rnncalc.checked import Claim
from rnncalc.diagnosis.hypothesis import Hypothesis


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
