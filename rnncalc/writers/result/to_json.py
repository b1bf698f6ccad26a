"""One JSON document: the result as ``documents.Result`` describes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

import numpy as np

from rnncalc import __version__
from rnncalc.array import Array
from rnncalc.trace.quantities import chosen
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace
from rnncalc.writers.numbers import dumps, json_array
from rnncalc.writers.style import Style


def write(trace: Trace, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the document: x, h and y always, the terms where they are selected."""
    out.write(dumps(document(trace, selection, style)))


def document(trace: Trace, selection: Selection, style: Style) -> dict[str, Any]:
    """The result as nested dictionaries of arrays."""
    names = {*selection.recorded(trace.model), "x", "h", "y", *chosen(trace.model)}
    names |= {[*values][-1] for values in trace.inside.values()}
    parts = _parts(trace, names, selection, style)
    layers = {
        layer.name: _layer(trace, index, parts, selection, style)
        for index, layer in enumerate(trace.layers)
    }
    closing = layers[trace.closing.name]["h"]
    layers |= {name: _stateless(trace, name, parts, selection, style) for name in trace.inside}
    order = [node.name for node in trace.model.nodes] if trace.model.wiring else [*layers]
    x = _by_name(trace, "x", trace.inputs, parts, selection, style)
    y = _by_name(trace, "y", trace.outputs, parts, selection, style)
    return {
        "format": "rnncalc.result",
        "version": 1,
        "generator": f"rnncalc {__version__}",
        "dtype": trace.dtype,
        "mode": trace.model.mode,
        **_chosen(trace, selection, names),
        **({} if trace.mask is None else {"mask": parts["", "", "mask"][..., 0].copy()}),
        "x": x if len(x) > 1 else next(iter(x.values())),
        "h": closing,
        "y": next(iter(y.values()), None),
        **({"outputs": y} if len(y) > 1 else {}),
        **_choices(trace, parts),
        "layers": [layers[name] for name in order if selection.shows(trace.model, name)],
        "non_finite": trace.not_finite(),
        **_summary(trace, selection),
    }


def _parts(trace: Trace, names: set[str], selection: Selection, style: Style) -> dict[Any, Any]:
    """The arrays of these names, by layer, direction and name."""
    return {
        (part.layer, part.direction, part.name): json_array(part.values, style.non_finite)
        for part in selection.settled(trace).cut(trace, names)
    }


def _choices(trace: Trace, parts: dict[Any, Any]) -> dict[str, Any]:
    """The ids that were chosen from y, their names, and what was drawn."""
    found: dict[str, Any] = {
        name: parts["", "", name][..., 0].copy() for name in chosen(trace.model)
    }
    if found and trace.model.vocab is not None:
        found["name"] = np.array(trace.model.vocab, dtype=object)[found["id"]].tolist()
    return found


def _by_name(
    trace: Trace, letter: str, arrays: Mapping[str, Array], parts: dict[Any, Any],
    selection: Selection, style: Style,
) -> dict[str, Any]:  # fmt: skip
    """Inputs or outputs; of those that are one row it, whichever timesteps are shown."""
    return {
        name: parts.get(("", "", letter if len(arrays) == 1 else f"{letter}.{name}"))
        if trace.is_series(array)
        else json_array(selection.of_sequences(trace, array), style.non_finite)
        for name, array in arrays.items()
    }


def _stateless(
    trace: Trace, name: str, parts: dict[Any, Any], selection: Selection, style: Style
) -> dict[str, Any]:
    """A layer without a state: what it gives, and what else of it is selected."""
    layer = next(one for one in trace.model.stateless if one.name == name)
    shown = {*selection.recorded(trace.model), layer.quantities[-1]}
    values = {
        key: parts.get((name, "", key))
        if trace.is_series(array)
        else json_array(selection.of_sequences(trace, array), style.non_finite)
        for key, array in trace.inside[name].items()
        if key in shown
    }
    return {"name": name, "kind": layer.word, **values}


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
    mask = parts.get((layer.name, "", "mask"))
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
        **({"mask": mask[..., 0].copy()} if mask is not None else {}),
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
