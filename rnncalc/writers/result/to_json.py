"""One JSON document: the result as ``documents.Result`` describes it."""

from __future__ import annotations

from dataclasses import replace
from typing import IO, Any

from rnncalc import __version__
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace
from rnncalc.writers.numbers import dumps, json_array
from rnncalc.writers.style import Style


def write(trace: Trace, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the document: x, h and y always, the terms where they are selected."""
    out.write(dumps(document(trace, selection, style)))


def document(trace: Trace, selection: Selection, style: Style) -> dict[str, Any]:
    """The result as nested dictionaries of arrays."""
    names = {*selection.recorded(trace.model), "x", "h"} | ({"y"} if trace.y is not None else set())
    parts = {
        (part.layer, part.direction, part.name): json_array(part.values, style.non_finite)
        for part in replace(selection, of="").cut(trace, names)
    }
    layers = [_layer(trace, index, parts, selection, style) for index in range(len(trace.layers))]
    shown = [layer for layer in layers if selection.shows(trace.model, layer["name"])]
    y = parts.get(("", "", "y"))
    if trace.y is not None and trace.model.mode == "many-to-one":
        y = json_array(selection.of_sequences(trace, trace.y), style.non_finite)
    return {
        "format": "rnncalc.result",
        "version": 1,
        "generator": f"rnncalc {__version__}",
        "dtype": trace.dtype,
        "mode": trace.model.mode,
        **_chosen(trace, selection, names),
        **({} if trace.mask is None else {"mask": parts["", "", "mask"][..., 0].copy()}),
        "x": parts["", "", "x"],
        "h": layers[-1]["h"],
        "y": y,
        "layers": shown,
        "non_finite": trace.not_finite(),
        **_summary(trace, selection),
    }


def _layer(
    trace: Trace, index: int, parts: dict[Any, Any], selection: Selection, style: Style
) -> dict[str, Any]:
    """One layer of the document; its h is that of its only direction, or of both merged."""
    traced, layer = trace.layers[index], trace.model.layers[index]
    ways: dict[str, Any] = {}
    for direction, way in traced.directions.items():
        here = {key[2]: array for key, array in parts.items() if key[:2] == (layer.name, direction)}
        before, after = (selection.states(trace, states) for states in (way.initial, way.final))
        states = {f"{name}0": json_array(s, style.non_finite) for name, s in before.items()}
        final = {name: json_array(s, style.non_finite) for name, s in after.items()}
        ways[direction] = states | here | {"final": final}
    (first, *others) = ways
    h = parts.get((layer.name, "", "h")) if others else ways[first].get("h")
    if selection.shows(trace.model, layer.name):
        ways = {
            way: part for way, part in ways.items() if selection.shows(trace.model, layer.name, way)
        }
    return {
        "name": layer.name,
        "cell": layer.cell,
        "units": layer.units,
        "features": layer.features,
        "merge": layer.merge,
        **({"order": layer.order} if layer.order != "input" else {}),
        "h": h,
        **ways,
    }


def _summary(trace: Trace, selection: Selection) -> dict[str, Any]:
    """What stands out in each direction that is shown, where that was asked for."""
    if not selection.summary:
        return {}
    from rnncalc.writers.result import standout

    standings = standout.shown(trace, selection)
    return {"summary": [standout.document(one, trace.batched) for one in standings]}


def _chosen(trace: Trace, selection: Selection, names: set[str]) -> dict[str, Any]:
    """Which sequences, timesteps and units the arrays hold, where not all."""
    chosen = {
        "sequence": selection.sequences(trace) if trace.batched else None,
        "t": selection.rows(trace),
        "units": selection.columns(trace, selection.whole(trace, names)),
    }
    return {name: part for name, part in chosen.items() if part is not None}
