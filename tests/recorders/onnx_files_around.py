"""What stands around recurrent nodes: in front, between two of them, behind the last.

Each is a function by a name: ``FRONTS`` give the sequence (timesteps, batch, features) of the
graph's input, ``JOINS`` that of a Y, ``HEADS`` the graph's output and its axes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from golden_file import Numbers
from onnx_files_graph import Graph
from onnx_files_words import FEATURES, VOCABULARY

SMALLEST = -(2**63)


@dataclass(frozen=True)
class Behind:
    """What a head may read: Y, Y_h, the joined Y; how many directions and features there are."""

    graph: Graph
    numbers: Numbers
    y: str
    h: str
    sequence: str
    directions: int
    width: int


Ends = tuple[str, str]


def swapped(graph: Graph, value: str) -> str:
    """Batch and time exchanged."""
    return graph.op("Transpose", value, perm=[1, 0, 2])


def squeezed(graph: Graph, value: str, axis: int) -> str:
    """Without an axis: an attribute before opset 13, an input since."""
    if graph.opset < 13:
        return graph.op("Squeeze", value, axes=[axis])
    return graph.op("Squeeze", value, graph.whole(f"axis_{axis}", axis))


def cut(graph: Graph, value: str, start: int, end: int, axis: int, step: int = 1) -> str:
    """A stretch of an axis: attributes before opset 10, inputs since."""
    if graph.opset < 10:
        return graph.op("Slice", value, starts=[start], ends=[end], axes=[axis])
    given = {"start": start, "end": end, "axis": axis, "step": step}
    names = [graph.whole(f"{key}_{n}".replace("-", "minus_"), n) for key, n in given.items()]
    return graph.op("Slice", value, *names)


def flipped(graph: Graph, value: str) -> str:
    """The first axis backwards."""
    return cut(graph, value, -1, SMALLEST, 0, -1)


def reversed_by_lengths(graph: Graph, value: str) -> str:
    """(T, B, F) backwards, as tf2onnx writes it: the lengths are T for every sequence."""
    shape = graph.op("Shape", value)
    time, batch = (graph.op("Gather", shape, graph.whole(f"axis_{axis}", axis)) for axis in (0, 1))
    lengths = graph.op("Expand", time, batch)
    return graph.op("ReverseSequence", value, lengths, batch_axis=1, time_axis=0)


def linear(graph: Graph, numbers: Numbers, value: str, rows: int, columns: int, name: str) -> str:
    """MatMul and Add."""
    weight = graph.constant(f"{name}.weight", numbers.weights(rows, columns))
    bias = graph.constant(f"{name}.bias", numbers.weights(columns))
    return graph.op("Add", graph.op("MatMul", value, weight, name=name), bias)


def gemm(graph: Graph, numbers: Numbers, value: str, rows: int, columns: int, name: str) -> str:
    """Gemm with the weight transposed, as PyTorch's exporters write it."""
    weight = graph.constant(f"{name}.weight", numbers.weights(columns, rows))
    bias = graph.constant(f"{name}.bias", numbers.weights(columns))
    return graph.op("Gemm", value, weight, bias, transB=1, name=name)


def embedded(graph: Graph, numbers: Numbers, x: str) -> str:
    """Rows of a table."""
    table = graph.constant("table", numbers.weights(VOCABULARY, FEATURES))
    return graph.op("Gather", table, x, name="embedding")


Front = Callable[[Graph, Numbers, str], str]

FRONTS: dict[str, Front] = {
    "": lambda graph, numbers, x: x,
    "transpose": lambda graph, numbers, x: swapped(graph, x),
    "embedding": embedded,
    "embedding_transpose": lambda g, numbers, x: swapped(g, embedded(g, numbers, x)),
    "linear": lambda g, numbers, x: linear(g, numbers, x, FEATURES, FEATURES, "front"),
    "relu": lambda g, numbers, x: g.op(
        "Relu", linear(g, numbers, x, FEATURES, FEATURES, "front"), name="front_relu"
    ),
    "flip": lambda graph, numbers, x: flipped(graph, x),
    "reverse_sequence": lambda graph, numbers, x: reversed_by_lengths(graph, x),
    "identity_dropout": lambda g, numbers, x: g.op("Dropout", g.op("Identity", x)),
}


def reshaped(graph: Graph, y: str, directions: int) -> str:
    """As PyTorch's exporters write two directions, and its newer one also a single one."""
    turned = graph.op("Transpose", y, perm=[0, 2, 1, 3])
    return graph.op("Reshape", turned, graph.whole("joined", 0, 0, -1))


def squeeze(graph: Graph, y: str, directions: int) -> str:
    """As PyTorch's older exporter writes them."""
    return squeezed(graph, y, 1) if directions == 1 else reshaped(graph, y, directions)


def slices(graph: Graph, y: str, directions: int) -> str:
    """As tf2onnx writes two directions."""
    both = [squeezed(graph, cut(graph, y, n, n + 1, 1), 1) for n in range(directions)]
    return graph.op("Concat", *both, axis=2)


def split(graph: Graph, y: str, directions: int) -> str:
    """Split, and put together again."""
    name = f"split_{len(graph.nodes)}"
    ends = [f"{name}.ahead", f"{name}.back"]
    halves = graph.node("Split", [y], ends, name, axis=1, num_outputs=2)
    return graph.op("Concat", *(squeezed(graph, half, 1) for half in halves), axis=-1)


def gathered(graph: Graph, y: str, directions: int) -> str:
    """Gather with a number takes an axis away."""
    both = []
    for n in range(directions):
        index = graph.initializer(f"direction_{n}", np.array(n, np.int64))
        both.append(graph.op("Gather", y, index, axis=1))
    return graph.op("Concat", *both, axis=2)


def summed(graph: Graph, y: str, directions: int) -> str:
    """Both directions added, as ``merge: sum`` does."""
    return graph.op("ReduceSum", y, graph.whole("directions", 1), keepdims=0)


JOINS: dict[str, Callable[[Graph, str, int], str]] = {
    "squeeze": squeeze,
    "reshape": reshaped,
    "slices": slices,
    "split": split,
    "gather": gathered,
    "sum": summed,
}


def last(b: Behind, by: str) -> str:
    """The last timestep of the sequence (T, B, H)."""
    if by == "gather":
        index = b.graph.initializer("minus_one", np.array(-1, np.int64))
        return b.graph.op("Gather", b.sequence, index, axis=0)
    return squeezed(b.graph, cut(b.graph, b.sequence, -1, 2**31 - 1, 0), 0)


def final(b: Behind) -> str:
    """Y_h (D, B, H) as (B, D * H)."""
    if b.directions == 1:
        return squeezed(b.graph, b.h, 0)
    turned = b.graph.op("Transpose", b.h, perm=[1, 0, 2])
    return b.graph.op("Reshape", turned, b.graph.whole("side_by_side", 0, -1))


def dense(b: Behind, *functions: str, columns: int = 2) -> str:
    """MatMul, Add and functions behind the sequence."""
    value = linear(b.graph, b.numbers, b.sequence, b.width, columns, "dense")
    for function in functions:
        more = {"axis": -1} if "oftmax" in function else {}
        value = b.graph.op(function, value, name=function.lower(), **more)
    return value


def classified(b: Behind, value: str, function: str, columns: int = 2) -> str:
    """Gemm and a function."""
    value = gemm(b.graph, b.numbers, value, b.width, columns, "classifier")
    return b.graph.op(function, value, name=function.lower()) if function else value


def two_dense(b: Behind) -> str:
    """A Relu between two."""
    inner = b.graph.op("Relu", dense(b, columns=5))
    return linear(b.graph, b.numbers, inner, 5, 2, "dense_1")


def turned_dense(b: Behind) -> str:
    """Batch-first before the head, the bias first in Add."""
    value = swapped(b.graph, b.sequence)
    weight = b.graph.constant("dense.weight", b.numbers.weights(b.width, 2))
    bias = b.graph.constant("dense.bias", b.numbers.weights(2))
    return b.graph.op("Add", bias, b.graph.op("MatMul", value, weight, name="dense"))


def tensordot(b: Behind) -> str:
    """A Dense on sequences as tf2onnx writes it: all timesteps below one another."""
    g, value = b.graph, swapped(b.graph, b.sequence)
    shape = g.op("Slice", g.op("Shape", value), g.whole("from", 0), g.whole("to", 2))
    shape = g.op("Concat", shape, g.whole("columns", 2), axis=0)
    flat = g.op("Reshape", value, g.whole("rows", -1, b.width))
    return g.op("Reshape", linear(g, b.numbers, flat, b.width, 2, "dense"), shape)


def layer_norm(b: Behind) -> str:
    """Normalised over the features, then a dense layer."""
    scale = b.graph.constant("norm.scale", b.numbers.weights(b.width))
    bias = b.graph.constant("norm.bias", b.numbers.weights(b.width))
    value = b.graph.op("LayerNormalization", b.sequence, scale, bias, axis=-1, name="norm")
    return linear(b.graph, b.numbers, value, b.width, 2, "dense")


def batch_norm(b: Behind) -> str:
    """The last state, normalised with the statistics of the training, then Gemm."""
    g, draw = b.graph, b.numbers.weights
    given = {"scale": draw(b.width), "bias": draw(b.width), "mean": draw(b.width)}
    given["variance"] = abs(draw(b.width)) + 0.3
    names = [g.constant(f"norm.{key}", array) for key, array in given.items()]
    value = g.op("BatchNormalization", final(b), *names, epsilon=1e-3, name="norm")
    return classified(b, value, "")


HEADS: dict[str, Callable[[Behind], Ends]] = {
    "": lambda b: (b.y, "TDBH"),
    "Y_h": lambda b: (b.h, "DBH"),
    "sequence": lambda b: (b.sequence, "TBH"),
    "batch_first": lambda b: (swapped(b.graph, b.sequence), "BTH"),
    "flip": lambda b: (flipped(b.graph, b.sequence), "TBH"),
    "last_slice": lambda b: (last(b, "slice"), "BH"),
    "last_gather": lambda b: (last(b, "gather"), "BH"),
    "final": lambda b: (final(b), "BH"),
    "dense": lambda b: (dense(b), "TBH"),
    "dense_softmax": lambda b: (dense(b, "Softmax"), "TBH"),
    "dense_log_softmax": lambda b: (dense(b, "LogSoftmax"), "TBH"),
    "dense_sigmoid": lambda b: (dense(b, "Sigmoid", columns=1), "TBH"),
    "dense_tanh": lambda b: (dense(b, "Tanh"), "TBH"),
    "two_dense": lambda b: (two_dense(b), "TBH"),
    "turned_dense": lambda b: (turned_dense(b), "BTH"),
    "tensordot": lambda b: (tensordot(b), "BTH"),
    "layer_norm": lambda b: (layer_norm(b), "TBH"),
    "batch_norm": lambda b: (batch_norm(b), "BH"),
    "last_slice_gemm": lambda b: (classified(b, last(b, "slice"), "Sigmoid", 1), "BH"),
    "last_gather_gemm": lambda b: (classified(b, last(b, "gather"), "Softmax"), "BH"),
    "final_gemm": lambda b: (classified(b, final(b), ""), "BH"),
    "final_softmax": lambda b: (classified(b, final(b), "Softmax"), "BH"),
}
