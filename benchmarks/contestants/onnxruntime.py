"""ONNX Runtime: a graph of one node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import onnx
import onnxruntime

from benchmarks.jobs import Job
from rnncalc.conventions import CONVENTIONS, tensors_of

VERSIONS = ("onnxruntime",)


def made(job: Job, x: Any) -> Callable[[], Any]:
    """(timesteps, batch, features) to a function that returns (timesteps, batch, units)."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = job.threads, 1
    session = onnxruntime.InferenceSession(_model(job).SerializeToString(), options)
    return lambda: session.run(None, {"X": x})[0][:, 0]


def _model(job: Job) -> Any:
    tensors = tensors_of(CONVENTIONS["onnx"], job.weights(), job.cell)
    weights = [onnx.numpy_helper.from_array(array[None], name) for name, array in tensors.items()]
    settings = {"linear_before_reset": 1} if job.cell == "gru" else {}
    inputs = ["X", *(each.name for each in weights)]
    node = onnx.helper.make_node(job.cell.upper(), inputs, ["Y"], hidden_size=job.units, **settings)
    real = onnx.TensorProto.FLOAT
    given = onnx.helper.make_tensor_value_info("X", real, [None, job.batch, job.units])
    made = onnx.helper.make_tensor_value_info("Y", real, [None, 1, job.batch, job.units])
    graph = onnx.helper.make_graph([node], "one", [given], [made], weights)
    opset = [onnx.helper.make_opsetid("", 14)]
    return onnx.helper.make_model(graph, opset_imports=opset, ir_version=8)
