"""Model files that are whole, and say what none says: a clear answer, soon, and safe to look at."""

from __future__ import annotations

import io
import json
import time
import zipfile

import h5py
import numpy as np
import pytest
from test_hostile_files import GOLDEN, said

from rnncalc.cli import main
from rnncalc.errors import FileError, suggestion
from rnncalc.readers.containers import keras_archive
from rnncalc.readers.containers.strict_json import parsed

CELL = {"weight_ih_l0": (12, 2), "weight_hh_l0": (12, 3)}
RNG = np.random.default_rng(11)


@pytest.fixture
def flat(tmp_path):
    """Makes an npz file of arrays by name, all numbers different."""

    def make(shapes):
        path = tmp_path / "m.npz"
        with zipfile.ZipFile(path, "w") as archive:
            for name, shape in shapes.items():
                data = io.BytesIO()
                np.save(data, RNG.normal(size=shape).astype("f4"))
                archive.writestr(f"{name}.npy", data.getvalue())
        return path

    return make


@pytest.fixture
def safe(tmp_path):
    """Makes a safetensors file of arrays by name."""

    def make(shapes):
        header, data = {}, b""
        for name, shape in shapes.items():
            numbers = RNG.normal(size=shape).astype("<f4").tobytes()
            place = [len(data), len(data) + len(numbers)]
            header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": place}
            data += numbers
        text = json.dumps(header).encode()
        path = tmp_path / "m.safetensors"
        path.write_bytes(len(text).to_bytes(8, "little") + text + data)
        return path

    return make


@pytest.fixture
def weights(tmp_path):
    """Makes a .weights.h5 of arrays by their paths."""

    def make(shapes, names=()):
        path = tmp_path / "m.weights.h5"
        with h5py.File(path, "w") as file:
            for name, shape in shapes.items():
                file[name] = RNG.normal(size=shape).astype("f4")
            for group, name in dict(names).items():
                file[group].attrs["name"] = name
        return path

    return make


@pytest.fixture
def keras(tmp_path):
    """Makes a .keras file: a golden's weights under another config."""

    def make(config, golden="gru.keras", compression=zipfile.ZIP_STORED):
        path = tmp_path / "m.keras"
        with zipfile.ZipFile(GOLDEN / "keras" / golden) as old:
            members = {name: old.read(name) for name in old.namelist()}
        members["config.json"] = config if isinstance(config, bytes) else json.dumps(config)
        with zipfile.ZipFile(path, "w", compression) as new:
            for name, data in members.items():
                new.writestr(name, data)
        return path

    return make


def of(*layers):
    """A config of these layers: class and settings."""
    listed = [{"class_name": kind, "config": config} for kind, config in layers]
    return {"class_name": "Sequential", "config": {"name": "s", "layers": listed}}


def legacy(path, layers, names):
    """A legacy .h5: its config, and the weights of each entry by name."""
    with h5py.File(path, "w") as file:
        file.attrs["keras_version"] = "2.15.0"
        file.attrs["model_config"] = json.dumps(of(*layers))
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [name.encode() for name in names]
        for name, arrays in names.items():
            inner = group.require_group(name)
            inner.attrs["weight_names"] = [array.encode() for array in arrays]
            for array, shape in arrays.items():
                if array not in inner:
                    inner[array] = RNG.normal(size=shape).astype("f4")
    return path


def test_statistics_of_an_array_without_numbers(safe, capsys):
    """There are none, and the others are told."""
    path = safe({**{f"lstm.{k}": v for k, v in CELL.items()}, "fc.weight": (0, 3)})
    assert main(["inspect", str(path), "--stats", "--json"]) == 0
    layers = json.loads(capsys.readouterr().out)["layers"]

    assert layers[1]["arrays"] == [{"name": "weight", "shape": [0, 3]}]
    assert "min" in layers[0]["arrays"][0]


def test_what_is_missing_is_missed_in_its_layer(safe, capsys):
    """Statistics are of one layer after the other, and an error names the one."""
    bias = {"enc.bias_ih_l0": (12,), "enc.weight_ih_l0": (12, 3), "enc.weight_hh_l0": (12, 3)}
    path = safe({**{f"emb.{key}": shape for key, shape in CELL.items()}, **bias})

    assert ": enc: bias_hh is missing" in said(capsys, "inspect", path, "--stats")[1]


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_recurrent_weights_without_numbers(shape, safe, capsys):
    """No count of gates, and no division by it."""
    assert said(capsys, "inspect", safe({"W": (1, 3, 2), "R": (1, *shape)}))[0] == 2


@pytest.mark.parametrize("names", [("W_x", "W_h", "b.W_x", "b.W_h"), ("W_x", "W_h")])
def test_what_a_layer_without_a_name_leaves_open_can_be_said(names, flat, capsys):
    """Alone or beside others: activations."""
    shapes = dict.fromkeys(names, (3, 3))

    assert said(capsys, "inspect", flat(shapes), "--assume", "activation=relu")[0] == 0


def test_names_of_layers_are_escaped_in_json(safe, capsys):
    """Where they could turn a terminal's line around or clear it; the text is the same."""
    name = "a\u202eb\x9bc\x7fd\U000e0001"
    path = safe({f"{name}.{key}": shape for key, shape in CELL.items()})
    assert main(["inspect", str(path), "--json"]) == 0
    out = capsys.readouterr().out

    assert out.rstrip("\n").isprintable()
    assert json.loads(out)["layers"][0]["name"] == name


def test_names_in_the_order_of_layers_are_escaped(weights, capsys):
    """A file of weights names its layers itself."""
    cell = {"0": (2, 12), "1": (3, 12), "2": (12,)}
    shapes = {f"layers/lstm/cell/vars/{k}": v for k, v in cell.items()}
    shapes |= {"layers/dense/vars/0": (3, 2), "layers/dense/vars/1": (2,)}
    names = {"layers/dense/vars": "x\x1b[1m\u202e"}
    assert main(["inspect", str(weights(shapes, names))]) == 0
    out = capsys.readouterr().out

    assert "layers=lstm, x\\x1b[1m\\u202e" in out
    assert all(line.isprintable() for line in out.splitlines())


def test_names_with_line_ends_make_no_lines(safe, capsys):
    """Where an error lists what there is, also long names of wide letters."""
    for name in ("l\n\n\n\n\n\n\n\n\n\nx", "\U0001f600\u200b" * 90):
        shapes = {f"{name}{i}.{key}": shape for i in range(9) for key, shape in CELL.items()}
        path = safe(shapes)
        code, err = said(capsys, "run", path, "-x", "1 2", "--layers", "q")
        assert (code, err.count("\n")) == (2, 1)
        assert len(err.encode()) <= 4096
        code, err = said(capsys, "inspect", path, "--weights", "W_h")
        assert (code, err.count("\n")) == (2, 1)
        assert len(err.encode()) <= 4096


def test_a_suggestion_lists_not_all_of_very_many():
    """The first of them, and how many there are more."""
    assert suggestion("q", [f"layer{i}" for i in range(1000)]).endswith("layer59, 940 more.")
    assert suggestion("la\n", ["la\n\n"]) == r"Did you mean la\n\n?"


RNN = {"class_name": "StackedRNNCells", "config": {"cells": []}}
TWO = [{"class_name": "GRUCell", "config": {}}] * 2
THREE = [{"class_name": "GRUCell", "config": {}}] * 3
PAIRED = {"layer": {"class_name": "RNN", "config": {"cell": TWO}},
          "backward_layer": {"class_name": "RNN", "config": {"cell": THREE}}}  # fmt: skip


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
def test_a_loop_of_other_cells_is_refused(layer, told, keras, capsys):
    """No cells, and more cells one way than the other."""
    assert said(capsys, "run", keras(of(layer)), "-x", "1,2,3")[1].count(told) == 1
    assert main(["inspect", str(keras(of(layer)))]) == 0
    assert told in capsys.readouterr().out


def test_weights_beside_those_of_an_unknown_layer_are_nobodys(tmp_path, capsys):
    """In the list of an inner model of a legacy file: the layer is refused, and not empty."""
    inner = of(("LSTM", {"name": "lstm"}), ("Conv1D", {"name": "conv"}))
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


def test_a_list_of_very_many_names_is_refused(tmp_path, capsys):
    """One array under 100,001 of them."""
    path = tmp_path / "m.h5"
    with h5py.File(path, "w", libver="latest") as file:
        file.attrs["layer_names"] = [b"a"]
        file["a/k"] = RNG.normal(size=(2, 2))
        file["a"].attrs["weight_names"] = np.array([b"k"] * 100_001)

    assert "lists 100,001 names, at most 100,000" in said(capsys, "inspect", path)[1]


@pytest.mark.parametrize("value", ["{}", "[]", "1"])
def test_very_many_values_are_refused_unread(value):
    """However short the text: each of them takes room."""
    with pytest.raises(FileError, match="holds more than 1,000,000 values"):
        parsed('{"a": [' + f"{value}," * 1_000_001 + "0]}")


def test_a_model_of_very_many_layers_is_refused(keras, capsys):
    """Inner ones count: 10,000 are too many to look at."""
    many = of(*[("ReLU", {})] * 5_001)
    both = of(("Sequential", many["config"]), ("Sequential", many["config"]))

    assert "more than 10,000 layers" in said(capsys, "inspect", keras(both))[1]
    assert said(capsys, "inspect", keras(of(*[("ReLU", {})] * 30_001)))[0] == 2


def test_large_compressed_weights_are_refused_unpacked():
    """What takes memory beyond a quarter of the bound."""
    assert keras_archive.LARGEST_UNPACKED <= 1 << 28


def test_very_many_arrays_are_refused(flat, capsys):
    """An npz file of more than 10,000."""
    told = "has 10,001 arrays, at most 10,000 are read"
    assert told in said(capsys, "inspect", flat({f"l{i}.weight": (1, 2) for i in range(10_001)}))[1]


def test_the_list_of_arrays_is_read_once(flat, monkeypatch):
    """And not for each array anew: 2,000 arrays take no minute."""
    from rnncalc import npy
    from rnncalc.readers.from_npz import tensors_of

    tensors = tensors_of(flat({f"l{i}.weight": (1, 2) for i in range(20)}))
    monkeypatch.setattr(npy, "opened_zip", None)

    assert len({float(tensor.read()[0, 0]) for tensor in tensors.values()}) == 20


def test_many_layers_of_a_class_are_found_soon(weights, capsys):
    """A thousand, each by its number: their groups are put into order once."""
    cell = {"0": (1, 1), "1": (1, 1)}
    names = [f"layers/simple_rnn_{i}/cell/vars/{k}" for i in range(1000) for k in cell]
    path = weights({name: cell[name[-1]] for name in names})
    from rnncalc.readers.containers.hdf5 import tree
    from rnncalc.readers.of_keras.weights import down

    root = tree(path)
    start = time.process_time()
    found = [down(root, f"layers/simple_rnn_{i}/cell/vars") for i in range(1000)]

    assert time.process_time() - start < 1
    assert [group.name for group in found] == [
        f"layers/simple_rnn_{i}/cell/vars" for i in range(1000)
    ]
