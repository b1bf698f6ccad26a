"""A step as LaTeX: an ``align*`` environment each, which amsmath compiles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from rnncalc.equations.symbols import latex_function, latex_name
from rnncalc.explaining.explanation import ExplainedStep, Explanation, Line
from rnncalc.trace.selection import Selection
from rnncalc.writers.explanation import words
from rnncalc.writers.style import Style

WORD = re.compile(r"[a-z_]+(?=\()")
POWER = re.compile(r"(\d)e([-+]?\d+)")


def write(explanation: Explanation, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write an environment for each step, its title in a comment above it."""
    for step in explanation:
        for row in (f"% {words.title(explanation, step)}", *_step(step)):
            out.write(style.encoded(f"{row}\n"))


def _step(step: ExplainedStep) -> Iterator[str]:
    if step.note:
        yield f"% {step.note}"
    if step.lines:
        yield r"\begin{align*}"
        yield " \\\\\n".join(_line(line) for line in step.lines)
        yield r"\end{align*}"
    if step.why:
        yield from (f"% {said}" for said in step.why.sentences(step.units))


def _line(line: Line) -> str:
    """``a_{t} &= formula \\ &= numbers \\ &= result``."""
    label = words.label(line)
    unit = f"[{line.unit}]" if label != line.name else ""
    sign = "=" if line.exact else r"\approx"
    rows = [f"{latex_name(line.name)}{unit} &= {line.latex}"]
    rows.append(f"&= {arithmetic(line.numbers)}")
    rows.append(f"&{sign} {arithmetic(line.result)}")
    return " \\\\\n".join(rows)


def arithmetic(numbers: str) -> str:
    """Arithmetic as mathematics: a dot for products, functions upright, powers of ten."""
    text = WORD.sub(lambda match: latex_function(match[0]) + " ", numbers)
    text = POWER.sub(lambda match: rf"{match[1]} \cdot 10^{{{int(match[2])}}}", text)
    text = re.sub(r"\b(alpha|beta)=", r"\\\1 = ", text)
    return text.replace("*", r" \cdot ").replace("last output", r"\text{last output}")
