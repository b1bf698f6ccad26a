"""What ``convert`` writes, read by the frameworks themselves, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import golden_files
import numpy as np
import pytest
from converted_networks import NAMES, network, with_input

import rnncalc
from rnncalc import Model, RnncalcError
from rnncalc.converting import convert, proof
from rnncalc.converting.scripts import write

pytestmark = pytest.mark.frameworks

LIMIT = {"float64": 1e-13, "float32": 3e-6, "float16": 5e-3}


def ran(code: str, *words: object, needs: tuple[str, ...]) -> str:
    """What a program prints; skipped where a package is missing."""
    if missing := [name for name in needs if find_spec(name) is None]:
        pytest.skip(f"{' and '.join(missing)} not installed")
    command = [sys.executable, "-W", "ignore", "-c", code, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def plain(model: Model) -> Model:
    """The network from zero states, without lengths and mask."""
    layers = []
    for layer in model.layers:
        zero = {"h0": 0.0} | ({"c0": 0.0} if layer.cell == "lstm" else {})
        back = layer.backward
        if back:
            back = replace(back, h0=0.0, **({"c0": 0.0} if back.cell == "lstm" else {}))
        layers.append(replace(layer, **zero, backward=back))
    return replace(model, layers=tuple(layers), lengths=None, mask=None)


def outcome(model: Model, x: np.ndarray) -> np.ndarray:
    """What a framework gives: y, h, or what the last step gave."""
    trace = rnncalc.run(replace(model, x=None), x, record=("h",))
    if model.mode == "many-to-one":
        return trace.last
    return trace.h if trace.y is None else trace.y


def far(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The largest difference against 1 or the largest number; shapes that differ are far."""
    if np.shape(ours) != np.shape(theirs):
        return np.inf
    return float(np.max(np.abs(ours - np.asarray(theirs, float))) / max(1, np.max(np.abs(ours))))


ONNX = """
import json, pathlib, sys
import numpy as np, onnx, onnxruntime
onnxruntime.set_default_logger_severity(4)
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    given = np.load(path.with_suffix(".npy"))
    np.save(path.with_suffix(".out.npy"), session.run(None, {"x": given})[0])
"""


def test_onnx_runtime_gives_the_same_numbers(tmp_path):
    """Networks that ONNX can express, in float32; the files are sound for onnx' checker."""
    asked = {}
    for i, name in enumerate(NAMES[::5]):
        model = plain(network(name))
        dtype = "float16" if model.dtype == "float16" else "float32"
        try:
            convert(model, tmp_path / f"{i:04}.onnx", dtype=dtype)
        except RnncalcError:
            continue
        model = replace(model, dtype=dtype)
        x = next(proof._trials(model, masked=False)).x
        np.save(tmp_path / f"{i:04}.npy", x.astype("int64" if model.embedding else dtype))
        asked[i] = (name, dtype, outcome(model, x))
    ran(ONNX, tmp_path, needs=("onnx", "onnxruntime"))
    wrong = {
        name: distance
        for i, (name, dtype, ours) in asked.items()
        if not (distance := far(ours, np.load(tmp_path / f"{i:04}.out.npy"))) <= LIMIT[dtype]
    }

    assert wrong == {}
    assert len(asked) > 80


TORCH = """
import json, sys
import numpy as np, torch
from safetensors.torch import load_file
from torch import nn
for path, kind, options in json.loads(sys.argv[1]):
    module = nn.ModuleDict({"net": getattr(nn, kind)(**options)})
    whole = load_file(path)
    module.load_state_dict(whole, strict=True)
    beside = np.load(path.replace(".safetensors", ".npz"))
    assert sorted(beside) == sorted(whole)
    assert all(np.array_equal(beside[name], whole[name].numpy()) for name in whole)
"""


def test_pytorch_loads_the_state_dicts(tmp_path):
    """nn.GRU, nn.LSTM and nn.RNN of several layers, both directions and a projection: strictly."""
    asked = []
    for golden, kind, more in (
        ("torch/gru_3_layers_bidirectional_float32", "GRU", {"num_layers": 3}),
        ("torch/lstm_projection_bidirectional_float32", "LSTM", {"proj_size": 2}),
        ("torch/rnn_relu_2_layers_bidirectional_float32", "RNN", {"num_layers": 2}),
        ("keras/lstm_bidirectional", "LSTM", {}),
        ("keras/lstm_bidirectional_without_bias", "LSTM", {"bias": False}),
        ("keras/gru_bidirectional", "GRU", {}),
    ):
        layers = network(golden).layers
        several = len(layers) > 1
        named = [
            replace(one, name=f"net.{i}" if several else "net") for i, one in enumerate(layers)
        ]
        model = replace(network(golden), layers=tuple(named))
        path = tmp_path / f"{len(asked)}.safetensors"
        convert(model, path)
        convert(model, path.with_suffix(".npz"), to="torch")
        first = layers[0]
        sizes = {"input_size": first.features, "hidden_size": first.units, "bidirectional": True}
        proj = {"proj_size": first.state_size} if "W_r" in first.weights else {}
        asked.append((str(path), kind, {**sizes, **more, **proj}))
    ran(TORCH, json.dumps(asked), needs=("torch", "safetensors"))


KERAS = """
import json, os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy as np
outs = []
for path, weights, x in json.loads(sys.argv[1]):
    model = keras.models.load_model(path)
    model.set_weights([np.zeros_like(one) for one in model.get_weights()])
    model.load_weights(weights)
    outs.append(np.asarray(model(np.array(x)), float).tolist())
print(json.dumps(outs))
"""

LOADED = (
    "lstm", "gru", "gru_reset_before", "bidirectional_lstm", "bidirectional_sum", "rnn_cells",
    "bidirectional_stack", "embedding_lstm", "batch_normalization", "dense_heads", "gru_backwards",
    "dense_between", "functional", "layer_normalization", "average_pooling", "gru_without_bias",
)  # fmt: skip


def test_keras_loads_the_weights(tmp_path):
    """Models that Keras saved, emptied, get their weights from what convert wrote: same numbers."""
    known = [name for name in LOADED if f"files/keras/{name}" in NAMES]
    asked = []
    for name in known:
        path, document = golden_files.path(f"keras/{name}"), golden_files.golden(f"keras/{name}")
        out = tmp_path / f"{name}.weights.h5"
        convert(network(f"files/keras/{name}"), out)
        asked.append((str(path), str(out), document["x"]))
    outs = json.loads(ran(KERAS, json.dumps(asked), needs=("keras", "tensorflow")))

    assert len(known) >= 12
    for name, out in zip(known, outs, strict=True):
        expected = golden_files.golden(f"keras/{name}")["expected"]["out"]
        np.testing.assert_allclose(out, expected, rtol=0, atol=2e-6, err_msg=name)


RUN = """
import contextlib, io, json, os, pathlib, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.py")):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(path.read_text(), path.name, "exec"), {"__file__": str(path)})
    path.with_suffix(".out").write_text(out.getvalue())
"""


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_scripts_print_the_numbers(framework, tmp_path):
    """Networks of all kinds with their inputs, lengths, masks and initial states."""
    asked = {}
    for i, name in enumerate(NAMES[::36]):
        model = with_input(name)
        try:
            write(model, tmp_path / f"{i:04}.py", framework)
        except RnncalcError:
            continue
        asked[i] = (name, model.dtype, outcome(model, model.x))
    ran(RUN, tmp_path, needs=("torch",) if framework == "torch" else ("keras", "tensorflow"))
    wrong = {}
    for i, (name, dtype, ours) in asked.items():
        theirs = json.loads(Path(tmp_path / f"{i:04}.out").read_text())
        if not (distance := far(ours, theirs)) <= LIMIT[dtype]:
            wrong[name] = distance

    assert wrong == {}
    assert len(asked) > 8
