"""How a check shows itself where Python prints it and in notebooks."""

from __future__ import annotations

import io
from collections.abc import Iterator

from rnncalc.checking.verdict import Checked, Claim
from rnncalc.writers import html as pieces
from rnncalc.writers.check import sentences, to_markdown, to_text
from rnncalc.writers.style import Style


def text(checked: Checked) -> str:
    """As ``rnncalc check`` prints it."""
    return to_text.text(checked)


def markdown(checked: Checked) -> str:
    """As ``rnncalc check -f markdown`` writes it."""
    to_markdown.write(checked, Style(), out := io.BytesIO())
    return out.getvalue().decode()


def html(checked: Checked) -> str:
    """The same: the verdict, the facts, what explains them."""
    return pieces.page(_parts(checked, Style()))


def _parts(checked: Checked, style: Style) -> Iterator[str]:
    word, _, rest = sentences.verdict(checked).partition(": ")
    yield pieces.paragraph(f"<b>{pieces.text(word)}</b>: {pieces.text(rest)}")
    facts = list(map(pieces.text, sentences.facts(checked, style)))
    if checked.agrees:
        yield pieces.items(facts)
        return
    drawn = sentences.bars(checked.comparison.growth, style)
    yield pieces.items([*facts, *([pieces.code(" ".join(drawn))] if drawn else [])])
    diagnosis = checked.diagnosis
    said = "" if diagnosis.causes else sentences.uncertain(checked)
    yield from (pieces.paragraph(pieces.text(one)) for one in (said, diagnosis.pattern) if one)
    for title, claims in (
        ("Cause", diagnosis.causes),
        (sentences.heading(checked), diagnosis.nearest),
    ):
        yield from (_claim(title, one) for one in claims)
    if diagnosis.apart:
        yield pieces.paragraph(pieces.text(diagnosis.apart))


def _claim(title: str, one: Claim) -> str:
    name, say, remedy = sentences.cause(one)
    todo = f"<br>Remedy: {pieces.code(remedy)}" if remedy else ""
    return pieces.paragraph(f"<b>{title}: {pieces.text(name)}</b><br>{pieces.text(say)}{todo}")
