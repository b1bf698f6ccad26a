"""What a model file holds, as JSON."""

from __future__ import annotations

import math
from typing import IO, Any

from rnncalc import __version__
from rnncalc.array import Array
from rnncalc.equations.activations import activation
from rnncalc.inspecting.diagram import Box
from rnncalc.inspecting.inspection import Inspection, LayerInspection
from rnncalc.writers.numbers import dumps, json_array, json_number
from rnncalc.writers.style import Style

FUNCTIONS = ("activation", "recurrent_activation", "state_activation")


def write(inspection: Inspection, style: Style, out: IO[bytes]) -> None:
    """Write the document: one line, layers in order."""
    out.write(dumps(document(inspection)))


def matrix(name: str, array: Array, style: Style, out: IO[bytes]) -> None:
    """Write one array by its name, as ``documents.Matrix`` describes it."""
    values = json_array(array, style.non_finite)
    out.write(dumps({"format": "rnncalc.array", "version": 1, "name": name, "values": values}))


def document(inspection: Inspection) -> dict[str, Any]:
    """The document ``rnncalc.inspection``, version 1."""
    known = {box.name: box for box in inspection.boxes if box.kind not in ("input", "result")}
    layers = [_wired(_layer(one), known.get(one.name)) for one in inspection.layers]
    return {
        "format": "rnncalc.inspection", "version": 1, "generator": f"rnncalc {__version__}",
        "file": inspection.file, "what": inspection.what, "convention": inspection.convention,
        "layout": inspection.layout, "dtype": inspection.dtype,
        "parameters": inspection.parameters,
        "layers": layers,
        "assumed": [{**one._asdict(), "value": _plain(one.value)} for one in inspection.assumed],
        "branches": inspection.branches or None, "warnings": list(inspection.warnings),
        "left_out": list(inspection.left_out), "outputs": list(inspection.outputs),
        "input": inspection.entry and inspection.entry._asdict(),
    } | _inputs(inspection)  # fmt: skip


def _inputs(inspection: Inspection) -> dict[str, Any]:
    """The inputs of a graph, by name, and their shapes."""
    inputs = {box.name: box.gives for box in inspection.boxes if box.kind == "input"}
    return {"inputs": inputs} if inputs else {}


def _wired(row: dict[str, Any], box: Box | None) -> dict[str, Any]:
    """A layer of a graph with what it reads and gives, and whose states it begins with."""
    if box is None:
        return row
    row.pop("input", None)
    return row | {"reads": list(box.reads), "states": dict(box.states), "gives": box.gives}


def _layer(one: LayerInspection) -> dict[str, Any]:
    row: dict[str, Any] = {"name": one.name, "kind": one.kind, "says": one.says}
    if one.cell:
        row |= {"cell": one.cell, "features": one.features, "units": one.units,
                "directions": list(one.directions)}  # fmt: skip
    row |= {key: _setting(key, value) for key, value in one.settings.items()}
    if one.backward:
        row["backward"] = {key: _setting(key, value) for key, value in one.backward.items()}
    row["parameters"] = one.parameters
    if one.parameters:
        row["arithmetic"] = one.arithmetic
    if one.per_gate:
        row["per_gate"] = one.per_gate
    row["arrays"] = [_array(one, name) for name in one.arrays]
    row["held"] = [
        {"name": name, "shape": list(shape), "parameters": math.prod(shape)}
        for name, shape in one.held.items()
    ]
    return row | ({"problem": one.problem} if one.problem else {})


def _array(one: LayerInspection, name: str) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "shape": list(one.arrays[name])}
    if name in one.statistics:
        numbers = one.statistics[name]._asdict()
        row |= {key: json_number(value, "string") for key, value in numbers.items()}
    return row


def _setting(key: str, value: Any) -> Any:
    return str(activation(value)) if key in FUNCTIONS else _plain(value)


def _plain(value: Any) -> Any:
    return value if isinstance(value, (bool, int, float, str)) or value is None else str(value)
