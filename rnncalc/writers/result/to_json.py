"""One JSON document: the result as ``documents.Result`` describes it."""

from __future__ import annotations

from dataclasses import replace
from typing import IO, Any

from rnncalc import __version__
from rnncalc.trace.trace import Trace
from rnncalc.writers.numbers import dumps, json_array
from rnncalc.writers.view import View


def write(trace: Trace, view: View, out: IO[bytes]) -> None:
    """Write the document: x, h and y always, the terms where the view shows them."""
    out.write(dumps(document(trace, view)))


def document(trace: Trace, view: View) -> dict[str, Any]:
    """The result as nested dictionaries of arrays."""
    names = {*view.names(trace.model), "x", "h"} | ({"y"} if trace.y is not None else set())
    parts = {
        (part.layer, part.direction, part.name): json_array(part.values, view.non_finite)
        for part in replace(view, of="").cut(trace, names)
    }
    layers = [_layer(trace, index, parts, view) for index in range(len(trace.layers))]
    shown = [layer for layer in layers if view.shows(trace.model, layer["name"])]
    y = json_array(trace.y, view.non_finite) if trace.y is not None else None
    return {
        "format": "rnncalc.result",
        "version": 1,
        "generator": f"rnncalc {__version__}",
        "dtype": trace.dtype,
        "mode": trace.model.mode,
        **_chosen(trace, view, names),
        **({} if trace.mask is None else {"mask": parts["", "", "mask"][..., 0].copy()}),
        "x": parts["", "", "x"],
        "h": layers[-1]["h"],
        "y": y if trace.model.mode == "many-to-one" else parts.get(("", "", "y")),
        "layers": shown,
        "non_finite": trace.not_finite(),
        **_summary(trace, view),
    }


def _layer(trace: Trace, index: int, parts: dict[Any, Any], view: View) -> dict[str, Any]:
    """One layer of the document; its h is that of its only direction, or of both merged."""
    traced, layer = trace.layers[index], trace.model.layers[index]
    ways: dict[str, Any] = {}
    for direction, way in traced.directions.items():
        here = {key[2]: array for key, array in parts.items() if key[:2] == (layer.name, direction)}
        states = {f"{name}0": json_array(s, view.non_finite) for name, s in way.initial.items()}
        final = {name: json_array(s, view.non_finite) for name, s in way.final.items()}
        ways[direction] = states | here | {"final": final}
    (first, *others) = ways
    h = parts.get((layer.name, "", "h")) if others else ways[first].get("h")
    if view.shows(trace.model, layer.name):
        ways = {way: part for way, part in ways.items() if view.shows(trace.model, layer.name, way)}
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


def _summary(trace: Trace, view: View) -> dict[str, Any]:
    """What stands out in each direction that is shown, where that was asked for."""
    if not view.summary:
        return {}
    from rnncalc.writers.result.standout import shown

    return {"summary": [one.document(trace.batched) for one in shown(trace, view)]}


def _chosen(trace: Trace, view: View, names: set[str]) -> dict[str, Any]:
    """Which timesteps and units the arrays hold, where not all."""
    t, units = view.rows(trace), view.columns(trace, view.whole(trace, names))
    return {name: part for name, part in (("t", t), ("units", units)) if part is not None}
