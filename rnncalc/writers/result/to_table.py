"""A table for the terminal, drawn by Rich: the formula on top, a row per timestep.

The table is measured before it is drawn, so no number is ever cut: columns that do not fit beside
each other go into a further block below. On terminals without Unicode the lines are ASCII.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import IO

from rich.box import Box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rnncalc.trace.trace import Trace
from rnncalc.writers.result.grid import ROWS, Grid, grid, summary
from rnncalc.writers.result.heading import heading
from rnncalc.writers.selection import Selection
from rnncalc.writers.style import Style

LINES = Box("    \n    \n \u2500\u2500 \n    \n    \n    \n    \n    \n")
ASCII_LINES = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
GAP = 3
"""Blanks between columns: Rich's padding and its separator."""

DRAWN, CELLS = 200, 5_000
"""So many rows, and cells in all, are drawn by Rich, which takes half a millisecond for a row."""

STYLES = {"h": "bold cyan", "y": "bold green"}


def write(trace: Trace, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the table of what is selected."""
    cells = grid(trace, selection, style.digits, cut=True)
    text = io.StringIO()
    blocks = list(_blocks(cells, style.width))
    widest = max(_width(cells, columns) for columns in blocks)
    console = Console(
        file=text,
        width=max(style.width, widest),
        force_terminal=style.color,
        color_system="standard" if style.color else None,
        no_color=not style.color,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )
    for line in heading(trace, selection, style.digits):
        console.print(Text(line, style="bold" if " = " in line and "_t" in line else ""))
    large = len(cells.rows) > DRAWN or len(cells.rows) * len(cells.head) > CELLS
    for columns in blocks:
        console.print()
        if large:
            text.writelines(_plain(cells, columns, _lines(style.encoding)))
        else:
            console.print(_table(cells, columns, _lines(style.encoding)))
    for line in summary(trace, selection):
        console.print(Text(line), soft_wrap=True)
    notes = _notes(cells, selection, style, trace)
    console.print(end="\n" if notes else "")
    for note in notes:
        console.print(Text(note, style="dim"))
    lines = "".join(f"{line.rstrip()}\n" for line in text.getvalue().splitlines())
    out.write(style.encoded(lines))


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
    widths = [max(map(len, (cells.head[c], *_aligned(cells, c)))) for c in columns]
    return sum(widths) + GAP * (len(columns) - 1)


def _aligned(cells: Grid, column: int) -> list[str]:
    """The cells of a column with their decimal points below each other."""
    texts = [row[column] for row in cells.rows]
    whole = [re.match("[^.e]*", text)[0] for text in texts]  # type: ignore[index]
    most = max(map(len, whole))
    return [" " * (most - len(w)) + text for w, text in zip(whole, texts, strict=True)]


def _table(cells: Grid, columns: list[int], lines: Box) -> Table:
    table = Table(box=lines, pad_edge=False, padding=(0, GAP - 1, 0, 0), show_edge=False)
    texts = []
    for column in columns:
        aligned = _aligned(cells, column)
        inner = max(map(len, aligned))
        width = max(inner, len(cells.head[column]))
        texts.append([text.ljust(inner).rjust(width) for text in aligned])
        style = "dim" if column < cells.keys else STYLES.get(cells.head[column][0], "")
        table.add_column(Text(cells.head[column].rjust(width)), style=style, no_wrap=True)
    for number, row in enumerate(zip(*texts, strict=True)):
        if number == ROWS // 2 and cells.hidden:
            table.add_row(*("..." if column < cells.keys else "" for column in columns))
        table.add_row(*(Text(cell, style=_alarm(cell)) for cell in row))
    return table


def _plain(cells: Grid, columns: list[int], lines: Box) -> Iterator[str]:
    """The lines of the same table without colours, two hundred times as fast."""
    aligned = [_aligned(cells, column) for column in columns]
    heads = [cells.head[column] for column in columns]
    dots = ["..." if column < cells.keys and cells.hidden else "" for column in columns]
    inner = [max(map(len, texts)) for texts in aligned]
    widths = [max(width, len(head)) for width, head in zip(inner, heads, strict=True)]
    outer = [max(width, len(text)) for width, text in zip(widths, dots, strict=True)]
    rule = lines.head_row_horizontal * (sum(outer) + GAP * (len(columns) - 1))

    def line(texts: Iterable[str]) -> str:
        cells = map(str.ljust, map(str.rjust, texts, widths), outer)
        return f"{(' ' * GAP).join(cells)}\n"

    yield f"{line(heads)}{rule}\n"
    for number, row in enumerate(zip(*aligned, strict=True)):
        if number == ROWS // 2 and cells.hidden:
            yield line(dots)
        yield line(map(str.ljust, row, inner))


def _alarm(cell: str) -> str:
    return "bold red" if "n" in cell else ""  # nan, inf


def _lines(encoding: str) -> Box:
    try:
        "\u2500".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return ASCII_LINES
    return LINES


def _notes(cells: Grid, selection: Selection, style: Style, trace: Trace) -> list[str]:
    notes = []
    if not selection.show and "x" not in selection.names(trace.model):
        gates = ", gates" * any(layer.gated for layer in trace.model.layers)
        notes.append(f"--show all shows x{gates}, states and every term; --show x,h some of them.")
    if cells.hidden:
        shown = f"{cells.hidden:,} rows between are not shown"
        notes.append(f"{shown}: --steps all shows every row, -f csv is for programs.")
    if cells.rounded:
        notes.append(f"Rounded to {style.rounding}; --digits full shows them all.")
    return notes
