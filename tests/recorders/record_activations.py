"""What the frameworks' activations compute, bare, of numbers with every kink among them.

    python tests/recorders/record.py activations

Each is written down with what a file or a module says of it; the tests read that with the tables
of ``rnncalc/conventions/``.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import onnxruntime
import tensorflow
import tf_keras
import torch
from golden_file import Array, Document, versions
from keras import layers
from keras.src.activations import ALL_OBJECTS_DICT
from onnx import helper
from onnxruntime.capi import onnxruntime_pybind11_state as errors
from torch import nn

KINKS = (0, 1e-12, 1e-3, 0.1, 0.25, 0.3, 0.375, 0.5, 0.625, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, 6,
         7.5, 12.25, 19.5, 40, 88)  # fmt: skip
ODD = (math.nan, math.inf, -math.inf)
BETWEEN = (0.17, 0.44, 0.81, 1.37, 2.93, 5.21)
TOGETHER = [[0.5, -2.25, 7.0, 1.5], [1.75, 0.5, -3.0, 1.5], [-1.0, 1.0, 2.5, 1.5],
            [1.25, -0.75, 6.5, -0.5], [1.7, 30.0, -1.0, 1.25], [0.4, -4.5, 6.25, 1.5]]  # fmt: skip
"""What is given to those that take all units: (units, batch), ties and thirds among them."""

KERAS_LAYERS = [
    layers.LeakyReLU(), layers.LeakyReLU(negative_slope=0.375), layers.ELU(), layers.ELU(0.625),
    layers.ReLU(), layers.ReLU(6.0), layers.ReLU(2.5), layers.ReLU(None, 0.375),
    layers.ReLU(2.5, 0.25), layers.ReLU(None, 0.25, 1.5), layers.ReLU(4.0, 0.25, 1.5),
    layers.ReLU(None, 0.0, 1.5), layers.ReLU(6.0, 0.0, 0.5),
]  # fmt: skip
TF_KERAS = ("elu", "exponential", "gelu", "hard_sigmoid", "linear", "mish", "relu", "selu",
            "sigmoid", "softmax", "softplus", "softsign", "swish", "tanh", "leaky_relu",
            "log_softmax", "relu6", "silu")  # fmt: skip
TF_KERAS_LAYERS = [
    tf_keras.layers.LeakyReLU(), tf_keras.layers.LeakyReLU(alpha=0.375), tf_keras.layers.ELU(0.625),
    tf_keras.layers.ThresholdedReLU(), tf_keras.layers.ThresholdedReLU(theta=0.375),
    tf_keras.layers.ReLU(6.0, 0.25, 1.5), tf_keras.layers.ReLU(2.5), tf_keras.layers.Softmax(),
]  # fmt: skip
TORCH_MODULES = [
    nn.Tanh(), nn.Sigmoid(), nn.ReLU(), nn.Identity(), nn.Softplus(), nn.Softplus(beta=2.5),
    nn.Softsign(), nn.LogSigmoid(), nn.ELU(), nn.ELU(0.625), nn.CELU(), nn.CELU(1.75), nn.SELU(),
    nn.GELU(), nn.GELU(approximate="tanh"), nn.SiLU(), nn.Mish(), nn.LeakyReLU(),
    nn.LeakyReLU(0.375), nn.RReLU().eval(), nn.RReLU(0.25, 0.5).eval(), nn.ReLU6(),
    nn.Threshold(0.375, -1.5), nn.Hardsigmoid(), nn.Hardswish(), nn.Hardtanh(),
    nn.Hardtanh(-0.625, 2.5), nn.Hardshrink(), nn.Hardshrink(1.25), nn.Softshrink(),
    nn.Softshrink(1.25), nn.Tanhshrink(), nn.Softmax(dim=-1), nn.LogSoftmax(dim=-1),
    nn.Softmin(dim=-1), nn.GLU(),
]  # fmt: skip
OPERATORS: list[tuple[str, int, dict[str, float | str | int]]] = [
    ("Tanh", 14, {}), ("Sigmoid", 14, {}), ("Relu", 14, {}), ("Softsign", 14, {}),
    ("Softplus", 14, {}), ("HardSigmoid", 14, {}), ("HardSigmoid", 14, {"alpha": 1 / 6}),
    ("HardSigmoid", 14, {"alpha": 0.25, "beta": 0.375}), ("Elu", 14, {}),
    ("Elu", 14, {"alpha": 0.625}), ("LeakyRelu", 14, {}), ("LeakyRelu", 14, {"alpha": 0.375}),
    ("ThresholdedRelu", 14, {}), ("ThresholdedRelu", 14, {"alpha": 0.375}), ("Exp", 14, {}),
    ("Sign", 14, {}), ("Selu", 14, {}), ("Gelu", 20, {}), ("Gelu", 20, {"approximate": "tanh"}),
    ("Mish", 18, {}), ("HardSwish", 14, {}), ("Celu", 14, {}), ("Celu", 14, {"alpha": 1.75}),
    ("Swish", 24, {}), ("Swish", 24, {"alpha": 1.625}), ("Shrink", 14, {"bias": 0.5}),
    ("Shrink", 14, {}), ("Shrink", 14, {"lambd": 1.25, "bias": 1.25}),
    ("Softmax", 14, {"axis": -1}), ("LogSoftmax", 14, {"axis": -1}), ("Hardmax", 14, {"axis": -1}),
]  # fmt: skip

RUNTIME = (errors.NotImplemented, errors.InvalidGraph)
"""What ONNX Runtime says of an operator that it has not for a type."""

Asked = tuple[dict[str, Any], bool, Any]
"""What a file says, whether it takes all units together, and the function of an array."""


def documents() -> Iterator[tuple[str, Document]]:
    """A file for each framework and type."""
    frameworks = {
        "keras": (of_keras, versions("keras", "tensorflow", "numpy")),
        "tf_keras": (of_tf_keras, versions("tf_keras", "numpy")),
        "torch": (of_torch, versions("torch", "numpy")),
        "onnx": (of_onnx, versions("onnx", "onnxruntime", "numpy")),
    }
    for name, (asked, used) in frameworks.items():
        for dtype in ("float32", "float64"):
            yield f"{name}_{dtype}", document(list(asked(dtype)), used, dtype)


def document(asked: list[Asked], used: dict[str, str], dtype: str) -> Document:
    """What all functions give."""
    sides = sorted({-one for one in (*KINKS, *BETWEEN)} | {*KINKS, *BETWEEN})
    x = np.array([*sides, *ODD], dtype)
    rows = np.array(TOGETHER, dtype)
    functions = [
        {"says": says, "together": together, "expected": texts(function(rows.T).T if together
                                                               else function(x))}
        for says, together, function in asked
    ]  # fmt: skip
    about = "activations of x, (n), or of (units, batch) where they take all units together"
    return {"recorded_with": used, "about": about,
            "dtype": dtype, "x": texts(x), "rows": texts(rows), "functions": functions}  # fmt: skip


def texts(array: Array) -> list[Any]:
    """The numbers as lists; what JSON has no number for as text."""
    if array.ndim > 1:
        return [texts(row) for row in array]
    return [one if np.isfinite(one) else str(one) for one in array]


def of_keras(dtype: str) -> Iterator[Asked]:
    """All functions of Keras by name, then its layers."""
    together = ("softmax", "log_softmax", "sparsemax", "glu")

    def computed(function: Any) -> Any:
        return lambda x: keras.ops.convert_to_numpy(function(keras.ops.convert_to_tensor(x)))

    for name in sorted(ALL_OBJECTS_DICT):
        if name != "threshold":  # which takes more than x
            function = ALL_OBJECTS_DICT[name]
            yield {"activation": name}, name in together, computed(function)
    for layer in (*KERAS_LAYERS, layers.Softmax()):
        says = keras.saving.serialize_keras_object(layer)
        said = {key: says["config"][key] for key in inspect.signature(type(layer)).parameters
                if key in says["config"]}  # fmt: skip
        layer = type(layer)(**said, dtype=dtype)
        kept = {"class_name": says["class_name"], "config": said}
        yield {"activation": kept}, isinstance(layer, layers.Softmax), computed(layer)


def of_tf_keras(dtype: str) -> Iterator[Asked]:
    """The functions that Keras 2 finds by their names, then its layers."""
    for name in TF_KERAS:
        function = tf_keras.activations.deserialize(name)

        def computed(x: Array, function: Any = function) -> Array:
            return np.asarray(function(tensorflow.constant(x)))

        yield {"activation": name, "old": True}, "softmax" in name, computed
    for layer in TF_KERAS_LAYERS:
        config = layer.get_config()
        layer = type(layer).from_config(config | {"dtype": dtype})
        says = {"class_name": type(layer).__name__, "config": config}

        def applied(x: Array, layer: Any = layer) -> Array:
            return np.asarray(layer(tensorflow.constant(x)))

        yield {"activation": says, "old": True}, "axis" in config, applied


def of_torch(dtype: str) -> Iterator[Asked]:
    """The modules, with their public attributes."""
    for module in TORCH_MODULES:
        said = {key: value for key, value in vars(module).items()
                if not key.startswith("_") and key not in ("training", "inplace")}  # fmt: skip
        says = {"module": type(module).__name__, "attributes": said}
        together = "dim" in said

        def computed(x: Array, module: nn.Module = module) -> Array:
            return module(torch.from_numpy(np.ascontiguousarray(x))).numpy()

        yield says, together, computed


def of_onnx(dtype: str) -> Iterator[Asked]:
    """The operators, as ONNX Runtime computes them; some it has in float32 alone."""
    for op, opset, said in OPERATORS:
        kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        node = helper.make_node(op, ["x"], ["y"], **said)
        values = [helper.make_tensor_value_info(name, kind, None) for name in "xy"]
        graph = helper.make_graph([node], "g", values[:1], values[1:])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
        model.ir_version = 10
        try:
            session = onnxruntime.InferenceSession(model.SerializeToString())
        except RUNTIME:
            continue

        def computed(x: Array, session: Any = session) -> Array:
            return session.run(None, {"x": np.ascontiguousarray(x)})[0]

        yield {"operator": op, "attributes": said}, "axis" in said, computed
