"""A network as ONNX nodes: one RNN, GRU or LSTM a layer, and what stands between and behind them.

Inside, time is the first axis, as these nodes have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from rnncalc.converting.refusal import refuse_graph, refused
from rnncalc.converting.stacked import numbers, stacked
from rnncalc.converting.to_onnx import functions as functions
from rnncalc.converting.to_onnx.functions import nodes_of
from rnncalc.converting.to_onnx.graph import TYPES, GraphBuilder
from rnncalc.equations import CELLS
from rnncalc.equations.activations import Activation
from rnncalc.model.chain import cut
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Function, Normalization, Output, Pooling, Prelu, Stateless

NODES = {"rnn": "RNN", "gru": "GRU", "lstm": "LSTM"}
MERGED = {"sum": "Add", "mul": "Mul", "ave": "Add"}
TURNED = np.iinfo(np.int64).min
"""Where a slice that goes backward ends."""

INPUTS, PEEPHOLES = ("W", "R", "B"), "P"
ORDER = {"rnn": ("activation",), "gru": ("recurrent_activation", "activation"),
         "lstm": ("recurrent_activation", "activation", "state_activation")}  # fmt: skip
"""The functions of each node in ONNX' order."""


class Asked(NamedTuple):
    """Which inputs a graph has besides x.

    Attributes:
        lengths: the name of the sequences' lengths, or nothing.
        states: whether initial states are inputs, ``lstm.h0``; else they are 0.
    """

    lengths: str = ""
    states: bool = False


class Network(NamedTuple):
    """What a graph gives, by the names that it has inside.

    Attributes:
        result: y, or h where there is no output layer; batch first.
        h: what the last recurrent layer gives, (timesteps, batch, width).
        finals: the final states of each layer, (directions, batch, units): ``h``, ``c``.
    """

    result: str
    h: str
    finals: list[dict[str, str]]


PLAIN = Asked()


def network(graph: GraphBuilder, model: Model, asked: Asked = PLAIN) -> Network:
    """All nodes. Errors: RnncalcError for what ONNX' nodes do not compute."""
    refuse_graph(model, "an .onnx file")
    x = "x"
    if model.embedding:
        table = numbers("embedding", model.embedding.weights, model.dtype)
        x = graph.add("Gather", graph.constant("embedding.weights", table), x, axis=0)
    h = graph.add("Transpose", x, perm=[1, 0, 2])
    last, finals = h, []
    for i, layer in enumerate(model.layers):
        for one in layer.chain:
            h = stateless(graph, h, one, model.dtype)
        h, last, states = _layer(graph, h, layer, model.dtype, asked)
        finals.append(states)
        ends_loop = not any(one.same_loop for one in model.layers[i + 1 : i + 2])
        if layer.order == "processing" and ends_loop:
            h = turned(graph, h, asked)
    return Network(_outcome(graph, model, h, last, asked), h, finals)


def turned(graph: GraphBuilder, h: str, asked: Asked) -> str:
    """Time the other way around, up to each sequence's end."""
    if asked.lengths:
        ends = graph.add("Cast", asked.lengths, to=TYPES["int64"])
        return graph.add("ReverseSequence", h, ends, time_axis=0, batch_axis=1)
    return graph.add("Slice", h, *(graph.axes(value) for value in (-1, TURNED, 0, -1)))


def _outcome(graph: GraphBuilder, model: Model, h: str, last: str, asked: Asked) -> str:
    """From the last recurrent layer on; batch first.

    Args:
        h, last: what that gives at every step, and what it computed last.
    """
    single = model.mode == "many-to-one"
    at = cut(model.outputs)
    if single and at is None:
        final = model.layers[-1]
        every = final.return_sequences or final.order == "processing"
        h = _ended(graph, h, asked) if every else last
    for place, one in enumerate(model.outputs):
        h = (
            made_row(graph, h, one, model.dtype, asked.lengths)
            if place == at
            else stateless(graph, h, one, model.dtype)
        )
    return graph.add("Identity", h) if single else graph.add("Transpose", h, perm=[1, 0, 2])


def _ended(graph: GraphBuilder, h: str, asked: Asked) -> str:
    """The last timestep of each sequence, (batch, width)."""
    h = turned(graph, h, asked) if asked.lengths else h
    place = np.int64(0 if asked.lengths else -1)
    return graph.add("Gather", h, graph.constant("last", place), axis=0)


class Nodes(NamedTuple):
    """What a layer's node gives.

    Attributes:
        h, last: what it gives at every step, (timesteps, batch, width); what it computed last.
        finals: the final states, (directions, batch, units), by name.
        series, states: the same of h before the directions are merged, (timesteps, directions,
            batch, units), and what each computed last, (directions, batch, units).
    """

    h: str
    last: str
    finals: dict[str, str]
    series: str
    states: str


def _layer(
    graph: GraphBuilder, x: str, layer: Layer, dtype: str, asked: Asked
) -> tuple[str, str, dict[str, str]]:
    """What a layer gives at every step, what it computed last, and its final states."""
    states = {state: f"{layer.name}.{state}0" for state in CELLS[layer.cell].states}
    made = layer_nodes(graph, x, layer, dtype, asked.lengths, states if asked.states else {})
    return made.h, made.last, made.finals


def layer_nodes(
    graph: GraphBuilder, x: str, layer: Layer, dtype: str, lengths: str = "",
    initial: Mapping[str, str] = {}, *, stated: bool = False,
) -> Nodes:  # fmt: skip
    """A layer as a node.

    Args:
        lengths: the name of the sequences' lengths, or nothing.
        initial: the names of the initial states; without, they are 0.
        stated: whether all final states are given, and not h alone.
    """
    ways = list(layer.passes.values())
    _refuse_unequal(layer, ways)
    every = [stacked(one, layer.name, "onnx", dtype) for one in ways]
    for one, other in zip(ways, every, strict=True):
        if "W_r" in one.weights:
            raise refused(layer.name, "W_r: ONNX' LSTM has no projection")
        if one.cell_clip is not None:
            what = f"cell_clip {one.cell_clip:g} (--set cell_clip=inf leaves it out)"
            raise refused(layer.name, f"{what}: ONNX bounds pre-activations, not c")
        if "B" not in other:
            other |= {"B": np.zeros(2 * len(other["R"]), dtype)}
    if any("P" in one for one in every):
        every = [{"P": np.zeros(3 * one.units, dtype), **own}
                 for one, own in zip(ways, every, strict=True)]  # fmt: skip
    constants = {
        name: graph.constant(f"{layer.name}.{name}", np.stack([own[name] for own in every]))
        for name in (*INPUTS, PEEPHOLES)
        if name in every[0]
    }
    states = CELLS[layer.cell].states
    inputs = [constants[name] for name in INPUTS]
    inputs += [lengths, *(initial.get(state, "") for state in states)]
    inputs += [constants[PEEPHOLES]] if PEEPHOLES in constants else []
    while not inputs[-1]:
        inputs.pop()
    count = 1 + (len(states) if initial or stated else 1)
    Y = graph.add(
        NODES[layer.cell], x, *inputs, at=layer.name, count=count, **_attributes(layer, ways)
    )
    given = graph.nodes[-1].output[1:]
    h, last = _outputs(graph, Y, given[0], layer, dtype)
    return Nodes(h, last, dict(zip(states, given, strict=False)), Y, given[0])


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


def _outputs(graph: GraphBuilder, Y: str, Y_h: str, layer: Layer, dtype: str) -> tuple[str, str]:
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


def _merged(graph: GraphBuilder, x: str, axis: int, merge: str | None, dtype: str) -> str:
    """Both directions as one, along their axis."""
    ways = [
        graph.add("Gather", x, graph.constant(way, np.int64(i)), axis=axis)
        for i, way in enumerate(("forward", "backward"))
    ]
    both = graph.add(MERGED[str(merge)], *ways)
    if merge != "ave":
        return both
    return graph.add("Mul", both, graph.constant("half", np.array(0.5, dtype)))


def stateless(graph: GraphBuilder, h: str, one: Stateless, dtype: str) -> str:
    """A dense layer, a normalization or an activation."""
    if isinstance(one, Output):
        W_y = graph.constant(f"{one.name}.W_y", numbers("W_y", one.W_y.T, dtype))
        bias = graph.constant(f"{one.name}.bias", numbers("bias", one.bias, dtype))
        h = graph.add("Add", graph.add("MatMul", h, W_y, at=one.name), bias)
    elif isinstance(one, Normalization):
        return _normalized(graph, h, one, dtype)
    elif isinstance(one, Prelu):
        slope = graph.constant(f"{one.name}.alpha", numbers("alpha", one.alpha, dtype))
        return graph.add("PRelu", h, slope, at=one.name)
    assert isinstance(one, (Output, Function))
    assert isinstance(one.activation, Activation)
    return nodes_of(graph, h, one.activation, dtype)


def _normalized(graph: GraphBuilder, h: str, one: Normalization, dtype: str) -> str:
    """gamma * (h - mean) / sqrt(variance + epsilon) + beta; all nodes have its name in theirs."""

    def add(operation: str, *inputs: str, **attributes: Any) -> str:
        return graph.add(operation, *inputs, at=f"{one.name}/{operation}", **attributes)

    epsilon = graph.constant("epsilon", np.array(one.epsilon, dtype=dtype))
    if one.kind == "batch":
        mean, variance = (
            graph.constant(f"{one.name}.{key}", numbers(key, getattr(one, key), dtype))
            for key in ("mean", "variance")
        )
        apart = add("Sub", h, mean)
    else:
        apart = add("Sub", h, add("ReduceMean", h, axes=[-1], keepdims=1))
        squares = add("Mul", apart, apart)
        variance = add("ReduceMean", squares, axes=[-1], keepdims=1)
    spread = add("Sqrt", add("Add", variance, epsilon))
    h = add("Div", apart, spread)
    for key, operation in (("gamma", "Mul"), ("beta", "Add")):
        if (given := getattr(one, key)) is not None:
            own = graph.constant(f"{one.name}.{key}", numbers(key, given, dtype))
            h = add(operation, h, own)
    return h


def made_row(graph: GraphBuilder, h: str, one: Stateless, dtype: str, lengths: str = "") -> str:
    """One row of all timesteps, (batch, width), of (timesteps, batch, width).

    Args:
        lengths: the name of the sequences' lengths, or nothing: padding is not pooled.
    """
    if not isinstance(one, Pooling):
        turned = graph.add("Transpose", h, perm=[1, 0, 2])
        return graph.add("Reshape", turned, graph.axes(0, -1))
    if lengths:
        return _pooled_ends(graph, h, one, dtype, lengths)
    operation = "ReduceMax" if one.kind == "max" else "ReduceMean"
    return graph.add(operation, h, axes=[0], keepdims=0)


def _pooled_ends(graph: GraphBuilder, h: str, one: Pooling, dtype: str, lengths: str) -> str:
    """Pooling of the timesteps up to each sequence's end."""
    zero = graph.constant("zero", np.int64(0))
    ends = graph.add("Cast", lengths, to=TYPES["int64"])
    timesteps = graph.add("Gather", graph.add("Shape", h), zero, axis=0)
    t = graph.add("Range", zero, timesteps, graph.constant("one", np.int64(1)))
    t = graph.add("Unsqueeze", t, graph.axes(1, 2))
    real = graph.add("Less", t, graph.add("Unsqueeze", ends, graph.axes(0, 2)))
    rest = graph.constant("rest", np.array(-np.inf if one.kind == "max" else 0, dtype=dtype))
    h = graph.add("Where", real, h, rest)
    if one.kind == "max":
        return graph.add("ReduceMax", h, axes=[0], keepdims=0)
    count = graph.add("Cast", graph.add("Unsqueeze", ends, graph.axes(1)), to=TYPES[dtype])
    return graph.add("Div", graph.add("ReduceSum", h, graph.axes(0), keepdims=0), count)
