"""Why a number is what it is: every line of arithmetic of a step, as plain data.

``explain.py`` makes it, writers draw it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.faces import Saved, Shown
from rnncalc.numbers.digits import Digits
from rnncalc.trace.trace import Trace

if TYPE_CHECKING:
    from rnncalc.explaining.choices import Choice
    from rnncalc.explaining.insight import Why


@dataclass(frozen=True)
class Line:
    """One line of arithmetic.

    Attributes:
        t, layer, direction, unit: whose; direction is None for a merge and for an output layer.
        name: of the quantity.
        formula: in symbols; ``numbers``: the same with the numbers in it.
        value: the result; ``result``: as text, in the digits that were asked for.
        exact: whether the numbers, as they are written, give the result as it is written.
        rest: how many small products the last number of a long sum stands for.
        sequence: of a batch; else None.
        latex: the formula as LaTeX mathematics.
        count: how many units the quantity has.
    """

    t: int
    layer: str
    direction: str | None
    unit: int
    name: str
    formula: str
    numbers: str
    value: Any
    result: str
    exact: bool
    rest: int
    sequence: int | None
    latex: str
    count: int = 1


@dataclass(frozen=True, eq=False)
class ExplainedStep:
    """A step, explained: what came in, the lines, what goes on.

    Attributes:
        t, layer, direction, sequence: which step; direction is None for merges and outputs.
        inputs: name in formulas to values: ``x_t``, ``h_{t-1}``, backwards ``h_{t+1}``.
        origins: name to where its values come from.
        note: what is special about it (masked, padded), or nothing.
        lines: the arithmetic.
        passed: state to its values after the step; which step of the layer receives them.
        receiver: who gets them.
        why: shares, saturation and memory, where they were asked for.
        units: which units are shown; None for all.
        choice: the id that was chosen from y, where one is.
    """

    t: int
    layer: str
    direction: str | None
    sequence: int | None
    inputs: Mapping[str, Array]
    origins: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    lines: tuple[Line, ...] = ()
    passed: Mapping[str, Array] = field(default_factory=dict)
    receiver: str = ""
    why: Why | None = None
    units: list[int] | None = None
    choice: Choice | None = None


@dataclass(frozen=True, eq=False)
class Explanation(Shown, Saved):
    """Steps of a run, explained one after another; each is made when somebody comes to it.

    Whoever goes through the explanation keeps none of them: it may be of a million.

    Attributes:
        trace: the run.
        t, sequences: the timesteps that are explained, and of which sequences (None: of no batch).
        digits: of the texts in the lines.
        made: makes the steps, in the order in which they were computed.
    """

    trace: Trace
    t: Sequence[int]
    sequences: Sequence[int | None]
    digits: Digits
    made: Callable[[], Iterator[ExplainedStep]]

    _room = "explanation"

    def __iter__(self) -> Iterator[ExplainedStep]:
        return self.made()

    @property
    def count(self) -> int:
        """How many timesteps there are, of all sequences together."""
        return len(self.t) * len(self.sequences)

    def first(self, count: int) -> Explanation:
        """The same, of its first timesteps only."""

        def made() -> Iterator[ExplainedStep]:
            times = groupby(self, lambda step: (step.sequence, step.t))
            for _, steps in islice(times, count):
                yield from steps

        return replace(self, made=made)

    @cached_property
    def steps(self) -> tuple[ExplainedStep, ...]:
        """All of them."""
        return tuple(self)

    @property
    def lines(self) -> list[Line]:
        """Every line of arithmetic, in order."""
        return [line for step in self.steps for line in step.lines]
