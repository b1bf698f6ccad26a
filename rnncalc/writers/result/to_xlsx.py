"""A workbook in which every number is a formula, so that a changed weight changes all of them.

Where a run is too large for that, or has numbers that a spreadsheet has not, it holds the numbers
alone, and says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

import numpy as np

from rnncalc import __version__
from rnncalc.errors import RnncalcError
from rnncalc.model.generation import CHOOSING
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace
from rnncalc.writers.result.heading import arrays, heading
from rnncalc.writers.sheets.book import Book
from rnncalc.writers.sheets.layout import Sheet
from rnncalc.writers.sheets.network import Network, runs_of
from rnncalc.writers.sheets.notation import GUARDED, SHEET, STEEP
from rnncalc.writers.sheets.plain import plain
from rnncalc.writers.style import Style

UNITS, STEPS = 64, 1_000
"""Of a larger run there are no formulas, but numbers."""

MOST = 3_000_000
"""Cells of numbers: XlsxWriter writes so many in half a minute."""

COLUMNS, ROWS = 1 << 14, 1 << 20
"""Of a sheet, as spreadsheets have them."""

ARGUMENTS = 255
"""Of a function, as spreadsheets have them."""


def write(trace: Trace, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the workbook of a whole run.

    Errors: RnncalcError for a graph, and for what no spreadsheet holds.
    """
    if trace.model.wiring:
        message = "xlsx is for layers in a row, and this network is a graph of layers"
        raise RnncalcError(f"{message}: use -f csv or -f npz")
    why = without_formulas(trace)
    network = None if why else Network(trace, GUARDED if _steep(trace) else SHEET)
    sheets = network.sheets if network else list(plain(trace))
    _refuse_large(sheets)
    book = Book(out)
    lines = [f"rnncalc {__version__}", *_lines(trace, style), *_notes(trace, why)]
    front(book, lines, network)
    for sheet in sheets:
        book.sheet(sheet)
    book.close()


def front(book: Book, lines: list[str], network: Network | None) -> None:
    """The first sheet: text, and every array of the network."""
    page, row = book.page("network", lines), len(lines) + 1
    for group in network.weights if network else []:
        column = 0
        for name, values in group:
            book.array(page, name, row, column, values)
            column += values.shape[1] + 1
        row += max(len(values) for _, values in group) + 2


def without_formulas(trace: Trace) -> str:
    """Why a run has no formulas; nothing where it has."""
    ways = [one for layer in trace.model.layers for one in layer.passes.values()]
    units = max(max(one.units, one.state_size) for one in ways)
    steps = trace.timesteps * (len(trace.x) if trace.batched else 1)
    if units > UNITS or steps > STEPS:
        return f"it has more than {UNITS} units or {STEPS:,} timesteps"
    if trace.not_finite() or not np.isfinite(trace.x).all():
        return "some numbers are NaN or infinite, which a spreadsheet does not have"
    if trace.model.feedback in CHOOSING:
        return f"feedback {trace.model.feedback} chooses an id from y, as no formula here does"
    masks = np.ones((0, 0), bool) if trace.mask is None else np.atleast_2d(trace.mask)
    if any(len(list(runs_of(mask))) >= ARGUMENTS for mask in masks):
        return f"its mask has more gaps than a function of a spreadsheet takes, {ARGUMENTS}"
    return ""


def _lines(trace: Trace, style: Style) -> list[str]:
    """The formulas and the sizes; the arrays stand below, where they can be changed."""
    said = arrays(trace.model, style.digits) if trace.model.alone else []
    return [line for line in heading(trace, Selection(), style.digits) if line not in said]


def _notes(trace: Trace, why: str) -> list[str]:
    if why:
        return [f"Numbers without formulas: {why}."]
    notes = ["Every number is a formula of the coloured ones. Change one of those, and all follow."]
    if trace.dtype != "float64":
        notes.append(
            f"The run computed in {trace.dtype}; a spreadsheet computes in float64, so that its "
            "numbers differ in the last digits when it computes them again."
        )
    if trace.mask is not None:
        notes.append("Masked and padded timesteps are not computed.")
    return notes


def _steep(trace: Trace) -> bool:
    """Whether a number is so large that EXP of it is none in a spreadsheet."""
    ways = [way for layer in trace.layers for way in layer.directions.values()]
    arrays = [values for way in ways for values in way.values.values()]
    arrays += [trace.y] if trace.y is not None else []
    return any(np.abs(array).max(initial=0) > STEEP for array in arrays)


def _refuse_large(sheets: Sequence[Sheet]) -> None:
    """Errors: RnncalcError for what no spreadsheet holds."""
    rows = max(sheet.rows.sequences * len(sheet.rows.t) + sheet.rows.first for sheet in sheets)
    columns = max(sheet.next for sheet in sheets)
    if rows > ROWS or columns > COLUMNS:
        message = f"a spreadsheet has {ROWS:,} rows and {COLUMNS:,} columns at most"
        raise RnncalcError(f"{message}: use -f csv or -f npy")
    cells = sum(len(sheet.columns) * sheet.columns[0].values.size for sheet in sheets)
    if cells > MOST:
        raise RnncalcError(f"{cells:,} cells are too many for a spreadsheet: use -f csv or -f npy")
