"""How an explanation shows itself where Python prints it and in notebooks: its first steps."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from rnncalc.explaining.explanation import ExplainedStep, Explanation, Line
from rnncalc.trace.selection import Selection
from rnncalc.writers import html as pieces
from rnncalc.writers.explanation import choosing, to_markdown, to_text, words
from rnncalc.writers.result.heading import heading
from rnncalc.writers.style import Style

STEPS, LINES = 40, 400
"""So many timesteps are shown, of a wide network as many as have so many lines."""

HEAD = ("", "formula", "numbers", "result")


def text(explanation: Explanation) -> str:
    """As ``rnncalc explain`` prints it."""
    return _written(to_text, explanation)


def markdown(explanation: Explanation) -> str:
    """As ``rnncalc explain -f markdown`` writes it."""
    return _written(to_markdown, explanation)


def html(explanation: Explanation) -> str:
    """A table for each step."""
    above = heading(explanation.trace, Selection(), explanation.digits)
    count = _count(explanation)
    steps = [part for step in explanation.first(count) for part in _step(explanation, step)]
    rest = _rest(explanation, count)
    return pieces.page([pieces.lines(above), *steps, *map(pieces.paragraph, rest)])


def _written(writer: Any, explanation: Explanation) -> str:
    """What a writer makes of the steps that are shown."""
    count, out = _count(explanation), io.BytesIO()
    writer.write(explanation.first(count), Selection(), Style(), out)
    return "\n".join([out.getvalue().decode().rstrip("\n"), *_rest(explanation, count, "\n")])


def _count(explanation: Explanation) -> int:
    """How many timesteps are shown."""
    each = sum(len(step.lines) for step in explanation.first(1))
    return min(max(1, LINES // max(1, each)), STEPS, explanation.count)


def _rest(explanation: Explanation, count: int, above: str = "") -> list[str]:
    """What is said in the place of the steps that are not shown."""
    more = explanation.count > count
    return [f"{above}{words.shown(explanation, count)}; save() writes all."] if more else []


def _step(explanation: Explanation, step: ExplainedStep) -> Iterator[str]:
    """What came in and every line in one table; what is said of it below."""
    rows = [
        [pieces.code(name), pieces.text(origin), "", pieces.code(f"= {numbers}")]
        for name, numbers, origin in words.inputs(step, explanation.digits)
    ]
    rows += [_line(line) for line in step.lines]
    yield pieces.table(HEAD, rows, words.title(explanation, step))
    if step.note:
        yield pieces.paragraph(pieces.text(step.note))
    yield from (pieces.paragraph(pieces.text(said)) for said in choosing.said(explanation, step))
    yield pieces.items(map(pieces.text, step.why.sentences(step.units) if step.why else []))
    if step.t == explanation.t[-1] and (passed := words.passed(step, explanation.digits)):
        yield pieces.paragraph(pieces.text(passed))


def _line(line: Line) -> list[str]:
    sign, note = "=" if line.exact else "\u2248", words.note(line)
    numbers = pieces.code(line.numbers) if line.numbers != line.result else ""
    numbers += f"<br>{pieces.text(note)}" if note else ""
    result = pieces.code(f"{sign} {line.result}")
    return [pieces.code(words.label(line)), pieces.code(line.formula), numbers, result]
