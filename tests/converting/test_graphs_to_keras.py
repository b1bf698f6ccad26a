"""Graphs of layers as Keras scripts: what they print is what a run gives."""

from __future__ import annotations

import ast
import contextlib
import io
import warnings
from dataclasses import replace

import golden_graphs
import numpy as np
import pytest
from golden_graphs import NAMES, model_of

import rnncalc
from rnncalc.converting.scripts import write
from rnncalc.errors import RnncalcError


def graph_of(name):
    """A golden graph in float64 with its input; None where it is a row."""
    model = replace(model_of(name), dtype="float64", x=golden_graphs.inputs_of(name))
    return model if model.wiring else None


def test_a_script_is_a_functional_model(tmp_path):
    """Each layer is called on what it reads; final states begin the decoder."""
    write(graph_of("onnx/torch_script_encoder_decoder"), tmp_path / "s.py", "keras")
    text = (tmp_path / "s.py").read_text(encoding="utf-8")

    assert "initial_state=[" in text
    assert "network = keras.Model([" in text


def test_a_script_of_pytorch_is_refused(tmp_path):
    """By name, with the way out."""
    with pytest.raises(RnncalcError, match="it is one of a graph"):
        write(graph_of("onnx/torch_script_encoder_decoder"), tmp_path / "s.py", "torch")


@pytest.mark.frameworks
def test_keras_prints_the_same(tmp_path):
    """Of every golden graph: 5e-8 in float64, as Keras rounds the scale of several heads."""
    done, refused = 0, []
    for name in NAMES:
        if (model := graph_of(name)) is None:
            continue
        try:
            write(model, tmp_path / "s.py", "keras")
        except RnncalcError as error:
            refused.append(str(error))
            continue
        lines = printed(tmp_path / "s.py")
        trace = rnncalc.run(model)
        last = trace.last if model.mode == "many-to-one" else trace.h
        for ours, line in zip([*trace.outputs.values()] or [last], lines, strict=True):
            theirs = np.array(ast.literal_eval(line))
            assert ours.shape == theirs.shape, name
            assert np.allclose(ours, theirs, rtol=5e-8, atol=5e-8), name
        done += 1
    assert done > 30
    assert len(refused) < done / 10, refused


def printed(path):
    """The lines that a script prints."""
    keras = pytest.importorskip("keras")
    keras.backend.clear_session()
    out = io.StringIO()
    with contextlib.redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of masks that end where they should
        exec(compile(path.read_text(encoding="utf-8"), path.name, "exec"), {"__file__": str(path)})
    return out.getvalue().splitlines()
