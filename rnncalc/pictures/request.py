"""What a picture is asked for, as typed data: which kind of which part, and how large."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from typing import TYPE_CHECKING

from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError
from rnncalc.numbers.digits import Digits
from rnncalc.trace.selection import Selection

if TYPE_CHECKING:
    from rnncalc.trace.trace import Trace

DIGITS: Digits = 4
"""Significant digits of the numbers in a picture, unless others are asked for."""


@dataclass(frozen=True)
class PictureRequest:
    """Which picture of a run.

    Attributes:
        kind: one of ``KINDS``; None: what suits.
        selection: which quantities, timesteps, units and layer; of a batch one sequence.
        blank: the quantities whose numbers are left out, to be filled in by hand.
        digits: of the numbers in it; None: DIGITS.
        plain: whether labels are plain text, not LaTeX mathematics.
        theme: light or dark, where nobody else says how figures look.
        width: of the figure, in centimetres; None: what its contents take.
        command: the words that make the same run, which a page shows.
    """

    kind: str | None = None
    selection: Selection = field(default_factory=Selection)
    blank: Sequence[str] = ()
    digits: Digits | None = None
    plain: bool = False
    theme: str = "light"
    width: float | None = None
    command: str = ""

    @property
    def rounding(self) -> Digits:
        """How many digits the numbers have."""
        return self.digits or DIGITS

    def sequence(self, trace: Trace) -> int | None:
        """Which sequence of a batch is drawn, by default the first; None without a batch.

        Errors: RnncalcError where several are asked for, or one that there is not.
        """
        if not trace.batched:
            return None
        found = self.selection.sequences(trace) or [0]
        if len(found) > 1:
            raise RnncalcError("a picture shows one sequence: --sequence K")
        return found[0]
