"""One NumPy array: h."""

from __future__ import annotations

import io
from typing import IO

import numpy as np

from rnncalc.errors import RnncalcError
from rnncalc.trace import Trace
from rnncalc.writers.view import View


def write(trace: Trace, view: View, out: IO[bytes]) -> None:
    """Write h, ([batch,] timesteps, units), cut to the steps and units of the view."""
    parts = [part for part in view.cut(trace, ["h"]) if part.layer == trace.layers[-1].name]
    if trace.model.layers[-1].merge == "none":
        raise RnncalcError("npy holds one array, and merge none gives two: use npz")
    array = io.BytesIO()
    np.save(array, parts[-1].values, allow_pickle=False)
    out.write(array.getbuffer())
