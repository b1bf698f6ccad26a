"""A graph of layers as ONNX nodes: each reads what others give, by their names.

Inside, series are (timesteps, batch, width), as recurrent nodes have them; one row is (batch,
width).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.converting.draft import OF_ROWS
from rnncalc.converting.refusal import refused
from rnncalc.converting.stacked import numbers
from rnncalc.converting.to_onnx.functions import nodes_of
from rnncalc.converting.to_onnx.graph import GraphBuilder
from rnncalc.converting.to_onnx.network import Asked, layer_nodes, made_row, stateless, turned
from rnncalc.equations import CELLS
from rnncalc.equations.activations import Activation
from rnncalc.model import graph as graphs
from rnncalc.model.attention import Attention, MultiHeadAttention
from rnncalc.model.convolution import Conv1d
from rnncalc.model.embedding import Embedding
from rnncalc.model.graph import Node
from rnncalc.model.joins import Dot, Join
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.reshaping import Permute, Repeat, Reshape, Upsampling
from rnncalc.model.stateless import (
    Pooling,
    Rescaling,
    Stateless,
    makes_row,
)
from rnncalc.model.windows import Windows

JOINS = {"add": "Add", "multiply": "Mul", "subtract": "Sub", "maximum": "Max", "average": "Mean"}


def branches(graph: GraphBuilder, model: Model) -> dict[str, str]:
    """All nodes; the names of what the graph gives, batch first, by those of its results.

    Errors: RnncalcError for what ONNX' nodes do not compute.
    """
    walk = Walk(graph, model)
    for name in model.inputs:
        one_row = name in model.rows
        walk.values[name] = name if one_row else graph.add("Transpose", name, perm=walk.perm(name))
    for node in model.nodes:
        if isinstance(node.layer, Layer):
            walk.recurrent(node, node.layer)
        else:
            walk.values[node.name] = walk.stateless(node, node.layer)
    return {name: walk.result(name) for name in model.results}


class Walk:
    """The names in the graph of what inputs and layers give."""

    def __init__(self, graph: GraphBuilder, model: Model) -> None:
        self.graph, self.model, self.dtype = graph, model, model.dtype
        self.values: dict[str, str] = {}

    def perm(self, name: str) -> list[int]:
        """From the batch first to time first, and back: ids have no features."""
        return [1, 0] if name in self.model.ids else [1, 0, 2]

    def result(self, name: str) -> str:
        """What is given, batch first."""
        value, series = self.values[name], self.model.shapes[name].series
        if not series:
            return self.graph.add("Identity", value)
        if self.model.single(name):
            last = self.graph.constant("last", np.int64(-1))
            return self.graph.add("Gather", value, last, axis=0)
        return self.graph.add("Transpose", value, perm=[1, 0, 2])

    def recurrent(self, node: Node, layer: Layer) -> None:
        """A recurrent layer: what it gives, and its final states."""
        if len({*node.reads}) > 1:
            raise refused(node.name, "each direction reads another layer, which no node does")
        states = {key: self.values[source] for key, source in node.states.items()}
        made = layer_nodes(
            self.graph, self.values[node.reads[0]], layer, self.dtype,
            initial=self._initial(layer, states), stated=True,
        )  # fmt: skip
        for way, state, name in graphs.finals(node.name, layer):
            place = [*layer.passes].index(way)
            self.values[name] = self._gathered(made.finals[state], place, 0)
        names = [*graphs.given(node.name, layer)]
        if len(names) > 1:
            for i, name in enumerate(names):
                given = made.states if node.single else made.series
                self.values[name] = self._gathered(given, i, 0 if node.single else 1)
        elif node.single:
            self.values[node.name] = made.last
        else:
            h = made.h
            self.values[node.name] = (
                turned(self.graph, h, Asked()) if layer.order == "processing" else h
            )

    def _gathered(self, value: str, place: int, axis: int) -> str:
        return self.graph.add("Gather", value, self.graph.constant("place", np.int64(place)),
                              axis=axis)  # fmt: skip

    def _initial(self, layer: Layer, states: dict[str, str]) -> dict[str, str]:
        """Initial states, (directions, batch, units), where any comes from another layer."""
        found: dict[str, str] = {}
        if not states:
            return found
        given = next(iter(states.values()))
        for state in CELLS[layer.cell].states:
            parts = []
            for way, one in layer.passes.items():
                key = f"{state}0" if way == next(iter(layer.passes)) else f"{way}.{state}0"
                value = states.get(key) or self._own(layer, one, state, given)
                parts.append(self.graph.add("Unsqueeze", value, self.graph.axes(0)))
            found[state] = parts[0] if len(parts) == 1 else (
                self.graph.add("Concat", *parts, axis=0))  # fmt: skip
        return found

    def _own(self, layer: Layer, one: Layer, state: str, given: str) -> str:
        """A state of its own, a row for each sequence of what is given."""
        own = np.asarray(one.h0 if state == "h" else one.c0)
        if own.ndim > 1:
            raise refused(layer.name, f"{state}0 for each sequence: others come from a layer")
        size = self.graph.add("Slice", self.graph.add("Shape", given),
                              *(self.graph.axes(value) for value in (0, 1)))  # fmt: skip
        units = self.graph.axes(len(own))
        shape = self.graph.add("Concat", size, units, axis=0)
        row = self.graph.constant(f"{layer.name}.{state}0", numbers(f"{state}0", own, self.dtype))
        return self.graph.add("Expand", row, shape)

    def stateless(self, node: Node, one: Stateless) -> str:
        """A layer without a state."""
        read = [self.values[name] for name in node.reads]
        series = [self.model.shapes[name].series for name in node.reads]
        if isinstance(one, OF_ROWS):
            return stateless(self.graph, read[0], one, self.dtype)
        if makes_row(one) and series[0]:
            if isinstance(one, Pooling) and one.kind == "last":
                return self._gathered(read[0], -1, 0)
            return made_row(self.graph, read[0], one, self.dtype)
        if one.masks:
            raise refused(one.name, "it masks timesteps: ONNX has no masks")
        for kind, make in MADE.items():
            if isinstance(one, kind):
                return make(self, node, one, read, series)
        raise refused(one.name, f"{one}: no node is written for it")

    def constant(self, one: Stateless, name: str, array: Any) -> str:
        """An array of a layer."""
        return self.graph.constant(f"{one.name}.{name}", numbers(name, np.asarray(array),
                                                                 self.dtype))  # fmt: skip

    def scaled(self, value: str, factor: float | None) -> str:
        """The value times a number; as it is without one."""
        if factor is None or factor == 1:
            return value
        scale = self.graph.constant("scale", np.array(factor, self.dtype))
        return self.graph.add("Mul", value, scale)


Read = list[str]
Series = list[bool]


def _embedding(walk: Walk, node: Node, one: Embedding, read: Read, series: Series) -> str:
    if node.reads[0] not in walk.model.inputs or not series[0]:
        raise refused(one.name, "its ids are no input with timesteps")
    return walk.graph.add("Gather", walk.constant(one, "weights", one.weights), read[0], axis=0)


def _windows(windows: Windows, name: str) -> dict[str, Any]:
    """The attributes of a node with windows."""
    given: dict[str, Any] = {"kernel_shape": [windows.size], "strides": [windows.strides]}
    if windows.dilation > 1:
        given["dilations"] = [windows.dilation]
    if windows.padding == "same" and windows.strides > 1:
        if windows.dilation > 1:
            raise refused(name, "padding same with strides and dilation: ONNX Runtime has none")
        return given | {"auto_pad": "SAME_UPPER"}
    if windows.padding == "valid":
        return given
    return given | {"pads": [*windows.pads(windows.reach)]}


def _over_time(walk: Walk, value: str, make: Callable[[str], str]) -> str:
    """A node of (batch, width, timesteps) of a series."""
    first = walk.graph.add("Transpose", value, perm=[1, 2, 0])
    return walk.graph.add("Transpose", make(first), perm=[2, 0, 1])


def _convolution(walk: Walk, node: Node, one: Conv1d, read: Read, series: Series) -> str:
    W_y, bias = walk.constant(one, "W_y", one.W_y), walk.constant(one, "bias", one.bias)
    attributes = _windows(one.windows, one.name) | {"group": one.groups}
    value = _over_time(walk, read[0], lambda x: walk.graph.add(
        "Conv", x, W_y, bias, at=one.name, **attributes))  # fmt: skip
    assert isinstance(one.activation, Activation)
    return nodes_of(walk.graph, value, one.activation, walk.dtype)


def _pooling(walk: Walk, node: Node, one: Pooling, read: Read, series: Series) -> str:
    if not one.windows or one.kind == "last":
        raise refused(one.name, f"{one}: no node is written for it")
    operation = {"max": "MaxPool", "average": "AveragePool"}[one.kind]
    attributes = _windows(one.windows, one.name)
    return _over_time(walk, read[0], lambda x: walk.graph.add(
        operation, x, at=one.name, **attributes))  # fmt: skip


def _join(walk: Walk, node: Node, one: Join, read: Read, series: Series) -> str:
    if one.kind == "concat":
        axis = 0 if one.axis in (1, -2) and series[0] else -1
        return walk.graph.add("Concat", *read, at=one.name, axis=axis)
    if one.kind in ("maximum", "average"):
        return walk.graph.add(JOINS[one.kind], *read, at=one.name)
    return reduce(lambda a, b: walk.graph.add(JOINS[one.kind], a, b, at=one.name), read)


def _dot(walk: Walk, node: Node, one: Dot, read: Read, series: Series) -> str:
    """Products of (batch, what is left, what is summed) and (batch, summed, left)."""
    if one.normalize:
        raise refused(one.name, "normalize: no node is written for it")
    matrices = []
    for i, (value, timed, axis) in enumerate(zip(read, series, one.both, strict=True)):
        last = axis in (2, -1) or not timed
        value = _batch_first(walk, value) if timed else (
            walk.graph.add("Unsqueeze", value, walk.graph.axes(1)))  # fmt: skip
        turned_around = last == (i == 1)
        matrices.append(_turned_key(walk, value) if turned_around else value)
    product = walk.graph.add("MatMul", *matrices, at=one.name)
    if all(series):
        return _batch_first(walk, product)
    return walk.graph.add("Squeeze", product, walk.graph.axes(1 if not series[0] else 2))


def _repeat(walk: Walk, node: Node, one: Repeat, read: Read, series: Series) -> str:
    value = walk.graph.add("Unsqueeze", read[0], walk.graph.axes(0))
    return walk.graph.add("Tile", value, walk.graph.axes(one.times, 1, 1), at=one.name)


def _batch_first(walk: Walk, value: str) -> str:
    return walk.graph.add("Transpose", value, perm=[1, 0, 2])


def _upsampling(walk: Walk, node: Node, one: Upsampling, read: Read, series: Series) -> str:
    width = walk.model.shapes[node.name].width
    if width is None:
        raise refused(one.name, "how many numbers a timestep has is not known")
    value = walk.graph.add("Unsqueeze", _batch_first(walk, read[0]), walk.graph.axes(2))
    value = walk.graph.add("Tile", value, walk.graph.axes(1, 1, one.size, 1), at=one.name)
    return _batch_first(walk, walk.graph.add("Reshape", value, walk.graph.axes(0, -1, width)))


def _reshape(walk: Walk, node: Node, one: Reshape, read: Read, series: Series) -> str:
    value = _batch_first(walk, read[0]) if series[0] else read[0]
    value = walk.graph.add("Reshape", value, walk.graph.axes(0, *one.target), at=one.name)
    return _batch_first(walk, value) if len(one.target) == 2 else value


def _permute(walk: Walk, node: Node, one: Permute, read: Read, series: Series) -> str:
    same = tuple(one.order) == (1, 2)
    return read[0] if same else walk.graph.add("Transpose", read[0], perm=[2, 1, 0], at=one.name)


def _rescaling(walk: Walk, node: Node, one: Rescaling, read: Read, series: Series) -> str:
    scale, offset = (walk.constant(one, name, getattr(one, name)) for name in ("scale", "offset"))
    return walk.graph.add("Add", walk.graph.add("Mul", read[0], scale, at=one.name), offset)


def _queries(walk: Walk, read: Read, series: Series) -> tuple[str, str, str]:
    """Query, value and key, (batch, timesteps, width)."""
    query = _batch_first(walk, read[0]) if series[0] else (
        walk.graph.add("Unsqueeze", read[0], walk.graph.axes(1)))  # fmt: skip
    others = [_batch_first(walk, value) for value in read[1:]]
    return query, others[0], others[-1]


def _attended(walk: Walk, scores: str, value: str) -> str:
    weights = walk.graph.add("Softmax", scores, axis=-1)
    return walk.graph.add("MatMul", weights, value)


def _settled(walk: Walk, context: str, series: bool) -> str:
    """(batch, queries, width) as a series, or as one row."""
    if series:
        return _batch_first(walk, context)
    return walk.graph.add("Squeeze", context, walk.graph.axes(1))


def _attention(walk: Walk, node: Node, one: Attention, read: Read, series: Series) -> str:
    _refuse_causal(one)
    query, value, key = _queries(walk, read, series)
    if one.kind == "additive":
        scores = _additive(walk, one, query, key)
    else:
        if one.W_a is not None:
            query = walk.graph.add("MatMul", query, walk.constant(one, "W_a", one.W_a))
        scores = walk.graph.add("MatMul", query, _turned_key(walk, key))
        scores = walk.scaled(scores, one.scale)
    return _settled(walk, _attended(walk, scores, value), series[0])


def _refuse_causal(one: Attention | MultiHeadAttention) -> None:
    if one.causal:
        raise refused(one.name, "causal: no node is written for it")


def _turned_key(walk: Walk, key: str) -> str:
    return walk.graph.add("Transpose", key, perm=[0, 2, 1])


def _additive(walk: Walk, one: Attention, query: str, key: str) -> str:
    """v^T tanh(scale * (W_q q + W_k k + b)), of each query and key."""
    for name, weights in (("q", one.W_q), ("k", one.W_k)):
        if weights is not None:
            constant = walk.constant(one, f"W_{name}", weights.T)
            value = walk.graph.add("MatMul", query if name == "q" else key, constant)
            query, key = (value, key) if name == "q" else (query, value)
    queries = walk.graph.add("Unsqueeze", query, walk.graph.axes(2))
    keys = walk.graph.add("Unsqueeze", key, walk.graph.axes(1))
    both = walk.graph.add("Add", queries, keys)
    if one.b is not None:
        both = walk.graph.add("Add", both, walk.constant(one, "b", one.b))
    hidden = walk.graph.add("Tanh", walk.scaled(both, one.scale))
    if one.v is not None:
        hidden = walk.graph.add("Mul", hidden, walk.constant(one, "v", one.v))
    return walk.graph.add("ReduceSum", hidden, walk.graph.axes(3), keepdims=0)


def _heads(walk: Walk, node: Node, one: MultiHeadAttention, read: Read, series: Series) -> str:
    _refuse_causal(one)
    query, value, key = _queries(walk, read, series)
    contexts = []
    for i in range(one.heads):
        q, k, v = (
            _projected(walk, one, x, letter, i)
            for letter, x in (("q", query), ("k", key), ("v", value))
        )
        scores = walk.graph.add("MatMul", q, _turned_key(walk, k))
        context = _attended(walk, walk.scaled(scores, one.scale), v)
        W_o: Array = one.W_o[i].T
        contexts.append(walk.graph.add("MatMul", context, walk.constant(one, f"W_o.{i}", W_o)))
    y = reduce(lambda a, b: walk.graph.add("Add", a, b), contexts)
    if one.b_o is not None:
        y = walk.graph.add("Add", y, walk.constant(one, "b_o", one.b_o))
    return _settled(walk, y, series[0])


def _projected(walk: Walk, one: MultiHeadAttention, x: str, letter: str, head: int) -> str:
    weights, bias = getattr(one, f"W_{letter}"), getattr(one, f"b_{letter}")
    x = walk.graph.add("MatMul", x, walk.constant(one, f"W_{letter}.{head}", weights[head].T))
    if bias is None:
        return x
    return walk.graph.add("Add", x, walk.constant(one, f"b_{letter}.{head}", bias[head]))


MADE: dict[type[Stateless], Callable[..., str]] = {
    Embedding: _embedding, Conv1d: _convolution, Pooling: _pooling, Join: _join, Dot: _dot,
    Repeat: _repeat, Upsampling: _upsampling, Reshape: _reshape, Permute: _permute,
    Rescaling: _rescaling, Attention: _attention, MultiHeadAttention: _heads,
}  # fmt: skip
"""How each layer without a state is written, but for those that rows have, too."""
