"""What is said around the lines of a step: whose it is, what came in, what goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rnncalc.array import Array
from rnncalc.explaining.explanation import ExplainedStep, Explanation, Line
from rnncalc.numbers.digits import Digits, counted, number
from rnncalc.writers.lines import folded

SUM = re.compile(r"\b[xh]_term\b")
"""What a formula has in the place of a sum of products."""

MOST = 4
"""So many numbers of a vector are written."""


def title(explanation: Explanation, step: ExplainedStep) -> str:
    """``t = 2, encoder.forward``; the layer where there are several."""
    trace = explanation.trace
    sequence = f"sequence {step.sequence}, " if step.sequence is not None else ""
    where = ".".join(filter(None, [step.layer, step.direction]))
    named = not (trace.model.alone and step.direction)
    return f"{sequence}t = {step.t}{', ' + where if named else ''}"


def shown(explanation: Explanation, count: int) -> str:
    """How many steps of all are shown."""
    return f"{count} of {counted(explanation.count, 'step')} are shown"


def inputs(step: ExplainedStep, digits: Digits) -> Iterator[tuple[str, str, str]]:
    """What came in: the name, its numbers, where they come from."""
    for name, values in step.inputs.items():
        yield name, vector(values, digits), step.origins.get(name, "")


def vector(values: Array, digits: Digits) -> str:
    """One number, or several in brackets; of many the first ones, and how many there are."""
    texts = [number(value, digits) for value in values[:MOST]]
    if len(values) == 1:
        return texts[0]
    more = f", ... {len(values)} numbers" if len(values) > MOST else ""
    return f"[{', '.join(texts)}{more}]"


def label(line: Line) -> str:
    """``a.i[0]``; of one unit ``a.i``."""
    return f"{line.name}[{line.unit}]" if line.count > 1 else line.name


def passed(step: ExplainedStep, digits: Digits) -> str:
    """What the next step receives; nothing for merges and outputs."""
    if not step.passed:
        return ""
    states = ", ".join(f"{n} = {vector(values, digits)}" for n, values in step.passed.items())
    return f"passed on to {step.receiver}: {states}"


def why(step: ExplainedStep, width: int) -> Iterator[str]:
    """The sentences about a step, over as many rows as they take."""
    for sentence in step.why.sentences(step.units) if step.why else []:
        yield from folded(sentence, width)


class Unwritten:
    """Which products are not written, of the steps that went by."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        self._own: set[str] = set()
        self._rest = False

    def seen(self, step: ExplainedStep) -> ExplainedStep:
        """A step, which goes by."""
        for line in step.lines:
            if step.direction:
                self._own.add(line.name.split(".")[0])
                self._used.update(SUM.findall(line.formula))
            self._rest |= line.rest > 0
        return step

    def said(self) -> str:
        """How they are asked for; nothing where all are there."""
        hidden = sorted(self._used - self._own, reverse=True)
        if hidden:
            are = "are sums" if len(hidden) > 1 else "is a sum"
            return f"{' and '.join(hidden)} {are}: --depth products shows the products."
        return "--all shows every product of long sums." if self._rest else ""


def note(line: Line) -> str:
    """What the last number of a long sum stands for."""
    return f"the last number is the sum of {line.rest} smaller products" if line.rest else ""
