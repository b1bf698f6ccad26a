"""From a case to its file: numbers are drawn, nodes made, and a twin where ONNX Runtime needs one.

ONNX Runtime does not run layout 1, opsets before 7, double and bfloat16: the same numbers are then
in a twin that it does run.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import onnx
from golden_file import Array, Numbers
from onnx_files_around import FRONTS, HEADS, JOINS, Behind
from onnx_files_graph import NUMBER, Graph
from onnx_files_words import BATCH, FEATURES, TIMESTEPS, VOCABULARY, Case, Made
from onnxruntime_words import Node

RUN = 14
"""The opset of twins."""


def built(case: Case) -> Made:
    """The file, with the twins that it needs."""
    made = whole(case)
    same = replace(case, weights="initializers", lengths_by="input")
    if case.dtype in ("float16", "bfloat16"):
        made = replace(made, exact=whole(replace(same, dtype="float32", opset=RUN), case.dtype))
    if case.dtype == "bfloat16":
        return replace(made, twin=made.exact)
    if case.layout or case.opset < 7:
        return replace(made, twin=whole(replace(same, layout=0, opset=RUN)))
    return made


def whole(case: Case, rounded: str = "") -> Made:
    """One file; its numbers are those of the case's name, rounded to a type."""
    numbers = Rounded("onnx_files", case.name, rounded or case.dtype)
    graph = Graph(case.opset, case.dtype, case.weights, f"{case.name}.weights")
    making = Making(case, graph, numbers)
    axes = making.run()
    model = graph.model(producer_name="golden")
    data = {graph.file: bytes(graph.data)} if graph.data else {}
    merge = "sum" if case.join == "sum" else "concat"
    return Made(
        model, making.feeds, making.x, axes, making.given, data, states=case.told, merge=merge
    )


class Rounded(Numbers):
    """Numbers that a smaller type can hold, in float32 or float64."""

    def __init__(self, framework: str, name: str, dtype: str) -> None:
        super().__init__(framework, name, "float64" if dtype == "float64" else "float32")
        half = dtype in ("float16", "bfloat16")
        self.kind = onnx.helper.tensor_dtype_to_np_dtype(NUMBER[dtype]) if half else None

    def weights(self, *shape: int) -> Array:
        """Rounded and brought back."""
        return self.rounded(super().weights(*shape))

    def values(self, *shape: int) -> Array:
        """Rounded and brought back."""
        return self.rounded(super().values(*shape))

    def rounded(self, array: Array) -> Array:
        """The numbers that the smaller type has."""
        return array.astype(self.kind).astype(np.float32) if self.kind else array


class Making:
    """A graph that is made of a case, step by step."""

    def __init__(self, case: Case, graph: Graph, numbers: Numbers) -> None:
        self.case, self.graph, self.numbers = case, graph, numbers
        self.feeds: dict[str, Array] = {}
        self.given: dict[str, Any] = {"lengths": case.lengths} if case.lengths else {}
        if case.lengths_by != "input":
            self.given = {}
        self.x = self.drawn()

    def drawn(self) -> Array:
        """The input, batch-first."""
        if self.case.front.startswith("embedding"):
            return self.numbers.ids(VOCABULARY, BATCH, TIMESTEPS)
        return self.numbers.values(BATCH, TIMESTEPS, FEATURES)

    def run(self) -> str:
        """Everything in its order; gives the axes of the first output."""
        case, graph = self.case, self.graph
        value, width = FRONTS[case.front](graph, self.numbers, self.input()), FEATURES
        for number, (node, name) in enumerate(zip(case.nodes, case.names, strict=True)):
            y, h, *_ = outputs = self.recurrent(node, name, value, width)
            count = len(node.directions)
            width = node.units * (1 if case.join == "sum" else count)
            final = number == len(case.nodes) - 1
            if not final or case.head not in ("", "Y_h"):
                value = JOINS[case.join](graph, y, count) if y else ""
        behind = Behind(graph, self.numbers, y, h, value, count, width)
        out, axes = HEADS[case.head](behind)
        axes = {"TDBH": "BTDH", "DBH": "BDH"}[axes] if case.layout else axes
        graph.write(out, len(axes))
        self.show([one for one in outputs if one and one != out])
        return axes

    def show(self, names: list[str]) -> None:
        """The other outputs of the last node, where nothing stands behind it."""
        if self.case.head in ("", "Y_h"):
            for name in names:
                self.graph.write(name, 4 if name.endswith("Y") else 3)

    def input(self) -> str:
        """The graph's input, as long and as many as you like."""
        first, x = ("batch", "time"), self.x
        if not (self.case.layout or self.case.batch_first):
            first, x = first[::-1], x.swapaxes(0, 1)
        if x.ndim == 2:
            self.feeds["x"] = x
            return self.graph.read("x", onnx.TensorProto.INT64, *first)
        self.feeds["x"] = self.typed(x)
        return self.graph.read("x", self.graph.number, *first, x.shape[-1])

    def typed(self, array: Array) -> Array:
        """As the graph takes it."""
        return array.astype(onnx.helper.tensor_dtype_to_np_dtype(self.graph.number))

    def recurrent(self, node: Node, name: str, x: str, width: int) -> list[str]:
        """The node, with all its inputs; its outputs, "" where there is none."""
        count, gates, units = len(node.directions), node.gates, node.units
        draw, say = self.numbers.weights, self.graph.constant
        inputs = [x, say(f"{name}.W", draw(count, gates * units, width))]
        inputs.append(say(f"{name}.R", draw(count, gates * units, units)))
        bias = draw(count, 2 * gates * units)
        inputs.append(say(f"{name}.B", bias) if node.bias else "")
        inputs += [self.lengths(), *self.states(node, name, x)]
        if node.peepholes:
            inputs.append(say(f"{name}.P", draw(count, 3 * units)))
        outputs = [
            f"{name}.{key}" if key in self.case.outputs.split() else ""
            for key in ("Y", *(f"Y_{letter}" for letter in node.letters))
        ]
        while not inputs[-1]:
            inputs.pop()
        self.graph.node(node.cell.upper(), inputs, outputs, name, **self.attributes(node))
        return outputs

    def attributes(self, node: Node) -> dict[str, Any]:
        """What the node's opset knows of them."""
        given = node.written | ({"output_sequence": 1} if self.case.opset < 7 else {})
        return given | ({"layout": self.case.layout} if self.case.layout else {})

    def lengths(self) -> str:
        """sequence_lens, the same for all nodes."""
        if not self.case.lengths:
            return ""
        lengths = np.array(self.case.lengths, np.int32)
        if self.case.lengths_by == "constant":
            return self.graph.initializer("lengths", lengths)
        if "lengths" not in self.feeds:
            self.graph.read("lengths", onnx.TensorProto.INT32, "batch")
            self.feeds["lengths"] = lengths
        return "lengths"

    def states(self, node: Node, name: str, x: str) -> list[str]:
        """initial_h and initial_c."""
        if not self.case.states:
            return [""] * len(node.letters)
        return [self.state(node, f"{name}.initial_{letter}", letter, x) for letter in node.letters]

    def state(self, node: Node, name: str, letter: str, x: str) -> str:
        """One of them."""
        shape = len(node.directions), BATCH, node.units
        if self.case.states in ("expanded", "zeros"):
            return self.expanded(name, shape, x)
        values = self.numbers.values(*shape)
        stored = values.swapaxes(0, 1) if self.case.layout else values
        if self.case.states == "constant":
            return self.graph.constant(name, stored)
        sizes = [shape[0], "batch"] if not self.case.layout else ["batch", shape[0]]
        self.feeds[name] = self.typed(stored)
        earlier = self.given.get(f"{letter}0")
        whole = values if earlier is None else np.concatenate([earlier, values])
        self.given[f"{letter}0"] = whole
        return self.graph.read(name, self.graph.number, *sizes, shape[-1])

    def expanded(self, name: str, shape: tuple[int, ...], x: str) -> str:
        """One row for every sequence there is: drawn, or 0 as exporters write it."""
        directions, _, units = shape
        drawn = self.case.states == "expanded"
        row = self.numbers.values(directions, 1, units) if drawn else np.zeros(1)
        graph = self.graph
        index = graph.initializer("batch_axis", np.array(1, np.int64))
        batch = graph.op("Gather", graph.op("Shape", x), index)
        sizes = [
            graph.whole(f"{name}.directions", directions),
            graph.op("Unsqueeze", batch, graph.whole("first", 0)),
            graph.whole(f"{name}.units", units),
        ]
        return graph.op("Expand", graph.constant(name, row), graph.op("Concat", *sizes, axis=0))
