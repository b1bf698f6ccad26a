"""LaTeX for a page: formulas, what is given, and tables that are split where a page ends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from rnncalc.equations.symbols import latex as write_latex
from rnncalc.equations.symbols import latex_name
from rnncalc.explaining.formulas import formulas, output_formulas
from rnncalc.model.model import Model
from rnncalc.numbers.digits import Digits
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace
from rnncalc.writers import latex
from rnncalc.writers.result.grid import grid
from rnncalc.writers.result.heading import given, network, order, sizes
from rnncalc.writers.result.writing import written
from rnncalc.writers.style import Style

HEAD = re.compile(
    r"(?:(.+?)\.)??((?:(?:x_term|h_term|bias|bias_h|P_term|a|final)\.)?\w+)(\[\d+\])?", re.DOTALL
)
"""A column: layer and direction, the quantity (of one gate: ``a.i``), the unit."""


def write(trace: Trace, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the formulas, what is given, and the tables of what is selected."""
    cells = grid(trace, selection, style.digits)
    lines = [latex.NEEDED, *formulas_of(trace.model, selection)]
    lines += [*arrays_of(trace.model, selection, style.digits), f"% {sizes(trace)}"]
    for layer in range(len(trace.layers)):
        lines += [f"% {line}" for line in order(trace, layer)]
    lines += [f"% {line}" for line in written(trace, selection)]
    lines += [f"% {cells.others}"] if cells.others else []
    if cells.rounded:
        lines.append(f"% rounded to {style.rounding}")
    lines += tables([cells.head, *cells.rows()], cells.keys)
    out.write(style.encoded("\n".join([*lines, ""])))


def tables(rows: Sequence[Sequence[str]], keys: int) -> Iterator[str]:
    """A head and its rows as tables that are as wide as a page; each has the keys in front."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    for columns in latex.fitting(widths, keys):
        yield from _table([[row[i] for i in columns] for row in rows])


def _table(rows: list[list[str]]) -> list[str]:
    """A table that goes on over the page, its head on each."""
    head, *others = rows
    start = [rf"\begin{{longtable}}{{{'r' * len(head)}}}", _row(map(_name, head)), r"\hline"]
    every = [_row(latex.figure(cell) if cell else "" for cell in row) for row in others]
    return [*start, r"\endhead", *every, r"\end{longtable}"]


def _row(cells: Iterable[str]) -> str:
    return rf"{' & '.join(f'${cell}$' if cell else '' for cell in cells)} \\"


def _width(text: str) -> int:
    """Of a cell, as it is written: a power of ten takes more than its letter."""
    return len(text) + 3 * ("e" in text)


def formulas_of(model: Model, selection: Selection) -> list[str]:
    """The formulas, each displayed; of several layers below what each is."""
    if model.alone:
        return [rf"\[ {formula} \]" for formula in formulas(model, write_latex)]
    lines = []
    for labels, inside in network(model, selection, write_latex):
        lines += [rf"\noindent {latex.plain(label)}" + r" \\" for label in labels[:-1]]
        lines += [rf"\noindent {latex.plain(labels[-1])}"]
        for one in inside:
            shown = latex.plain(one.strip()) if one.endswith(":") else rf"\[ {one.strip()} \]"
            lines.append(shown)
    outputs = [] if selection.of else output_formulas(model, write_latex)
    return lines + [rf"\[ {formula} \]" for formula in outputs]


def arrays_of(model: Model, selection: Selection, digits: Digits) -> list[str]:
    """The weights and the initial states, with their numbers where there is room."""
    lines = []
    for name, arrays in given(model, selection):
        texts = [latex.array(key, array, digits) for key, array in arrays.items()]
        head = f"{latex.plain(name)}: " if name else ""
        lines.append(rf"{{\raggedright\noindent {head}{', '.join(texts)}\par}}")
    return lines


def _name(head: str) -> str:
    """``encoder.h_t[0]``: the layer upright, the quantity as in a formula."""
    place, name, index = HEAD.fullmatch(head).groups()  # type: ignore[union-attr]
    written = latex_name(name) if name != "sequence" else r"\mathrm{sequence}"
    where = rf"\mathrm{{{latex.upright(place)}}}." if place else ""
    return f"{where}{written}{index or ''}"
