"""One JSON document: the result as ``schema.Result`` describes it."""

from __future__ import annotations

from typing import IO, Any

from rnncalc import __version__
from rnncalc.trace import Quantity, Trace
from rnncalc.writers.numbers import dumps, json_array
from rnncalc.writers.view import View, chosen


def write(trace: Trace, view: View, out: IO[bytes]) -> None:
    """Write the document: x, h and y always, the terms where the view shows them."""
    out.write(dumps(document(trace, view)))


def document(trace: Trace, view: View) -> dict[str, Any]:
    """The result as nested dictionaries of arrays."""
    always = View(show=["x", "h", "y"] if trace.y is not None else ["x", "h"])
    basic = {p.name: p for p in _parts(trace, view, always.names(trace.model))}
    terms = _parts(trace, view, view.names(trace.model))

    def json(array: Any) -> Any:
        return json_array(array, view.non_finite)

    h = json(basic["h"].values)
    forward = trace.layers[0].forward
    layer = trace.model.layers[0]
    directed: dict[str, Any] = {"h0": json(forward.h0)}
    directed |= {p.name: json(p.values) for p in terms if p.layer}
    directed |= {"h": h, "final": {name: json(state) for name, state in forward.final.items()}}
    return {
        "format": "rnncalc.result",
        "version": 1,
        "generator": f"rnncalc {__version__}",
        "dtype": trace.dtype,
        "mode": trace.model.mode,
        **_chosen(trace, view),
        "x": json(basic["x"].values),
        "h": h,
        "y": _y(trace, basic, json),
        "layers": [
            {
                "name": layer.name,
                "cell": layer.cell,
                "units": layer.units,
                "features": layer.features,
                "merge": None,
                "h": h,
                "forward": directed,
            }
        ],
        "non_finite": trace.not_finite(),
    }


def _parts(trace: Trace, view: View, names: list[str]) -> list[Quantity]:
    return View(show=names, steps=view.steps, units=view.units).parts(trace)


def _y(trace: Trace, basic: dict[str, Quantity], json: Any) -> Any:
    if trace.y is None:
        return None
    if trace.model.mode == "many-to-one":
        return json(trace.y)
    return json(basic["y"].values)


def _chosen(trace: Trace, view: View) -> dict[str, Any]:
    """Which timesteps and units the arrays hold, where not all."""
    t = chosen(view.steps, trace.timesteps, 1, "--steps", "step")
    units = chosen(view.units, trace.h.shape[-1], 0, "--units", "unit")
    return {name: part for name, part in (("t", t), ("units", units)) if part is not None}
