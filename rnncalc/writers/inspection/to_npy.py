"""One array of a file as an npy file, in the type in which it is computed."""

from __future__ import annotations

from typing import IO

import numpy as np

from rnncalc.array import Array
from rnncalc.writers.style import Style


def matrix(name: str, array: Array, style: Style, out: IO[bytes]) -> None:
    """Write one array."""
    np.lib.format.write_array(out, np.ascontiguousarray(array), allow_pickle=False)
