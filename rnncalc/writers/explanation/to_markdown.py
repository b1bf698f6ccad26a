"""A step as Markdown: formulas as LaTeX mathematics, the arithmetic as code that can be copied."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import IO

from rnncalc.equations.symbols import latex_name
from rnncalc.explaining.explanation import ExplainedStep, Explanation, Line
from rnncalc.numbers.digits import Digits
from rnncalc.trace.selection import Selection
from rnncalc.writers.explanation import choosing, words
from rnncalc.writers.markdown import safe
from rnncalc.writers.result.heading import heading
from rnncalc.writers.style import Style


def write(explanation: Explanation, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the network, then a section for each step."""
    for row in safe(explanation.trace.model, _rows(explanation, selection)):
        out.write(style.encoded(f"{row}\n"))


def _rows(explanation: Explanation, selection: Selection) -> Iterator[str]:
    """Every row, while the steps are made."""
    for line in heading(explanation.trace, selection, explanation.digits):
        yield f"    {line}"
    unwritten = words.Unwritten()
    for step in map(unwritten.seen, explanation):
        yield from ["", f"## {words.title(explanation, step)}", ""]
        yield from _step(step, explanation.digits)
        yield from (f"- {said}" for said in choosing.said(explanation, step))
    if said := unwritten.said():
        yield from ["", said]


def _step(step: ExplainedStep, digits: Digits) -> Iterator[str]:
    for name, numbers, origin in words.inputs(step, digits):
        yield f"- ${latex_name(name)}$ = {numbers}{f' ({origin})' if origin else ''}"
    if step.note:
        yield f"- {step.note}"
    for (name, latex), lines in groupby(step.lines, lambda line: (line.name, line.latex)):
        yield from ["", f"$${latex_name(name)} = {latex}$$", "", "```text"]
        for line in lines:
            yield from _line(line)
        yield "```"
    if step.why:
        yield from ["", *(f"- {said}" for said in step.why.sentences(step.units))]
    if passed := words.passed(step, digits):
        yield from ["", f"{passed[0].upper()}{passed[1:]}."]


def _line(line: Line) -> Iterator[str]:
    sign = "=" if line.exact else "\u2248"
    yield f"{words.label(line)} = {line.numbers} {sign} {line.result}"
    if said := words.note(line):
        yield f"  ({said})"
