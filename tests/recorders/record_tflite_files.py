"""TensorFlow Lite files, and what its interpreter computes of them.

    python tests/recorders/record.py tflite_files

Keras 3 and Keras 2 build the networks and TensorFlow's converter writes them: Keras 2's LSTM as one
operator, all else as loops. What it does not write is made by the schema (``tflite_made.py``). The
interpreter runs without delegates, and from fresh states.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from shutil import copy
from typing import Any

import golden_file
import numpy as np
import tensorflow as tf
from golden_file import Array, Document, Numbers, Recorded
from tflite_made import MADE

FOLDER = "tflite_files"
MODELS = Path(__file__).parents[2] / "docs" / "models"
FEATURES, TIMESTEPS = 3, 5
ALL = {"return_sequences": True}

Layers = Callable[[Any], list[Any]]
KERAS: dict[str, Layers] = {
    "rnn": lambda L: [L.SimpleRNN(4, **ALL)],
    "rnn_relu_last": lambda L: [L.SimpleRNN(4, activation="relu"), L.Dense(2)],
    "gru_sigmoid": lambda L: [L.GRU(4, **ALL), L.Dense(2, "sigmoid")],
    "gru_before_last": lambda L: [L.GRU(4, reset_after=False), L.Dense(2, "softmax")],
    "gru_both": lambda L: [L.Bidirectional(L.GRU(4, **ALL)), L.Dense(2)],
    "gru_pooled": lambda L: [L.GRU(4, **ALL), L.GlobalAveragePooling1D(), L.Dense(2)],
    "gru_flat": lambda L: [L.GRU(4, **ALL), L.Flatten(), L.Dense(2, "relu")],
    "lstm_stack": lambda L: [L.LSTM(4, **ALL), L.LSTM(5), L.Dense(2, "tanh")],
    "lstm_both_last": lambda L: [L.Bidirectional(L.LSTM(4)), L.Dense(2)],
    "lstm_backwards": lambda L: [L.LSTM(4, go_backwards=True, **ALL)],
    "lstm_hard_sigmoid": lambda L: [L.LSTM(4, recurrent_activation="hard_sigmoid", **ALL)],
    "lstm_embedded": lambda L: [L.Embedding(7, 3), L.LSTM(4), L.Dense(2, "softmax")],
    "lstm_batch": lambda L: [L.LSTM(4, use_bias=False, **ALL)],
    "lstm_open_time": lambda L: [L.LSTM(4, **ALL)],
    "lstm_float16": lambda L: [L.LSTM(4, **ALL), L.Dense(2)],
    "lstm_int8": lambda L: [L.LSTM(20, **ALL), L.Dense(2)],
}
"""Of Keras 3; their names say what else is asked of the converter."""

KERAS2: dict[str, Layers] = {
    "keras2_lstm": lambda L: [L.LSTM(4, **ALL)],
    "keras2_lstm_last": lambda L: [L.LSTM(4), L.Dense(2, "softmax")],
    "keras2_lstm_both": lambda L: [L.Bidirectional(L.LSTM(4, **ALL)), L.Dense(2)],
    "keras2_lstm_stack_batch": lambda L: [L.LSTM(4, **ALL), L.LSTM(5, **ALL)],
    "keras2_gru": lambda L: [L.GRU(4, **ALL)],
    "keras2_lstm_float16": lambda L: [L.LSTM(4, **ALL), L.Dense(2)],
}


def converted(name: str, framework: str, layers: Layers, numbers: Numbers) -> bytes:
    """A network as the converter writes it."""
    keras = import_module(framework)
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    batch = 2 if "batch" in name else 1
    steps = None if "open_time" in name else TIMESTEPS
    embedded = "embedded" in name
    features = 48 if "int8" in name else FEATURES
    shape, dtype = ((steps,), "int32") if embedded else ((steps, features), "float32")
    given = keras.Input(shape, batch_size=batch, dtype=dtype)
    model = keras.Sequential([given, *layers(keras.layers)])
    for one in model.weights:
        one.assign(numbers.weights(*one.shape))
    if framework == "keras":
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
    else:
        spec = tf.TensorSpec((batch, *shape), dtype)
        function = tf.function(lambda x: model(x)).get_concrete_function(spec)
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function], model)
    if "float16" in name or "int8" in name:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if "float16" in name:
        converter.target_spec.supported_types = [tf.float16]
    return bytes(converter.convert())


def judged(content: bytes, numbers: Numbers) -> tuple[Array, Array]:
    """An input, and what the interpreter makes of it."""
    kind = tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        interpreter = tf.lite.Interpreter(model_content=content, experimental_op_resolver_type=kind)
    (told,) = interpreter.get_input_details()
    shape = [TIMESTEPS if one < 0 else one for one in told["shape_signature"]]
    interpreter.resize_tensor_input(told["index"], shape)
    interpreter.allocate_tensors()
    x = numbers.ids(7, *shape) if told["dtype"] == np.int32 else numbers.values(*shape)
    interpreter.set_tensor(told["index"], x.astype(told["dtype"]))
    interpreter.invoke()
    return x, interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


def recorded(name: str, content: bytes, numbers: Numbers, *packages: str) -> tuple[str, Recorded]:
    """The document of a file, and the file."""
    x, expected = judged(content, numbers)
    file = f"{name}.tflite"
    head: Document = golden_file.head(numbers, "the interpreter of TensorFlow Lite", *packages)
    return name, ({**head, "file": file, "x": x, "expected": expected}, {file: content})


def recordings() -> Iterator[tuple[str, Recorded]]:
    """All of them."""
    for framework, every in (("keras", KERAS), ("tf_keras", KERAS2)):
        for name, layers in every.items():
            numbers = Numbers(FOLDER, name, "float32")
            content = converted(name, framework, layers, numbers)
            yield recorded(name, content, numbers, framework, "tensorflow")
    for name, (make, says) in MADE.items():
        numbers = Numbers(FOLDER, name, "float32")
        yield recorded(name, make(numbers, says), numbers, "tensorflow")


def record() -> int:
    """Write the golden files of this folder; how many."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    count = golden_file.write_files(FOLDER, recordings())
    folder = golden_file.FOLDER / FOLDER  # the file that the pages open
    copy(folder / "keras2_lstm_last.tflite", MODELS / "gesture.tflite")
    return count
