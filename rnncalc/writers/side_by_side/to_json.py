"""One JSON document, as ``documents.SideBySide`` describes it; and one object a line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from rnncalc import __version__
from rnncalc.trace.selection import Selection
from rnncalc.trace.side_by_side import Numbers, SideBySide
from rnncalc.writers.numbers import dumps, json_number
from rnncalc.writers.side_by_side.rows import largest, numbers, objects
from rnncalc.writers.style import Style


def write(both: SideBySide, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the document: the largest distances, then every number."""
    found = numbers(both, selection)
    tops = {one.dtype: json_number(one.distance, style.non_finite) for one in largest(both, found)}
    document = {
        "format": "rnncalc.dtypes",
        "version": 1,
        "generator": f"rnncalc {__version__}",
        "dtypes": both.dtypes,
        "mode": both.last.model.mode,
        "largest": tops,
        "numbers": [*_rows(both, found, style)],
    }
    out.write(dumps(document))


def write_lines(both: SideBySide, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write every number in a line of its own."""
    for row in _rows(both, numbers(both, selection), style):
        out.write(dumps(row))


def _rows(both: SideBySide, found: Numbers, style: Style) -> Iterator[dict[str, Any]]:
    """Every number, with words for what JSON has no number for."""
    for row in objects(both, found):
        for key in ("values", "distances"):
            row[key] = {n: json_number(value, style.non_finite) for n, value in row[key].items()}
        yield row
