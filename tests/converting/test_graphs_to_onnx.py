"""Graphs of layers as ONNX files: read back here, and run by ONNX Runtime."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace

import golden_graphs
import numpy as np
import pytest
from golden_graphs import NAMES, model_of

import rnncalc
from rnncalc.errors import RnncalcError

SOME = [
    "onnx/torch_script_bahdanau", "onnx/tf_keras_upsampling", "onnx/global_pooling",
    "onnx/torch_dynamo_tokens_and_features",
]  # fmt: skip

NO_ROOM = re.compile(
    "masks|causal|normalize|no projection|each direction|no node|ids are no input|recurrent nodes"
    "|is not read back as this network"
)
"""What is said of graphs for which ONNX has no nodes, or for which none are written."""


def written(name, folder):
    """A golden graph in float32 as an ONNX file, or None where that is refused by name."""
    model = replace(model_of(name), dtype="float32", x=None)
    path = folder / "graph.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return model, path, rnncalc.convert(model, path)
        except RnncalcError as error:
            if not NO_ROOM.search(str(error)):
                raise
            return None


@pytest.mark.parametrize("name", SOME)
def test_read_back_it_is_the_same(name, tmp_path):
    """Within float32, every output."""
    _, _, done = written(name, tmp_path)

    assert done.proof.difference < 1e-6


def test_the_scale_of_heads_in_float64_has_all_its_digits(tmp_path):
    """It is read as it is written, not as the shortest number that float32 has there."""
    model = model_of("keras/multihead_self_double")
    path = tmp_path / "graph.onnx"
    rnncalc.convert(model, path)
    ours, theirs = (
        {one.scale for one in each.stateless if getattr(one, "scale", None)}
        for each in (model, rnncalc.load(path))
    )

    assert model.dtype == "float64"
    assert ours == theirs == {0.5773502588272095}


@pytest.mark.slow
def test_every_golden_graph_is_written_or_refused_by_name(tmp_path):
    """And what is written is proved."""
    done = [one for name in NAMES if (one := written(name, tmp_path))]

    assert len(done) > 70
    assert all(converted.proof.difference < 1e-6 for _, _, converted in done)


@pytest.mark.frameworks
def test_onnx_runtime_computes_the_same(tmp_path):
    """Of every golden graph that is written: 2e-6."""
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")

    done = 0
    for name in NAMES:
        if not (made := written(name, tmp_path)):
            continue
        model, path, _ = made
        session = onnxruntime.InferenceSession(path)
        given = golden_graphs.inputs_of(name)
        given = given if isinstance(given, dict) else {model.inputs[0]: given}
        kinds = {one.name: np.int64 if "int" in one.type else np.float32
                 for one in session.get_inputs()}  # fmt: skip
        theirs = session.run(None, {key: np.array(x, kinds[key]) for key, x in given.items()})
        ours = golden_graphs.computed(name, model)
        for one, other in zip(ours, theirs, strict=True):
            assert np.allclose(one, other, rtol=2e-6, atol=2e-6), name
        done += 1
    assert done > 70
