"""Graphs of ONNX built node by node: what exporters of other programs write, and what is legal.

Each function builds in a graph that has read its input; it gives its outputs. Sequences are
(batch, timesteps, features) at the border, time-first inside.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from golden_file import Numbers
from graphs_words import FEATURES, Collected
from onnx import helper
from onnx_files_graph import Graph

GRAPHS = Collected()
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}


class Build:
    """A graph with the numbers that are drawn for it."""

    def __init__(self, graph: Graph, numbers: Numbers) -> None:
        self.graph, self.numbers = graph, numbers
        self.op, self.whole, self.node = graph.op, graph.whole, graph.node

    def x(self, name: str = "x", features: int = FEATURES) -> str:
        """An input, time-first."""
        self.graph.read(name, self.graph.number, "batch", f"{name}_time", features)
        return self.turned(name)

    def turned(self, value: str, *axes: int) -> str:
        """Time and batch change places, or any axes."""
        return self.op("Transpose", value, perm=axes or (1, 0, 2))

    def weights(self, name: str, *shape: int) -> str:
        """An initializer."""
        return self.graph.initializer(name, self.numbers.weights(*shape))

    def constants(self, name: str, kind: str, width: int, units: int, ways: int = 1) -> list[str]:
        """W, R and B of a node."""
        rows = GATES[kind] * units
        return [self.weights(f"{name}.W", ways, rows, width),
                self.weights(f"{name}.R", ways, rows, units),
                self.weights(f"{name}.B", ways, 2 * rows)]  # fmt: skip

    def recurrent(self, name: str, kind: str, value: str, width: int, units: int,
                  states: tuple[str, ...] = (), **more: Any) -> list[str]:  # fmt: skip
        """Y, Y_h (and Y_c)."""
        ways = 2 if more.get("direction") == "bidirectional" else 1
        behind = {"linear_before_reset": 1} if kind == "GRU" else {}
        inputs = [value, *self.constants(name, kind, width, units, ways)]
        inputs += ["", *states] if states else []
        outputs = [f"{name}.{key}" for key in ("Y", "Y_h", *(["Y_c"] * (kind == "LSTM")))]
        return self.node(kind, inputs, outputs, name, hidden_size=units, **behind, **more)

    def sequence(self, name: str, kind: str, value: str, width: int, units: int = 4,
                 states: tuple[str, ...] = ()) -> str:  # fmt: skip
        """Every step, time-first, without the axis of directions."""
        y = self.recurrent(name, kind, value, width, units, states)[0]
        return self.op("Squeeze", y, self.whole("one", 1))

    def dense(self, name: str, value: str, width: int, units: int = 3) -> str:
        """MatMul and Add."""
        product = self.op("MatMul", value, self.weights(f"{name}.kernel", width, units))
        return self.op("Add", product, self.weights(f"{name}.bias", units))

    def conv(self, name: str, value: str, width: int, filters: int, size: int,
             **more: Any) -> str:  # fmt: skip
        """A Conv of a time-first sequence, which stays one."""
        weights = self.weights(f"{name}.weight", filters, width // more.get("group", 1), size)
        channels = self.turned(value, 1, 2, 0)
        found = self.op("Conv", channels, weights, self.weights(f"{name}.bias", filters), **more)
        return self.turned(found, 2, 0, 1)


def branch(build: Build, name: str, values: list[str]) -> Any:
    """A graph of its own that reads what stands outside: an LSTM and its last step."""
    nodes, outer = build.graph.nodes, list(build.graph.nodes)
    del nodes[:]
    out = f"{name}.out"
    h = build.recurrent(name, "LSTM", values[0], FEATURES, 4)[1]
    build.node("Squeeze", [h, build.whole("zero", 0)], [out], f"{name}.squeeze")
    inside = list(nodes)
    nodes[:] = outer
    told = helper.make_tensor_value_info(out, build.graph.number, ["batch", 4])
    return helper.make_graph(inside, name, [], [told])


def chosen(build: Build, condition: str, x: str) -> list[str]:
    """An If with an LSTM on either side, and a Dense behind."""
    found = build.node("If", [condition], ["chosen"], "choice",
                       then_branch=branch(build, "then", [x]),
                       else_branch=branch(build, "else", [x]))  # fmt: skip
    return [build.dense("dense", found[0], 4)]


@GRAPHS(way="row")
def if_constant(build: Build) -> list[str]:
    """An If whose condition is a constant: the other side never runs."""
    return chosen(build, build.graph.initializer("no", np.array(False)), build.x())


@GRAPHS(way="row")
def if_shape(build: Build) -> list[str]:
    """An If whose condition is how many features x has, which the graph fixes."""
    x = build.x()
    width = build.op("Gather", build.op("Shape", x), build.whole("two", 2), axis=0)
    same = build.op("Equal", width, build.whole("width", FEATURES))
    return chosen(build, build.op("Squeeze", same), x)


@GRAPHS(way="row", assume=("rate=16000",))
def if_given(build: Build) -> list[str]:
    """An If whose condition is a number that is given: a rate, as silero VAD has it."""
    return rated(build)


@GRAPHS(way="row", assume=("rate=8000",))
def if_given_other(build: Build) -> list[str]:
    """The same with another rate."""
    return rated(build)


def rated(build: Build) -> list[str]:
    """What a rate chooses."""
    x = build.x()
    build.graph.read("rate", 7)
    rate = build.graph.initializer("16000", np.array(16000, np.int64))
    return chosen(build, build.op("Equal", "rate", rate), x)


@GRAPHS()
def conv_same_upper(build: Build) -> list[str]:
    """auto_pad SAME_UPPER with strides, and SAME_LOWER of an even size, in front of a GRU."""
    h = build.conv("a", build.x(), FEATURES, 5, 3, auto_pad="SAME_UPPER", strides=[2])
    h = build.conv("b", build.op("Relu", h), 5, 6, 4, auto_pad="SAME_LOWER")
    return [build.turned(build.sequence("gru", "GRU", h, 6))]


@GRAPHS(double=True)
def conv_pads(build: Build) -> list[str]:
    """Conv with another padding in front than behind, dilated, groups; behind an LSTM."""
    h = build.sequence("lstm", "LSTM", build.x(), FEATURES)
    h = build.conv("conv", h, 4, 6, 2, pads=[2, 1], dilations=[2], group=2)
    return [build.turned(build.op("Tanh", h))]


@GRAPHS()
def conv_pad_node(build: Build) -> list[str]:
    """A Pad in front of a Conv, and one behind it that adds steps of zeros."""
    x = build.x()
    h = build.op("Pad", x, build.whole("front", 2, 0, 0, 0, 0, 0))
    h = build.conv("conv", h, FEATURES, 5, 3)
    return [build.turned(build.sequence("rnn", "RNN", h, 5))]


@GRAPHS()
def pooling(build: Build) -> list[str]:
    """AveragePool, whose padding counts and does not, and MaxPool, with ceil_mode."""
    h = build.turned(build.sequence("lstm", "LSTM", build.x(), FEATURES), 1, 2, 0)
    a = build.op("AveragePool", h, kernel_shape=[3], strides=[2], pads=[1, 1],
                 count_include_pad=1)  # fmt: skip
    b = build.op("AveragePool", h, kernel_shape=[2], strides=[2], ceil_mode=1)
    c = build.op("MaxPool", h, kernel_shape=[2], strides=[2], ceil_mode=1)
    h = build.turned(build.op("Concat", a, b, c, axis=1), 2, 0, 1)
    return [build.turned(build.sequence("gru", "GRU", h, 12, 3))]


@GRAPHS(double=True, steps={"target": 5})
def states_between(build: Build) -> list[str]:
    """Y_h and Y_c of one node are initial_h and initial_c of another."""
    _, h, c = build.recurrent("encoder", "LSTM", build.x("source"), FEATURES, 4)
    d = build.sequence("decoder", "LSTM", build.x("target", 3), 3, 4, (h, c))
    return [build.turned(build.dense("dense", d, 4))]


@GRAPHS()
def states_of_a_dense(build: Build) -> list[str]:
    """initial_h is what a MatMul makes of an input without timesteps."""
    features = build.graph.read("features", build.graph.number, "batch", 3)
    first = build.op("Tanh", build.dense("front", features, 3, 4))
    first = build.op("Unsqueeze", first, build.whole("zero", 0))
    return [build.turned(build.sequence("gru", "GRU", build.x(), FEATURES, 4, (first,)))]


@GRAPHS()
def several_at_once(build: Build) -> list[str]:
    """Sum, Mean and Max of three branches."""
    x = build.x()
    three = [build.sequence(kind.lower(), kind, x, FEATURES) for kind in GATES]
    h = build.op("Sub", build.op("Sum", *three), build.op("Mul", *three[:2]))
    h = build.op("Concat", h, build.op("Mean", *three), build.op("Max", *three), axis=2)
    return [build.turned(build.dense("dense", h, 12))]


@GRAPHS(steps={"memory": 5})
def attention_einsum(build: Build) -> list[str]:
    """Scores and context by Einsum, scaled by a Mul."""
    d = build.turned(build.sequence("query", "GRU", build.x(), FEATURES))
    m = build.turned(build.sequence("value", "LSTM", build.x("memory", 3), 3))
    scores = build.op("Einsum", d, m, equation="bqd,bkd->bqk")
    scaled = build.op("Mul", scores, build.graph.initializer("scale", np.array(0.5)))
    weights = build.op("Softmax", scaled, axis=-1)
    return [build.op("Concat", build.op("Einsum", weights, m, equation="bqk,bkd->bqd"), d, axis=2)]


@GRAPHS()
def upsampling(build: Build) -> list[str]:
    """Resize, nearest, to twice as many timesteps, then a GRU."""
    h = build.turned(build.sequence("lstm", "LSTM", build.x(), FEATURES), 1, 2, 0)
    twice = build.graph.initializer("scales", np.array([1, 1, 2], np.float32))
    h = build.op("Resize", h, "", twice, mode="nearest", nearest_mode="floor",
                 coordinate_transformation_mode="asymmetric")  # fmt: skip
    return [build.turned(build.sequence("gru", "GRU", build.turned(h, 2, 0, 1), 4, 3))]


@GRAPHS()
def split_features(build: Build) -> list[str]:
    """Split: some features go into an LSTM, the others into a GRU; both outputs are given."""
    x = build.x("x", 5)
    a, b = build.node("Split", [x, build.whole("sizes", 2, 3)], ["a", "b"], "split", axis=2)
    h, g = build.sequence("lstm", "LSTM", a, 2), build.sequence("gru", "GRU", b, 3)
    return [build.turned(build.op("Add", h, g)), build.turned(build.op("Sub", g, h))]


@GRAPHS()
def directions(build: Build) -> list[str]:
    """A bidirectional node whose directions go two ways (Gather), one in front of a GRU."""
    y = build.recurrent("both", "LSTM", build.x(), FEATURES, 4, direction="bidirectional")[0]
    first = build.graph.initializer("first", np.array(0, np.int64))
    second = build.graph.initializer("second", np.array(1, np.int64))
    a, b = build.op("Gather", y, first, axis=1), build.op("Gather", y, second, axis=1)
    return [build.turned(build.op("Mul", build.sequence("gru", "GRU", a, 4), b))]


@GRAPHS(way="row")
def global_pooling(build: Build) -> list[str]:
    """GlobalAveragePool, ReduceMax and the last step side by side."""
    h = build.sequence("gru", "GRU", build.x(), FEATURES)
    mean = build.op("GlobalAveragePool", build.turned(h, 1, 2, 0))
    mean = build.op("Squeeze", mean, build.whole("behind", 2))
    most = build.op("ReduceMax", h, axes=[0], keepdims=0)
    last = build.op("Gather", h, build.graph.initializer("last", np.array(-1, np.int64)), axis=0)
    return [build.dense("dense", build.op("Concat", mean, most, last, axis=1), 12)]


@GRAPHS()
def broadcast(build: Build) -> list[str]:
    """A row is added to every step of a sequence by broadcasting, in front of a GRU."""
    x = build.x()
    row = build.recurrent("row", "LSTM", x, FEATURES, 4)[1]
    h = build.op("Add", build.dense("front", x, FEATURES, 4), row)
    return [build.turned(build.sequence("gru", "GRU", h, 4, 5))]
