"""Which models tf2onnx makes ONNX files of: from Keras 2 (tf_keras) and from Keras 3.

It writes LSTM as a node, Keras 2's GRU too where the reset gate is behind the product; all else is
a ``Loop``. Keras 3's own ``model.export(format="onnx")`` is tf2onnx as well.
"""

from __future__ import annotations

import logging
import re
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnx
import tensorflow as tf
import tf2onnx
from golden_file import Numbers
from keras_files_recorder import draw
from keras_files_watching import CELLS as KINDS_OF
from keras_files_watching import Call, parts, said, sequence, watched
from keras_files_words import BATCH, FEATURES, TIMESTEPS, VOCABULARY, L, S, Sequential
from keras_words import PADDED
from onnx_files_words import Made


@dataclass(frozen=True)
class Keras:
    """A model, and what is said of it."""

    name: str
    make: Sequential
    about: str = ""
    opset: int = 15


logging.getLogger("tf2onnx").setLevel(logging.ERROR)
tf2onnx.graph.Node.__hash__ = lambda node: zlib.crc32(node.name.encode())
"""Not where it lies in memory: it keeps nodes in sets, and the order of a set is in its names."""


def made(case: Keras, framework: str, way: str, numbers: Numbers) -> tuple[Made, str]:
    """The file, what it is asked, and a sentence; Keras tells what must come out."""
    keras = import_module(framework)
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    model, ids = case.make(keras), case.make.ids
    if ids:
        x = numbers.ids(VOCABULARY, BATCH, TIMESTEPS).astype("int32")
    else:
        x = numbers.values(BATCH, TIMESTEPS, FEATURES)
    if "masked" in case.name:
        x[np.array(PADDED) == 0] = 0
    model(x)
    draw(model, numbers)
    calls, (out,) = watched(keras, model, x, {})
    h = sequence(calls)
    tf2onnx.utils.INTERNAL_NAME = 1  # its names count what it has made before
    file = WAYS[way](keras, case, model, x.dtype)
    renamed(file)
    loops = sum(node.op_type == "Loop" for node in file.graph.node)
    axes = "BTH" if out.ndim == 3 else "BH"
    feeds = {file.graph.input[0].name: x}
    about = f"{said(calls)}, {way}{', Loop' * bool(loops)}{case.about and ', '}{case.about}."
    backwards = "backwards" in case.name  # a reader may call the final states otherwise
    nodes = not (loops or backwards)
    written = loops or "norm" in case.name  # out, so that no node tells the layer
    rows = [row for call in calls for row in unnamed(call)] if written else None
    return Made(file, feeds, x, axes, agrees=out, states=nodes, parts=rows, h=h), about


def unnamed(call: Call) -> list[list[Any]]:
    """The parts of a call, without names; the cells of a loop one by one."""
    cells = getattr(getattr(call[0], "cell", None), "cells", [])
    if len(cells) < 2:
        return [[None, *row[1:]] for row in parts([call], nothing=False)]
    kinds = [type(cell).__name__.removesuffix("Cell") for cell in cells]
    return [
        [None, "recurrent", KINDS_OF[one], cell.units]
        for one, cell in zip(kinds, cells, strict=True)
    ]


def renamed(file: onnx.ModelProto) -> None:
    """TensorFlow numbers the functions that it has made before: without their numbers."""
    rename(file.graph)


def steady(name: str) -> str:
    """A name without the number of a function."""
    return re.sub(r"_frozen_\d+", "_frozen", name)


def rename(graph: onnx.GraphProto) -> None:
    """All names of a graph, and of the graphs in it."""
    del graph.value_info[:]
    graph.name, graph.doc_string = steady(graph.name), ""
    for value in [*graph.input, *graph.output, *graph.initializer]:
        value.name = steady(value.name)
    for node in graph.node:
        node.name = steady(node.name)
        for names in (node.input, node.output):
            names[:] = [steady(name) for name in names]
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                rename(attribute.g)


def from_keras(keras: ModuleType, case: Keras, model: Any, dtype: Any) -> onnx.ModelProto:
    """tf2onnx' own way for models of Keras 2."""
    signature = [tf.TensorSpec(model.inputs[0].shape, dtype, name="x")]
    return tf2onnx.convert.from_keras(model, input_signature=signature, opset=case.opset)[0]


def from_function(keras: ModuleType, case: Keras, model: Any, dtype: Any) -> onnx.ModelProto:
    """tf2onnx of a function that calls the model."""
    signature = [tf.TensorSpec(model.inputs[0].shape, dtype, name="x")]
    function = tf.function(lambda x: model(x))
    return tf2onnx.convert.from_function(function, input_signature=signature, opset=case.opset)[0]


def exported(keras: ModuleType, case: Keras, model: Any, dtype: Any) -> onnx.ModelProto:
    """Keras 3's own way."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        model.export(str(path), format="onnx", verbose=False, opset_version=case.opset)
        return onnx.load(str(path))


WAYS = {
    "tf2onnx.convert.from_keras": from_keras,
    "tf2onnx.convert.from_function": from_function,
    'model.export(format="onnx")': exported,
}

ALL = {"return_sequences": True}
FIXED = (TIMESTEPS, FEATURES)
HARD = {"recurrent_activation": "hard_sigmoid"}


def ids() -> object:
    """An Embedding of seven words."""
    return L.Embedding(VOCABULARY, 3)


def masked_ids() -> object:
    """One that masks the word 0."""
    return L.Embedding(VOCABULARY, 3, mask_zero=True)


MASKED = [
    Keras("masked_lstm", S(L.Masking(0.0), L.LSTM(4, **ALL)), "masked"),
    Keras("masked_gru", S(masked_ids(), L.GRU(4), ids=True), "masked"),
    Keras("masked_rnn", S(L.Masking(0.0), L.SimpleRNN(4), L.Dense(2)), "masked"),
    Keras("masked_zeros", S(L.Masking(0.0), L.LSTM(4, zero_output_for_mask=True, **ALL)), "masked"),
    Keras("masked_backwards", S(L.Masking(0.0), L.GRU(4, go_backwards=True, **ALL)), "masked"),
    Keras(
        "masked_bidirectional", S(masked_ids(), L.Bidirectional(L.SimpleRNN(3)), ids=True), "masked"
    ),
]
LARGE = [
    Keras("masked_stack", S(masked_ids(), L.LSTM(4, **ALL), L.GRU(3), ids=True), "masked"),
    Keras("masked_both", S(masked_ids(), L.Bidirectional(L.LSTM(3, **ALL)), ids=True), "masked"),
    Keras("masked_cells", S(masked_ids(), L.RNN([L.LSTMCell(4), L.GRUCell(3)]), ids=True),
          "masked"),
]  # fmt: skip
"""Keras 3 names its values at too great length."""
CELLS = [
    Keras("cells", S(L.RNN([L.LSTMCell(4), L.GRUCell(3)], **ALL), L.Dense(2))),
    Keras("cells_alike", S(L.RNN([L.SimpleRNNCell(4), L.SimpleRNNCell(4), L.SimpleRNNCell(3)]))),
    Keras("cells_lstm", S(L.RNN([L.LSTMCell(3), L.LSTMCell(3)], **ALL))),
]

BOTH = [
    Keras("lstm", S(L.LSTM(4, **ALL), L.Dense(2, "softmax"))),
    Keras("lstm_last", S(L.LSTM(4), L.Dense(2, "sigmoid"), shape=FIXED)),
    Keras("lstm_stack", S(L.LSTM(4, **ALL), L.Dropout(0.5), L.LSTM(3, **ALL))),
    Keras("lstm_backwards", S(L.LSTM(4, go_backwards=True, **ALL))),
    Keras("lstm_backwards_last", S(L.LSTM(4, go_backwards=True), L.Dense(2))),
    Keras("lstm_bidirectional", S(L.Bidirectional(L.LSTM(4, **ALL)), L.Dense(2))),
    Keras("lstm_bidirectional_last", S(L.Bidirectional(L.LSTM(4)))),
    Keras("lstm_bidirectional_sum", S(L.Bidirectional(L.LSTM(4, **ALL), merge_mode="sum"))),
    Keras("lstm_embedding", S(ids(), L.LSTM(4), L.Dense(2, "softmax"), ids=True)),
    Keras("lstm_without_bias", S(L.LSTM(4, use_bias=False, **ALL))),
    Keras("lstm_hard_sigmoid", S(L.LSTM(4, **HARD, **ALL))),
    Keras("gru", S(L.GRU(4, **ALL))),
    Keras("gru_last", S(L.GRU(4), L.Dense(2))),
    Keras("gru_reset_before", S(L.GRU(4, reset_after=False, **ALL))),
    Keras("gru_bidirectional_last", S(L.Bidirectional(L.GRU(4), name="both"), L.Dense(2))),
    Keras("simple_rnn", S(L.SimpleRNN(4, **ALL), L.Dense(2))),
    Keras("simple_rnn_last", S(L.SimpleRNN(4), shape=FIXED)),
    Keras("simple_rnn_relu", S(L.SimpleRNN(4, activation="relu", **ALL))),
    Keras("simple_rnn_bidirectional", S(L.Bidirectional(L.SimpleRNN(4, **ALL)))),
    Keras("lstm_batch_norm", S(L.LSTM(4, **ALL), L.BatchNormalization(), L.Dense(2))),
    Keras("gru_last_batch_norm", S(L.GRU(4), L.BatchNormalization(scale=False), L.Dense(2))),
]  # fmt: skip
"""Made in both."""

OLD = [
    Keras("gru_bidirectional", S(L.Bidirectional(L.GRU(4, **ALL)))),
    Keras("gru_backwards_last", S(L.GRU(4, go_backwards=True))),
    Keras("gru_stack", S(L.GRU(4, **ALL), L.GRU(3, **ALL), L.Dense(2)), opset=17),
    Keras("lstm_relu", S(L.LSTM(4, activation="relu", **ALL))),
    Keras("lstm_opset_18", S(L.LSTM(4, **ALL), L.LSTM(3), L.Dense(2)), opset=18),
]
"""Made in Keras 2 alone."""

NEW = [
    Keras("lstm_norm", S(L.LSTM(4, **ALL), L.LayerNormalization(), L.Dense(2))),
    Keras("lstm_last_norm", S(L.LSTM(4), L.LayerNormalization(center=False), L.Dense(2))),
    Keras("lstm_silu", S(L.LSTM(4), L.Dense(3, "silu"))),
]
"""Made in Keras 3 alone."""

FUNCTION = [
    Keras("function_lstm", S(L.LSTM(4, **ALL), L.Dense(2, "tanh"))),
    Keras("function_gru", S(L.GRU(4), L.Dense(2), shape=FIXED)),
    Keras("function_simple_rnn", S(L.SimpleRNN(4, **ALL))),
]
"""Made in Keras 3, by tf2onnx itself."""


def exports() -> Iterator[tuple[str, Keras, str, str]]:
    """The name of the file, what is exported, by which Keras and in which way."""
    from_keras, from_function, exported = WAYS
    for case in [*BOTH, *MASKED, *LARGE, *CELLS, *OLD]:
        yield f"keras2_{case.name}", case, "tf_keras", from_keras
    for case in [*BOTH, *MASKED, *CELLS, *NEW]:
        yield f"keras_{case.name}", case, "keras", exported
    for case in FUNCTION:
        yield f"keras_{case.name}", case, "keras", from_function
