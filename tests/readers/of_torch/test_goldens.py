"""The model files of PyTorch that ``tests/recorders/record_torch_files.py`` records."""

from __future__ import annotations

import json

import numpy as np
import pytest
from conftest import ROOT

import rnncalc

FOLDER = ROOT / "tests" / "golden" / "files" / "torch"
DOCUMENTS = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
ROUNDING = {"float32": 1e-6, "float64": 1e-14}

ARRAYS = [
    name
    for name, one in DOCUMENTS.items()
    if name.startswith("npz_") and "assume" not in one and "fc" not in str(one["parts"])
]
"""Arrays whose network needs nothing besides the file."""


def run(name: str) -> rnncalc.Trace:
    """What rnncalc computes of a file."""
    one = DOCUMENTS[name]
    return rnncalc.run(rnncalc.load(FOLDER / one["file"]), one["x"], dtype=one["dtype"])


def test_every_file_has_a_document_and_every_document_a_small_file():
    """Nothing is left over of an earlier recording, and no file has more than 20 kB."""
    files = {path.name for path in FOLDER.iterdir() if path.suffix != ".json"}

    assert files == {one["file"] for one in DOCUMENTS.values()}
    assert max(path.stat().st_size for path in FOLDER.iterdir()) < 20_000
    assert len(DOCUMENTS) >= 130


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_has_either_numbers_or_a_reason(name):
    """What can be computed has an input, an output and finite numbers; the rest a text."""
    one = DOCUMENTS[name]
    assert ("expected" in one) != ("refused" in one)
    if "expected" in one:
        assert {"out", "h"} < set(one["expected"])
        assert all(np.isfinite(numbers).all() for numbers in one["expected"].values())
        assert np.shape(one["x"])[:2] == np.shape(one["expected"]["h"])[:2]


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_give_the_numbers_of_pytorch(name):
    """y or h, and every final state, from an npz in PyTorch's, Keras', ONNX' or our own names."""
    one = DOCUMENTS[name]
    trace = run(name)
    ours = {"h": trace.h, "out": trace.h if trace.y is None else trace.y}
    for layer in trace.layers:
        for way, direction in layer.directions.items():
            for letter, state in direction.final.items():
                ours[f"{layer.name}.{way}.final.{letter}"] = state

    assert set(ours) == set(one["expected"])
    for key, expected in one["expected"].items():
        np.testing.assert_allclose(ours[key], expected, rtol=0, atol=ROUNDING[one["dtype"]])


def test_the_function_that_a_file_does_not_name_is_seen():
    """An nn.RNN of relu read as one of tanh is far from the recorded numbers."""
    expected = DOCUMENTS["npz_rnn_relu"]["expected"]["h"]

    assert DOCUMENTS["npz_rnn_relu"]["assume"] == ["rnn.activation=relu"]
    assert not np.allclose(run("npz_rnn_relu").h, expected, atol=0.1)
