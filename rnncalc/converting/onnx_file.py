"""A network as an ONNX model: x (batch, timesteps, features) in, y, or h, out the same way.

One RNN, GRU or LSTM node a layer; inside, time is the first axis, as these nodes have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from rnncalc.activations import Activation
from rnncalc.cells import CELLS
from rnncalc.chain import cut
from rnncalc.converting import onnx_functions as functions
from rnncalc.converting.draft import Draft
from rnncalc.converting.onnx_heads import made_row, stateless
from rnncalc.converting.onnx_proto import OPSET, Graph, content
from rnncalc.converting.refusal import refuse_loops, refuse_masks, refused
from rnncalc.converting.stacked import bias_notes, numbers, stacked
from rnncalc.digits import counted
from rnncalc.layer import Layer
from rnncalc.model import Model
from rnncalc.stateless import Function, Stateless

TITLE = "ONNX"
NODES = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
MERGED = {"sum": "Add", "mul": "Mul", "ave": "Add"}
TURNED = np.iinfo(np.int64).min
"""Where a slice that goes backward ends."""

INPUTS = ("W", "R", "B")
ORDER = {"rnn": ("activation",), "gru": ("recurrent_activation", "activation"),
         "lstm": ("recurrent_activation", "activation", "state_activation")}  # fmt: skip
"""The functions of each node in ONNX' order."""


def draft(model: Model, convention: str, suffix: str) -> Draft:
    """The ONNX model of a network.

    Errors: RnncalcError for what its nodes do not compute.
    """
    refuse_masks(model, TITLE)
    notes = bias_notes(model, "onnx") + refuse_loops(model, TITLE) + list(_notes(model))
    graph = Graph()
    result = _network(graph, model)
    rank = 2 if model.mode == "many-to-one" else 3
    name = "y" if model.outputs else "h"
    width = model.widths[-1] if model.outputs else model.layers[-1].width
    graph.nodes[-1] = graph.nodes[-1]._replace(outputs=[name])
    assert result
    axes: list[int | str] = ["batch", *(["timesteps"] if rank == 3 else []), width or "outputs"]
    steps = model.flattened or "timesteps"
    kind = "int64" if model.embedding else model.dtype
    given = {"x": (kind, ["batch", steps] + ([] if model.embedding else [model.features]))}
    data = content(graph, given, {name: (model.dtype, axes)})
    count = counted(len(model.layers), "recurrent node")
    says = f"ONNX, opset {OPSET}, {count} of {counted(len(graph.nodes), 'node')}"
    turned = any(layer.order == "processing" for layer in model.layers)
    return Draft(data, says, tuple(notes), _shortened(model), turned=turned)


def _network(graph: Graph, model: Model) -> str:
    """All nodes; the name of what the last one gives."""
    graph.name("x"), graph.name("y"), graph.name("h")
    x = "x"
    if model.embedding:
        table = numbers("embedding", model.embedding.weights, model.dtype)
        x = graph.add("Gather", graph.constant("embedding.weights", table), x, axis=0)
    h = graph.add("Transpose", x, perm=[1, 0, 2])
    last = h
    for i, layer in enumerate(model.layers):
        for one in layer.chain:
            h = stateless(graph, h, one, model.dtype)
        h, last = _layer(graph, h, layer, model.dtype)
        ends_loop = not any(one.same_loop for one in model.layers[i + 1 : i + 2])
        if layer.order == "processing" and ends_loop:
            h = graph.add("Slice", h, *(graph.axes(value) for value in (-1, TURNED, 0, -1)))
    single = model.mode == "many-to-one"
    at = cut(model.outputs)
    if single and at is None:
        final = model.layers[-1]
        picked = graph.add("Gather", h, graph.constant("last", np.int64(-1)), axis=0)
        h = picked if final.return_sequences or final.order == "processing" else last
    for place, one in enumerate(model.outputs):
        h = made_row(graph, h, one) if place == at else stateless(graph, h, one, model.dtype)
    return graph.add("Identity", h) if single else graph.add("Transpose", h, perm=[1, 0, 2])


def _layer(graph: Graph, x: str, layer: Layer, dtype: str) -> tuple[str, str]:
    """What a layer gives at every step, (timesteps, batch, width); and what it computed last."""
    ways = list(layer.passes.values())
    _refuse_unequal(layer, ways)
    every = [stacked(one, layer.name, "onnx", dtype) for one in ways]
    for one, other in zip(ways, every, strict=True):
        if "W_r" in one.weights:
            raise refused(layer.name, "W_r: ONNX' LSTM has no projection")
        if "B" not in other:
            other |= {"B": np.zeros(2 * len(other["R"]), dtype)}
    peepholes = any("P" in one for one in every)
    if peepholes:
        every = [{"P": np.zeros(3 * one.units, dtype), **own}
                 for one, own in zip(ways, every, strict=True)]  # fmt: skip
    names = (*INPUTS, "", "", "", "P") if peepholes else INPUTS
    inputs = [
        graph.constant(f"{layer.name}.{name}", np.stack([own[name] for own in every]))
        if name
        else ""
        for name in names
    ]
    Y = graph.add(
        NODES[layer.cell], x, *inputs, at=layer.name, count=2, **_attributes(layer, ways)
    )  # fmt: skip
    return _outputs(graph, Y, graph.nodes[-1].outputs[1], layer, dtype)


def _refuse_unequal(layer: Layer, ways: list[Layer]) -> None:
    """Both directions of a node have one size and one set of options."""
    for what in ("cell", "units", "clip", "input_forget", "reset_after"):
        if len({getattr(one, what) for one in ways}) > 1:
            ours, theirs = (getattr(one, what) for one in ways)
            found = f"{what} {ours} forward and {theirs} backward"
            raise refused(layer.name, f"{found}: a node's directions are alike")


def _attributes(layer: Layer, ways: list[Layer]) -> dict[str, Any]:
    direction = "bidirectional" if layer.backward else layer.direction
    attributes: dict[str, Any] = {
        "direction": "reverse" if direction == "backward" else direction,
        "hidden_size": layer.units,
    }
    used = [getattr(one, key) for one in ways for key in ORDER[one.cell]]
    defaults = {"recurrent_activation": "sigmoid"}
    usual = [defaults.get(key, "tanh") for one in ways for key in ORDER[one.cell]]
    if [str(one) for one in used] != usual:
        attributes |= functions.listed(layer.name, used)
    attributes |= {} if layer.clip is None else {"clip": float(layer.clip)}
    attributes |= (
        {"linear_before_reset": int(layer.reset_after or 0)} if layer.cell == "gru" else {}
    )
    return attributes | ({"input_forget": 1} if layer.input_forget else {})


def _outputs(graph: Graph, Y: str, Y_h: str, layer: Layer, dtype: str) -> tuple[str, str]:
    """From (timesteps, directions, batch, units) to what the layer gives, and the last of it."""
    if not layer.backward:
        h = graph.add("Squeeze", Y, graph.axes(1))
        last = graph.add("Squeeze", Y_h, graph.axes(0))
        return h, last
    if layer.merge in ("concat", "none"):
        h = graph.add("Transpose", Y, perm=[0, 2, 1, 3])
        last = graph.add("Transpose", Y_h, perm=[1, 0, 2])
        return (
            graph.add("Reshape", h, graph.axes(0, 0, -1)),
            graph.add("Reshape", last, graph.axes(0, -1)),
        )
    return _merged(graph, Y, 1, layer.merge, dtype), _merged(graph, Y_h, 0, layer.merge, dtype)


def _merged(graph: Graph, x: str, axis: int, merge: str | None, dtype: str) -> str:
    """Both directions as one, along their axis."""
    ways = [
        graph.add("Gather", x, graph.constant(way, np.int64(i)), axis=axis)
        for i, way in enumerate(("forward", "backward"))
    ]
    both = graph.add(MERGED[str(merge)], *ways)
    if merge != "ave":
        return both
    return graph.add("Mul", both, graph.constant("half", np.array(0.5, dtype)))


def _shortened(model: Model) -> bool:
    used = [
        getattr(one, key)
        for layer in model.layers
        for one in layer.passes.values()
        for key in CELLS[one.cell].functions
    ]
    heads = [one for layer in model.layers for one in layer.chain] + [*model.outputs]
    used += [getattr(one, "activation", None) for one in heads]
    return functions.shortened([one for one in used if isinstance(one, Activation)])


def _nothing(one: Stateless) -> bool:
    return isinstance(one, Function) and str(one.activation) == "linear"


def _notes(model: Model) -> Iterator[str]:
    if model.mode == "one-to-many":
        raise refused("mode one-to-many", "what is fed back needs a loop, which is not written")
    if model.dtype == "float64":
        yield "ONNX Runtime's CPU runs recurrent nodes in float32: --dtype float32 writes that"
    if model.outputs and all(map(_nothing, model.outputs)):
        raise refused(model.outputs[0].name, "linear stands alone, which is no node")
    for layer in model.layers:
        if layer.order == "processing":
            yield f"{layer.name}: processing order is ONNX' reverse, turned around by a Slice"
        if layer.merge == "none" and layer is model.layers[-1]:
            yield f"{layer.name}: two outputs (merge none) stand side by side in h"
