"""A check as text for the terminal: the verdict, where it begins, what explains it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from rnncalc.checking.verdict import Checked, Claim
from rnncalc.writers import lines
from rnncalc.writers.check import sentences
from rnncalc.writers.lines import Piece
from rnncalc.writers.style import Style

VERDICT = {True: "bold green", False: "bold red"}


def write(checked: Checked, style: Style, out: IO[bytes]) -> None:
    """Write all that there is to say."""
    lines.write(_lines(checked, style), style, out)


def text(checked: Checked, style: Style | None = None) -> str:
    """The lines without colour."""
    return "\n".join(lines.plain(line) for line in _lines(checked, style or Style()))


def _lines(checked: Checked, style: Style) -> Iterator[list[Piece]]:
    """Every line, folded to the width of the terminal."""
    yield from _folded(sentences.verdict(checked), style, "", VERDICT[checked.agrees])
    for fact in sentences.facts(checked, style):
        yield from _folded(fact, style, "  ")
    if checked.agrees:
        return
    drawn = sentences.bars(checked.comparison.growth, style)
    whole = " ".join(drawn)
    for row in [whole] if drawn and len(whole) + 2 <= style.width else drawn:
        yield [(f"  {row}", "")]
    yield from _causes(checked, style)


def _causes(checked: Checked, style: Style) -> Iterator[list[Piece]]:
    diagnosis = checked.diagnosis
    if not diagnosis.causes:
        if said := sentences.uncertain(checked):
            yield from _folded(said, style, "")
        if diagnosis.pattern:
            yield from _folded(diagnosis.pattern, style, "  ")
        if diagnosis.nearest:
            yield [(f"{sentences.heading(checked)}:", "")]
    for one in diagnosis.causes or diagnosis.nearest:
        yield from _claim(one, style, "cause: " if diagnosis.causes else "")
    if diagnosis.apart:
        yield from _folded(diagnosis.apart, style, "")


def _claim(one: Claim, style: Style, label: str) -> Iterator[list[Piece]]:
    name, say, remedy = sentences.cause(one)
    yield [(f"{label or '  '}{name}", "bold yellow")]
    yield from _folded(say, style, "  ")
    todo, _, advice = remedy.partition("; ")
    yield from _folded(f"remedy: {todo}", style, "  ") if todo else ()
    yield from _folded(advice, style, "    ") if advice else ()


def _folded(sentence: str, style: Style, indent: str, color: str = "") -> Iterator[list[Piece]]:
    yield from ([(row, color)] for row in lines.folded(sentence, style.width, indent=indent))
