"""Model files that are whole, and say what none says: a clear answer that is safe to look at."""

from __future__ import annotations

import json

import h5py
import pytest
from hostile_made import CELL, flat, keras, legacy, of, safe, said, weights

from rnncalc.cli import main
from rnncalc.errors import suggestion


def test_statistics_of_an_array_without_numbers(tmp_path, capsys):
    """There are none, and the others are told."""
    path = safe(tmp_path, {**{f"lstm.{k}": v for k, v in CELL.items()}, "fc.weight": (0, 3)})
    assert main(["inspect", str(path), "--stats", "--json"]) == 0
    layers = json.loads(capsys.readouterr().out)["layers"]

    assert layers[1]["arrays"] == [{"name": "weight", "shape": [0, 3]}]
    assert "min" in layers[0]["arrays"][0]


def test_what_is_missing_is_missed_in_its_layer(tmp_path, capsys):
    """Statistics are of one layer after the other, and an error names the one."""
    bias = {"enc.bias_ih_l0": (12,), "enc.weight_ih_l0": (12, 3), "enc.weight_hh_l0": (12, 3)}
    path = safe(tmp_path, {**{f"emb.{key}": shape for key, shape in CELL.items()}, **bias})

    assert ": enc: bias_hh is missing" in said(capsys, "inspect", path, "--stats")[1]


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_recurrent_weights_without_numbers(tmp_path, shape, capsys):
    """No count of gates, and no division by it."""
    assert said(capsys, "inspect", safe(tmp_path, {"W": (1, 3, 2), "R": (1, *shape)}))[0] == 2


@pytest.mark.parametrize("names", [("W_x", "W_h", "b.W_x", "b.W_h"), ("W_x", "W_h")])
def test_what_a_layer_without_a_name_leaves_open_can_be_said(tmp_path, names, capsys):
    """Alone or beside others: activations."""
    shapes = dict.fromkeys(names, (3, 3))

    assert said(capsys, "inspect", flat(tmp_path, shapes), "--assume", "activation=relu")[0] == 0


def test_names_of_layers_are_escaped_in_json(tmp_path, capsys):
    """Where they could turn a terminal's line around or clear it; the text is the same."""
    name = "a\u202eb\x9bc\x7fd\U000e0001"
    path = safe(tmp_path, {f"{name}.{key}": shape for key, shape in CELL.items()})
    assert main(["inspect", str(path), "--json"]) == 0
    out = capsys.readouterr().out

    assert out.rstrip("\n").isprintable()
    assert json.loads(out)["layers"][0]["name"] == name


def test_names_in_the_order_of_layers_are_escaped(tmp_path, capsys):
    """A file of weights names its layers itself."""
    cell = {"0": (2, 12), "1": (3, 12), "2": (12,)}
    shapes = {f"layers/lstm/cell/vars/{k}": v for k, v in cell.items()}
    shapes |= {"layers/dense/vars/0": (3, 2), "layers/dense/vars/1": (2,)}
    names = {"layers/dense/vars": "x\x1b[1m\u202e"}
    assert main(["inspect", str(weights(tmp_path, shapes, names))]) == 0
    out = capsys.readouterr().out

    assert "layers=lstm, x\\x1b[1m\\u202e" in out
    assert all(line.isprintable() for line in out.splitlines())


def test_names_with_line_ends_make_no_lines(tmp_path, capsys):
    """Where an error lists what there is, also long names of wide letters."""
    for name in ("l\n\n\n\n\n\n\n\n\n\nx", "\U0001f600\u200b" * 90):
        shapes = {f"{name}{i}.{key}": shape for i in range(9) for key, shape in CELL.items()}
        path = safe(tmp_path, shapes)
        code, err = said(capsys, "run", path, "-x", "1 2", "--layers", "q")
        assert (code, err.count("\n")) == (2, 1)
        assert len(err.encode()) <= 4096
        code, err = said(capsys, "inspect", path, "--weights", "W_h")
        assert (code, err.count("\n")) == (2, 1)
        assert len(err.encode()) <= 4096


def test_a_suggestion_lists_not_all_of_very_many():
    """The first of them, and how many there are more."""
    assert suggestion("q", [f"layer{i}" for i in range(1000)]).endswith("layer23, 976 more.")
    assert suggestion("la\n", ["la\n\n"]) == r"Did you mean la\n\n?"


RNN = {"class_name": "StackedRNNCells", "config": {"cells": []}}
TWO = [{"class_name": "GRUCell", "config": {}}] * 2
THREE = [{"class_name": "GRUCell", "config": {}}] * 3
PAIRED = {
    "layer": {"class_name": "RNN", "config": {"cell": TWO}},
    "backward_layer": {"class_name": "RNN", "config": {"cell": THREE, "go_backwards": True}},
}


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        (("RNN", {"cell": RNN}), "has no list of cells"),
        (("RNN", {"cell": []}), "has no list of cells"),
        (("RNN", {"cell": {"class_name": "StackedRNNCells", "config": {}}}), "has no list of"),
        (("RNN", {"cell": {"class_name": "StackedRNNCells", "config": {"cells": {}}}}), "has no"),
        (("Bidirectional", PAIRED), "has 2 cells forward and 3 backward"),
    ],
)
def test_a_loop_of_other_cells_is_refused(tmp_path, layer, told, capsys):
    """No cells, and more cells one way than the other."""
    assert said(capsys, "run", keras(tmp_path, of(layer)), "-x", "1,2,3")[1].count(told) == 1
    assert main(["inspect", str(keras(tmp_path, of(layer)))]) == 0
    assert told in capsys.readouterr().out


@pytest.mark.parametrize("mode", [0, 1, [], {}, True, "", "avg", "\x1b[31m"])
def test_an_unknown_merge_mode_is_refused(tmp_path, mode, capsys):
    """By its name, and not printed as it is; none is said by null alone."""
    config = {"layer": {"class_name": "GRU", "config": {}}, "merge_mode": mode}
    path = keras(tmp_path, of(("Bidirectional", config)))
    assert "expected concat, sum, mul, ave or null" in said(capsys, "run", path, "-x", "1,2,3")[1]
    assert main(["inspect", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 1
    assert all(line.isprintable() for line in lines)


def test_weights_beside_those_of_an_unknown_layer_are_nobodys(tmp_path, capsys):
    """In the list of an inner model of a legacy file: the layer is refused, and not empty."""
    inner = of(("LSTM", {"name": "lstm"}), ("Conv2D", {"name": "conv"}))
    inner["config"]["name"] = "inner"
    arrays = {"lstm/kernel:0": (2, 12), "lstm/recurrent_kernel:0": (3, 12), "lstm/bias:0": (12,),
              "conv/kernel:0": (1, 3, 4)}  # fmt: skip
    path = legacy(tmp_path / "m.h5", [("Sequential", inner["config"])], {"inner": arrays})
    told = "inner.lstm has its weights in one list with those of inner.conv"
    assert told in said(capsys, "run", path, "-x", "1 2")[1]
    assert main(["inspect", str(path), "--stats"]) == 0


def test_a_layer_listed_twice_is_refused(tmp_path, capsys):
    """Half a million times, too: each would be read anew."""
    path = legacy(tmp_path / "m.h5", [("Dense", {"name": "a"})], {"a": {"kernel:0": (2, 3)}})
    with h5py.File(path, "r+") as file:
        file["model_weights"].attrs["layer_names"] = [b"a", b"a"]

    assert "lists the layer a twice" in said(capsys, "inspect", path)[1]
