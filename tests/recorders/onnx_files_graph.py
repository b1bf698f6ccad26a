"""A graph that is built node by node: its values by name, its constants as a file may hold them."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from golden_file import Array
from onnx import helper, numpy_helper

IR = {1: 3, 3: 3, 7: 3, 11: 6, 13: 7, 14: 7, 17: 8, 22: 10}
"""Which version of the format holds an opset; before 4, every initializer is a graph's input."""

NUMBER = {
    "float32": onnx.TensorProto.FLOAT,
    "float64": onnx.TensorProto.DOUBLE,
    "float16": onnx.TensorProto.FLOAT16,
    "bfloat16": onnx.TensorProto.BFLOAT16,
}


class Graph:
    """A graph in the making.

    Args:
        opset: of the default domain.
        dtype: of its numbers.
        weights: how they stand in the file (``Case.weights``).
        file: the name of the external data.
    """

    def __init__(self, opset: int, dtype: str, weights: str, file: str = "") -> None:
        self.opset, self.dtype, self.weights, self.file = opset, dtype, weights, file
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []
        self.data = bytearray()

    @property
    def number(self) -> int:
        """ONNX' number of the type of its numbers."""
        return NUMBER[self.dtype]

    def op(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """A node with one output, which is named after it."""
        name = name or f"{kind.lower()}_{len(self.nodes)}"
        return self.node(kind, inputs, [f"{name}.out"], name, **attributes)[0]

    def node(
        self, kind: str, inputs: Any, outputs: list[str], name: str, **attributes: Any
    ) -> list[str]:
        """A node; gives its outputs."""
        self.nodes.append(helper.make_node(kind, list(inputs), outputs, name, **attributes))
        return outputs

    def tensor(self, name: str, array: Array) -> onnx.TensorProto:
        """The array in the type of the graph, where it holds numbers."""
        if np.issubdtype(array.dtype, np.floating):
            kind = helper.tensor_dtype_to_np_dtype(self.number)
            array = array.astype(kind)
        return numpy_helper.from_array(array, name)

    def whole(self, name: str, *values: int) -> str:
        """Whole numbers, an initializer: axes, shapes, starts."""
        return self.initializer(name, np.array(values, np.int64))

    def initializer(self, name: str, array: Array) -> str:
        """One constant of the graph."""
        self.constants[name] = self.tensor(name, array)
        return name

    def constant(self, name: str, array: Array) -> str:
        """A weight, as the case wants weights to stand there."""
        if self.weights == "nodes":
            value = self.tensor("", array)
            return self.node("Constant", [], [name], f"{name}.constant", value=value)[0]
        if self.weights == "chain" and array.ndim > 1:
            return chained(self, name, array)
        self.initializer(name, array)
        if self.weights == "external":
            self.move_out(self.constants[name])
        return name

    def move_out(self, tensor: onnx.TensorProto) -> None:
        """The tensor's bytes into the external data, on a boundary of 64."""
        self.data += bytes(-len(self.data) % 64)
        raw, tensor.data_location = tensor.raw_data, onnx.TensorProto.EXTERNAL
        entries = {"location": self.file, "offset": len(self.data), "length": len(raw)}
        for key, value in entries.items():
            tensor.external_data.add(key=key, value=str(value))
        self.data += raw
        tensor.ClearField("raw_data")

    def read(self, name: str, kind: int, *shape: Any) -> str:
        """An input of the graph."""
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def write(self, name: str, rank: int) -> None:
        """An output of the graph."""
        shape = [None] * rank
        self.outputs.append(helper.make_tensor_value_info(name, self.number, shape))

    def model(self, **more: Any) -> onnx.ModelProto:
        """The file."""
        inputs, ir = list(self.inputs), IR[self.opset]
        if ir < 4:
            inputs += [
                helper.make_tensor_value_info(t.name, t.data_type, t.dims)
                for t in self.constants.values()
            ]
        constants = list(self.constants.values())
        graph = helper.make_graph(self.nodes, "golden", inputs, self.outputs, constants)
        opsets = [helper.make_opsetid("", self.opset)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=ir, **more)


def chained(graph: Graph, name: str, array: Array) -> str:
    """A weight of several axes as it comes out of a chain: stored transposed and without its first
    axis, its halves in the other order."""
    rows = array.shape[1] // 2
    swapped = np.concatenate([array[:, rows:], array[:, :rows]], axis=1)
    flat = swapped.reshape(-1, *array.shape[2:]) if len(array) > 1 else swapped[0]
    value = graph.initializer(f"{name}.stored", flat.T.copy())
    value = graph.op("Transpose", value, perm=list(range(flat.ndim))[::-1], name=f"{name}.T")
    if len(array) > 1:
        shape = graph.whole(f"{name}.shape", *array.shape)
        value = graph.op("Reshape", value, shape, name=f"{name}.reshape")
    else:
        value = graph.op("Unsqueeze", value, graph.whole("first", 0), name=f"{name}.unsqueeze")
    ends = {"b": (array.shape[1] - rows, array.shape[1]), "a": (0, array.shape[1] - rows)}
    halves = [
        graph.op(
            "Slice",
            value,
            graph.whole(f"{name}.{half}.start", start),
            graph.whole(f"{name}.{half}.end", end),
            graph.whole("second", 1),
            name=f"{name}.{half}",
        )
        for half, (start, end) in ends.items()
    ]
    return graph.op("Concat", *halves, axis=1, name=f"{name}.concat")
