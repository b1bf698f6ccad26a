"""Keras files that say two things, or what Keras has no such words for: refused by name."""

from __future__ import annotations

import json
import zipfile

import h5py
import numpy as np
import pytest
from hostile_made import KERAS, keras, legacy

import rnncalc
from rnncalc.inspecting import inspect

X = "1,2,3; 4,5,6"


def config_of(golden):
    """The config of a golden file."""
    with zipfile.ZipFile(KERAS / golden) as archive:
        return json.loads(archive.read("config.json"))


def changed(folder, way, value, golden="gru.keras"):
    """A golden file, one value of whose config is another."""
    config = config_of(golden)
    *above, last = way.split("/")
    block = config
    for key in above:
        block = block[int(key) if isinstance(block, list) else key]
    block[last] = value
    return keras(folder, config, golden)


def refused(path):
    """What is said of a file, behind its name."""
    with pytest.raises(rnncalc.RnncalcError) as error:
        rnncalc.load(path)
    told = str(error.value)
    assert told.startswith(str(path))
    assert len(told) < 600
    return told.removeprefix(f"{path}: ")


GRU = "config/layers/1/config"


@pytest.mark.parametrize(
    ("way", "value", "told"),
    [
        ("units", 3, "its config says units 3, and its recurrent_kernel has the shape (4, 12)"),
        ("units", 2.5, "has units 2.5, expected a whole number of at least 1"),
        ("units", "4", "has units '4', expected a whole number"),
        ("dtype", "int8", "has the dtype 'int8', which is not computed here"),
        ("dtype", {"class_name": "QuantizedDTypePolicy", "config": {"mode": "int8"}}, "'int8'"),
        ("dtype", "float16", "its config says dtype float16, and its kernel is float32"),
        ("dtype", "mixed_float32", "has the dtype 'mixed_float32'"),
        ("use_bias", "no", "has use_bias 'no', expected true or false"),
        ("use_bias", False, "has 3 arrays, expected 2"),
        ("go_backwards", "yes", "has go_backwards 'yes', expected true or false"),
        ("return_sequences", {}, "has return_sequences {}, expected true or false"),
        ("reset_after", "after", "has reset_after 'after', expected true or false"),
        ("activation", 3, "has activation 3, expected a function"),
        ("recurrent_activation", "sigmoide", "has the activation 'sigmoide'"),
        ("peepholes", True, "has the option peepholes true, which is not known here"),
        ("time_major", True, "has time_major true, which is not computed here"),
    ],
)
def test_an_option_that_is_none_is_refused(way, value, told, tmp_path):
    """By its name and value, and with what was expected; null for a new one is nothing."""
    assert told in refused(changed(tmp_path, f"{GRU}/{way}", value))
    rnncalc.load(changed(tmp_path, f"{GRU}/peepholes", None))


@pytest.mark.parametrize(
    ("golden", "way", "value", "told"),
    [
        (
            "masking_lstm",
            "1/config/mask_value",
            "0",
            "has mask_value '0', expected a finite number",
        ),
        ("masking_lstm", "1/config/mask_value", float("nan"), "has mask_value nan, expected"),
        ("batch_normalization", "1/config/epsilon", float("inf"), "has epsilon inf, expected"),
        ("batch_normalization", "1/config/epsilon", "1e-3", "has epsilon '1e-3', expected"),
        ("batch_normalization", "1/config/axis", "last", "has axis 'last', expected the number"),
        ("simple_rnn_relu", "2/config/units", 5, "its config says units 5, and its kernel has"),
        ("gru", "0/config/batch_shape", [None, None, 7], "takes 3 features, and that of its input"),
        ("gru", "1/build_config/input_shape", [None, 5, 7], "takes 7 features, and that of its"),
        ("leaky_relu_layer", "3/config/negative_slope", "steep", "has negative_slope 'steep'"),
        ("bidirectional_lstm", "1/config/merge_mode", "join", "has merge_mode 'join', expected"),
    ],
)
def test_a_number_that_is_none_is_refused(golden, way, value, told, tmp_path):
    """Texts, NaN, sizes that are not those of the arrays."""
    path = changed(tmp_path, f"config/layers/{way}", value, f"{golden}.keras")
    assert told in refused(path)


def test_arrays_of_no_layer_are_refused(tmp_path):
    """The config has one layer, and the file the arrays of two."""
    config = config_of("simple_rnn_relu.keras")
    del config["config"]["layers"][2]
    told = refused(keras(tmp_path, config, "simple_rnn_relu.keras"))
    assert told == "layers/dense holds arrays of a layer that its config does not have"

    arrays = {"d": {"kernel:0": (2, 3), "bias:0": (3,)}, "other": {"kernel:0": (3, 3)}}
    path = legacy(tmp_path / "m.h5", [("Dense", {"name": "d"})], arrays)
    assert refused(path) == "has weights of other, which its config does not have"


def test_two_layers_of_one_name_are_refused(tmp_path):
    """Nobody could say which one is meant."""
    config = config_of("simple_rnn_relu.keras")
    config["config"]["layers"][2]["config"]["name"] = "simple_rnn"
    told = refused(keras(tmp_path, config, "simple_rnn_relu.keras"))
    assert told == "the config of the model has two layers simple_rnn"


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"class_name": "Sequential", "config": {"name": "s"}}, "is damaged: it lists no layers"),
        ({"class_name": "Sequential"}, "is damaged: it lists no layers"),
        ({"module": "keras", "class_name": "Functional", "config": {"layers": 3}}, "no layers"),
        ({"config": {"layers": 3}}, "is damaged: it lists no layers"),
        ({}, "is damaged: it lists no layers"),
        ({"class_name": "Sequential", "config": {"layers": [3]}}, "a layer without class_name"),
    ],
)
def test_a_config_without_layers_is_damaged(config, told, tmp_path):
    """It is not said to be a class of its own."""
    message = refused(keras(tmp_path, config))
    assert told in message
    assert "class of its own" not in message


def versioned(folder, version, golden="gru_hard_sigmoid.keras"):
    """A golden file of another version of Keras."""
    path = keras(folder, config_of(golden), golden)
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    members["metadata.json"] = json.dumps({} if version is None else {"keras_version": version})
    with zipfile.ZipFile(path, "w") as new:
        for name, data in members.items():
            new.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("version", "told"),
    [
        ("4.0.0", "what Keras 4 means is not known here, only up to 3"),
        ("banana", "keras_version is 'banana', which is no version of Keras"),
        (3, "keras_version is 3, which is no version of Keras"),
        (None, "which is another function in Keras 2 than in Keras 3, and the file does not say"),
    ],
)
def test_a_version_that_nobody_knows_is_refused(version, told, tmp_path):
    """What hard_sigmoid means, the version tells; without that word none is needed."""
    assert told in refused(versioned(tmp_path, version))
    if version is None:
        rnncalc.load(versioned(tmp_path, None, "gru.keras"))


@pytest.mark.parametrize(("version", "function"), [("2.15.0", "hard_sigmoid_old"),
                                                   ("3.0.0", "hard_sigmoid")])  # fmt: skip
def test_the_version_tells_which_hard_sigmoid(version, function, tmp_path):
    """The same config of Keras 2 and of Keras 3 are two networks."""
    layer = rnncalc.load(versioned(tmp_path, version)).layers[0]
    assert layer.recurrent_activation.name == function


def test_two_ways_to_one_array_are_refused(tmp_path):
    """On Windows a way was one name: both spellings in one file are two arrays in one place."""
    path = tmp_path / "m.weights.h5"
    with h5py.File(path, "w") as file:
        for name in ("layers\\lstm\\cell", "layers/lstm/cell"):
            file[f"{name}/vars/0"] = np.ones((2, 12))
    assert refused(path) == "has two arrays layers/lstm/cell/vars/0"


def test_very_deep_ways_are_refused(tmp_path):
    """Ten thousand backslashes are no network."""
    path = tmp_path / "m.weights.h5"
    with h5py.File(path, "w") as file:
        file["layers" + "\\a" * 10_000 + "/vars/0"] = np.ones(2)
    assert refused(path) == "has groups more than 64 deep"


@pytest.mark.parametrize(
    ("module", "registered", "told"),
    [
        (None, "mine>GRU", "mine>GRU"), (None, "GRU", "__main__.GRU"),
        ("project.layers", "GRU", "project.layers.GRU"),
        ("project.keras.layers", "GRU", "project.keras.layers.GRU"),
        ("keras.layers", "mine>GRU", "keras.layers.GRU"),
    ],
)  # fmt: skip
def test_a_class_of_ones_own_is_not_keras_class_of_its_name(module, registered, told, tmp_path):
    """A GRU that somebody wrote and registered computes what nobody knows."""
    config = config_of("gru.keras")
    config["config"]["layers"][1] |= {"module": module, "registered_name": registered}
    assert f"gru is a {told}, which is not among" in refused(keras(tmp_path, config))
    for own in ("keras.layers", "tf_keras.src.layers", "tensorflow.python.keras.layers"):
        config["config"]["layers"][1] |= {"module": own, "registered_name": None}
        rnncalc.load(keras(tmp_path, config))


def test_a_model_class_of_ones_own_is_warned_of(tmp_path):
    """A subclass of Sequential lists its layers, and may call them as it likes."""
    config = config_of("gru.keras") | {"module": None, "registered_name": "mine>Chain"}
    (told,) = inspect.inspect(keras(tmp_path, config)).warnings
    assert told.startswith("mine>Chain is a class of its own, whose code is not in the file")


CALLED = [
    ("lstm", "dropout", 0.5, True), ("lstm", "recurrent_dropout", 0.5, True),
    ("lstm", "dropout", 0.0, False), ("dense", "activation", "linear", False),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "key", "value", "matters"), CALLED)
def test_a_layer_that_is_called_as_in_training_is_refused(layer, key, value, matters, tmp_path):
    """A dropout that never ends changes every number; where there is none, nothing."""
    config = config_of("states_besides.keras")
    (found,) = (one for one in config["config"]["layers"] if one["config"]["name"] == layer)
    found["config"][key] = value
    found["inbound_nodes"][0]["kwargs"]["training"] = True
    path = keras(tmp_path, config, "states_besides.keras")
    if matters:
        assert refused(path).startswith(f"{layer} is called with training: true")
    else:
        rnncalc.load(path)
