"""The sheets of a run that has no formulas: its numbers."""

from __future__ import annotations

from collections.abc import Iterator

from rnncalc.trace.quantity import Quantity
from rnncalc.trace.trace import Trace
from rnncalc.writers.sheets.layout import Column, Rows, Sheet
from rnncalc.writers.sheets.names import Names


def plain(trace: Trace) -> Iterator[Sheet]:
    """A sheet for x, for each layer, and for y."""
    names = Names()
    names.sheet("network")
    recorded = {
        name for one in trace.layers for way in one.directions.values() for name in way.values
    }
    parts = trace.quantities({"x", "y", *recorded})
    places = dict.fromkeys(part.layer or part.name for part in parts)
    for place in places:
        here = [part for part in parts if (part.layer or part.name) == place]
        yield _sheet(names.sheet(place), here, trace)


def _sheet(name: str, parts: list[Quantity], trace: Trace) -> Sheet:
    """Quantities side by side; y of many-to-one has one row."""
    sequences = len(trace.x) if trace.batched else 1
    sheet = Sheet(name, [], Rows(3, sequences, len(parts[0].t)), trace.keys)
    for part in parts:
        label = ".".join(filter(None, [part.direction, part.name]))
        values = part.values.reshape(sequences, len(part.t), -1)
        for unit in range(part.width):
            head = f"{label}[{unit}]" if part.width > 1 else label
            sheet.columns.append(Column(head, values[..., unit]))
    return sheet
