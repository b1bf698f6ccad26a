"""A check as Markdown: for a report, a pull request, an issue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from rnncalc.checking.verdict import Checked, Claim
from rnncalc.writers.check import sentences
from rnncalc.writers.markdown import safe
from rnncalc.writers.style import Style


def write(checked: Checked, style: Style, out: IO[bytes]) -> None:
    """Write all that there is to say."""
    lines = safe(checked.trace.model, _lines(checked, style))
    rows = "".join(f"{line}\n" for line in lines)
    out.write(style.encoded(rows))


def _lines(checked: Checked, style: Style) -> Iterator[str]:
    word, _, rest = sentences.verdict(checked).partition(": ")
    yield from [f"**{word}**: {rest}", ""]
    yield from (f"- {fact}" for fact in sentences.facts(checked, style))
    if checked.agrees:
        return
    if drawn := sentences.bars(checked.comparison.growth, style):
        yield f"- `{' '.join(drawn)}`"
    diagnosis = checked.diagnosis
    said = "" if diagnosis.causes else sentences.uncertain(checked)
    yield from (row for text in (said, diagnosis.pattern) if text for row in ("", text))
    nearest = sentences.heading(checked)
    for title, claims in (("Cause", diagnosis.causes), (nearest, diagnosis.nearest)):
        for one in claims:
            yield from _claim(title, one)
    if diagnosis.apart:
        yield from ["", diagnosis.apart]


def _claim(title: str, one: Claim) -> Iterator[str]:
    name, say, remedy = sentences.cause(one)
    yield from ["", f"## {title}: {name}", "", say]
    yield from ["", f"Remedy: {remedy}"] if remedy else []
