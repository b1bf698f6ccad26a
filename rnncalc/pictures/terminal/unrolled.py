"""The network over time in a terminal: a column a step, lines that carry the state on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rnncalc.data import dataclass
from rnncalc.pictures.terminal.screen import Screen, bracketed, share, style
from rnncalc.pictures.unrolled import Box, Lane, Row, Unrolled

if TYPE_CHECKING:
    from rich.style import Style
    from rich.text import Text

GAP = 4
"""Letters between two columns, in which the state is carried on."""

LINES = {"out": "\u2500\u2510", "down": " \u2502", "into": " \u251c", "last": " \u2514",
         "to": "\u25b6", "from": "\u25c0", "rule": "\u2500", "up": "\u25b2"}  # fmt: skip
ASCII = {"out": "-+", "down": " |", "into": " +", "last": " +", "to": ">", "from": "<",
         "rule": "-", "up": "^"}  # fmt: skip
"""What lines are drawn with, and where the terminal has no letters for it."""

TURNED = str.maketrans("\u2510\u251c\u2514", "\u250c\u2524\u2518")
"""The corners of a state that goes back to the left."""


@dataclass(frozen=True)
class Line:
    """A row of all columns.

    Attributes:
        label: what it is, before the first column.
        texts: one a column.
        part: of the box: out, where h leaves it; into, where a state comes in; or nothing.
        values: the numbers that colour the columns; NaN where there are none.
    """

    label: str
    texts: tuple[str, ...]
    part: str = ""
    values: tuple[float, ...] = ()


def rows(picture: Unrolled, screen: Screen) -> Iterator[Text]:
    """All lanes, the last layer on top; then what has to be said."""
    from rich.text import Text

    for lane in reversed(picture.lanes):
        yield from _lane(lane, picture, screen)
    yield from (Text(note, "dim") for note in picture.notes)


def _lane(lane: Lane, picture: Unrolled, screen: Screen) -> Iterator[Text]:
    from rich.text import Text

    if lane.title:
        yield Text(lane.title, "bold")
    yield from (Text(formula) for formula in lane.formulas)
    states = [f"{row.label} = {bracketed(row.texts)}" for row in lane.before]
    given = [*lane.given, ",  ".join(states)] if states else lane.given
    yield from (Text(line, "magenta" if screen.colors else "") for line in given)
    lines = list(_lines(lane, screen))
    margin = max(len(line.label) for line in lines if line.part != "above") + 1
    wide = max(len(text) for line in lines for text in line.texts)
    fit = max(1, (screen.width - margin) // (wide + GAP))
    for start in range(0, len(lane.boxes), fit):
        yield Text("")
        columns = range(start, min(start + fit, len(lane.boxes)))
        for number, line in enumerate(lines):
            below = any(one.part == "into" for one in lines[number + 1 :])
            row = Text(line.label.ljust(margin), "dim")
            for column in columns:
                gap = _gap(line, below, lane, column, picture, screen)
                cell = line.texts[column].rjust(wide)
                parts = [(gap, ""), (cell, _color(line, column, picture, screen))]
                row.append_tokens(reversed(parts) if lane.turned else parts)
            row.rstrip()
            yield row


def _color(line: Line, column: int, picture: Unrolled, screen: Screen) -> Style | str:
    """The colour of an output."""
    if not line.values:
        return ""
    return style(screen, share(line.values[column], (-picture.largest, picture.largest)))


def _gap(
    line: Line, below: bool, lane: Lane, column: int, picture: Unrolled, screen: Screen
) -> str:
    """What is carried on into a column, at one of its rows, in GAP letters."""
    marks = LINES if screen.blocks else ASCII
    ends, left_out = [0], picture.gap
    if lane.turned:
        ends, left_out = [len(lane.boxes) - 1], left_out and left_out - 1
    into, stays = line.part == "into", not lane.boxes[column].rows
    if column in ends or (left_out and column == left_out):
        lead = "  " if column in ends else ".."
        text = lead + marks["rule"] + marks["to"] if into and not stays else ""
    elif stays:  # the state, past the box
        text = 3 * marks["rule"] + marks["to"] if line.part == "out" else ""
    elif into:
        text = marks["into" if below else "last"] + marks["rule"] + marks["to"]
    elif line.part == "out":
        text = marks["out"]
    else:
        text = marks["down"] if below and line.part != "above" else ""
    text = text.ljust(GAP)
    return text[::-1].translate(TURNED).replace(marks["to"], marks["from"]) if lane.turned else text


def _lines(lane: Lane, screen: Screen) -> Iterator[Line]:
    """The rows from the top: y, h, what is summed, what is added, x, t."""
    marks = LINES if screen.blocks else ASCII
    boxes = lane.boxes
    if any(box.y for box in boxes):
        yield from _several([box.y for box in boxes], boxes, "above", lane)
        yield Line(f"{marks['up']} {lane.into_y}", ("",) * len(boxes), "above")
    yield from _several([box.h for box in boxes], boxes, "out", lane)
    yield Line(f"{marks['up']} {lane.into_h}", ("",) * len(boxes))
    fullest = max(boxes, key=lambda box: len(box.rows))
    for number in range(len(fullest.sums)):
        yield from _several([_at(box.sums, number) for box in boxes], boxes, "", lane)
    if fullest.sums:
        long = max(len(text) for box in boxes for row in box.rows for text in row.texts)
        yield Line("", tuple(marks["rule"] * long if box.rows else "" for box in boxes))
    for number, row in enumerate(fullest.rows):
        carried = row.reads or row.name != "term"
        part = "into" if carried else ""
        yield from _several([_at(box.rows, number) for box in boxes], boxes, part, lane)
    yield Line(marks["up"], ("",) * len(boxes))
    yield from _several([box.x for box in boxes], boxes, "", lane)
    yield Line("t", tuple(f"{box.t:,}" if box.rows else f"{box.t:,} masked" for box in boxes))


def _at(found: Sequence[Row], number: int) -> Row | None:
    return found[number] if number < len(found) else None


def _several(
    found: Sequence[Row | None], boxes: Sequence[Box], part: str, lane: Lane
) -> Iterator[Line]:
    """A quantity of each box, one line a unit."""
    label = next(row.label for row in found if row)
    for unit in range(max(len(row.texts) for row in found if row)):
        texts, values = [], []
        for row in found:
            there = row is not None and unit < len(row.texts)
            texts.append(row.texts[unit] if row and there else "")
            values.append(float(row.values[unit]) if row and there else np.nan)
        inside = part if unit == 0 or part == "above" else ""
        colored = tuple(values) if part == "out" else ()
        yield Line(label if unit == 0 else "", tuple(texts), inside, colored)
