"""One NumPy array: h."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

import numpy as np

from rnncalc.activations import Array
from rnncalc.errors import RnncalcError
from rnncalc.quantity import Quantity
from rnncalc.trace import Trace
from rnncalc.writers.spool import Growing
from rnncalc.writers.view import View


def stream(traces: Iterable[Trace], view: View, out: IO[bytes]) -> None:
    """Write h, ([batch,] timesteps, units), cut to the steps and units of the view."""
    with Growing.several() as arrays:
        for trace in traces:
            arrays["h"].add(_shown(trace, view))
        arrays["h"].write(out)


def _shown(trace: Trace, view: View) -> Array:
    if not view.of and trace.model.layers[-1].merge == "none":
        raise RnncalcError("npy holds one array, and merge none gives two: use --of, or npz")
    h = view.outputs(trace)
    t, index = np.arange(1, trace.timesteps + 1), np.arange(h.shape[-1])
    whole = Quantity("h", trace.layers[-1].name, "", t, index, h, len(index))
    return whole.part(view.rows(trace), view.columns(trace, [whole])).values
