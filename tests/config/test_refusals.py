"""Nothing in a config is ignored, guessed or a traceback: what odd networks get."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

import rnncalc
from rnncalc.errors import RnncalcError

ONE = {"W_x": 1, "W_h": 1}
TWO = {"W": [[[1]], [[2]]], "R": [[[1]], [[2]]]}
GRU = {"cell": "gru", "W": [[1], [1], [1]], "R": [[1], [1], [1]], "reset_after": True}


def cells(*blocks: dict[str, Any], **beside: Any) -> dict[str, Any]:
    return {**beside, "cells": list(blocks)}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({**ONE, "b_R": 5}, "b_R is no array of rnncalc. It is one of cudnn: give"),
        ({**GRU, "b_W": [5, 5, 5]}, "b_W is no array of ONNX. It is one of cudnn"),
        (cells(ONE, **ONE), "W_x stands beside cells: put it there"),
        ({"layers": [cells(ONE, ONE, h0=3)]}, "layers[0].h0 stands beside cells"),
        (cells(ONE, convention="torch"), "convention stands beside cells"),
        ({**TWO, "direction": "backward"}, "W has 2 directions, expected 1 or 2"),
        ({**TWO, "W": [[[1]], [[2]], [[3]]]}, "W has 3 directions, expected 1 or 2"),
        (cells(TWO), "W has 2 directions, expected 1"),
        ({"forward": TWO, "backward": TWO}, "W has 2 directions, expected 1"),
        ({**TWO, "R": [[1]]}, "R has 1 direction, expected 2"),
        ({"layers": [{**TWO, "h0": [1, 2, 3]}]}, "layers[0].h0 is a list of 3, expected (2"),
        ({"layers": [{**ONE, "name": "a.forward"}]}, "name 'a.forward': forward and backward are"),
        ({**ONE, "bias": {}}, "bias is empty"),
        ({**ONE, "output": {}}, "output: is empty"),
        ({"cell": "gru", "kernel": [[1, 1, 1]], "recurrent_kernel": [[1, 1, 1]],
          "bias": {"z": 1, "r": 1, "n": 1}}, "bias is given gate by gate; Keras has one array"),
        ({**ONE, "bias": {"file": None}}, "numbers, or {file: NAME, key: NAME}, were expected"),
        ({**ONE, "reset_after": "no"}, "reset_after: expected true or false, not text"),
        ({**ONE, "rnncalc": 7}, "7 is another version"),
        ({**ONE, "activation": 5}, "activation: expected text or a block of keys"),
        ({**ONE, "clip": "x"}, "clip: expected a number, not text"),
        ({**ONE, "name": 5}, "name: expected text"),
        ({**ONE, "output": 5}, "output: expected"),
        ({"layers": 3}, "layers: expected a list, not a whole number"),
        ({"layers": [3]}, "layers: expected a list, not a number"),
        ({5: 1}, "there is no key 5"),
        (5, "a mapping or a file's name was expected, not int"),
        ({**ONE, "W_x": 1j}, "W_x: expected"),
        ({**ONE, "W_x": np.array([[1j]])}, "W_x is not an array of real numbers"),
        ({**ONE, "c0": 1}, "only an lstm has c0"),
        ({"cell": "lstm", "W_x": dict.fromkeys("ifgo", 1), "W_h": dict.fromkeys("ifgo", 1),
          "bias": dict.fromkeys("ifg", 0)}, "bias.o is missing"),
    ],
)  # fmt: skip
def test_what_is_refused(config, message):
    """By name, in Python as in a file."""
    with pytest.raises(RnncalcError, match=re.escape(message)):
        rnncalc.load(config)


@pytest.mark.parametrize(
    ("config", "run", "message"),
    [
        ({"embedding": {"weights": [[1], [2]], "mask_zero": True}}, {"x": [0, 1], "lengths": 2},
         "mask_zero and lengths both say"),
        ({"mode": "one-to-many", "feedback": "x", "timesteps": 3}, {"x": [1], "lengths": 1},
         "mode one-to-many has no padded steps"),
        ({}, {"x": [1], "dtype": "int64"}, "dtype 'int64' is not known"),
    ],
)  # fmt: skip
def test_what_a_run_refuses(config, run, message):
    """Two sayings of one thing, padding where there is none, dtypes that are none."""
    with pytest.raises(RnncalcError, match=re.escape(message)):
        rnncalc.run(rnncalc.load({**ONE, **config}), **run)


def test_lists_of_numpy_and_tuples_are_numbers():
    """Rows as arrays or tuples, NumPy's own numbers: what people have in Python."""
    rows = [np.array([1.0]), np.array([2.0])]
    model = rnncalc.load(
        {"W_x": [[np.float32(1)]], "W_h": list(np.eye(1)), "x": rows, "layers": None}
    )

    np.testing.assert_array_equal(rnncalc.run(model, [(1,), (2,)]).h, rnncalc.run(model).h)
    assert rnncalc.load({"layers": ({**ONE}, {**ONE})}).layers[1].name == "layer1"


def test_the_layers_of_a_module_go_by_number(tmp_path):
    """Sorted names put lstm._l10 before _l2; the number counts."""
    rng = np.random.default_rng(0)
    arrays = {}
    for k in range(12):
        arrays |= {
            f"weight_ih_l{k}": rng.normal(size=(8, 2)),
            f"weight_hh_l{k}": rng.normal(size=(8, 2)),
        }
    np.savez(tmp_path / "a.npz", **arrays)
    np.savez(tmp_path / "b.npz", **dict(sorted(arrays.items())))
    first, second = (rnncalc.load(tmp_path / name) for name in ("a.npz", "b.npz"))

    assert [layer.name for layer in second.layers] == [f"lstm.{k}" for k in range(12)]
    np.testing.assert_array_equal(rnncalc.run(first, [[1, 2]]).h, rnncalc.run(second, [[1, 2]]).h)


def test_gaps_in_a_pytorch_module(tmp_path):
    """A layer that is missing is refused; so are recurrent weights and one bias of two."""

    def arrays(*numbers, module=""):
        names = [f"{module}{w}_l{k}" for w in ("weight_ih", "weight_hh") for k in numbers]
        return {name: np.ones((8, 2)) for name in names}

    def loaded(**saved):
        np.savez(tmp_path / "m.npz", **saved)
        return rnncalc.load(tmp_path / "m.npz")

    with pytest.raises(RnncalcError, match=r"m\.npz: weight_ih_l1 is missing, and weight_ih_l2"):
        loaded(**arrays(0, 2))
    with pytest.raises(RnncalcError, match=r"weight_hh_l0 is missing, and weight_ih_l0 is there"):
        loaded(weight_ih_l0=np.ones((8, 2)))
    with pytest.raises(RnncalcError, match="bias_hh is missing"):
        loaded(**arrays(0), bias_ih_l0=np.ones(8))
    with pytest.raises(RnncalcError, match="1 array without names"):
        loaded(arr_0=np.ones(3))
    both = {**arrays(0, module="enc."), **arrays(0, module="dec.")}
    model = loaded(**both)
    assert [layer.name for layer in model.layers] == ["enc", "dec"]
    assert ("layers", "enc, dec") in [(one.key, one.value) for one in model.assumptions]


def test_arrays_of_other_conventions_in_an_npz(tmp_path):
    """Names that only one convention has tell it; whole and per gate at once is refused."""
    np.savez(tmp_path / "a.npz", **{"gates/kernel": np.ones((2, 2)), "gates/bias": np.ones(2),
             "candidate/kernel": np.ones((2, 1)), "candidate/bias": np.ones(1)})  # fmt: skip

    with pytest.raises(RnncalcError, match=r"a\.npz: "):  # its cell is not told by its shapes
        rnncalc.load(tmp_path / "a.npz")
    for names in (["W_x", "W_x.i", "W_h"], ["W_x.i", "W_x", "W_h"]):
        np.savez(tmp_path / "b.npz", **{name: np.ones((1, 1)) for name in names})
        with pytest.raises(RnncalcError, match=r"b\.npz: W_x stands there whole and gate by gate"):
            rnncalc.load(tmp_path / "b.npz")


def test_states_of_networks_of_several_kinds():
    """c0 counts the LSTMs only; 0 is zeros for all; one layer has two directions."""
    lstm = {"cell": "lstm", "W_x": dict.fromkeys("ifgo", 1), "W_h": dict.fromkeys("ifgo", 1)}
    mixed = rnncalc.load({"layers": [ONE, lstm], "c0": [[0.5]], "h0": 0})
    both = rnncalc.load({"forward": ONE, "backward": ONE, "h0": [[0.1], [0.2]]})

    assert mixed.layers[1].c0 == 0.5
    assert (both.layers[0].h0, both.layers[0].backward.h0) == (0.1, 0.2)


@pytest.mark.parametrize(
    ("config", "words", "message"),
    [
        ({"layers": [ONE, ONE]}, ["--wx", "1"], "--wx is for a network of one cell, and"),
        (cells(ONE, {**ONE, "activation": "tanh"}), ["-a", "relu"], "--activation is for a"),
        ({**ONE, "output": [{"W_y": 1}] * 2}, ["--wy", "1"], "--wy is for one output"),
        (ONE, ["--activation-y", "relu"], "--activation-y: output needs W_y"),
        ({**ONE, "output": {"weight": [[1, 2]]}}, [], "net.json:1:"),
        ({**ONE, "output": {"W_y": 1}, "mode": "many-to-one"}, ["--steps", "1", "--show", "y"],
         "nothing is left to show"),
        ({"layers": [ONE, {"W_x": [[1], [1]], "W_h": [[1, 0], [0, 1]]}]},
         ["--of", "layer0", "--units", "1", "--json"], "--units '1': there is unit 0"),
    ],
)  # fmt: skip
def test_what_flags_are_refused(cli, tmp_path, monkeypatch, config, words, message):
    """The flag is named; the place of an output's weights is where they stand."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.json").write_text(json.dumps(config))
    done = cli("net.json", "-x", "1,2", *words)

    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith(f"Error: {message}")


def test_the_state_of_another_batch_is_named(cli, tmp_path):
    """--state of two sequences with an x of one: the flag is named, not x."""
    state = str(tmp_path / "s.npz")
    cli("-x", "[[[1]],[[2]]]", "--wx", "1", "--wh", "1", "-o", state)
    done = cli("-x", "1", "--wx", "1", "--wh", "1", "--state", state)

    assert done.err.startswith("Error: --state: h0 has 2 rows, one per sequence, but x has 1")
    assert cli("-x", "1", "--wx", "1", "--wh", "1", "-o", state).code == 0


def test_units_of_layers_of_different_width(cli, tmp_path):
    """--units 1 shows the layers that have it; JSON tells which units its arrays hold."""
    net = tmp_path / "net.json"
    wide = {"W_x": [[1], [2]], "W_h": [[1, 0], [0, 1]]}
    net.write_text(json.dumps({"layers": [wide, {"W_x": [[1, 1]], "W_h": 1}], "x": [1, 2]}))
    result = json.loads(cli(str(net), "--units", "1", "--json").out)

    assert result["units"] == [1]
    assert result["h"] is None
    assert len(cli(str(net), "--units", "1", "-f", "ndjson").text.splitlines()) == 2


def test_a_step_of_a_padded_backward_layer_in_processing_order():
    """It reads from each sequence's own end."""
    layer = rnncalc.Layer(ONE, direction="backward", order="processing", h0=0.1)
    trace = rnncalc.run(rnncalc.Model([layer]), [1, 2, 3], lengths=[2])

    assert [trace.step(t)["x"][0] for t in (1, 2, 3)] == [2, 1, 3]
    assert trace.step(1)["h_prev"] == 0.1
    np.testing.assert_array_equal(trace.step(2)["h_prev"], trace.h[0])
    for t in (1, 2):
        step = trace.step(t)
        assert step["h"] == np.tanh(step["x"] + step["h_prev"])


def test_the_keys_of_a_config_are_those_of_its_schema():
    """The groups of keys, and the types of their values, which load slowly, name the same keys."""
    from rnncalc.config import keys
    from rnncalc.config.schema import Config

    fields = {key for key in Config.__struct_encode_fields__ if not keys.is_framework(key)}
    assert fields == keys.OURS
