"""Keras models whose layers are no row: what reads what, and what is refused by its name.

That the numbers are Keras' own is held by ``tests/test_graphs.py``.
"""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest
from golden_graphs import FOLDER, golden, inputs_of, path
from hostile_made import keras

import rnncalc
from rnncalc import readers
from rnncalc.containers.hdf5.tree import Group
from rnncalc.containers.tensor import Tensor
from rnncalc.conventions.keras_versions import NEWER, Version
from rnncalc.errors import FileError
from rnncalc.readers.of_keras.config import Spec
from rnncalc.readers.of_keras.graph import graph
from rnncalc.readers.of_keras.weights import at_home

K = FOLDER / "keras"


def config_of(name):
    """The config of a golden graph."""
    with zipfile.ZipFile(K / f"{name}.keras") as archive:
        return json.loads(archive.read("config.json"))


def layer(config, name):
    """The entry of a layer."""
    return next(one for one in config["config"]["layers"] if one["config"]["name"] == name)


def contents(name, config=None, folder=None):
    """What a golden graph holds, with another config."""
    file = K / f"{name}.keras" if config is None else keras(folder, config, K / f"{name}.keras")
    return readers.contents_of(file, "keras")


def blocks(found):
    """The parts that compute, by name."""
    return {part.name: part.block for part in found.parts if part.kind != "nothing"}


def refused(name, config, folder):
    """What is said of a golden graph with another config, behind the file's name."""
    file = keras(folder, config, K / f"{name}.keras")
    with pytest.raises(rnncalc.RnncalcError) as error:
        rnncalc.load(file)
    return str(error.value).removeprefix(f"{file}: ")


def kinds(name):
    """The names of layers of a golden graph by their classes."""
    return {one["class_name"]: one["config"]["name"] for one in config_of(name)["config"]["layers"]}


def test_a_layer_that_is_called_twice_is_computed_twice():
    """With the same arrays, the second time as NAME_1."""
    found = blocks(contents("shared_lstm"))
    lstm, second = (name for name, block in found.items() if "cell" in block)

    assert second == f"{lstm}_1"
    assert found[lstm]["kernel"] is found[second]["kernel"]
    assert found[lstm]["input"] != found[second]["input"]


def test_inputs_come_in_the_order_of_the_model():
    """However its layers read them; one alone is x."""
    config = config_of("encoder_decoder_embedded")["config"]

    order = [one[0] for one in config["input_layers"]]
    assert contents("encoder_decoder_embedded").sources == order
    assert contents("skip").sources == ["x"]


def test_states_begin_a_decoder_by_their_full_names():
    """h and c of the encoder, the one direction that it has."""
    found = blocks(contents("encoder_decoder"))
    decoder = next(block for block in found.values() if "h0" in block)
    encoder = next(name for name, block in found.items() if "cell" in block and "h0" not in block)

    assert decoder["h0"] == {"layer": f"{encoder}.forward.final.h"}
    assert decoder["c0"] == {"layer": f"{encoder}.forward.final.c"}


def test_layers_that_do_not_read_each_other_run_as_a_row():
    """--layers of a decoder alone: its states are zeros, and that is assumed."""
    file, found = path("keras/encoder_decoder"), blocks(contents("encoder_decoder"))
    encoder, decoder = (name for name, block in found.items() if "cell" in block)

    model = rnncalc.load(file, layers=[decoder])
    assert not model.wiring
    assert {(one.layer, one.key) for one in model.assumptions} == {(decoder, "h0"), (decoder, "c0")}
    both = rnncalc.load(file, layers=[encoder, decoder])
    x = inputs_of("keras/encoder_decoder")
    whole = rnncalc.run(rnncalc.load(file), x)
    assert len(both.inputs) == 2
    assert np.array_equal(rnncalc.run(both, x).h, whole.layers[-1].h)


CALLS = [
    ("multihead_self", "attention_mask", True, "is called with attention_mask, which is not read"),
    ("encoder_decoder", "constants", [1], "is called with constants, which is not read here"),
    ("masked_skip", "mask", "own", "is called with a mask of its own, which is not read here"),
]


@pytest.mark.parametrize(("name", "key", "value", "told"), CALLS)
def test_what_a_call_is_told_is_read_or_refused(name, key, value, told, tmp_path):
    """By the layer's name; --layers is the way out."""
    config = config_of(name)
    classes = ("MultiHeadAttention", "LSTM", "GRU", "SimpleRNN")
    one = next(one for one in reversed(config["config"]["layers"]) if one["class_name"] in classes)
    node = one["inbound_nodes"][0]
    node["kwargs"][key] = node["args"][0] if value == "own" else value
    message = refused(name, config, tmp_path)

    assert message.startswith(f"{one['config']['name']} {told}")
    assert "--layers picks what to run" in message


OPTIONS = [
    ("conv_valid_lstm", "Conv1D", "data_format", "channels_first"),
    ("conv_valid_lstm", "Conv1D", "padding", "full"),
    ("conv_valid_lstm", "Conv1D", "strides", [0]),
    ("conv_max_pooling", "MaxPooling1D", "data_format", "channels_first"),
    ("conv_max_pooling", "MaxPooling1D", "padding", "causal"),
    ("autoencoder", "RepeatVector", "n", 0),
    ("reshape", "Reshape", "target_shape", "rows"),
    ("permute", "Permute", "dims", [1, 2, 3]),
    ("rescaling", "Rescaling", "scale", [1, 2]),
    ("attention_dot", "Attention", "score_mode", "general"),
    ("multihead_self", "MultiHeadAttention", "attention_axes", [1, 2]),
    ("multihead_self", "MultiHeadAttention", "use_gate", True),
    ("multihead_self", "MultiHeadAttention", "sliding_window", 3),
    ("dot_of_rows", "Dot", "normalize", "yes"),
    ("branches_concatenate", "Concatenate", "axis", 0),
]


@pytest.mark.parametrize(("name", "kind", "option", "value"), OPTIONS)
def test_an_option_that_is_not_computed_is_refused(name, kind, option, value, tmp_path):
    """By the name of the layer."""
    config = config_of(name)
    entry = layer(config, kinds(name)[kind])
    assert option in entry["config"]
    entry["config"][option] = value

    assert refused(name, config, tmp_path).startswith(entry["config"]["name"])


@pytest.mark.parametrize(
    ("kind", "option", "value", "told"),
    [
        ("Conv1D", "filters", 9, "its config says filters 9, and its kernel has the shape"),
        ("Conv1D", "kernel_size", [5], "its config says kernel_size 5, and its kernel has"),
        ("Conv1D", "use_bias", False, "has 2 arrays, expected 1"),
    ],
)
def test_a_config_that_contradicts_its_arrays_is_refused(kind, option, value, told, tmp_path):
    """As of layers with a state."""
    config = config_of("conv_valid_lstm")
    layer(config, kinds("conv_valid_lstm")[kind])["config"][option] = value

    assert told in refused("conv_valid_lstm", config, tmp_path)


def test_a_layer_that_reads_itself_is_refused(tmp_path):
    """By its name, and in no time."""
    config = config_of("branches_concatenate")
    entry = layer(config, kinds("branches_concatenate")["LSTM"])
    entry["inbound_nodes"][0]["args"][0]["config"]["keras_history"][0] = entry["config"]["name"]

    assert "reads its own output" in refused("branches_concatenate", config, tmp_path)


def operation(config, kind, args, **options):
    """Put an operation behind the last layer of a functional model."""
    last = config["config"]["output_layers"]
    tensor = _tensor(*(last if isinstance(last[0], str) else last[0])[:2])
    config["config"]["layers"].append({
        "module": "keras.src.ops.numpy", "class_name": kind, "registered_name": kind, "name": "op",
        "config": {"name": "op", **options},
        "inbound_nodes": [{"args": [tensor if one == "x" else one for one in args], "kwargs": {}}],
    })  # fmt: skip
    config["config"]["output_layers"] = [["op", 0, 0]]


@pytest.mark.parametrize(
    ("kind", "args", "expected"),
    [
        ("Multiply", ("x", 0.5), lambda y: y * 0.5),
        ("Add", ("x", 2), lambda y: y + 2),
        ("Subtract", ("x", 2), lambda y: y - 2),
        ("Subtract", (1, "x"), lambda y: 1 - y),
        ("TrueDivide", ("x", 4), lambda y: y / 4),
        ("Negative", ("x",), lambda y: -y),
        ("Add", ("x", "x"), lambda y: y + y),
        ("Multiply", ("x", "x"), lambda y: y * y),
        ("Tanh", ("x",), np.tanh),
    ],
)
def test_an_operation_that_a_layer_does_is_computed(kind, args, expected, tmp_path):
    """Numbers on either side, and both what it reads."""
    config = config_of("skip_double")
    operation(config, kind, args)
    model = rnncalc.load(keras(tmp_path, config, K / "skip_double.keras"))
    x = inputs_of("keras/skip_double")
    y = next(iter(golden("keras/skip_double")["expected"].values()))

    found = next(iter(rnncalc.run(model, x).outputs.values()))
    assert np.allclose(found, expected(np.array(y)), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("kind", "args"),
    [("Sum", ("x",)), ("Power", ("x", 2)), ("TrueDivide", (1, "x")), ("GetItem", ("x", [0]))],
)
def test_another_operation_is_refused_by_its_name(kind, args, tmp_path):
    """Also what looks like one that is computed."""
    config = config_of("skip")
    operation(config, kind, args)
    told = {"TrueDivide": "true_divide", "GetItem": "get_item"}.get(kind, kind.lower())

    message = refused("skip", config, tmp_path)
    assert message.startswith(f"op is a keras.ops.{told}, which is not among the layers computed")


def test_an_operation_drops_the_mask(tmp_path):
    """So the layer behind it, which is written down with that mask, is refused."""
    config = config_of("masked_skip")
    entry = next(one for one in config["config"]["layers"] if one["class_name"] == "Add")
    entry |= {"module": "keras.src.ops.numpy", "registered_name": "Add"}
    entry["inbound_nodes"][0]["args"] = entry["inbound_nodes"][0]["args"][0]

    assert "is called with a mask of its own" in refused("masked_skip", config, tmp_path)


def test_inner_models_that_call_each_other_often_are_bounded():
    """Fifteen levels, each calling the next one twice."""
    config = config_of("skip")
    for depth in range(15):
        name = config["config"]["name"] = f"inner{depth}"
        start = {"class_name": "InputLayer", "inbound_nodes": [],
                 "config": {"name": "start", "batch_shape": [None, None, 3]}}  # fmt: skip
        nodes = [{"args": [_tensor("start", 0)], "kwargs": {}},
                 {"args": [_tensor(name, 0)], "kwargs": {}}]  # fmt: skip
        config = {"class_name": "Functional", "config": {
            "name": "outer", "layers": [start, {**config, "name": name, "inbound_nodes": nodes}],
            "input_layers": [["start", 0, 0]], "output_layers": [[name, 1, 0]]}}  # fmt: skip

    with pytest.raises(FileError, match="more than 10,000 layers"):
        graph(config, NEWER)


def _tensor(name, node):
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, node, 0]}}


def _call(kind, name, args, kwargs=None, **config):
    return {"class_name": kind, "config": {"name": name, "trainable": True, **config},
            "inbound_nodes": [{"args": args, "kwargs": kwargs or {}}]}  # fmt: skip


@pytest.mark.parametrize(
    ("version", "unmasked"), [(NEWER, True), (Version("2.15.0", (2, 15)), False)]
)
def test_a_masked_layer_that_is_given_states_computes_every_step_in_keras_3(version, unmasked):
    """Which gives it the mask of its input only where it is given nothing else."""
    starts = [{"class_name": "InputLayer", "config": {"name": name}, "inbound_nodes": []}
              for name in ("x", "h")]  # fmt: skip
    config = {"config": {
        "layers": [*starts, _call("Masking", "masking", [_tensor("x", 0)]), _call(
            "GRU", "gru", [_tensor("masking", 0)], {"initial_state": _tensor("h", 0)}, units=2)],
        "input_layers": [["x", 0, 0], ["h", 0, 0]], "output_layers": [["gru", 0, 0]]}}  # fmt: skip

    assert graph(config, version).calls[-1].unmasked is unmasked


def test_a_layer_of_two_models_has_its_arrays_once():
    """In the group of the first; its number tells."""
    array = Tensor("a", (1,), "float32", lambda: np.ones(1))
    full = Group("dense", {}, {"vars": Group("vars", {}, {}, {"0": array})}, {})
    root = Group("", {}, {"layers": Group("layers", {}, {"dense": full}, {})}, {})
    spec = Spec("dense", "dense", "Dense", {}, "layers/dense", NEWER, shared=7)
    inner = spec._replace(path="inner.dense", group="layers/functional/layers/dense")
    other = inner._replace(path="inner.other", shared=None)

    found = at_home([inner, spec, other], root)
    assert [one.group for one in found] == [spec.group, spec.group, inner.group]


def test_a_softmax_of_masked_timesteps_is_refused():
    """Keras adds the mask of the timesteps along the features."""
    config = {"config": {
        "layers": [{"class_name": "InputLayer", "config": {"name": "x"}, "inbound_nodes": []},
                   _call("Masking", "masking", [_tensor("x", 0)]),
                   _call("Softmax", "softmax", [_tensor("masking", 0)], axis=1)],
        "input_layers": ["x", 0, 0], "output_layers": ["softmax", 0, 0]}}  # fmt: skip

    with pytest.raises(FileError, match="softmax is a Softmax of timesteps that are masked"):
        graph(config, NEWER)
