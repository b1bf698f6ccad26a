"""Checked: what a check found, as plain data: the run, the comparison, the diagnosis."""

from __future__ import annotations

from typing import Any, NamedTuple

from rnncalc.checking.apart import Apart
from rnncalc.checking.comparison import Comparison
from rnncalc.data import dataclass
from rnncalc.faces import Saved, Shown, writer
from rnncalc.model.model import Model
from rnncalc.trace.trace import Trace


class Claim(NamedTuple):
    """One cause, or what comes near.

    Attributes:
        id: of the cause.
        say: a sentence.
        left: the largest difference that is left.
        remedy: the command or the line of code that sets it right.
        others: the ids of the mistakes that it explains the numbers together with.
        thin: whether so few numbers might be met by accident.
        model: the network, with its input, that gives the expected numbers; None where it is not
            the network that is another.
    """

    id: str
    say: str
    left: float
    remedy: str
    others: tuple[str, ...] = ()
    thin: bool = False
    model: Model | None = None


class Diagnosis(NamedTuple):
    """What explains a difference.

    Attributes:
        causes: best first; each brings all numbers within the tolerance.
        nearest: what comes close without reaching it.
        pattern: one sentence of what the differences look like.
        apart: one sentence of which input would tell several causes from each other, or nothing.
        tried: whether all mistakes that are known were tried, and none brings all numbers for sure.
        cut: what was not gone through to its end, as the network is large.
    """

    causes: tuple[Claim, ...] = ()
    nearest: tuple[Claim, ...] = ()
    pattern: str = ""
    apart: str = ""
    tried: bool = False
    cut: tuple[str, ...] = ()


class Matched(NamedTuple):
    """A layer of ours and the one of another model that stands in its place.

    Attributes:
        name, theirs: what each model calls it.
        max_abs: the largest difference of what they give; None where shapes differ.
        agrees: whether every number does.
        apart: how far they are at each timestep.
    """

    name: str
    theirs: str
    max_abs: float | None
    agrees: bool
    apart: Apart | None = None


@dataclass(frozen=True, eq=False)
class Checked(Shown, Saved):
    """What was found; it is true where every number agrees.

    Attributes:
        trace: our run.
        comparison: whether and where the numbers differ.
        diagnosis: what explains it; empty where they agree.
        how: how the expected numbers came to be, where somebody computed them.
        layers: where another model computed them: the layers up to the first that differs.
    """

    trace: Trace
    comparison: Comparison
    diagnosis: Diagnosis
    how: str = ""
    layers: tuple[Matched, ...] = ()

    _room = "check"

    @property
    def agrees(self) -> bool:
        """Whether every number does."""
        return self.comparison.agrees

    def plot(self, ax: Any = None) -> Any:
        """Draw how far the numbers are at each timestep; the Axes, as of ``Trace.plot``.

        Errors: RnncalcError where nothing was compared over time.
        """
        return writer("picture.to_figure").plotted_difference(self, ax)

    def __bool__(self) -> bool:
        return self.agrees
