"""A table for the terminal: the formula on top, a row per timestep.

The table is measured before it is drawn, so no number is ever cut: columns that do not fit beside
each other go into a further block below. On terminals without Unicode the lines are ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import IO

from rnncalc.trace.trace import Trace
from rnncalc.writers import lines
from rnncalc.writers.lines import Piece
from rnncalc.writers.result.grid import ROWS, Grid, grid, summary
from rnncalc.writers.result.heading import heading
from rnncalc.writers.selection import Selection
from rnncalc.writers.style import Style

GAP = 3
"""Blanks between columns, of which all but one have the colour of the column before them."""

STYLES = {"h": "bold cyan", "y": "bold green"}


def write(trace: Trace, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the table of what is selected."""
    cells = grid(trace, selection, style.digits, cut=True)
    blocks = list(_blocks(cells, style.width))
    width = max(style.width, *(_width(cells, columns) for columns in blocks))
    rows: list[list[Piece]] = []
    for line in heading(trace, selection, style.digits):
        color = "bold" if " = " in line and "_t" in line else ""
        rows += ([(part, color)] for part in lines.folded(line, width, deeper="", narrowest=1))
    for columns in blocks:
        rows += [[], *_table(cells, columns, "\u2500" if style.can_show("\u2500") else "-")]
    rows += ([(line, "")] for line in summary(trace, selection))
    notes = _notes(cells, selection, style, trace)
    rows += [[]] if notes else []
    for note in notes:
        rows += ([(part, "dim")] for part in lines.folded(note, width, deeper="", narrowest=1))
    lines.write(rows, style, out)


def _blocks(cells: Grid, width: int) -> list[list[int]]:
    """The columns of each block: as many as fit the width, at least one."""
    keys = list(range(cells.keys))
    blocks = [[*keys]]
    for column in range(cells.keys, len(cells.head)):
        if len(blocks[-1]) > len(keys) and _width(cells, [*blocks[-1], column]) > width:
            blocks.append([*keys])
        blocks[-1].append(column)
    return blocks


def _width(cells: Grid, columns: list[int]) -> int:
    texts = [(cells.head[c], _dots(cells, c), *_aligned(cells, c)) for c in columns]
    widths = [max(map(len, column)) for column in texts]
    return sum(widths) + GAP * (len(columns) - 1)


def _aligned(cells: Grid, column: int) -> list[str]:
    """The cells of a column with their decimal points below each other."""
    texts = [row[column] for row in cells.rows]
    whole = [re.match("[^.e]*", text)[0] for text in texts]  # type: ignore[index]
    most = max(map(len, whole))
    return [" " * (most - len(w)) + text for w, text in zip(whole, texts, strict=True)]


def _table(cells: Grid, columns: list[int], rule: str) -> Iterator[list[Piece]]:
    """The lines of one block: words and numbers to the right, the points below each other."""
    aligned = [_aligned(cells, column) for column in columns]
    heads = [cells.head[column] for column in columns]
    dots = [_dots(cells, column) for column in columns]
    inner = [max(map(len, texts)) for texts in aligned]
    widths = [max(width, len(head)) for width, head in zip(inner, heads, strict=True)]
    outer = [max(width, len(text)) for width, text in zip(widths, dots, strict=True)]
    colors = ["dim" if c < cells.keys else STYLES.get(cells.head[c][0], "") for c in columns]

    def gap(color: str) -> list[Piece]:
        return [(" " * (GAP - 1), color), (" ", "")]

    def line(texts: Sequence[str], colors: Sequence[str]) -> list[Piece]:
        padded = map(str.ljust, map(str.rjust, texts, widths), outer)
        pairs = zip(padded, colors, strict=True)
        return [p for text, color in pairs for p in ((text, color), *gap(color))][:-2]

    yield line(heads, ["bold"] * len(heads))
    yield [(rule * (sum(outer) + GAP * (len(columns) - 1)), "")]
    for number, row in enumerate(zip(*aligned, strict=True)):
        if number == ROWS // 2 and cells.hidden:
            yield line([*map(str.ljust, dots, widths)], colors)
        alarmed = map(_alarmed, row, colors)
        yield line([*map(str.ljust, row, inner)], [*alarmed])


def _dots(cells: Grid, column: int) -> str:
    """What stands in the place of rows that are not shown, in the columns that tell rows apart."""
    return "..." if column < cells.keys and cells.hidden else ""


def _alarmed(cell: str, color: str) -> str:
    return "bold red" if "n" in cell else color  # nan, inf


def _notes(cells: Grid, selection: Selection, style: Style, trace: Trace) -> list[str]:
    notes = []
    if cells.others:
        notes.append(cells.others)
    elif not selection.show and "x" not in selection.names(trace.model):
        gates = ", gates" * any(layer.gated for layer in trace.model.layers)
        notes.append(f"--show all shows x{gates}, states and every term; --show x,h some of them.")
    if cells.hidden:
        shown = f"{cells.hidden:,} rows between are not shown"
        notes.append(f"{shown}: --steps all shows every row, -f csv is for programs.")
    if cells.rounded:
        notes.append(f"Rounded to {style.rounding}; --digits full shows them all.")
    return notes
