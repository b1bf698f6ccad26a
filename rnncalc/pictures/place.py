"""Which part of a run a picture is of: a layer of a graph has its own timesteps and quantities."""

from __future__ import annotations

from collections.abc import Sequence

from rnncalc.errors import RnncalcError, printable
from rnncalc.model.model import Model
from rnncalc.trace.selection import Selection, chosen
from rnncalc.trace.trace import Trace


def place(kind: str, trace: Trace, selection: Selection) -> tuple[int, str]:
    """The recurrent layer that is chosen, else the last one, and a direction of it.

    Errors: RnncalcError where another layer is chosen.
    """
    name, way = selection.place(trace.model)
    names = [layer.name for layer in trace.model.layers]
    if name and name not in names:
        message = f"{kind}: {printable(name)} has no state: --of takes {' or '.join(names[:8])}"
        raise RnncalcError(f"{message}; --kind heatmap --of {printable(name)} draws what it gives")
    index = names.index(name) if name else len(names) - 1
    return index, way or next(iter(trace.model.layers[index].passes))


def rows(trace: Trace, selection: Selection, layer: int) -> list[int] | None:
    """The timesteps of a layer that are chosen; None for all."""
    if not trace.model.wiring:
        return selection.rows(trace)
    return chosen(selection.steps, trace.layers[layer].rows[-1], 1, "--steps", "step")


def names(selection: Selection, model: Model, usual: Sequence[str]) -> Sequence[str]:
    """The quantities that are asked for; else those of a layer without a state that is chosen, or
    what is usually shown."""
    if selection.show:
        return selection.names(model)
    own = (one.quantities for one in model.stateless if one.name == selection.of)
    return next(own, usual)
