"""Folders and checkpoints of TensorFlow, and what it computes of them.

    python tests/recorders/record.py tensorflow

writes ``tensorflow/*.json`` and the files that belong to each: ``saved_row--variables--...`` is
``variables/...`` in the folder ``saved_row``. Of ``saved_model.pb`` the graphs of operations are
left out, which nobody reads here; TensorFlow names what it writes anew every time.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import golden_file
import keras
import numpy as np
import tensorflow as tf
import tf_keras
from golden_file import Numbers, Recorded
from tensorflow.core.protobuf import saved_model_pb2
from tf_keras.protobuf import saved_metadata_pb2 as metadata
from tf_keras.src.layers.rnn import legacy_cells as cells

V1 = tf.compat.v1
LAYERS = tf_keras.layers
X = (2, 4, 3)
"""Sequences, timesteps, features."""


def row() -> Any:
    """A row with layers that have no variables, in front, between and behind."""
    return tf_keras.Sequential([
        LAYERS.Input((4, 3)),
        LAYERS.Bidirectional(LAYERS.LSTM(4, return_sequences=True)),
        LAYERS.Activation("relu"),
        LAYERS.GRU(5, activation="softsign"),
        LAYERS.BatchNormalization(),
        LAYERS.Dense(2, activation="softmax"),
    ])  # fmt: skip


def branched() -> Any:
    """Two layers that read one input, side by side, one of them in a model of its own."""
    inner = tf_keras.Sequential([LAYERS.Input((4, 3)), LAYERS.LSTM(2)], name="inner")
    x = LAYERS.Input((4, 3))
    both = LAYERS.Concatenate()([inner(x), LAYERS.SimpleRNN(5, activation="relu")(x)])
    return tf_keras.Model(x, LAYERS.Dense(2)(both))


class Tagger(tf_keras.Model):
    """A class of somebody's own."""

    def __init__(self) -> None:
        super().__init__()
        self.head = LAYERS.Dense(2, activation="tanh")
        self.encoder = LAYERS.LSTM(4, recurrent_activation="hard_sigmoid", return_sequences=True)

    def call(self, x: Any, training: Any = None) -> Any:
        """What it computes."""
        return self.head(self.encoder(x))


def stack() -> Any:
    """Layers with variables alone: what a file of weights tells whole."""
    return tf_keras.Sequential([
        LAYERS.Input((4, 3)),
        LAYERS.Bidirectional(LAYERS.GRU(4, return_sequences=True)),
        LAYERS.LSTM(5, return_sequences=True),
        LAYERS.Dense(2),
    ])  # fmt: skip


def exported() -> Any:
    """The same of Keras 3."""
    layers = keras.layers
    return keras.Sequential([
        layers.Input((4, 3)),
        layers.LSTM(4, return_sequences=True),
        layers.Bidirectional(layers.GRU(5, return_sequences=True)),
        layers.Dense(2),
    ])  # fmt: skip


def saved(model: Any, folder: Path) -> None:
    """As a SavedModel."""
    model.save(folder, save_format="tf", save_traces=False)


def saved_early(model: Any, folder: Path) -> None:
    """The same as TensorFlow 2.0 to 2.4 laid it: configs in ``saved_model.pb``."""
    saved(model, folder)
    said = metadata.SavedMetadata.FromString((folder / "keras_metadata.pb").read_bytes())
    (folder / "keras_metadata.pb").unlink()
    whole = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    nodes = whole.meta_graphs[0].object_graph_def.nodes
    for one in said.nodes:
        nodes[one.node_id].user_object.identifier = one.identifier
        nodes[one.node_id].user_object.metadata = one.metadata
    (folder / "saved_model.pb").write_bytes(whole.SerializeToString(deterministic=True))


def weights(model: Any, folder: Path) -> None:
    """As a checkpoint of weights."""
    model.save_weights(folder / "ckpt", save_format="tf")


def checkpoint(model: Any, folder: Path) -> None:
    """With an optimizer and a counter, in a checkpoint of several objects."""
    model.compile("adam", "mse")
    model.fit(np.zeros((1, 4, 3)), np.zeros((1, 4, 2)), verbose=0)
    tf.train.Checkpoint(model=model, step=tf.Variable(3)).save(str(folder / "ckpt"))


def export(model: Any, folder: Path) -> None:
    """As Keras 3 exports it."""
    model.export(folder, verbose=False)


OF_KERAS: Mapping[str, tuple[Callable[[], Any], Callable[[Any, Path], None]]] = {
    "saved_row": (row, saved), "saved_branched": (branched, saved), "saved_own": (Tagger, saved),
    "saved_early": (row, saved_early), "weights_stack": (stack, weights),
    "weights_row": (row, weights), "checkpoint_stack": (stack, checkpoint),
    "export": (exported, export),
}  # fmt: skip


def of_keras(name: str) -> Recorded:
    """One of these, with weights of our own."""
    make, save = OF_KERAS[name]
    numbers = Numbers("tensorflow", name, "float32")
    tf_keras.backend.clear_session()
    keras.backend.clear_session()
    model, x = make(), numbers.values(*X)
    model(x)
    if save is checkpoint:
        checkpoint(model, Path(tempfile.mkdtemp()))
    given = [numbers.weights(*one.shape) for one in model.get_weights()]
    model.set_weights([abs(one) if "variance" in variable.name else one
                       for one, variable in zip(given, model.weights, strict=True)])  # fmt: skip
    told = golden_file.head(
        numbers, name, "tensorflow", (make is exported and "keras") or "tf_keras"
    )
    told |= {"x": x, "expected": np.asarray(model(x))}
    with tempfile.TemporaryDirectory() as folder:
        if save is checkpoint:
            tf.train.Checkpoint(model=model, step=tf.Variable(3)).save(f"{folder}/ckpt")
        else:
            save(model, Path(folder))
        if save is weights:
            (Path(folder) / "model.json").write_text(model.to_json())
        return told, dict(_files(name, Path(folder)))


def _files(name: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "fingerprint.pb" and path.suffix != ".meta":
            inside = "--".join(path.relative_to(folder).parts)
            yield f"{name}--{inside}", _small(path)


def _small(path: Path) -> bytes:
    """What a file holds; of a SavedModel without operations."""
    if path.name != "saved_model.pb":
        return path.read_bytes()
    whole = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    for graph in whole.meta_graphs:
        graph.ClearField("graph_def")
        graph.meta_info_def.ClearField("stripped_op_list")
        graph.ClearField("saver_def")
        graph.object_graph_def.ClearField("concrete_functions")
    return whole.SerializeToString(deterministic=True)


def basic(x: Any) -> Any:
    """BasicLSTMCell and a GRUCell, one behind the other, and a matrix and a bias of one's own."""
    y, _ = V1.nn.dynamic_rnn(
        cells.MultiRNNCell([cells.BasicLSTMCell(4), cells.GRUCell(5)]), x, dtype=x.dtype
    )
    w, b = V1.get_variable("softmax_w", (5, 2), x.dtype), V1.get_variable("softmax_b", 2, x.dtype)
    return V1.nn.xw_plus_b(tf.reshape(y, (-1, 5)), w, b)


def both(x: Any) -> Any:
    """LSTMCells with peepholes and projection, in both directions, put side by side."""
    pair = [cells.LSTMCell(4, use_peepholes=True, num_proj=2) for _ in range(2)]
    y, _ = V1.nn.bidirectional_dynamic_rnn(*pair, x, dtype=x.dtype)
    return tf.concat(y, 2)


def plain(x: Any) -> Any:
    """A BasicRNNCell."""
    return V1.nn.dynamic_rnn(cells.BasicRNNCell(4), x, dtype=x.dtype)[0]


def unforgetting(x: Any) -> Any:
    """A BasicLSTMCell that adds nothing to its forget gate."""
    return V1.nn.dynamic_rnn(cells.BasicLSTMCell(4, forget_bias=0.0), x, dtype=x.dtype)[0]


def deep(x: Any) -> Any:
    """Two cells in each direction."""
    pair = [cells.MultiRNNCell([cells.GRUCell(4), cells.BasicRNNCell(2)]) for _ in range(2)]
    y, _ = V1.nn.bidirectional_dynamic_rnn(*pair, x, dtype=x.dtype)
    return tf.concat(y, 2)


def layered(x: Any) -> Any:
    """Layers of Keras, whose variables are saved by their names."""
    both_ways = LAYERS.Bidirectional(LAYERS.LSTM(4, return_sequences=True))
    return LAYERS.GRU(2, return_sequences=True)(both_ways(x))


BY_NAME: Mapping[str, tuple[Callable[[Any], Any], str, tuple[str, ...]]] = {
    "basic": (basic, "float32", ()), "both": (both, "float64", ()),
    "plain": (plain, "float64", ()), "deep": (deep, "float32", ()),
    "unforgetting": (unforgetting, "float32", ("forget_bias=0",)),
    "layered": (layered, "float32", ()),
}  # fmt: skip


def by_name(name: str) -> Recorded:
    """A graph of TensorFlow 1, saved by its Saver."""
    make, dtype, assume = BY_NAME[name]
    numbers = Numbers("tensorflow", name, dtype)
    x = numbers.values(*X)
    told = golden_file.head(numbers, name, "tensorflow", "tf_keras") | {"assume": list(assume)}
    with V1.Graph().as_default(), tempfile.TemporaryDirectory() as folder, V1.Session() as session:
        y = make(tf.constant(x))
        V1.get_variable("global_step", (), tf.int64)
        session.run(V1.global_variables_initializer())
        for one in V1.trainable_variables():
            if one.dtype.base_dtype.name == dtype:
                one.load(numbers.weights(*one.shape.as_list()), session)
        told |= {"x": x, "expected": session.run(y)}
        V1.train.Saver().save(session, f"{folder}/model.ckpt", 7)
        return told, dict(_files(name, Path(folder)))


def recordings() -> Iterator[tuple[str, Recorded]]:
    """All of them."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    yield from ((name, of_keras(name)) for name in OF_KERAS)
    yield from ((name, by_name(name)) for name in BY_NAME)


def record() -> int:
    """Write them in place of the earlier ones; how many."""
    return golden_file.write_files("tensorflow", recordings())
