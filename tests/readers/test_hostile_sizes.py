"""Model files of very many parts: refused, or read in a time that grows with them and no faster."""

from __future__ import annotations

import time

import h5py
import numpy as np
import pytest
from hostile_made import RNG, flat, keras, of, safe, said, weights

from rnncalc.containers import keras_archive
from rnncalc.containers.strict_json import parsed
from rnncalc.errors import FileError


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


def test_a_model_of_very_many_layers_is_refused(tmp_path, capsys):
    """Inner ones count: 10,000 are too many to look at."""
    many = of(*[("ReLU", {})] * 5_001)
    both = of(*[("Sequential", {**many["config"], "name": name}) for name in "ab"])

    assert "more than 10,000 layers" in said(capsys, "inspect", keras(tmp_path, both))[1]
    assert said(capsys, "inspect", keras(tmp_path, of(*[("ReLU", {})] * 30_001)))[0] == 2


def test_large_compressed_weights_are_refused_unpacked():
    """What takes memory beyond a quarter of the bound."""
    assert keras_archive.LARGEST_UNPACKED <= 1 << 28


def test_very_many_arrays_are_refused(tmp_path, capsys):
    """An npz file of more than 10,000."""
    told = "has 10,001 arrays, at most 10,000 are read"
    assert (
        told
        in said(capsys, "inspect", flat(tmp_path, {f"l{i}.weight": (1, 2) for i in range(10_001)}))[
            1
        ]
    )


def test_very_many_modules_are_refused(tmp_path, capsys):
    """Of whatever kind: a network has not 10,001."""
    shapes = {f"m{i}.weight": (1, 2) for i in range(10_001)}

    assert (
        "holds 10,001 modules, at most 10,000" in said(capsys, "inspect", safe(tmp_path, shapes))[1]
    )


def test_the_list_of_arrays_is_read_once(tmp_path, monkeypatch):
    """And not for each array anew: 2,000 arrays take no minute."""
    from rnncalc.containers import npy
    from rnncalc.containers.npy import tensors_of

    tensors = tensors_of(flat(tmp_path, {f"l{i}.weight": (1, 2) for i in range(20)}))
    monkeypatch.setattr(npy, "opened_zip", None)

    assert len({float(tensor.read()[0, 0]) for tensor in tensors.values()}) == 20


def test_many_layers_of_a_class_are_found_soon(tmp_path, capsys):
    """A thousand, each by its number: their groups are put into order once."""
    cell = {"0": (1, 1), "1": (1, 1)}
    names = [f"layers/simple_rnn_{i}/cell/vars/{k}" for i in range(1000) for k in cell]
    path = weights(tmp_path, {name: cell[name[-1]] for name in names})
    from rnncalc.containers.hdf5.tree import tree
    from rnncalc.readers.of_keras.weights import down

    root = tree(path)
    start = time.process_time()
    found = [down(root, f"layers/simple_rnn_{i}/cell/vars") for i in range(1000)]

    assert time.process_time() - start < 1
    assert [group.name for group in found] == [
        f"layers/simple_rnn_{i}/cell/vars" for i in range(1000)
    ]
