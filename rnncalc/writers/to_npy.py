"""One NumPy array: h."""

from __future__ import annotations

import io
from typing import IO

import numpy as np

from rnncalc.trace import Trace
from rnncalc.writers.view import View


def write(trace: Trace, view: View, out: IO[bytes]) -> None:
    """Write h, ([batch,] timesteps, units), cut to the steps and units of the view."""
    (h,) = View(show=["h"], steps=view.steps, units=view.units).parts(trace)
    array = io.BytesIO()
    np.save(array, h.values, allow_pickle=False)
    out.write(array.getbuffer())
