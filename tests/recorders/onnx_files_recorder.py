"""ONNX files run by ONNX Runtime, with the documents that tell what it computes of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import golden_file
import numpy as np
import onnx
import onnxruntime_recorder
from golden_file import Array, Document, Numbers, Recorded, refuse_dead
from onnx import numpy_helper
from onnx.reference import ReferenceEvaluator
from onnx_files_words import Made
from onnxruntime_recorder import named

RECURRENT = ("RNN", "GRU", "LSTM")


def head(numbers: Numbers, about: str, *packages: str) -> Document:
    """How every document begins."""
    return golden_file.head(numbers, about, "onnxruntime", "onnx", *packages)


def recorded(made: Made, name: str, start: Document, dtype: str = "float32") -> Recorded:
    """Run a file, and write down what came out."""
    double = dtype == "float64"
    expected = dict(made.expected or computed(made.twin or made, double=double))
    if made.exact:
        expected["out_float32"] = computed(made.exact)["out"]
    refuse_dead(f"onnx_files/{name}", expected)
    told = {**start, "file": f"{name}.onnx", "dtype": dtype, "x": made.x, **made.given}
    parts = made.parts or list(parts_of(made.model))
    return {**told, "expected": expected, "parts": parts}, {
        f"{name}.onnx": made.model.SerializeToString(deterministic=True),
        **made.data,
    }


def computed(made: Made, double: bool = False) -> dict[str, Array]:
    """What ONNX Runtime computes, batch-first; of double, what onnx' own evaluator does."""
    whole = onnx.ModelProto()
    whole.CopyFrom(made.model)
    nodes = shown(whole) if made.states else []
    run = evaluated if double else ran
    out, *more = run(whole, made)
    expected = {"out": batch_first(out, made.axes)}
    if made.agrees is not None:
        np.testing.assert_allclose(expected["out"], made.agrees, rtol=1e-5, atol=1e-6)
    arrays = iter(more)
    states: dict[str, Array] = {}
    for node in nodes:
        y = next(arrays)
        h = y.sum(1).swapaxes(0, 1) if made.merge == "sum" else batch_first(y, "TDBH")
        states |= finals(node, arrays)
    if made.h is not None:
        h = made.h
    if nodes or made.h is not None:
        expected["h"] = h
    return expected | states


def shown(model: onnx.ModelProto) -> list[onnx.NodeProto]:
    """The recurrent nodes; their outputs become outputs of the graph, behind the first."""
    nodes = [node for node in model.graph.node if node.op_type in RECURRENT]
    del model.graph.output[1:]
    for number, node in enumerate(nodes):
        count = 3 if node.op_type == "LSTM" else 2
        names = [*node.output, "", "", ""][:count]
        del node.output[:]
        for key, name in enumerate(names):
            node.output.append(name or f"shown_{number}_{key}")
            model.graph.output.append(onnx.ValueInfoProto(name=node.output[-1]))
    return nodes


def ran(model: onnx.ModelProto, made: Made) -> list[Array]:
    """By ONNX Runtime."""
    for tensor in model.graph.initializer:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            put_in(tensor, made.data)
    return onnxruntime_recorder.ran(model.SerializeToString(), made.feeds)


def put_in(tensor: onnx.TensorProto, data: Any) -> None:
    """External data brought into the tensor."""
    told = {entry.key: entry.value for entry in tensor.external_data}
    start = int(told.get("offset", 0))
    content = data[told["location"]]
    end = start + int(told["length"]) if "length" in told else len(content)
    tensor.ClearField("external_data")
    tensor.data_location = onnx.TensorProto.DEFAULT
    tensor.raw_data = content[start:end]


def evaluated(model: onnx.ModelProto, made: Made) -> list[Array]:
    """By onnx' reference evaluator, which has double; float32 there is as ONNX Runtime has it."""
    names = [output.name for output in model.graph.output]
    found = ReferenceEvaluator(model).run(names, dict(made.feeds))
    single = onnx.ModelProto()
    single.CopyFrom(model)
    for tensor in single.graph.initializer:
        if tensor.data_type == onnx.TensorProto.DOUBLE:
            array = numpy_helper.to_array(tensor).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(array, tensor.name))
    for value in [*single.graph.input, *single.graph.output]:
        if value.type.tensor_type.elem_type == onnx.TensorProto.DOUBLE:
            value.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    feeds = {
        key: array.astype(np.float32) if array.dtype == np.float64 else array
        for key, array in made.feeds.items()
    }
    again = ran(single, Made(single, feeds, made.x, made.axes))
    for name, double, float32 in zip(names, found, again, strict=True):
        np.testing.assert_allclose(double, float32, rtol=2e-5, atol=2e-6, err_msg=name)
    return list(found)


def batch_first(array: Array, axes: str) -> Array:
    """(batch, timesteps, features), or without timesteps; directions side by side."""
    order = [axes.index(letter) for letter in "BTDH" if letter in axes]
    turned = array.transpose(order)
    return turned.reshape(*turned.shape[:-2], -1) if "D" in axes else turned


def finals(node: onnx.NodeProto, arrays: Iterator[Array]) -> dict[str, Array]:
    """The final states by direction."""
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    direction = attributes.get("direction", b"forward").decode()
    return named(called(node), "hc" if node.op_type == "LSTM" else "h", direction, arrays)


def called(node: onnx.NodeProto) -> str:
    """A node's name, else its first output's; a path has dots."""
    name = node.name or next(filter(None, node.output))
    return name.strip("/").replace("/", ".")


def parts_of(model: onnx.ModelProto) -> Iterator[list[Any]]:
    """Name, kind, cell and units of every node that has weights."""
    fixed = {tensor.name for tensor in model.graph.initializer}
    for node in model.graph.node:
        inputs = [name for name in node.input if name]
        known = [name in fixed for name in inputs]
        if all(known):
            fixed |= set(node.output)
        elif node.op_type in RECURRENT:
            units = next(a.i for a in node.attribute if a.name == "hidden_size")
            yield [called(node), "recurrent", node.op_type.lower(), units]
        elif node.op_type == "Gather" and known[0]:
            yield [called(node), "embedding", None, None]
        elif node.op_type in ("MatMul", "Gemm", "LayerNormalization", "BatchNormalization"):
            yield [called(node), "output", None, None]
