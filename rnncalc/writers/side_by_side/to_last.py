"""The last h (or y) in every dtype, as plain numbers: the lines of one dtype after another."""

from __future__ import annotations

from typing import IO

from rnncalc.trace.selection import Selection
from rnncalc.trace.side_by_side import SideBySide
from rnncalc.writers.result import to_last
from rnncalc.writers.style import Style


def write(both: SideBySide, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the numbers, every digit of them unless the style has fewer."""
    for trace in both.traces:
        to_last.stream([trace], selection, style, out)
