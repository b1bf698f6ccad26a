"""What a model file holds, as people read it: a table of its recurrent layers, then the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from rnncalc.array import Array
from rnncalc.equations.activations import activation
from rnncalc.errors import printable
from rnncalc.inspecting.diagram import SHAPES
from rnncalc.inspecting.inspection import Inspection, LayerInspection
from rnncalc.numbers import digits
from rnncalc.pictures.terminal import graph
from rnncalc.writers.inspection import sentences
from rnncalc.writers.lines import folded
from rnncalc.writers.style import Style

HEAD = ("layer", "cell", "features", "units", "direction", "activations", "parameters")
LEFT = ("layer", "cell", "direction", "activations", "array", "shape")
STATISTICS = ("array", "shape", "min", "max", "mean", "std", "zeros")
GAPS = (3, 2)
"""Blanks between columns: as elsewhere, or fewer where a table is wide."""


def write(inspection: Inspection, style: Style, out: IO[bytes]) -> None:
    """Write all that there is to say of a file."""
    _write(_lines(inspection, style), style, out)


def write_rest(inspection: Inspection, style: Style, out: IO[bytes]) -> None:
    """Write what there is to say besides the table of recurrent layers."""
    _write(_rest(inspection, style), style, out)


def _write(lines: Iterable[str], style: Style, out: IO[bytes]) -> None:
    times = "\u00b7" if style.can_show("\u00b7") else "*"
    signs = str.maketrans({sentences.TIED: " ", sentences.TIMES: times})
    text = "".join(f"{line.rstrip().translate(signs)}\n" for line in lines)
    out.write(style.encoded(text))


def _lines(inspection: Inspection, style: Style) -> Iterator[str]:
    """The lines; sentences are folded to the terminal's width, tables stay whole."""
    what = f"{inspection.file}: {inspection.what}; computed in {inspection.dtype}"
    yield from _folded([what], style)
    if recurrent := inspection.recurrent:
        yield ""
        yield from _table(HEAD, [row(one) for one in recurrent], style)
        yield ""
    yield from _rest(inspection, style)


def _rest(inspection: Inspection, style: Style) -> Iterator[str]:
    """What stands below the table."""
    if recurrent := inspection.recurrent:
        yield from _folded(sentences.recurrent(recurrent), style)
        yield from _folded([f"Weights as in {inspection.layout}"], style)
    else:
        yield "No recurrent layer is in it."
    yield from _graph(inspection, style)
    yield from _folded(sentences.others(inspection), style)
    yield from _statistics(inspection, style)
    yield from _folded(sentences.assumed(inspection.assumed), style, "      ")
    yield from _folded(sentences.remarks(inspection), style)


def _graph(inspection: Inspection, style: Style) -> Iterator[str]:
    """Which layer reads what, where they are no row."""
    if inspection.boxes:
        yield ""
        yield from graph.lines(inspection.boxes, style.width, blocks=style.can_show(graph.DRAWN))
        yield SHAPES
        yield ""


def _folded(sentences: Iterable[str], style: Style, deeper: str = "  ") -> Iterator[str]:
    for one in sentences:
        yield from folded(one, style.width, deeper=deeper)


def matrix(name: str, array: Array, style: Style, out: IO[bytes]) -> None:
    """Write one array: a row a line, numbers in columns."""
    rows = array.reshape(-1, array.shape[-1] if array.ndim else 1)
    cells = [[digits.number(one, style.digits) for one in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        line = "  ".join(map(str.rjust, row, widths))
        out.write(f"{line}\n".encode("ascii"))


def row(one: LayerInspection) -> list[str]:
    """A recurrent layer in the table."""
    way = "both" if len(one.directions) > 1 else "".join(one.directions)
    merge = one.settings.get("merge")
    way += f", {merge}" if merge and len(one.directions) > 1 else ""
    keys = ("activation", "recurrent_activation")
    functions = [str(activation(one.settings[key])) for key in keys if key in one.settings]
    return [printable(one.name), one.cell, f"{one.features:,}", f"{one.units:,}", way,
            ", ".join(functions), f"{one.parameters:,}"]  # fmt: skip


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], style: Style) -> Iterator[str]:
    """Columns below their names; words to the left, numbers to the right."""
    columns = list(zip(head, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    justify = [str.ljust if name in LEFT else str.rjust for name in head]
    rule = "\u2500" if style.can_show("\u2500") else "-"
    whole = {count: sum(widths) + count * (len(widths) - 1) for count in GAPS}
    gap = next((count for count in GAPS if whole[count] <= style.width), GAPS[-1])
    for number, row in enumerate((head, *rows)):
        cells = [put(cell, w) for put, cell, w in zip(justify, row, widths, strict=True)]
        yield (" " * gap).join(cells)
        if number == 0:
            yield rule * whole[gap]


def _statistics(inspection: Inspection, style: Style) -> Iterator[str]:
    rows = [
        [f"{printable(one.name)}.{name}", sentences.shape(one.arrays[name]),
         *(digits.number(number, style.digits) for number in numbers)]
        for one in inspection.layers
        for name, numbers in one.statistics.items()
        if name in one.arrays
    ]  # fmt: skip
    if rows:
        yield ""
        yield from _table(STATISTICS, rows, style)
        yield ""
