"""Arrays of PyTorch's networks in npz files, in the names of four frameworks."""

from __future__ import annotations

import numpy as np
import pytest
from golden_files import FOLDER, golden, of

import rnncalc

DOCUMENTS = {name.removeprefix("torch/"): golden(name) for name in of("torch")}
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
    return rnncalc.run(rnncalc.load(FOLDER / "torch" / one["file"]), one["x"], dtype=one["dtype"])


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
