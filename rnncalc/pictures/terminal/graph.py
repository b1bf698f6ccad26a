"""A network as text: a row for each layer, and beside it the lines from what it reads.

A line goes down from where something is given to the last row that reads it. Beside them stand the
same words as in a list: what a layer is, the shape of what it gives, and what it reads.
"""

from __future__ import annotations

import textwrap
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rnncalc.errors import printable, width
from rnncalc.inspecting.diagram import SHAPES, Box, begun, owners

if TYPE_CHECKING:
    from rich.text import Text

    from rnncalc.pictures.graph import Graph
    from rnncalc.pictures.terminal.screen import Screen

MOST_LINES = 12
"""So many lines may go down beside each other; of more none are drawn: the words say it all."""

LEAST = 24
"""Columns that what a box reads has beside it; where there are fewer, it stands below."""

SIGNS = {"input": "\u25cb", "result": "\u25a1", "recurrent": "\u25cf", "": "\u25a0",
         "down": "\u2502", "across": "\u2500", "state": "\u2504", "left": "\u251c",
         "right": "\u2524", "left end": "\u2514", "right end": "\u2518", "through": "\u253c",
         "through end": "\u2534"}  # fmt: skip
ASCII = {"input": "o", "result": "*", "recurrent": "@", "": "#", "down": "|", "across": "-",
         "state": ".", "left": "+", "right": "+", "left end": "`", "right end": "'",
         "through": "+", "through end": "'"}  # fmt: skip
"""What boxes and lines are drawn with, and where the terminal has no letters for it."""

DRAWN = "".join(SIGNS.values())


def rows(picture: Graph, screen: Screen) -> Iterator[Text]:
    """The rows of a network: dotted is what gives but its states."""
    from rich.text import Text

    for line in lines(picture.boxes, screen.width, blocks=screen.blocks):
        yield Text(line)
    yield Text(SHAPES, "dim")


def lines(boxes: Sequence[Box], wide: int, *, blocks: bool) -> Iterator[str]:
    """The rows of a network for so many columns; what has no room goes on below."""
    owner = owners(boxes)
    rails = [*_rails(boxes, SIGNS if blocks else ASCII)]
    says = ["" if box.kind in ("input", "result") else box.says for box in boxes]
    columns = [[rail for rail, _ in rails], [printable(box.name, 40) for box in boxes], says,
               [box.gives for box in boxes]]  # fmt: skip
    widths = [max(map(width, column)) + 2 for column in columns]
    start = sum(widths) if sum(widths) + LEAST <= wide else widths[0] + 4
    for cells, box, (_, below) in zip(zip(*columns, strict=True), boxes, rails, strict=True):
        row = "".join(cell + " " * (most - width(cell))
                      for cell, most in zip(cells, widths, strict=True))  # fmt: skip
        told = [*_told(box, owner, max(wide - start, LEAST))]
        if start == sum(widths) and told:
            row += told.pop(0)
        yield row.rstrip()
        for line in told:
            yield below.ljust(start) + line


def _told(box: Box, owner: Mapping[str, Box], room: int) -> list[str]:
    """What a box reads, and whose states it begins with."""
    states = [f"{', '.join(keys)} of {printable(source, 40)}"
              for source, keys in begun(box, owner).items()]  # fmt: skip
    words = ", ".join(printable(name, 40) for name in box.reads)
    verb = "gives" if box.kind == "result" else "reads"
    told = "; ".join([f"{verb} {words}"] * bool(words) + states)
    return textwrap.wrap(told, room, break_long_words=False, break_on_hyphens=False)


def _rails(boxes: Sequence[Box], signs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The lines at each box, and those that go on below it."""
    owner = owners(boxes)
    needs = [_needs(box, owner) for box in boxes]
    last = {name: i for i, names in enumerate(needs) for name in names}
    rails: list[str | None] = []
    made = []
    for i, (box, names) in enumerate(zip(boxes, needs, strict=True)):
        ends = {name for name in names if last[name] == i}
        free = [j for j, name in enumerate(rails) if name in ends]
        free += [j for j, name in enumerate(rails) if name is None]
        own = free[0] if free else len(rails)
        rail = _rail(rails, own, names, ends, box, signs)
        rails = [None if name in ends else name for name in rails]
        rails[own : own + 1] = [box.name if box.name in last and box.kind != "result" else None]
        made.append((rail, "".join(f"{signs['down'] if name else ' '} " for name in rails)))
        if len(rails) > MOST_LINES:
            made = [(signs.get(one.kind, signs[""]), "") for one in boxes]
            break
    yield from made


def _needs(box: Box, owner: Mapping[str, Box]) -> dict[str, bool]:
    """The boxes that a box reads, and whether it does but for their states."""
    found: dict[str, bool] = {owner[name].name: True for name in box.states.values()}
    return found | {owner[name].name: False for name in box.reads}


def _rail(
    rails: Sequence[str | None], own: int, names: Mapping[str, bool], ends: Container[str],
    box: Box, signs: Mapping[str, str],
) -> str:  # fmt: skip
    """A row: the box in its place, and what leads to it from the lines that it reads."""
    count = max(len(rails), own + 1)
    places = {j: name for j, name in enumerate(rails) if name in names and j != own}
    solid = [j for j, name in places.items() if not names[str(name)]]
    row = ""
    for j in range(count):
        name = rails[j] if j < len(rails) else None
        if j == own:
            row += signs.get(box.kind, signs[""])
        elif name in names:
            side = "left" if j < own else "right"
            farther = (k < j if j < own else k > j for k in places)
            side = "through" if any(farther) else side
            row += signs[f"{side} end" if name in ends else side]
        else:
            row += signs["down"] if name else _across(j, own, places, solid, signs)
        row += _across(j + 0.5, own, places, solid, signs)
    return row.rstrip()


def _across(
    at: float, own: int, places: Iterable[int], solid: Iterable[int], signs: Mapping[str, str]
) -> str:
    """What stands between a line that is read and the box: solid where more than a state goes."""

    def between(ends: Iterable[int]) -> bool:
        return any(min(j, own) < at < max(j, own) for j in ends)

    return signs["across"] if between(solid) else signs["state"] if between(places) else " "
