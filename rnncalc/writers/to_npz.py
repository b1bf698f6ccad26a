"""NumPy archives: every array by its name, ``layer0.forward.final.h``; ``--state`` reads them."""

from __future__ import annotations

import io
from typing import IO

import numpy as np

from rnncalc.activations import Array
from rnncalc.trace import Trace
from rnncalc.writers.view import View


def write(trace: Trace, view: View, out: IO[bytes]) -> None:
    """Write x, h, y, every layer's h, final states, and the terms that the view shows."""
    archive = io.BytesIO()  # a pipe cannot seek
    np.savez(archive, allow_pickle=False, **named(trace, view))
    out.write(archive.getbuffer())


def named(trace: Trace, view: View) -> dict[str, Array]:
    """The arrays by their names; finals and initial states are always whole."""
    names = {*view.names(trace.model), "x", "h"} | ({"y"} if trace.y is not None else set())
    cut = View(show=sorted(names), steps=view.steps, units=view.units)
    parts = {part.name: part.values for part in cut.parts(trace)}
    arrays = {"x": parts["x"], "h": parts["h"]}
    if trace.y is not None:
        arrays["y"] = trace.y if trace.model.mode == "many-to-one" else parts["y"]
    for layer in trace.layers:
        arrays[f"{layer.name}.h"] = parts["h"]
        prefix = f"{layer.name}.forward"
        arrays[f"{prefix}.h0"] = layer.forward.h0
        for name in filter(parts.__contains__, layer.forward.values):
            arrays[f"{prefix}.{name}"] = parts[name]
        for name, state in layer.forward.final.items():
            arrays[f"{prefix}.final.{name}"] = state
    return arrays
