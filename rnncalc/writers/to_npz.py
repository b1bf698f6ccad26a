"""NumPy archives: every array by its name, ``layer0.forward.final.h``; ``--state`` reads them."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import IO

import numpy as np

from rnncalc.activations import Array
from rnncalc.trace import LayerTrace, Trace
from rnncalc.writers.view import View


def write(trace: Trace, view: View, out: IO[bytes]) -> None:
    """Write x, h, y, every layer's h, final states, and the terms that the view shows."""
    archive = io.BytesIO()  # a pipe cannot seek
    np.savez(archive, allow_pickle=False, **named(trace, view))
    out.write(archive.getbuffer())


def named(trace: Trace, view: View) -> dict[str, Array]:
    """The arrays by their names; finals and initial states are always whole."""
    names = {*view.names(trace.model), "x", "h"} | ({"y"} if trace.y is not None else set())
    parts = {p.label(True): p.values for p in replace(view, of="").cut(trace, names)}
    (last, final) = (trace.model.layers[-1], trace.layers[-1])
    of = [last.name] if len(final.directions) > 1 else [last.name, *final.directions]
    arrays = {"mask": parts["mask"][..., 0]} if "mask" in parts else {}
    arrays["x"] = parts["x"]
    if ".".join([*of, "h"]) in parts:
        arrays["h"] = parts[".".join([*of, "h"])]
    if trace.y is not None:
        arrays["y"] = trace.y if trace.model.mode == "many-to-one" else parts["y"]
    for layer in trace.layers:
        ways = [way for way in layer.directions if view.shows(trace.model, layer.name, way)]
        arrays |= _layer(layer, ways, parts)
    return arrays


def _layer(layer: LayerTrace, ways: list[str], parts: dict[str, Array]) -> dict[str, Array]:
    """The merged h of a layer, then what each direction computed, its states first and last."""
    only = f".{next(iter(layer.directions))}" * (len(layer.directions) == 1)
    merged = f"{layer.name}{only}.h"
    whole = len(ways) == len(layer.directions) and layer.h is not None and merged in parts
    arrays = {f"{layer.name}.h": parts[merged]} if whole else {}
    for direction in ways:
        way = layer[direction]
        prefix = f"{layer.name}.{direction}"
        arrays |= {f"{prefix}.{name}0": state for name, state in way.initial.items()}
        names = [f"{prefix}.{name}" for name in way.values]
        arrays |= {name: parts[name] for name in names if name in parts}
        arrays |= {f"{prefix}.final.{name}": state for name, state in way.final.items()}
    return arrays
