"""A check as text for the terminal: the verdict, where it begins, what explains it."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator
from typing import IO

from rnncalc.checking.verdict import Checked, Claim
from rnncalc.writers.check import sentences
from rnncalc.writers.view import View

NARROWEST = 40
VERDICT = {True: "bold green", False: "bold red"}

Styled = tuple[str, str]
"""A line and its style."""


def write(checked: Checked, view: View, out: IO[bytes]) -> None:
    """Write all that there is to say."""
    written = _colored(lines(checked, view)) if view.color else text(checked, view)
    out.write(written.encode(view.encoding, "backslashreplace"))


def text(checked: Checked, view: View | None = None) -> str:
    """The lines without colour."""
    return "".join(f"{line}\n" for line, _ in lines(checked, view or View()))


def lines(checked: Checked, view: View) -> Iterator[Styled]:
    """Every line, folded to the width of the terminal."""
    yield from _folded(sentences.verdict(checked), view, "", VERDICT[checked.agrees])
    for fact in sentences.facts(checked, view):
        yield from _folded(fact, view, "  ")
    if checked.agrees:
        return
    drawn = sentences.bars(checked.comparison.growth, view)
    whole = " ".join(drawn)
    for row in [whole] if drawn and len(whole) + 2 <= view.width else drawn:
        yield f"  {row}", ""
    yield from _causes(checked, view)


def _causes(checked: Checked, view: View) -> Iterator[Styled]:
    diagnosis = checked.diagnosis
    if not diagnosis.causes:
        if said := sentences.uncertain(checked):
            yield from _folded(said, view, "")
        if diagnosis.pattern:
            yield from _folded(diagnosis.pattern, view, "  ")
        if diagnosis.nearest:
            yield f"{sentences.heading(checked)}:", ""
    for one in diagnosis.causes or diagnosis.nearest:
        yield from _claim(one, view, "cause: " if diagnosis.causes else "")
    if diagnosis.apart:
        yield from _folded(diagnosis.apart, view, "")


def _claim(one: Claim, view: View, label: str) -> Iterator[Styled]:
    name, say, remedy = sentences.cause(one)
    yield f"{label or '  '}{name}", "bold yellow"
    yield from _folded(say, view, "  ")
    todo, _, advice = remedy.partition("; ")
    yield from _folded(f"remedy: {todo}", view, "  ") if todo else ()
    yield from _folded(advice, view, "    ") if advice else ()


def _folded(sentence: str, view: View, indent: str, style: str = "") -> Iterator[Styled]:
    rows = textwrap.wrap(
        sentence, max(view.width, NARROWEST), initial_indent=indent,
        subsequent_indent=f"{indent}  ", break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    yield from ((row, style) for row in rows)


def _colored(rows: Iterator[Styled]) -> str:
    from rich.console import Console
    from rich.text import Text

    out = io.StringIO()
    console = Console(
        file=out, force_terminal=True, color_system="standard", highlight=False,
        legacy_windows=False, _environ={},
    )  # fmt: skip
    for row, style in rows:
        console.print(Text(row, style=style), soft_wrap=True)
    return out.getvalue()
