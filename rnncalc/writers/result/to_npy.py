"""One NumPy array: the quantity that is shown by its name, else what ``check`` compares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from rnncalc.array import Array
from rnncalc.errors import RnncalcError
from rnncalc.trace.quantities import finals, quantities
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace
from rnncalc.writers.result.spool import Growing
from rnncalc.writers.style import Style

MORE = "npz holds all of them"


def stream(traces: Iterable[Trace], selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write it as ([batch,] timesteps, width), cut to the steps and units that are selected.

    Errors: RnncalcError where there are several, of different names or of two directions.
    """
    with Growing.several() as arrays:
        for trace in traces:
            arrays["shown"].add(shown(trace, selection))
        arrays["shown"].write(out)


def shown(trace: Trace, selection: Selection) -> Array:
    """The one array, ([batch,] [timesteps,] width). Errors: as of ``stream``."""
    layer, way = selection.place(trace.model)
    layer = layer or trace.closing.name
    name = _name(trace, selection, layer)
    parts = [p for p in selection.cut(trace, [name]) if p.name == name and p.layer in ("", layer)]
    if name == "h" and not way:  # of two directions the merged one
        parts = [part for part in parts if not part.direction] or parts
    if len(parts) > 1:
        ways = " or ".join(f"--of {part.layer}.{part.direction}" for part in parts)
        raise RnncalcError(f"npy holds one array, and {layer} has two of {name}: {ways}; {MORE}")
    return parts[0].row


def _name(trace: Trace, selection: Selection, layer: str) -> str:
    """The one quantity that was asked for; else the first y where there is one, else h."""
    if not selection.show:
        if layer in trace.inside:
            return [*trace.inside[layer]][-1]
        y = [f"y.{name}" for name in trace.outputs] if len(trace.outputs) > 1 else ["y"]
        return "h" if trace.y is None or selection.of else y[0]
    there = [*quantities(trace.model, layer), *finals(trace.model, layer)]
    asked = selection.names(trace.model)
    names = [name for name in asked if name in there]
    if not names:
        raise RnncalcError(f"npy: {layer} has no {asked[0]}: --of names another layer, {MORE}")
    if len(names) > 1:
        several = f"npy holds one array, and --show {','.join(selection.show)} are {len(names)}"
        raise RnncalcError(f"{several}: name one of {', '.join(names)}; {MORE}")
    return names[0]
