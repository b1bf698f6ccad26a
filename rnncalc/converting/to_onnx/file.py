"""A network as an ONNX file: x (batch, timesteps, features) in, y, or h, out the same way.

What is told of it, and what is refused, is here; the nodes are ``network.py``'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rnncalc.converting.draft import Draft
from rnncalc.converting.refusal import refuse_loops, refuse_masks, refused
from rnncalc.converting.stacked import bias_notes
from rnncalc.converting.to_onnx import functions as functions
from rnncalc.converting.to_onnx.branches import branches
from rnncalc.converting.to_onnx.graph import OPSET, GraphBuilder
from rnncalc.converting.to_onnx.network import network
from rnncalc.equations import CELLS
from rnncalc.equations.activations import Activation
from rnncalc.model.model import Model
from rnncalc.model.stateless import Function, Stateless
from rnncalc.numbers.digits import counted

TITLE = "ONNX"


def draft(model: Model, convention: str, suffix: str) -> Draft:
    """The ONNX model of a network.

    Errors: RnncalcError for what its nodes do not compute.
    """
    refuse_masks(model, TITLE)
    if model.wiring:
        return _of_graph(model)
    notes = bias_notes(model, "onnx") + refuse_loops(model, TITLE) + list(_notes(model))
    graph = GraphBuilder()
    graph.name("x"), graph.name("y"), graph.name("h")
    network(graph, model)
    rank = 2 if model.mode == "many-to-one" else 3
    name = "y" if model.outputs else "h"
    graph.nodes[-1].output[0] = name
    wide = _width(model) or "outputs"
    axes: list[int | str] = ["batch", *(["timesteps"] if rank == 3 else []), wide]
    steps = model.flattened or "timesteps"
    kind = "int64" if model.embedding else model.dtype
    given = {"x": (kind, ["batch", steps] + ([] if model.embedding else [model.features]))}
    data = graph.content(given, {name: (model.dtype, axes)})
    count = counted(len(model.layers), "recurrent node")
    says = f"ONNX, opset {OPSET}, {count} of {counted(len(graph.nodes), 'node')}"
    turned = any(layer.order == "processing" for layer in model.layers)
    return Draft(data, says, tuple(notes), _shortened(model), turned=turned)


def _width(model: Model) -> int | None:
    """How many numbers it gives a timestep; two outputs (merge none) stand side by side."""
    last = model.layers[-1]
    if model.outputs:
        return model.widths[-1]
    return replace(last, merge="concat").width if last.merge == "none" else last.width


def _of_graph(model: Model) -> Draft:
    """The ONNX model of a graph."""
    notes = bias_notes(model, "onnx") + list(_notes(model))
    graph, inputs, outputs = GraphBuilder(), {}, {}
    several = len(model.results) > 1
    names = {name: f"y.{name}" if several else "y" for name in model.results}
    for name in (*model.inputs, *names.values()):
        graph.name(name)
    for name, inside in branches(graph, model).items():
        shape = model.shapes[name]
        single = model.single(name)
        time: list[int | str] = [] if single else [shape.timesteps or f"{name}.timesteps"]
        graph.give(names[name], inside)
        outputs[names[name]] = (model.dtype, ["batch", *time, shape.width or f"{name}.width"])
    for name in model.inputs:
        ids = name in model.ids
        width: list[int | str] = [] if ids else [model.shapes[name].width or f"{name}.width"]
        time = [] if name in model.rows else [f"{name}.timesteps"]
        inputs[name] = ("int64" if ids else model.dtype, ["batch", *time, *width])
    count = counted(len(model.layers), "recurrent node")
    says = f"ONNX, opset {OPSET}, {count} of {counted(len(graph.nodes), 'node')}"
    turned = any(layer.order == "processing" for layer in model.layers)
    content = graph.content(inputs, outputs)
    return Draft(content, says, tuple(notes), _shortened(model), turned=turned)


def _shortened(model: Model) -> bool:
    used = [
        getattr(one, key)
        for layer in model.layers
        for one in layer.passes.values()
        for key in CELLS[one.cell].functions
    ]
    heads = [one for layer in model.layers for one in layer.chain]
    heads += [*model.outputs, *model.stateless]
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
