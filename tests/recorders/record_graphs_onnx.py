"""Graphs of layers as ONNX files: by tf2onnx, by PyTorch's two exporters, and built by hand.

    python tests/recorders/record.py graphs_onnx

writes ``graphs/onnx/*.onnx``, each with a document of its name. ONNX Runtime says what comes out,
and agrees with the framework; of double, the framework or onnx' own evaluator does.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

import golden_file
import graphs_onnx_nets
import graphs_torch_nets
import graphs_words
import numpy as np
import onnx
import onnx_files_keras
import onnxruntime_recorder
import record_graphs_keras
import tensorflow as tf
import tf2onnx
import torch
import torch_frame
from golden_file import Array, Numbers, Recorded
from graphs_keras_nets import GRAPHS as KERAS
from graphs_words import Case
from keras_files_recorder import draw
from onnx.reference import ReferenceEvaluator
from onnx_files_graph import Graph

PLACE = "graphs_onnx"
OPSET = 17
CONVERTED = {
    "tf_keras": ("conv_valid_lstm", "conv_same_strides_gru", "conv_max_pooling",
                 "branches_concatenate", "joins", "attention_dot", "attention_by_hand",
                 "encoder_decoder", "autoencoder", "shared_lstm", "tokens_and_features",
                 "conv_causal_dilated_rnn", "upsampling"),
    "keras": ("skip", "attention_additive", "multihead_self", "encoder_decoder", "two_outputs",
              "nested_branches", "dot_of_sequences"),
}  # fmt: skip
"""What tf2onnx makes files of, by the Keras that it is asked through (of Keras 3 no Conv1D)."""

Expected = dict[str, Array]


def by_tf2onnx(case: Case, framework: str) -> Recorded:
    """From Keras 2 by tf2onnx itself, from Keras 3 by its own export."""
    keras = import_module(framework)
    numbers = case.numbers(PLACE)
    model = record_graphs_keras.model_of(keras, case)
    draw(model, numbers)
    inputs = record_graphs_keras.inputs_of(case, model, numbers)
    inputs = {name: x.astype(np.int32) if x.dtype == np.int64 else x for name, x in inputs.items()}
    found = record_graphs_keras.ran(model, inputs)
    tf2onnx.utils.INTERNAL_NAME = 1
    file = converted(keras, framework, model)
    onnx_files_keras.renamed(file)
    packages = (framework, "tensorflow", "tf2onnx")
    return answered(case, numbers, file, inputs, found, *packages)


def converted(keras: Any, framework: str, model: Any) -> onnx.ModelProto:
    """The file."""
    if framework == "keras":
        told = onnx_files_keras.Keras("", None, opset=OPSET)  # type: ignore[arg-type]
        return onnx_files_keras.exported(keras, told, model, None)
    signature = [tf.TensorSpec(one.shape, one.dtype, name=one.name) for one in model.inputs]
    return tf2onnx.convert.from_keras(model, input_signature=signature, opset=OPSET)[0]


def by_torch(case: Case, dynamo: bool) -> Recorded:
    """By the newer exporter, or by the older one."""
    numbers = case.numbers(PLACE)
    module, shapes = case.make(torch)
    module = torch_frame.filled(module.to(getattr(torch, case.dtype)).eval(), numbers)
    for name, buffer in module.named_buffers():
        drawn = numbers.weights(*buffer.shape)
        buffer.copy_(torch.from_numpy(abs(drawn) + 0.5 if "var" in name else drawn))
    inputs = {name: case.drawn(numbers, name, shape, name == "tokens")
              for name, shape in shapes.items()}  # fmt: skip
    tensors = tuple(map(torch.from_numpy, inputs.values()))
    torch.backends.mha.set_fastpath_enabled(False)  # no exporter knows that operator
    out = module(*tensors)
    found = [one.numpy() for one in (out if isinstance(out, tuple) else [out])]
    names = ["y", "z"][: len(found)]
    options: dict[str, Any] = {"input_names": list(inputs), "output_names": names}
    if dynamo:
        options["dynamic_shapes"] = (tuple({0: torch.export.Dim.DYNAMIC} for _ in inputs),)
    else:
        options["dynamic_axes"] = {name: {0: "batch"} for name in inputs}
    file = torch_frame.exported(module, tensors, dynamo=dynamo, **options)
    packages = ("torch", *(["onnxscript"] * dynamo))
    return answered(case, numbers, file, inputs, found, *packages)


def by_hand(case: Case) -> Recorded:
    """Node by node."""
    numbers = case.numbers(PLACE)
    graph = Graph(OPSET, case.dtype, "initializers")
    for out, value in zip(case.make(graphs_onnx_nets.Build(graph, numbers)), "yz", strict=False):
        graph.node("Identity", [out], [value], f"{value}.identity")
        graph.write(value, 2 if case.way == "row" else 3)
    file = graph.model(producer_name="golden")
    onnx.checker.check_model(file)
    inputs = dict(given(case, numbers, file))
    if case.dtype == "float64":
        found = ReferenceEvaluator(file).run(None, inputs)
        return answered(case, numbers, file, inputs, found)
    return answered(case, numbers, file, inputs, None)


def given(case: Case, numbers: Numbers, file: onnx.ModelProto) -> Iterator[tuple[str, Array]]:
    """The inputs of a file, drawn; the one that is no array is a rate."""
    for one in file.graph.input:
        if one.name == "rate":
            yield "rate", np.array(int(case.assume[0].partition("=")[2]))
            continue
        sizes = [dim.dim_value or None for dim in one.type.tensor_type.shape.dim]
        yield one.name, case.drawn(numbers, one.name, tuple(sizes[1:]), False)


def answered(
    case: Case,
    numbers: Numbers,
    file: onnx.ModelProto,
    inputs: Expected,
    found: list[Array] | None,
    *packages: str,
) -> Recorded:
    """What ONNX Runtime makes of it; what else was found must agree."""
    names = [one.name for one in file.graph.output]
    content = file.SerializeToString(deterministic=True)
    if case.dtype == "float32":
        ran = onnxruntime_recorder.ran(content, inputs)
        for one, other in zip(ran, found or ran, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=3e-6, err_msg=case.name)
        found = ran
    expected = dict(zip(names, found or [], strict=True))
    inputs = {name: array for name, array in inputs.items() if name != "rate"}
    all_packages = ("onnxruntime", "onnx", *packages)
    return graphs_words.recorded(
        case, numbers, PLACE, content, "onnx", inputs, expected, *all_packages
    )


def files() -> Iterator[tuple[str, Recorded]]:
    """All of them by their names."""
    for framework, names in CONVERTED.items():
        for case in KERAS:
            if case.name in names:
                named = replace(case, name=f"{framework}_{case.name}")
                yield named.name, by_tf2onnx(named, framework)
    for case in graphs_torch_nets.GRAPHS:
        for way in ("script", "dynamo"):
            if case.dtype == "float32" or way == "script":
                named = replace(case, name=f"torch_{way}_{case.name}")
                yield named.name, by_torch(named, way == "dynamo")
    for case in graphs_onnx_nets.GRAPHS:
        yield case.name, by_hand(case)


def record() -> int:
    """Write all files in place of the earlier ones; how many."""
    warnings.simplefilter("ignore")  # exporters warn of what is wanted here
    os.environ["KERAS_BACKEND"] = "tensorflow"
    return golden_file.write_files("graphs/onnx", files())
