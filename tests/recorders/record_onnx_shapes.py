"""ONNX files whose axes are fixed, squeezed, joined or in another order, as exporters write them.

    python tests/recorders/record.py onnx_shapes

Unbatched input, a batch of one, time first, a sequence of length 0. Beside each file stands what
it is given, with the own axes of the graph, and what ONNX Runtime computes of it. It needs torch,
onnxscript, Keras 3 on TensorFlow, tf_keras, tf2onnx and onnxruntime.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import golden_file
import numpy as np
import onnx
import torch
from golden_file import Numbers, Recorded, versions
from onnxruntime_recorder import ran
from torch import nn
from torch_frame import exported, filled

FOLDER = "onnx_shapes"
FEATURES, UNITS, TIMESTEPS = 2, 3, 6
End = Callable[[nn.Module, torch.Tensor, Any], Any]
FIRST, TWO, BOTH = {"batch_first": True}, {"num_layers": 2}, {"bidirectional": True}


class Net(nn.Module):
    """A recurrent module, and what is done with its outputs."""

    def __init__(self, cell: str, options: dict[str, Any], end: End) -> None:
        super().__init__()
        self.rnn = getattr(nn, cell)(FEATURES, UNITS, **options)
        width = UNITS * (2 if "bidirectional" in options else 1)
        self.one, self.two, self.time = nn.Linear(width, 1), nn.Linear(width, 2), nn.Linear(6, 2)
        self.end = end

    def forward(self, x: torch.Tensor) -> Any:
        """The end's result."""
        h, states = self.rnn(x)
        return self.end(self, h, states[0] if isinstance(states, tuple) else states)


UNBATCHED, ONE, ONE_FIRST, THREE = (6, 2), (6, 1, 2), (1, 6, 2), (6, 3, 2)
TORCH: dict[str, tuple[str, dict[str, Any], tuple[int, ...], End]] = {
    "gru_2_unbatched": ("GRU", TWO, UNBATCHED, lambda net, h, s: (h, s)),
    "lstm_2_unbatched_last": ("LSTM", TWO, UNBATCHED, lambda net, h, s: net.two(s[-1])),
    "lstm_2_states_turned": ("LSTM", TWO, THREE, lambda net, h, s: s.transpose(0, 1)[:, 1]),
    "rnn_2_states_squeezed": ("RNN", TWO, ONE, lambda net, h, s: net.two(s.squeeze()[1])),
    "lstm_squeezed_end": ("LSTM", FIRST, ONE_FIRST, lambda net, h, s: net.one(h[:, -1]).squeeze()),
    "gru_squeezed": ("GRU", BOTH, ONE, lambda net, h, s: net.two(h.squeeze())),
    "gru_first_of_one": ("GRU", FIRST, ONE_FIRST, lambda net, h, s: net.two(h[0, -1])),
    "lstm_rows": ("LSTM", FIRST, ONE_FIRST, lambda net, h, s: net.two(h.reshape(-1, UNITS))),
    "lstm_end_flat": ("LSTM", {}, ONE, lambda net, h, s: net.two(h[-1]).flatten()),
    "rnn_over_time": ("RNN", FIRST, (3, 6, 2), lambda net, h, s: net.time(net.one(h).squeeze(-1))),
    "lstm_time_first": ("LSTM", {}, THREE, lambda net, h, s: (h, s)),
    "gru_time_first_both": ("GRU", BOTH, THREE, lambda net, h, s: net.two(h)),
}
"""The module, the shape of its input, and its end: exported by ``dynamo=False``."""

PLAIN: dict[str, tuple[str, dict[str, Any], tuple[int, ...], End]] = {
    "gru_not_optimized": ("GRU", {}, THREE, lambda net, h, s: (h, s)),
    "lstm_not_optimized": ("LSTM", {**TWO, **BOTH}, THREE, lambda net, h, s: h),
}
"""Exported by ``dynamo=True, optimize=False``, with a free batch."""

UNROLLED: dict[str, tuple[str, dict[str, Any], tuple[int, ...], End]] = {
    "rnn_2_unbatched_unrolled": ("RNN", TWO, UNBATCHED, lambda net, h, s: net.one(h).squeeze()),
}
"""Exported by ``dynamo=True``, which writes out every step."""

ALL = {"return_sequences": True}
KERAS: dict[str, tuple[str, Callable[[Any], list[Any]]]] = {
    "keras_stack": ("keras", lambda L: [L.LSTM(4, **ALL), L.LSTM(3), L.Dense(1)]),
    "keras_both": ("keras", lambda L: [L.Bidirectional(L.GRU(3, **ALL)), L.Dense(2)]),
    "keras_backwards": ("keras", lambda L: [L.LSTM(4, go_backwards=True)]),
    "keras_rnn": ("keras", lambda L: [L.SimpleRNN(4, **ALL), L.Dense(2, "softmax")]),
    "keras2_gru_stack": ("tf_keras", lambda L: [L.GRU(4, **ALL), L.GRU(3), L.Dense(1)]),
    "keras2_rnn_stack": ("tf_keras", lambda L: [L.SimpleRNN(4, **ALL), L.SimpleRNN(3, **ALL)]),
}
"""Models of a batch of one, made into files by tf2onnx."""


def of_torch(name: str, numbers: Numbers) -> tuple[onnx.ModelProto, np.ndarray[Any, Any]]:
    """A file of one of PyTorch's exporters, and an input."""
    cell, options, shape, end = {**TORCH, **PLAIN, **UNROLLED}[name]
    net = filled(Net(cell, options, end).eval(), numbers)
    x = numbers.values(*shape)
    how: dict[str, Any] = {"dynamo": name in UNROLLED}
    if name in PLAIN:
        free = ({1: torch.export.Dim.DYNAMIC},)
        how = {"dynamo": True, "optimize": False, "dynamic_shapes": free}
    return exported(net, (torch.from_numpy(x),), input_names=["x"], **how), x


def of_keras(name: str, numbers: Numbers) -> tuple[onnx.ModelProto, np.ndarray[Any, Any]]:
    """A file of tf2onnx, and an input."""
    import tensorflow as tf
    import tf2onnx
    from onnx_files_keras import renamed

    framework, layers = KERAS[name]
    keras = import_module(framework)
    keras.backend.clear_session()
    shape = (TIMESTEPS, FEATURES)
    model = keras.Sequential([keras.Input(shape, batch_size=1), *layers(keras.layers)])
    for one in model.weights:
        one.assign(numbers.weights(*one.shape))
    given = [tf.TensorSpec((1, *shape), tf.float32, name="x")]
    tf2onnx.utils.INTERNAL_NAME = 1  # its names count what it has made before
    if framework == "tf_keras":
        file = tf2onnx.convert.from_keras(model, input_signature=given, opset=15)[0]
    else:
        function = tf.function(lambda x: model(x))
        file = tf2onnx.convert.from_function(function, input_signature=given, opset=13)[0]
    renamed(file)
    return file, numbers.values(1, *shape)


LENGTHS = {"lstm_length_0": ("LSTM", 4), "gru_length_0": ("GRU", 3), "rnn_length_0": ("RNN", 1)}
"""Both directions of three sequences, the first of which has no step: the node itself."""


def of_lengths(name: str, numbers: Numbers) -> tuple[onnx.ModelProto, np.ndarray[Any, Any]]:
    """A graph of one node, which is told that a sequence has length 0."""
    op, gates = LENGTHS[name]
    rows, x = gates * UNITS, numbers.values(*THREE)
    arrays = {
        "W": numbers.weights(2, rows, FEATURES), "R": numbers.weights(2, rows, UNITS),
        "B": numbers.weights(2, 2 * rows), "lengths": np.array([0, 3, 6], np.int32),
    }  # fmt: skip
    info, floats = onnx.helper.make_tensor_value_info, onnx.TensorProto.FLOAT
    node = onnx.helper.make_node(op, ["x", *arrays], ["Y"], op.lower(), hidden_size=UNITS,
                                 direction="bidirectional")  # fmt: skip
    kept = [onnx.numpy_helper.from_array(array, key) for key, array in arrays.items()]
    shown = [info("Y", floats, None)]
    graph = onnx.helper.make_graph([node], name, [info("x", floats, THREE)], shown, kept)
    operators = [onnx.helper.make_opsetid("", 22)]
    return onnx.helper.make_model(graph, opset_imports=operators, ir_version=10), x


def recordings() -> Iterator[tuple[str, Recorded]]:
    """Every file with its document, by its name."""
    made = dict.fromkeys((*TORCH, *PLAIN, *UNROLLED), of_torch) | dict.fromkeys(LENGTHS, of_lengths)
    for name, make in (made | dict.fromkeys(KERAS, of_keras)).items():
        numbers = Numbers(FOLDER, name, "float32")
        file, x = make(name, numbers)
        data = file.SerializeToString(deterministic=True)
        out, *more = ran(data, {file.graph.input[0].name: x}, threads=0)
        start = {"recorded_with": versions("onnxruntime", "onnx", "torch"), "seed": numbers.seed}
        told = {**start, "file": f"{name}.onnx", "x": x, "expected": out, "more": more}
        yield name, (told, {told["file"]: data})


def record() -> int:
    """Write all files in place of the earlier ones; how many."""
    warnings.simplefilter("ignore")
    logging.disable()
    os.environ["KERAS_BACKEND"] = "tensorflow"
    return golden_file.write_files(FOLDER, recordings())
