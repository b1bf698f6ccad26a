"""What a model file holds, as people read it: a table of its recurrent layers, then the rest."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import IO, Any

import numpy as np

from rnncalc import digits
from rnncalc.activations import Array, activation
from rnncalc.errors import printable
from rnncalc.inspection import Inspected, Inspection
from rnncalc.model import Assumption
from rnncalc.writers.view import View

HEAD = ("layer", "cell", "features", "units", "direction", "activations", "parameters")
LEFT = ("layer", "cell", "direction", "activations", "array", "shape")
STATISTICS = ("array", "shape", "min", "max", "mean", "std", "zeros")
GAP = "   "


def write(inspection: Inspection, view: View, out: IO[bytes]) -> None:
    """Write all that there is to say of a file."""
    text = "".join(f"{line.rstrip()}\n" for line in lines(inspection, view))
    out.write(text.encode(view.encoding, "backslashreplace"))


def lines(inspection: Inspection, view: View) -> Iterator[str]:
    """The lines: what file it is, its recurrent layers, its other layers, what is assumed."""
    yield f"{inspection.file}: {inspection.what}; computed in {inspection.dtype}"
    if recurrent := inspection.recurrent:
        yield ""
        yield from _table(HEAD, [_row(one) for one in recurrent], view)
        yield ""
        yield from _per_gate(recurrent)
        yield from _convention(inspection)
    else:
        yield "No recurrent layer is in it."
    yield from _others(inspection)
    yield from _statistics(inspection, view)
    yield from assumed(inspection.assumed)
    if inspection.branches:
        yield f"No chain: {inspection.branches}; --layers picks what to run."
    for warning in inspection.warnings:
        yield f"Warning: {warning}"
    if inspection.left_out:
        yield f"Left out: {printable('; '.join(inspection.left_out), 400)}"


def matrix(array: Array, view: View, out: IO[bytes]) -> None:
    """Write one array: a row a line, numbers in columns."""
    cells = [[digits.number(one, view.digits) for one in row] for row in np.atleast_2d(array)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        line = "  ".join(map(str.rjust, row, widths))
        out.write(f"{line}\n".encode("ascii"))


def _row(one: Inspected) -> list[str]:
    way = "both" if len(one.directions) > 1 else "".join(one.directions)
    merge = one.settings.get("merge")
    way += f", {merge}" if merge and len(one.directions) > 1 else ""
    keys = ("activation", "recurrent_activation")
    functions = [str(activation(one.settings[key])) for key in keys if key in one.settings]
    return [printable(one.name), one.cell, f"{one.features:,}", f"{one.units:,}", way,
            ", ".join(functions), f"{one.parameters:,}"]  # fmt: skip


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], view: View) -> Iterator[str]:
    """Columns below their names; words to the left, numbers to the right."""
    columns = list(zip(head, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    justify = [str.ljust if name in LEFT else str.rjust for name in head]
    rule = "\u2500" if "utf" in view.encoding.lower() else "-"
    for number, row in enumerate((head, *rows)):
        cells = [put(cell, w) for put, cell, w in zip(justify, row, widths, strict=True)]
        yield GAP.join(cells)
        if number == 0:
            yield rule * (sum(widths) + len(GAP) * (len(widths) - 1))


def _per_gate(rows: Sequence[Inspected]) -> Iterator[str]:
    gated = [one for one in rows if one.per_gate]
    for one in gated:
        gates = ", ".join(f"{gate} {count:,}" for gate, count in one.per_gate.items())
        yield f"Parameters per gate of {printable(one.name)}: {gates}"


def _convention(inspection: Inspection) -> Iterator[str]:
    yield f"Whose convention: {inspection.layout}"
    for one in inspection.recurrent:
        if one.cell == "gru" and "reset_after" in one.settings:
            where = "after" if one.settings["reset_after"] else "before"
            yield f"Reset gate of {printable(one.name)}: {where} the recurrent product"


def _others(inspection: Inspection) -> Iterator[str]:
    """The layers without a state, one line each; those that change nothing together."""
    for one in inspection.layers:
        if one.kind in ("output", "embedding", "masking"):
            said = ", ".join([printable(one.says), *_facts(one)])
            yield f"Also computed: {printable(one.name)} ({said})"
        if one.kind == "other":
            yield f"Not computed: {printable(one.name)} {printable(one.problem, 300)}"
    nothing = [printable(one.name) for one in inspection.layers if one.kind == "nothing"]
    if nothing:
        yield f"Changes nothing: {', '.join(nothing)}"


def _facts(one: Inspected) -> Iterator[str]:
    """What is known of a layer without a state: its arrays' shapes, its settings."""
    for name, shape in one.arrays.items():
        yield f"{name} {_shape(shape)}"
    for key, value in one.settings.items():
        if key != "name" and (value not in (None, False, True) or key == "mask_zero"):
            yield f"{key} {_said(key, value)}"


def _said(key: str, value: Any) -> str:
    if key == "activation":
        return str(activation(value))
    return str(value).lower() if isinstance(value, bool) else f"{value}"


def _statistics(inspection: Inspection, view: View) -> Iterator[str]:
    rows = [
        [f"{printable(one.name)}.{name}", _shape(one.arrays[name]),
         *(digits.number(number, view.digits) for number in numbers)]
        for one in inspection.layers
        for name, numbers in one.statistics.items()
        if name in one.arrays
    ]  # fmt: skip
    if rows:
        yield ""
        yield from _table(STATISTICS, rows, view)
        yield ""


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))})" if shape else f"{math.prod(shape)} number"


def assumed(assumptions: Sequence[Assumption]) -> Iterator[str]:
    """What the file does not say, a line each, and how to say it."""
    if assumptions:
        yield "Assumed, as the file does not say it (--assume KEY=VALUE says it):"
    for one in assumptions:
        key = ".".join(filter(None, [printable(one.layer), one.key]))
        yield f"  {key}={_said(one.key, one.value)}: {one.why}"
