"""Some steps of a run as a run of their own: what a page has where the whole is too large."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError
from rnncalc.running.recurrence import needs_all, run
from rnncalc.trace.trace import Trace


def part(trace: Trace, first: int, last: int) -> Trace:
    """The steps from ``first`` to ``last``, which begin with the states that were handed to them.

    Errors: RnncalcError for a network that cannot be run from its middle on.
    """
    model = trace.model
    if why := needs_all(model):
        raise RnncalcError(f"a part of this run is no run of its own: {why}")
    layers = []
    for index, layer in enumerate(model.layers):
        step = trace.step(first, index)
        states: dict[str, Any] = {
            f"{state}0": step[f"{state}_prev"] for state in CELLS[layer.cell].states
        }
        layers.append(replace(layer, **states))
    alone = replace(model, layers=tuple(layers), embedding=None, entry=None, x=None)
    return run(alone, trace.x[..., first - 1 : last, :], dtype=trace.dtype)
