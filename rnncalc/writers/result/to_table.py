"""A table for the terminal: the formula on top, a row per timestep.

The table is measured before it is drawn, so no number is ever cut: columns that do not fit beside
each other go into a further block below. On terminals without Unicode the lines are ASCII.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import IO

from rnncalc.data import NamedTuple
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace
from rnncalc.writers import lines
from rnncalc.writers.lines import Piece
from rnncalc.writers.result.grid import ROWS, Grid, grid, summary
from rnncalc.writers.result.heading import heading
from rnncalc.writers.style import Style

GAP = 3
"""Blanks between columns, of which all but one have the colour of the column before them."""

STYLES = {"h": "bold cyan", "y": "bold green"}


class Width(NamedTuple):
    """How much room the cells of a column take.

    Attributes:
        whole: in front of the decimal point.
        inner: with the points below each other; ``right``: with the head, which ends there, too.
        outer: with what stands in the place of rows that are not shown.
    """

    whole: int
    inner: int
    right: int
    outer: int


def write(trace: Trace, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the table of what is selected; only a terminal sees but the ends of a long one."""
    cells = grid(trace, selection, style.digits, cut=style.terminal)
    above, below = heading(trace, selection, style.digits), summary(trace, selection)
    if trace.model.vocab is not None and trace.ids is not None:
        from rnncalc.writers.result.writing import with_names, written

        cells = with_names(cells, trace.model.vocab)
        below += ["", *written(trace, selection)]
    draw(cells, (above, below, _notes(cells, selection, style, trace)), style, out)


def draw(
    cells: Grid,
    around: tuple[Iterable[str], Iterable[str], Sequence[str]],
    style: Style,
    out: IO[bytes],
) -> None:
    """Draw a table; ``around``: the lines above it, those below, and notes at the end."""
    above, under, notes = around
    widths = _measured(cells)
    blocks = list(_blocks(cells, widths, style.width))
    width = max(style.width, *(_together(widths, columns) for columns in blocks))
    rows: list[list[Piece]] = []
    for line in above:
        color = "bold" if " = " in line and "_t" in line else ""
        rows += ([(part, color)] for part in lines.folded(line, width, deeper="", narrowest=1))
    lines.write(rows, style, out)
    rule = "\u2500" if style.can_show("\u2500") else "-"
    for columns in blocks:
        lines.write(chain([[]], _table(cells, columns, widths, rule)), style, out)
    below: list[list[Piece]] = [[(line, "")] for line in under]
    below += [[]] if notes else []
    for note in notes:
        below += ([(part, "dim")] for part in lines.folded(note, width, deeper="", narrowest=1))
    lines.write(below, style, out)


def _measured(cells: Grid) -> list[Width]:
    """The room that each column takes."""
    whole, rest = [0] * len(cells.head), [0] * len(cells.head)
    for row in cells.rows():
        for column, text in enumerate(row):
            front = _front(text)
            whole[column] = max(whole[column], front)
            rest[column] = max(rest[column], len(text) - front)
    widths = []
    for column, head in enumerate(cells.head):
        inner = whole[column] + rest[column]
        right = max(inner, len(head))
        outer = max(right, len(_dots(cells, column)))
        widths.append(Width(whole[column], inner, right, outer))
    return widths


def _front(text: str) -> int:
    """How many letters stand in front of the decimal point, or of the exponent; all of a name."""
    if text.startswith("'"):
        return len(text)
    point = text.find(".") if "." in text else text.find("e")
    return len(text) if point < 0 else point


def _blocks(cells: Grid, widths: Sequence[Width], width: int) -> Iterator[list[int]]:
    """The columns of each block: as many as fit the width, at least one."""
    keys = list(range(cells.keys))
    block = [*keys]
    for column in range(cells.keys, len(cells.head)):
        if len(block) > len(keys) and _together(widths, [*block, column]) > width:
            yield block
            block = [*keys]
        block.append(column)
    yield block


def _together(widths: Sequence[Width], columns: Sequence[int]) -> int:
    """The width of these columns beside each other."""
    return sum(widths[column].outer for column in columns) + GAP * (len(columns) - 1)


def _table(
    cells: Grid, columns: Sequence[int], widths: Sequence[Width], rule: str
) -> Iterator[list[Piece]]:
    """The lines of one block: words and numbers to the right, the points below each other."""
    room = [widths[column] for column in columns]
    dots = [_dots(cells, c).ljust(widths[c].right) for c in columns]
    colors = ["dim" if c < cells.keys else STYLES.get(cells.head[c][0], "") for c in columns]

    def gap(color: str) -> list[Piece]:
        return [(" " * (GAP - 1), color), (" ", "")]

    def line(texts: Iterable[str], colors: Iterable[str]) -> list[Piece]:
        cells = zip(texts, room, colors, strict=True)
        padded = ((text.rjust(one.right).ljust(one.outer), color) for text, one, color in cells)
        return [piece for cell in padded for piece in (cell, *gap(cell[1]))][:-2]

    yield line([cells.head[column] for column in columns], ["bold"] * len(columns))
    yield [(rule * _together(widths, columns), "")]
    for number, row in enumerate(cells.rows(columns)):
        if number == ROWS // 2 and cells.hidden:
            yield line(dots, colors)
        yield line(map(_aligned, row, room), map(_alarmed, row, colors))


def _aligned(text: str, room: Width) -> str:
    """A cell with its decimal point where those of its column are."""
    return (" " * (room.whole - _front(text)) + text).ljust(room.inner)


def _dots(cells: Grid, column: int) -> str:
    """What stands in the place of rows that are not shown, in the columns that tell rows apart."""
    return "..." if column < cells.keys and cells.hidden else ""


def _alarmed(cell: str, color: str) -> str:
    return "bold red" if "n" in cell and cell[0] != "'" else color  # nan, inf


def _notes(cells: Grid, selection: Selection, style: Style, trace: Trace) -> list[str]:
    notes = []
    if cells.others:
        notes.append(cells.others)
    elif not selection.show and "x" not in {n.split(".")[0] for n in selection.names(trace.model)}:
        gates = ", gates" * any(layer.gated for layer in trace.model.layers)
        notes.append(f"--show all shows x{gates}, states and every term; --show x,h some of them.")
    return notes + about_rows(cells, style)


def about_rows(cells: Grid, style: Style) -> list[str]:
    """What is said where rows or digits are not shown."""
    notes = []
    if cells.hidden:
        shown = f"{cells.hidden:,} rows between are not shown"
        notes.append(f"{shown}: --steps all shows every row, -f csv is for programs.")
    if cells.rounded:
        notes.append(f"Rounded to {style.rounding}; --digits full shows them all.")
    return notes
