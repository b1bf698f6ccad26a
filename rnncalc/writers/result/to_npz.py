"""NumPy archives: every array by its name, ``layer0.forward.final.h``; ``--state`` reads them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from typing import IO, Any, cast

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.npy import entry
from rnncalc.trace.quantities import chosen
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import LayerTrace, Trace
from rnncalc.writers.result.spool import Growing
from rnncalc.writers.style import Style


def stream(traces: Iterable[Trace], selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write x, h, y, every layer's h, final states, and the terms that are selected."""
    states: dict[str, Array] = {}
    with Growing.several() as series:
        for trace in traces:
            for name, array in named(trace, selection).items():
                growing = series[name]
                if trace.is_series(array) or name in chosen(trace.model):
                    growing.add(array)
                elif not (name[-1] == "0" and name in states):  # the first initial, the last final
                    states[name] = array
        for name, array in states.items():
            series[name].add(np.atleast_1d(array))
        _archived(series, out)


def _archived(series: Mapping[str, Growing], out: IO[bytes]) -> None:
    with zipfile.ZipFile(cast(Any, _Forward(out)), "w") as archive:
        for name, growing in series.items():
            with archive.open(entry(name), "w", force_zip64=True) as member:
                growing.write(member)


class _Forward:
    """A stream that is only written to, from its start to its end: a pipe cannot seek."""

    def __init__(self, out: IO[bytes]) -> None:
        self.write = out.write
        self.flush = getattr(out, "flush", lambda: None)


def named(trace: Trace, selection: Selection) -> dict[str, Array]:
    """The arrays by their names; finals and initial states have every unit."""
    names = {*selection.recorded(trace.model), "x", "h", "y", *chosen(trace.model)}
    names |= {[*values][-1] for values in trace.inside.values()}
    parts = {p.label(True): p.values for p in selection.settled(trace).cut(trace, names)}
    last = trace.closing
    of = [last.name] if len(last.directions) > 1 else [last.name, *last.directions]
    arrays = {"mask": parts["mask"][..., 0]} if "mask" in parts else {}
    arrays |= _called("x", trace.inputs, trace, selection, parts)
    if ".".join([*of, "h"]) in parts:
        arrays["h"] = parts[".".join([*of, "h"])]
    arrays |= _called("y", trace.outputs, trace, selection, parts)
    arrays |= {name: parts[name][..., 0] for name in chosen(trace.model)}
    layers = {layer.name: layer for layer in trace.layers}
    for name in [node.name for node in trace.model.nodes] if trace.model.wiring else layers:
        if name in layers:
            arrays |= _layer(trace, layers[name], selection, parts)
        elif selection.shows(trace.model, name):
            shown = {*selection.recorded(trace.model), [*trace.inside[name]][-1]}
            values = {key: one for key, one in trace.inside[name].items() if key in shown}
            arrays |= _called(name, values, trace, selection, parts, alone=False)
    return arrays


def _called(
    start: str, arrays: Mapping[str, Array], trace: Trace, selection: Selection,
    parts: Mapping[str, Array], *, alone: bool = True,
) -> dict[str, Array]:  # fmt: skip
    """Arrays by their names with a start in front, or by it ``alone`` where there is but one; of
    those that are one row it, whichever timesteps are shown."""
    named = {start if alone and len(arrays) == 1 else f"{start}.{n}": a for n, a in arrays.items()}
    rows = {n: a for n, a in named.items() if not trace.is_series(a)}
    rows = {n: selection.of_sequences(trace, a) for n, a in rows.items()}
    return {n: rows[n] if n in rows else parts[n] for n in named if n in rows or n in parts}


def _layer(
    trace: Trace, layer: LayerTrace, selection: Selection, parts: dict[str, Array]
) -> dict[str, Array]:
    """The merged h of a layer, then what each direction computed, its states first and last.

    Of a direction that is not shown there are the states, for ``--state``.
    """
    shown = [way for way in layer.directions if selection.shows(trace.model, layer.name, way)]
    only = f".{next(iter(layer.directions))}" * (len(layer.directions) == 1)
    merged = f"{layer.name}{only}.h"
    whole = len(shown) == len(layer.directions) and layer.h is not None and merged in parts
    arrays = {f"{layer.name}.h": parts[merged]} if whole else {}
    if (mask := f"{layer.name}.mask") in parts and shown:
        arrays[mask] = parts[mask][..., 0]
    for direction, way in layer.directions.items():
        prefix = f"{layer.name}.{direction}"
        first, last = (selection.states(trace, states) for states in (way.initial, way.final))
        arrays |= {f"{prefix}.{name}0": state for name, state in first.items()}
        names = [f"{prefix}.{name}" for name in way.values if direction in shown]
        arrays |= {name: parts[name] for name in names if name in parts}
        arrays |= {f"{prefix}.final.{name}": state for name, state in last.items()}
    return arrays
