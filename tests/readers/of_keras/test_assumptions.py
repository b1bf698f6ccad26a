"""What Keras files of weights do not say: layers without arrays, defaults of a version, outputs."""

from __future__ import annotations

import shutil

import h5py
import numpy as np
import pytest
from hostile_made import KERAS

import rnncalc
from rnncalc.cli import main
from rnncalc.containers.tensor import Tensor
from rnncalc.conventions.keras_versions import version
from rnncalc.inspecting import inspect
from rnncalc.readers.of_keras.layers import plan_of
from rnncalc.readers.of_keras.tree import listed

LSTM = KERAS / "keras2_names_lstm.h5"
"""Weights of an LSTM and a Dense, by TensorFlow."""


def edited(folder, source, edit):
    """A copy of a golden HDF5 file with something else in it."""
    path = folder / source.name
    shutil.copy(source, path)
    with h5py.File(path, "a") as file:
        edit(file)
    return path


def with_layers(*names):
    """Puts layers without arrays behind the first one of a file."""

    def edit(file):
        there = [name if isinstance(name, bytes) else name.encode()
                 for name in file.attrs["layer_names"]]  # fmt: skip
        file.attrs["layer_names"] = [there[0], *(name.encode() for name in names), *there[1:]]
        for name in names:
            file.create_group(name).attrs["weight_names"] = np.zeros(0)

    return edit


def written_by(number):
    """Lets another version have written a file."""

    def edit(file):
        file.attrs["keras_version"] = number.encode()

    return edit


@pytest.mark.parametrize(
    ("number", "function", "after"),
    [
        ("1.2.2", "hard_sigmoid_old", False), ("2.0.9", "hard_sigmoid_old", False),
        ("2.2.4", "hard_sigmoid_old", False), ("2.3.1", "sigmoid", False),
        ("2.1.6-tf", "hard_sigmoid_old", False), ("2.2.4-tf", "sigmoid", True),
        ("2.3.0-tf", "sigmoid", True), ("2.4.0", "sigmoid", True), ("2.15.0", "sigmoid", True),
        ("3.15.1", "sigmoid", True),
    ],
)  # fmt: skip
def test_defaults_are_those_of_the_version(number, function, after):
    """As the sources of these releases have them; of 2.2.4-tf those of TensorFlow 2."""
    one = version(number, "keras_version")
    assert (one.recurrent_activation.value, one.reset_after.value) == (function, after)
    doubtful = one.recurrent_activation.why.startswith("doubtful")
    assert doubtful == one.reset_after.why.startswith("doubtful") == (number == "2.2.4-tf")


def test_a_number_of_two_versions_is_doubtful(tmp_path, capsys):
    """TensorFlow 1.15 and 2.0 call themselves alike, and mean other functions: a warning."""
    path = edited(tmp_path, LSTM, written_by("2.2.4-tf"))
    assert main(["run", str(path), "-x", "1 2 3; 4 5 6", "--last", "--strict"]) == 1
    assert "lstm.recurrent_activation=sigmoid is doubtful: the default" in capsys.readouterr().err
    path = edited(tmp_path, LSTM, written_by("2.3.0-tf"))
    assert main(["run", str(path), "-x", "1 2 3; 4 5 6", "--last", "--strict"]) == 0


def kinds_of(*names):
    """What layers without arrays are, behind an LSTM."""
    shapes = {"kernel": (2, 12), "recurrent_kernel": (3, 12)}
    cell = [Tensor(f"lstm/{key}:0", shapes[key], "float32", list) for key in shapes]
    entries = {"lstm": cell, **{name: [] for name in names}}
    specs, _ = listed(entries, version("2.15.0", "keras_version"))
    return {spec.name: plan_of(spec).part.kind for spec in specs}


def test_what_keras_itself_calls_harmless_is_nothing():
    """By the names that Keras 1 to 3 give such layers; in front of an LSTM stands lstm_input."""
    names = (
        "dropout", "dropout_12", "spatial_dropout1d_1", "spatialdropout1d_2", "gaussian_noise",
        "gaussiannoise_1", "alpha_dropout_3", "activity_regularization", "input_1",
        "input_layer_2", "lstm_input", "lstm_input_1", "identity",
    )  # fmt: skip
    assert kinds_of(*names) == {"lstm": "recurrent", **dict.fromkeys(names, "nothing")}


def test_any_other_layer_without_arrays_is_not_computed():
    """Whatever class its name is near."""
    names = (
        "repeat_vector", "repeatvector_1", "lambda", "max_pooling1d", "permute", "multiply",
        "mask", "activation_1", "time_distributed", "dropout1", "mydropout", "conv1d", "inputs",
        "dropout_of_the_lambda", "gru_input", "lstm_inputs",
    )  # fmt: skip
    assert kinds_of(*names) == {"lstm": "recurrent", **dict.fromkeys(names, "other")}


@pytest.mark.parametrize("name", ["repeat_vector", "a.b"])
def test_a_layer_without_arrays_is_refused_until_it_is_said(name, tmp_path):
    """By its name, with both ways to say what it is; which then hold, and are in the ledger."""
    path = edited(tmp_path, LSTM, with_layers(name))
    with pytest.raises(rnncalc.RnncalcError) as error:
        rnncalc.load(path)
    told = str(error.value).partition(": ")[2]
    assert told.startswith(f"{name} has no arrays, and a file of weights does not say what it")
    assert f"--assume {name}=nothing, or {name}.activation=relu, says it" in told

    bare = rnncalc.run(rnncalc.load(LSTM), [[1, 2, 3]]).y
    nothing = rnncalc.load(path, assume=[f"{name}=nothing"])
    np.testing.assert_array_equal(rnncalc.run(nothing, [[1, 2, 3]]).y, bare)
    assert (name, "", "nothing") in [tuple(one[:3]) for one in nothing.assumptions]
    bent = rnncalc.load(path, assume=[f"{name}.activation=exp"])
    assert not np.allclose(rnncalc.run(bent, [[1, 2, 3]]).y, bare)


def test_what_has_arrays_is_not_nothing():
    """The file says what it is."""
    with pytest.raises(rnncalc.RnncalcError, match="the file says what it is: Dense"):
        rnncalc.load(LSTM, assume=["dense=nothing"])
    with pytest.raises(rnncalc.RnncalcError, match="there is no layer 'danse'"):
        rnncalc.load(LSTM, assume=["danse=nothing"])
    with pytest.raises(rnncalc.RnncalcError, match="the file says what it is: AlphaDropout"):
        rnncalc.load(KERAS / "noise.keras", assume=["alpha_dropout=nothing"])


def test_layers_without_arrays_have_a_default_where_their_class_does(tmp_path):
    """A ReLU made without numbers is relu: assumed, and said in another way by --assume."""
    path = edited(tmp_path, LSTM, with_layers("leaky_re_lu"))
    one = rnncalc.load(path)
    assert str(one.outputs[0].activation) == "leaky_relu:alpha=0.3"
    other = rnncalc.load(path, assume=["leaky_re_lu.activation=relu"])
    assert str(other.outputs[0].activation) == "relu"


def grouped(*groups):
    """Puts layers without arrays into a .weights.h5."""

    def edit(file):
        for group in groups:
            file.create_group(f"layers/{group}/vars").attrs["name"] = f"my_{group}"

    return edit


def test_groups_tell_the_class_whatever_the_name(tmp_path):
    """A Dropout may have any name in a .weights.h5; a Lambda may not."""
    path = edited(tmp_path, KERAS / "weights_stack.weights.h5", grouped("dropout", "input_layer"))
    kinds = {one.name: one.kind for one in inspect.inspect(path).layers}
    assert (kinds["my_dropout"], kinds["my_input_layer"]) == ("nothing", "nothing")
    rnncalc.load(path)

    path = edited(tmp_path, KERAS / "weights_stack.weights.h5", grouped("lambda", "repeat_vector"))
    with pytest.raises(rnncalc.RnncalcError, match="my_lambda has no arrays"):
        rnncalc.load(path)
    rnncalc.load(path, assume=["my_lambda=nothing", "my_repeat_vector=nothing"])


def test_where_a_layer_without_widths_runs_is_asked(tmp_path):
    """A file that keeps no order cannot tell it; --layers does."""
    path = edited(tmp_path, KERAS / "weights_last.weights.h5", grouped("global_max_pooling1d"))
    with pytest.raises(rnncalc.RnncalcError, match="not say where my_global_max_pooling1d runs"):
        rnncalc.load(path)
    model = rnncalc.load(path, layers=["gru", "lstm", "my_global_max_pooling1d"])
    assert model.mode == "many-to-one"


ENDS = tuple(f"bidirectional.{way}.final.{state}" for way in ("forward", "backward")
             for state in "hc")  # fmt: skip
"""The final states of two LSTMs in the order in which Keras gives them."""


@pytest.mark.parametrize(
    ("name", "outputs"),
    [
        ("states_besides", ("dense", "lstm.forward.final.h", "lstm.forward.final.c")),
        ("two_outputs", ("bidirectional.forward.h", "bidirectional.backward.h")),
        ("two_outputs_of_steps", ("bidirectional.forward.h", "bidirectional.backward.h", *ENDS)),
        ("begun_both_ways", ("bidirectional.h", *ENDS)),
        ("lstm", ()),
    ],
)
def test_several_outputs_are_named(name, outputs, capsys):
    """In inspect, in its JSON, and on stderr of run; of one output nothing is said."""
    path = KERAS / f"{name}.keras"
    assert inspect.inspect(path).outputs == outputs
    main(["inspect", str(path)])
    told = " ".join(capsys.readouterr().out.split())
    assert (f"Gives: {', '.join(outputs)}" in told) == bool(outputs)
    main(["run", str(path), "-x", "1 2 3; 4 5 6", "--last"])
    assert (f"gives {', '.join(outputs)}" in capsys.readouterr().err) == bool(outputs)


def test_states_that_are_inputs_are_assumed_and_given(capsys):
    """They are 0 unless --h0 and --c0 give them."""
    path = KERAS / "begun.keras"
    zero, given = (rnncalc.load(path), inspect.inspect(path).assumed)
    assert [(one.layer, one.key, one.value) for one in given] == [("lstm", "h0", 0),
                                                                  ("lstm", "c0", 0)]  # fmt: skip
    assert given[0].why == "the model's input state_0 gives it, --h0 does it here"
    assert not zero.layers[0].h0.any()
    main(["run", str(path), "-x", "1 2 3", "--h0", "1,2,3,4", "--last"])
    assert "lstm.h0" not in capsys.readouterr().err


def test_the_backward_half_of_an_unrolled_bidirectional_is_warned_of(tmp_path):
    """Keras zeroes the wrong steps of it where a mask is given, as it does of one such layer."""
    import json
    import zipfile

    from hostile_made import keras

    with zipfile.ZipFile(KERAS / "bidirectional_lstm.keras") as archive:
        config = json.loads(archive.read("config.json"))
    layer = config["config"]["layers"][1]["config"]
    for inner in ("layer", "backward_layer"):
        layer[inner]["config"]["unroll"] = True
    path = keras(tmp_path, config, "bidirectional_lstm.keras")
    (told,) = inspect.inspect(path).warnings
    assert told.startswith("bidirectional.backward: unrolled, backwards and with zero_output_for")
