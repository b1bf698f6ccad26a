"""One JSON object a line for every (sequence,) timestep, layer and direction."""

from __future__ import annotations

from typing import IO, Any

from rnncalc.trace import Trace
from rnncalc.writers.numbers import dumps, json_array, refuse_non_finite
from rnncalc.writers.view import View


def write(trace: Trace, view: View, out: IO[bytes]) -> None:
    """Write the lines in the order of time; x and y stand beside the layer they belong to."""
    parts = view.parts(trace)
    for part in parts:
        refuse_non_finite(part.values, view.non_finite)
    layer = {"layer": trace.layers[0].name, "direction": "forward"}
    rows = [dict(zip(part.t.tolist(), range(len(part.t)), strict=True)) for part in parts]
    times = sorted({t for row in rows for t in row})
    for sequence in range(trace.x.shape[0] if trace.batched else 1):
        key: dict[str, Any] = {"sequence": sequence} if trace.batched else {}
        here = [part.values[sequence] if trace.batched else part.values for part in parts]
        for t in times:
            values = {
                part.name: json_array(array[row[t]], view.non_finite)
                for part, array, row in zip(parts, here, rows, strict=True)
                if t in row
            }
            out.write(dumps({**key, "t": t, **layer, **values}))
