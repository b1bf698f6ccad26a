"""One NumPy array: the quantity that is shown by its name, else what ``check`` compares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from rnncalc.array import Array
from rnncalc.errors import RnncalcError
from rnncalc.trace.trace import Trace
from rnncalc.writers.result.spool import Growing
from rnncalc.writers.view import View, quantities

MORE = "npz holds all of them"


def stream(traces: Iterable[Trace], view: View, out: IO[bytes]) -> None:
    """Write it as ([batch,] timesteps, width), cut to the steps and units of the view.

    Errors: RnncalcError where there are several, of different names or of two directions.
    """
    with Growing.several() as arrays:
        for trace in traces:
            arrays["shown"].add(_shown(trace, view))
        arrays["shown"].write(out)


def _shown(trace: Trace, view: View) -> Array:
    layer, way = view.place(trace.model)
    layer = layer or trace.layers[-1].name
    name = _name(trace, view, layer)
    parts = [p for p in view.cut(trace, [name]) if p.name == name and p.layer in ("", layer)]
    if name == "h" and not way:  # of two directions the merged one
        parts = [part for part in parts if not part.direction] or parts
    if len(parts) > 1:
        ways = " or ".join(f"--of {part.layer}.{part.direction}" for part in parts)
        raise RnncalcError(f"npy holds one array, and {layer} has two of {name}: {ways}; {MORE}")
    single = name == "y" and trace.model.mode == "many-to-one"
    return parts[0].values[..., 0, :] if single else parts[0].values


def _name(trace: Trace, view: View, layer: str) -> str:
    """The one quantity that was asked for; else y where there is an output layer, else h."""
    if not view.show:
        return "h" if trace.y is None or view.of else "y"
    there = quantities(trace.model, layer)
    asked = view.names(trace.model)
    names = [name for name in asked if name in there]
    if not names:
        raise RnncalcError(f"npy: {layer} has no {asked[0]}: --of names another layer, {MORE}")
    if len(names) > 1:
        several = f"npy holds one array, and --show {','.join(view.show)} are {len(names)}"
        raise RnncalcError(f"{several}: name one of {', '.join(names)}; {MORE}")
    return names[0]
