"""A LaTeX tabular, with the formula above it; it compiles without any package."""

from __future__ import annotations

import re
from typing import IO

from rnncalc.equations.symbols import latex, latex_name
from rnncalc.explaining.formulas import formulas, output_formulas
from rnncalc.model.model import Model
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace
from rnncalc.writers.result.grid import grid
from rnncalc.writers.result.heading import network, order, sizes
from rnncalc.writers.style import Style

HEAD = re.compile(
    r"(?:(.+?)\.)??((?:(?:x_term|h_term|bias|bias_h|P_term|a|final)\.)?\w+)(\[\d+\])?", re.DOTALL
)
"""A column: layer and direction, the quantity (of one gate: ``a.i``), the unit."""

SPECIAL = re.compile(r"[\\{}$&#^_~%]")


def write(trace: Trace, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the formulas and the table of what is selected."""
    cells = grid(trace, selection, style.digits)
    lines = [*_formulas(trace.model, selection), f"% {sizes(trace)}"]
    for layer in range(len(trace.layers)):
        lines += [f"% {line}" for line in order(trace, layer)]
    lines += [f"% {cells.others}"] if cells.others else []
    if cells.rounded:
        lines.append(f"% rounded to {style.rounding}")
    lines += [rf"\begin{{tabular}}{{{'r' * len(cells.head)}}}"]
    lines += [_row([f"${_name(name)}$" for name in cells.head]), r"\hline"]
    lines += [_row([_number(cell) for cell in row]) for row in cells.rows()]
    lines += [r"\end{tabular}", ""]
    out.write(style.encoded("\n".join(lines)))


def _formulas(model: Model, selection: Selection) -> list[str]:
    """The formulas, each displayed; of several layers below what each is."""
    if model.alone:
        return [rf"\[ {formula} \]" for formula in formulas(model, latex)]
    lines = []
    for labels, inside in network(model, selection, latex):
        lines += [f"% {label}" for label in labels]
        lines += [f"% {one}" if one.endswith(":") else rf"\[ {one.strip()} \]" for one in inside]
    outputs = [] if selection.of else output_formulas(model, latex)
    return lines + [rf"\[ {formula} \]" for formula in outputs]


def _row(cells: list[str]) -> str:
    return rf"{' & '.join(cells)} \\"


def _name(head: str) -> str:
    """``encoder.h_t[0]``: the layer upright, the quantity as in a formula."""
    place, name, index = HEAD.fullmatch(head).groups()  # type: ignore[union-attr]
    written = latex_name(name) if name != "sequence" else r"\mathrm{sequence}"
    where = rf"\mathrm{{{SPECIAL.sub(_escaped, place)}}}." if place else ""
    return f"{where}{written}{index or ''}"


def _escaped(match: re.Match[str]) -> str:
    return {"\\": r"\backslash", "^": r"\hat{}", "~": r"\sim"}.get(match[0], rf"\{match[0]}")


def _number(text: str) -> str:
    if not text:
        return ""
    if not re.search(r"\d", text):
        infinite = r"\infty" if "inf" in text else r"\mathrm{nan}"
        return f"${'-' * text.startswith('-')}{infinite}$"
    if "x" in text:
        return rf"\texttt{{{text}}}"
    mantissa, _, power = text.partition("e")
    return rf"${mantissa} \cdot 10^{{{int(power)}}}$" if power else f"${text}$"
