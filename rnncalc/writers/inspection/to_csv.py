"""What a model file holds, as CSV: a layer a line, with statistics an array a line; or the numbers
of one array, a row a line with every digit, as ``@FILE`` reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from rnncalc.array import Array
from rnncalc.errors import RnncalcError, printable
from rnncalc.inspecting.inspection import Inspection
from rnncalc.writers.numbers import row_texts
from rnncalc.writers.result.to_csv import line
from rnncalc.writers.style import Style

MOST = 2
"""So many axes have lines and columns."""

LAYERS = ("layer", "kind", "cell", "features", "units", "directions", "parameters")
ARRAYS = ("layer", "array", "shape", "min", "max", "mean", "std", "zeros")


def write(inspection: Inspection, style: Style, out: IO[bytes]) -> None:
    """Write the layers, or their arrays where there are statistics of them."""
    told = any(one.statistics for one in inspection.layers)
    head, rows = (ARRAYS, _arrays(inspection)) if told else (LAYERS, _layers(inspection))
    out.write(b"".join(line(row, style) for row in (head, *rows)))


def _layers(inspection: Inspection) -> Iterator[tuple[Any, ...]]:
    for one in inspection.layers:
        sizes = (one.features, one.units) if one.cell else ("", "")
        ways = " ".join(one.directions)
        yield one.name, one.kind, one.cell or one.says, *sizes, ways, one.parameters


def _arrays(inspection: Inspection) -> Iterator[tuple[Any, ...]]:
    for one in inspection.layers:
        for name, numbers in one.statistics.items():
            yield one.name, name, "x".join(map(str, one.arrays[name])), *numbers


def matrix(name: str, array: Array, style: Style, out: IO[bytes]) -> None:
    """Write one array; one without rows a number a line.

    Errors: RnncalcError for more than two axes.
    """
    if array.ndim > MOST:
        what = f"has {array.ndim} axes {array.shape}, and a csv two: .npy and .json hold all"
        raise RnncalcError(f"{printable(name)} {what}")
    rows = array if array.ndim == MOST else array.reshape(-1, 1)
    separator = style.separator.encode()
    out.write(b"".join(text.replace(b",", separator) + b"\n" for text in row_texts(rows)))
