"""A step as text for the terminal: the formula, the numbers in it, the result, one below the other.

A number has the colour of what it is: states, gates and inputs look the same where they are made
and where they are used.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import IO

from rnncalc.explaining.explanation import ExplainedStep, Explanation, Line
from rnncalc.trace.selection import Index, Selection
from rnncalc.writers.explanation import choosing, words
from rnncalc.writers.lines import Piece, folded
from rnncalc.writers.lines import write as write_lines
from rnncalc.writers.result.heading import heading
from rnncalc.writers.style import Style

STYLES = {"h": "bold cyan", "c": "bold blue", "y": "bold green", "x": "magenta"}
GATE = "yellow"
"""Colours by what a number is."""

SCREEN = 40
"""So many timesteps are written to a terminal of those that go on to the last."""

MOST_KEPT = 1000
"""So many formulas and names are remembered: every step has the same ones."""

OPERAND = re.compile(r"([A-Za-z]\w*?_\{t[-+]1\}|[A-Za-z_][\w.]*|\d[\d.e+-]*)(\()?")
NUMBER = re.compile(r"(?<![\w.])(?:\d[\d.]*(?:e[-+]?\d+)?|nan|inf)(?![\w.])")
"""Operands of a formula (and whether one is a function), and numbers in arithmetic."""


def write(explanation: Explanation, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the network, then each step; a formula is written where it comes first."""
    write_lines(_lines(explanation, selection, style), style, out)


def _lines(explanation: Explanation, selection: Selection, style: Style) -> Iterator[list[Piece]]:
    """Every line, while the steps are made."""
    for line in heading(explanation.trace, selection, explanation.digits):
        yield from ([(row, "")] for row in folded(line, style.width, deeper="", narrowest=1))
    written: set[tuple[str, ...]] = set()
    cut = style.terminal and _open(selection.steps) and explanation.count > SCREEN
    unwritten = words.Unwritten()
    for step in map(unwritten.seen, explanation.first(SCREEN) if cut else explanation):
        yield []
        yield from _step(explanation, step, style, written)
    said = [*_rest(explanation, style)] if cut else []
    if more := unwritten.said():
        said += folded(more, style.width, deeper="")
    yield from [[], *([(row, "dim")] for row in said)] if said else []


def _open(steps: Index | None) -> bool:
    """Whether steps go on to the last one, however many there are."""
    return isinstance(steps, slice) and steps.stop is None and (steps.start or 0) >= 0


def _rest(explanation: Explanation, style: Style) -> list[str]:
    """What is said in the place of the steps that a screen does not hold."""
    ts = explanation.t
    said = f"{words.shown(explanation, SCREEN)}; a file (-o) and a pipe get all."
    if len(ts) > SCREEN:
        said += f" --steps {ts[SCREEN]}:{ts[SCREEN] + SCREEN} shows the next ones."
    return folded(said, style.width, deeper="")


def _step(
    explanation: Explanation,
    step: ExplainedStep,
    style: Style,
    written: set[tuple[str, ...]],
) -> Iterator[list[Piece]]:
    yield [(words.title(explanation, step), "bold")]
    rows = list(words.inputs(step, explanation.digits))
    wide = max((len(name) for name, _, _ in rows), default=0)
    for name, numbers, origin in rows:
        pieces = [(f"  {name:<{wide}} = ", ""), (numbers, _style(name))]
        yield [*pieces, (f"   ({origin})", "dim")] if origin else pieces
    if step.note:
        yield [(f"  {step.note}", "italic")]
    for line in step.lines:
        formula = (line.layer, line.direction or "", line.name, str(line.unit), line.formula)
        yield from _line(line, style, formula in written)
        written.add(formula)
    for said in choosing.said(explanation, step):
        yield from ([(f"  {row}", "")] for row in folded(said, style.width - 2, deeper="  "))
    yield from ([(f"  {said}", "")] for said in words.why(step, style.width - 2))
    last = step.t == explanation.t[-1]
    if last and (passed := words.passed(step, explanation.digits)):
        several = folded(f"  {passed}", style.width, deeper="    ", narrowest=1)
        yield from ([(row, "dim")] for row in several)


def _line(line: Line, style: Style, known: bool) -> Iterator[list[Piece]]:
    """In one row where it fits, else each part in a row of its own; a known formula is left out."""
    label = words.label(line)
    sign = "=" if line.exact else "\u2248" if style.can_show("\u2248") else "~"
    formula = "" if known else f" = {line.formula}"
    result = [(f"{sign} ", ""), (line.result, _style(line.name))]
    if line.numbers in (line.formula, line.result):
        yield [(f"  {label} = {line.formula} ", ""), *result]
    elif len(f"  {label}{formula} = {line.numbers} = {line.result}") <= style.width:
        numbers = _linked(line, line.numbers, style)
        yield [(f"  {label}{formula} = ", ""), *numbers, (" ", ""), *result]
    else:
        pad = f"  {label} " if known else f"  {' ' * len(label)} "
        if formula:
            yield [(f"  {label}{formula}", "")]
        rows = _wrapped(f"{pad}= ", line.numbers, style.width)
        yield from (_linked(line, row, style) for row in rows)
        yield [(" " * len(pad), ""), *result]
    if said := words.note(line):
        yield [(f"    ({said})", "dim")]


def _linked(line: Line, text: str, style: Style) -> list[Piece]:
    """Arithmetic whose numbers have the colour of what they are, where each stands for a name."""
    if not style.color:
        return [(text, "")]
    names = _operands(line.formula)
    found = list(NUMBER.finditer(text))
    if len(names) != len(found):  # a sum that is written out, or a row of one
        return [(text, "")]
    pieces, end = [], 0
    for name, match in zip(names, found, strict=True):
        pieces += [(text[end : match.start()], ""), (match[0], _style(name))]
        end = match.end()
    return [*pieces, (text[end:], "")]


@lru_cache(MOST_KEPT)
def _operands(formula: str) -> list[str]:
    """The names in a formula whose numbers stand in its arithmetic."""
    return [name for name, called in OPERAND.findall(formula) if not called]


def _wrapped(start: str, text: str, width: int) -> Iterator[str]:
    """Arithmetic over several rows, broken before a sign; a number is never cut."""
    row = start
    for word in text.split(" "):
        if len(row) + len(word) > width and word in "+-" and row.strip() != "=":
            yield row.rstrip()
            row = " " * len(start)
        row += f"{word} "
    yield row.rstrip()


@lru_cache(MOST_KEPT)
def _style(name: str) -> str:
    base = name.split("_")[0].split(".")[0]
    return STYLES.get(base) or (GATE if base in {*"zrnifgo"} else "")
