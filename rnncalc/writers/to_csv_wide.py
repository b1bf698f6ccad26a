"""Wide CSV: a line per timestep, ``t,x[0],a[0],h[0]``, every digit of every number."""

from __future__ import annotations

from typing import IO

import numpy as np

from rnncalc.digits import number
from rnncalc.trace import Trace
from rnncalc.writers.to_csv import lines
from rnncalc.writers.view import View


def write(trace: Trace, view: View, out: IO[bytes]) -> None:
    """Write what the view shows; a cell is empty where there is no number."""
    keys, columns = trace.columns(parts=view.parts(trace))
    rows = lines(out)
    rows.writerow([*keys, *columns])
    for values in zip(*keys.values(), *columns.values(), strict=True):
        rows.writerow("" if value is np.ma.masked else number(value) for value in values)
