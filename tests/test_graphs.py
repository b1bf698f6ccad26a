"""Graphs of layers against the frameworks that wrote them, and planted mistakes."""

from __future__ import annotations

from collections import Counter

import golden_graphs
import numpy as np
import pytest
from golden_graphs import FOLDER, NAMES, golden, left

PLACES = (b"/home/", b"/tmp/", b"/usr/", b"site-packages", b"stack_trace", b'File "')


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.xfail(reason=why, strict=False)] if why else [])
        for name in NAMES
        for why in [left(name)]
    ],
)
def test_equal_to_the_framework(name):
    """Every output: 1e-12 in float64, 2e-6 in float32."""
    assert golden_graphs.apart(name, golden_graphs.computed(name)) == []


def test_there_are_graphs_of_every_framework():
    """Keras 3, Keras 2, tf2onnx, both exporters of PyTorch, and ONNX by hand."""
    starts = ["keras/", "tf_keras/", "onnx/tf_keras_", "onnx/keras_", "onnx/torch_script_",
              "onnx/torch_dynamo_", "onnx/"]  # fmt: skip
    kinds = Counter(next(start for start in starts if name.startswith(start)) for name in NAMES)

    assert [kinds[start] >= 7 for start in starts] == [True] * 7
    assert len(NAMES) >= 150


def test_every_document_has_a_small_file_that_does_not_say_where_it_was_made():
    """And there is no other file."""
    paths = [path for path in FOLDER.glob("*/*") if path.suffix != ".json"]

    assert {golden_graphs.path(name) for name in NAMES} == set(paths)
    assert all(path.stat().st_size < 40_000 for path in paths)
    for path in paths:
        content = path.read_bytes()
        assert not [place for place in PLACES if place in content], path.name


@pytest.mark.parametrize("name", NAMES)
def test_the_numbers_can_tell_mistakes(name):
    """Three sequences, whose results differ; all that is expected is finite."""
    for expected in golden(name)["expected"].values():
        array = np.array(expected)

        assert len(array) == 3
        assert np.isfinite(array).all()
        assert not np.allclose(array[0], array[1], rtol=0, atol=1e-3)
