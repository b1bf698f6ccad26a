"""One array of a file as CSV: a row a line, every digit, as ``@FILE`` reads it."""

from __future__ import annotations

from typing import IO

from rnncalc.array import Array
from rnncalc.errors import RnncalcError, printable
from rnncalc.writers.numbers import row_texts
from rnncalc.writers.style import Style

MOST = 2
"""So many axes have lines and columns."""


def matrix(name: str, array: Array, style: Style, out: IO[bytes]) -> None:
    """Write one array; one without rows a number a line.

    Errors: RnncalcError for more than two axes.
    """
    if array.ndim > MOST:
        what = f"has {array.ndim} axes {array.shape}, and a csv two: .npy and .json hold all"
        raise RnncalcError(f"{printable(name)} {what}")
    rows = array if array.ndim == MOST else array.reshape(-1, 1)
    out.write(b"".join(line + b"\n" for line in row_texts(rows)))
