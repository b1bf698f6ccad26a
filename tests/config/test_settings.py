"""``--set``: another value in a network that has been read, the same as if its file had said it."""

from __future__ import annotations

import numpy as np
import pytest

import rnncalc

GATES = {"i": 0.3, "f": -0.2, "g": 0.7, "o": 0.4}
LSTM = {
    "name": "lstm",
    "cell": "lstm",
    "W_x": GATES,
    "W_h": {"i": 0.1, "f": 0.6, "g": -0.5, "o": 2},
}
GRU = {"cell": "gru", "W_x": {"r": 0.1, "z": 0.4, "n": 0.8}, "W_h": {"r": 0.3, "z": -0.6, "n": 0.2}}
GRU |= {"bias_h": {"r": 0.1, "z": 0.2, "n": 0.7}}
RNN = {"W_x": [[0.5, -0.2], [0.1, 0.4]], "W_h": [[0.1, 0.2], [-0.3, 0.6]]}
X = [0.5, -1.0, 2.0]


def without_name(data):
    return {key: value for key, value in data.items() if key != "name"}


def h(model, x=X):
    return rnncalc.run(model, x).h


@pytest.mark.parametrize(
    ("data", "word", "same"),
    [
        (LSTM, "W_h.f=1.1", LSTM | {"W_h": LSTM["W_h"] | {"f": 1.1}}),
        (LSTM, "lstm.W_x.o=-3", LSTM | {"W_x": GATES | {"o": -3}}),
        (LSTM, "lstm.bias.f=1", LSTM | {"bias": {"i": 0, "f": 1, "g": 0, "o": 0}}),
        (LSTM, "lstm.W_h=0", LSTM | {"W_h": dict.fromkeys("ifgo", 0)}),
        (
            LSTM,
            "recurrent_activation=hard_sigmoid",
            LSTM | {"recurrent_activation": "hard_sigmoid"},
        ),
        (LSTM, "activation=relu", LSTM | {"activation": "relu"}),
        (LSTM, "c0=0.5", LSTM | {"c0": 0.5}),
        (GRU, "reset_after=false", GRU | {"reset_after": False}),
        (GRU, "layer0.clip=0.2", GRU | {"clip": 0.2}),
    ],
)
def test_it_is_as_if_the_file_had_said_so(data, word, same):
    """By its key, with and without the layer; what is optional is made."""
    changed = h(rnncalc.load(data, set=[word]))
    assert not np.array_equal(changed, h(rnncalc.load(data)))
    np.testing.assert_array_equal(changed, h(rnncalc.load(same)))


def test_one_number_of_an_array():
    """By its index, rows first."""
    x = [[1.0, 2.0], [0.5, -1.0]]
    changed = h(rnncalc.load(RNN, set=["W_x[0,1]=7"]), x)
    np.testing.assert_array_equal(
        changed, h(rnncalc.load(RNN | {"W_x": [[0.5, 7], [0.1, 0.4]]}), x)
    )


def test_python_gives_values():
    """A mapping of names to arrays and words."""
    W_h = np.array([[0.3, 0.1], [0.7, -0.4]])
    model = rnncalc.load(RNN, set={"W_h": W_h, "activation": "relu", "mode": "many-to-one"})
    np.testing.assert_array_equal(model.layers[0].weights["W_h"], W_h)
    assert (str(model.layers[0].activation), model.mode) == ("relu", "many-to-one")


def test_the_other_direction_stays():
    """A name with a direction means that one; an option without one means both."""
    data = {"name": "both", "forward": without_name(LSTM), "backward": without_name(LSTM)}
    layer = rnncalc.load(data, set=["both.backward.W_h.f=9"]).layers[0]
    assert (layer.weights["W_h.f"], layer.backward.weights["W_h.f"]) == (0.6, 9)
    layer = rnncalc.load(data, set=["recurrent_activation=relu", "merge=sum"]).layers[0]
    functions = {str(one.recurrent_activation) for one in layer.passes.values()}
    assert (functions, layer.merge) == ({"relu"}, "sum")


def test_parts_without_a_state():
    """Output layers and what stands before a layer, by their names."""
    data = RNN | {
        "before": {"normalization": "layer", "epsilon": 0.001, "gamma": [1, 2], "name": "norm"},
        "output": {"W_y": [[1, -1]], "bias": [0.5], "name": "head"},
    }
    model = rnncalc.load(data, set=["norm.gamma[1]=5", "head.bias=2", "output.activation=sigmoid"])
    np.testing.assert_array_equal(model.layers[0].chain[0].gamma, [1.0, 5.0])
    assert (model.outputs[0].bias, str(model.outputs[0].activation)) == (2, "sigmoid")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("W_h.q=1", "there is no 'W_h.q'. Did you mean W_h."),
        (
            "W_h.f=9",
            "may be both.forward.W_h.f, both.backward.W_h.f: name the one that is meant",
        ),
        (
            "both.backward.W_h=1",
            "has a part for each gate: name one (both.backward.W_h.i), or give 0",
        ),
        ("both.forward.W_h.f[0,1]=1", "there is no [0,1]: both.forward.W_h.f has the shape (1, 1)"),
        ("both.forward.W_h.f=1,2", "it has shape (2,), both.forward.W_h.f has (1, 1)"),
        ("recurrent_activation[0]=1", "is no array"),
        ("activation=relo", "Did you mean relu?"),
        ("both.forward.W_h.f=one", "'one' is not a number"),
        ("merge=sun", "Did you mean sum?"),
        ("W_h", "NAME=VALUE was expected"),
    ],
)
def test_what_cannot_be_set_is_said(word, said):
    """With the word, and what there is."""
    data = {"name": "both", "forward": without_name(LSTM), "backward": without_name(LSTM)}
    with pytest.raises(rnncalc.RnncalcError) as error:
        rnncalc.load(data, set=[word])
    assert str(error.value).startswith(f"--set {word}: ")
    assert said in str(error.value)


def test_the_command_line(cli, tmp_path):
    """run, explain, check and convert take it; what was set is no longer said to be assumed."""
    (tmp_path / "net.yaml").write_text("W_x: 0.5\nW_h: 1\nx: [1, 2]\n")
    net = str(tmp_path / "net.yaml")
    expected = rnncalc.run(rnncalc.load({"W_x": 0.5, "W_h": 1.1, "x": [1, 2]}))
    last = float(expected.h[-1, 0])
    assert float(cli("run", net, "--set", "W_h=1.1", "--last").out) == last
    assert "1.1*" in cli("explain", net, "--set", "W_h=1.1", "--step", "2").out.decode()
    assert cli("check", net, "--set", "W_h=1.1", "--against", str(last)).code == 0
    assert cli("convert", net, "-o", str(tmp_path / "other.yaml"), "--set", "W_h=1.1").code == 0
    assert float(cli("run", str(tmp_path / "other.yaml"), "--last").out) == last

    changed = cli("check", net, "--set", "W_h=1.1", "--against", net)
    assert changed.code == 1
    assert b"first: t = 2" in changed.out


def test_what_was_set_is_not_assumed(cli, tmp_path):
    """The ledger of a file of arrays loses what somebody said."""
    np.savez(tmp_path / "w.npz", W_x=0.5, W_h=1.0)
    run = ("run", str(tmp_path / "w.npz"), "-x", "1,2")
    assert "activation=tanh" in cli(*run).err
    assert "activation" not in cli(*run, "--set", "activation=relu").err


def test_a_flag_and_a_setting(cli):
    """Settings come last; a network of flags takes them, too."""
    run = ("-x", "1,2", "--wx", "0.5", "--wh", "1", "--last")
    assert (
        cli(*run, "--set", "W_h=0").out
        == cli("-x", "1,2", "--wx", "0.5", "--wh", "0", "--last").out
    )
    assert (
        cli(*run, "--set", "W_q=1").err
        == "Error: --set W_q=1: there is no 'W_q'. Did you mean W_x?\n"
    )


def test_the_names_that_there_are_stand_in_the_order_of_the_network(cli):
    """Each once, that with its layer behind it: the same in every run, whatever its hash seed."""
    error = cli("-x", "1", "--wx", "0.5", "--wh", "1", "--set", "qq=1").err
    names = error.partition("There are: ")[2].split(", ")
    owned = [name for name in names if name.startswith("layer0.")]
    assert len(owned) > 4
    assert all(names.index(name) == names.index(name[7:]) + 1 for name in owned)
    assert len(set(names)) == len(names)
