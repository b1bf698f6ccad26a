"""What every picture has, whoever draws it: a name, a description, notes below it."""

from __future__ import annotations

from collections.abc import Iterable

from rnncalc.data import dataclass
from rnncalc.numbers import digits
from rnncalc.numbers.digits import Digits


@dataclass(frozen=True, eq=False, kw_only=True)
class Picture:
    """A picture as data.

    Attributes:
        kind: which of ``KINDS``, or ``difference``.
        title: one line.
        description: what is to be seen, in sentences, for whoever does not see it.
        notes: what has to be said below it: what is rounded, what is left out.
    """

    kind: str
    title: str
    description: str
    notes: tuple[str, ...] = ()

    @property
    def parts(self) -> int:
        """How many quantities are drawn beside each other, each in axes of its own."""
        return 1


def rounded(values: Iterable[float], wanted: Digits) -> tuple[str, ...]:
    """What has to be said of numbers that are written, where they are others then."""
    altered = any(digits.changed(value, digits.number(value, wanted)) for value in values)
    return (f"Rounded to {digits.named(wanted)}.",) if altered else ()
