"""Layers without a state as ONNX nodes, on the last axis of what comes from a recurrent one."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncalc.converting.stacked import numbers
from rnncalc.converting.to_onnx.functions import applied
from rnncalc.converting.to_onnx.proto import TYPES, Graph
from rnncalc.equations.activations import Activation
from rnncalc.model.stateless import Function, Normalization, Output, Pooling, Prelu, Stateless


def stateless(graph: Graph, h: str, one: Stateless, dtype: str) -> str:
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
    return applied(graph, h, one.activation, dtype)


def _normalized(graph: Graph, h: str, one: Normalization, dtype: str) -> str:
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


def made_row(graph: Graph, h: str, one: Stateless, dtype: str, lengths: str = "") -> str:
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


def _pooled_ends(graph: Graph, h: str, one: Pooling, dtype: str, lengths: str) -> str:
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
