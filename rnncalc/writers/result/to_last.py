"""The last h (or y) as plain numbers: a line a sequence, commas between, fit for ``--h0``.

Where each sequence has a file of its own, its name stands in front: one that failed has no line.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import IO

import numpy as np

from rnncalc.numbers.digits import number
from rnncalc.trace.selection import Selection, chosen
from rnncalc.trace.trace import Trace
from rnncalc.writers.result.to_csv import key
from rnncalc.writers.style import Style


def stream(traces: Iterable[Trace], selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the numbers, every digit of them unless the style has fewer."""
    (trace,) = deque(traces, maxlen=1)  # the others are not kept
    last = trace.at_end(selection.outputs(trace)) if selection.of else trace.last
    last = np.atleast_2d(selection.of_sequences(trace, last))
    units = chosen(selection.units, last.shape[-1], 0, "--units", "unit")
    name = key(trace.label, style) if isinstance(trace.label, str) else b""
    for row in last if units is None else last[:, units]:
        line = ",".join(number(value, style.digits) for value in row)
        out.write(name + f"{line}\n".encode())
