"""One of several arrays in a file, by its key, on the command line and in configs."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from conftest import ROOT

import rnncalc
from rnncalc.errors import RnncalcError
from rnncalc.numbers import values

MODELS = ROOT / "docs" / "models"
NESTED = {"a": {"b": [[1, 2], [3, 4.5]], "c": 7}, "lstm.bias": [1, 2], "list": [{"w": [5]}, [6, 7]],
          "text": "no"}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """A file of each kind."""
    h5py = pytest.importorskip("h5py")
    safetensors = pytest.importorskip("safetensors.numpy")
    (tmp_path / "w.json").write_text(json.dumps(NESTED))
    with h5py.File(tmp_path / "big.h5", "w") as file:
        file["train/x"] = np.arange(6, dtype="f4").reshape(3, 2)
        file["train/ids"] = np.array([3, 1, 2])
    safetensors.save_file({"lstm.w": np.ones((2, 3), "f4")}, tmp_path / "w.safetensors")
    return tmp_path


@pytest.mark.parametrize(("name", "expected"), [
    ("w.json:a.b", [[1, 2], [3, 4.5]]), ("w.json:a.c", 7), ("w.json:lstm.bias", [1, 2]),
    ("w.json:list.0.w", [5]), ("w.json:list.1", [6, 7]),
    ("big.h5:train/x", [[0, 1], [2, 3], [4, 5]]),
    ("big.h5:/train/ids", [3, 1, 2]), ("w.safetensors:lstm.w", [[1, 1, 1]] * 2),
])  # fmt: skip
def test_a_key_leads_to_an_array(name, expected, folder):
    """Down mappings and lists; also by names that have dots; with @ and as {file, key}."""
    file, _, key = name.partition(":")

    np.testing.assert_array_equal(values.parse(f"@{name}", folder), expected)
    np.testing.assert_array_equal(values.read(file, key, folder), expected)


@pytest.mark.parametrize(("name", "says"), [
    ("w.json:a.d", "has no array 'a.d'. Did you mean a."),
    ("w.json:a", "has several arrays under 'a'. There are: a.b, a.c, lstm.bias, list.0.w, list.1."),
    ("w.json:list.2", "has no array 'list.2'. Did you mean list.1?"),
    ("w.json:text", "text: 'no' is not a number"), ("w.json:", "has several arrays under ''"),
    ("big.h5:train/y", "has no array 'train/y'. Did you mean train/x?"),
    ("big.h5", "which array? Write"), ("w.safetensors:x", "has no array 'x'. There are: lstm.w."),
])  # fmt: skip
def test_a_key_that_leads_nowhere_is_told_what_is_there(name, says, folder):
    """With the file's name, and what may have been meant."""
    with pytest.raises(RnncalcError, match=re.escape(says)) as error:
        values.parse(f"@{name}", folder)

    assert str(error.value).startswith(str(folder / name.partition(":")[0]))


def test_weights_of_a_config_are_tensors_of_a_model_file(tmp_path):
    """By their names in a state dict; the numbers are those of the file itself."""
    block = {key: {"file": str(MODELS / "tagger.pt"), "key": f"lstm.{key}_l0"}
             for key in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}  # fmt: skip
    path = tmp_path / "net.json"
    whole = rnncalc.load(MODELS / "tagger.pt", layers=["lstm"])
    x = np.linspace(-1, 1, 4 * whole.layers[0].features).reshape(4, -1)
    path.write_text(json.dumps({"cell": "lstm", "dtype": "float32", **block}))

    ours, theirs = (rnncalc.run(one, x).h for one in (rnncalc.load(path), whole))

    np.testing.assert_array_equal(ours, theirs[:, : ours.shape[1]])  # its forward direction
