"""A step as LaTeX for a page: what came in, and its equations, which break where a page ends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from rnncalc.equations.symbols import latex_name
from rnncalc.explaining.explanation import ExplainedStep, Explanation, Line
from rnncalc.numbers.digits import Digits
from rnncalc.trace.selection import Selection
from rnncalc.writers import latex
from rnncalc.writers.explanation import choosing, words
from rnncalc.writers.style import Style


def write(explanation: Explanation, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write a paragraph for each step: its title, what came in, an ``align*`` environment."""
    out.write(style.encoded(f"{latex.NEEDED}\n"))
    for step in explanation:
        title = latex.plain(words.title(explanation, step))
        said = [latex.plain(sentence) for sentence in choosing.said(explanation, step)]
        for row in (rf"\paragraph{{{title}}}", *_step(step, explanation.digits), *said):
            out.write(style.encoded(f"{row}\n"))


def _step(step: ExplainedStep, digits: Digits) -> Iterator[str]:
    given = [
        f"{latex.array(name, values, digits)}{f' ({latex.plain(origin)})' if origin else ''}"
        for name, values in step.inputs.items()
        for origin in [step.origins.get(name, "")]
    ]
    notes = [latex.plain(step.note)] if step.note else []
    if given or notes:
        yield rf"{{\raggedright\noindent {', '.join([*given, *notes])}\par}}"
    if step.lines:
        yield r"\begin{align*}"
        yield " \\\\\n".join(row for line in step.lines for row in _line(line))
        yield r"\end{align*}"
    if step.why:
        yield from (f"% {said}" for said in step.why.sentences(step.units))


def _line(line: Line) -> Iterator[str]:
    """``a_{t} &= formula \\ &= numbers \\ &= result``."""
    label = words.label(line)
    unit = f"[{line.unit}]" if label != line.name else ""
    yield f"{latex_name(line.name)}{unit} &= {line.latex}"
    first, *others = latex.arithmetic(line.numbers)
    yield f"&= {first}"
    yield from (rf"&\quad {more}" for more in others)
    sign = "=" if line.exact else r"\approx"
    yield f"&{sign} {latex.figure(line.result)}"
