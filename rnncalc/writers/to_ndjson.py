"""One JSON object a line for every (sequence,) timestep, layer and direction."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any

from rnncalc.quantity import Quantity
from rnncalc.trace import Trace
from rnncalc.writers.numbers import dumps, json_array, refuse_non_finite
from rnncalc.writers.view import View


def write(trace: Trace, view: View, out: IO[bytes]) -> None:
    """Write the lines in the order of time; x and y stand beside the layer they belong to."""
    parts = view.parts(trace)
    for part in parts:
        refuse_non_finite(part.values, view.non_finite)
    rows = [dict(zip(part.t.tolist(), range(len(part.t)), strict=True)) for part in parts]
    times = sorted({t for row in rows for t in row})
    lines = _lines(trace)
    for sequence in range(trace.x.shape[0] if trace.batched else 1):
        key: dict[str, Any] = {"sequence": sequence} if trace.batched else {}
        here = [part.values[sequence] if trace.batched else part.values for part in parts]
        for t in times:
            for line, belongs in lines.items():
                values = {
                    part.name: json_array(array[row[t]], view.non_finite)
                    for part, array, row in zip(parts, here, rows, strict=True)
                    if t in row and belongs(part)
                }
                names = {"layer": line[0], "direction": line[1]}
                out.write(dumps({**key, "t": t, **names, **values}))


def _lines(trace: Trace) -> dict[tuple[str, str], Callable[[Quantity], bool]]:
    """The (layer, direction) of each line, and which quantities stand in it.

    x and the mask stand with the first, y with the last; the merged h of two directions is left to
    the other formats.
    """
    ways = [(layer.name, way) for layer in trace.layers for way in layer.directions]

    def belongs(line: tuple[str, str]) -> Callable[[Quantity], bool]:
        first, last = line == ways[0], line == ways[-1]
        also = {"x", "mask"} if first else set()
        also |= {"y"} if last else set()
        return lambda part: (
            (part.layer, part.direction) == line or (not part.layer and part.name in also)
        )

    return {line: belongs(line) for line in ways}
