"""``inspect`` counts the numbers that a file holds: per layer, with its arithmetic, and in all.

Held to what h5py, NumPy and a safetensors header say of the same files, to Keras' count_params()
and to PyTorch's numel().
"""

from __future__ import annotations

import io
import json
import math
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from conftest import EVERY, ROOT, existing

from rnncalc.errors import FileError
from rnncalc.inspecting.inspect import Inspection, inspect

FOLDER = ROOT / "tests" / "golden" / "files"
NO_WEIGHTS = ("optimizer", "optimizer_weights", "metrics", "seed_generator")


def computed(*names: str, step: int = 1) -> dict[Path, Inspection]:
    """What is in the golden files, or in one of so many, of which every layer is computed."""
    found = {}
    for path in sorted(one for name in names for one in existing(name, FOLDER))[::step]:
        try:
            inspection = inspect(path)
        except FileError:
            continue
        if all(layer.kind != "other" for layer in inspection.layers):
            found[path] = inspection
    return found


def in_hdf5(path: Path) -> int:
    """How many numbers the datasets of a Keras file have."""
    h5py = pytest.importorskip("h5py", reason="h5py is not installed")
    data = path.read_bytes()
    if path.suffix == ".keras":
        data = zipfile.ZipFile(path).read("model.weights.h5")
    sizes = []

    def visit(name, one):
        if isinstance(one, h5py.Dataset) and not set(name.split("/")) & set(NO_WEIGHTS):
            sizes.append(math.prod(one.shape))

    with h5py.File(io.BytesIO(data)) as file:
        file.visititems(visit)
    return sum(sizes)


def in_arrays(path: Path) -> int:
    """How many numbers the tensors of PyTorch have in an npz or safetensors file."""
    if path.suffix == ".npz":
        shapes = {name: array.shape for name, array in np.load(path).items()}
    else:
        data = path.read_bytes()
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        shapes = {name: one["shape"] for name, one in header.items() if name != "__metadata__"}
    return sum(math.prod(s) for name, s in shapes.items() if "num_batches_tracked" not in name)


def test_as_many_as_keras_files_hold():
    """Golden .keras and .h5: what all layers have is what all datasets have."""
    pytest.importorskip("h5py", reason="h5py is not installed")
    found = computed("keras/*.keras", "keras/*.h5", step=1 if EVERY else 6)
    counts = {
        path.name: (in_hdf5(path), one.parameters)
        for path, one in found.items()
        if path.suffix == ".h5" or "model.weights.h5" in zipfile.ZipFile(path).namelist()
    }

    assert {name: both for name, both in counts.items() if both[0] != both[1]} == {}
    assert len(counts) > 20


def test_as_many_as_tensors_of_pytorch():
    """Every golden npz and safetensors file."""
    found = computed("torch/*.npz", "torch/*.safetensors")
    counts = {path.name: (in_arrays(path), one.parameters) for path, one in found.items()}

    assert {name: both for name, both in counts.items() if both[0] != both[1]} == {}
    assert len(counts) > 20


def test_the_arithmetic_gives_the_count():
    """Of every layer of every golden file; what each gate has adds up to it, but for what is none
    of a gate's: a projection.
    """
    found = computed("torch/*.pt", "torch/*.pth", "onnx/*.onnx")
    layers = [layer for one in found.values() for layer in one.layers if layer.parameters]
    for layer in layers:
        assert eval(layer.arithmetic, {"__builtins__": {}}) == layer.parameters, layer
        if layer.per_gate:
            projected = sum(math.prod(s) for name, s in layer.arrays.items() if "W_r" in name)
            assert sum(layer.per_gate.values()) + projected == layer.parameters, layer
    assert len(layers) > 300


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("keras/keras2_h5_cudnn_lstm.h5", ["4*(3*4 + 4*4 + 2*4)", "4*2 + 2"]),
        ("keras/keras2_h5_cudnn_gru.h5", ["3*(3*4 + 4*4 + 2*4)"]),
        ("keras/gru.keras", ["3*(3*4 + 4*4 + 2*4)"]),
        ("keras/gru_reset_before.keras", ["3*(3*4 + 4*4 + 4)"]),
        ("keras/bidirectional_lstm.keras", ["2*4*(3*4 + 4*4 + 4)"]),
        ("keras/embedding_lstm.keras", ["7*3", "4*(3*4 + 4*4 + 4)", "4*1 + 1"]),
        (
            "keras/batch_normalization.keras",
            ["4*3", "4*(3*4 + 4*4 + 4)", "4*4", "3*(4*2 + 2*2 + 2*2)"],
        ),
        ("torch/lstm_projection.pt", ["4*(3*5 + 2*5 + 2*5) + 5*2"]),
        ("torch/weight_norm_whole.pt", ["12*3 + 1 + 12*4 + 2*12"]),
        ("torch/pruned.pt", ["3*(3*4 + 4*4 + 2*4)", "2*4 + 2"]),
        ("onnx/lstm_peepholes_bidirectional.onnx", ["2*(4*(2*4 + 4*4 + 2*4) + 3*4)"]),
    ],
)
def test_how_layers_are_counted(name, expected):
    """Gates times what each has: inputs, states, biases."""
    layers = [layer for layer in inspect(FOLDER / name).layers if layer.parameters]

    assert [layer.arithmetic for layer in layers] == expected


KERAS = """
import json, os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
print(json.dumps([keras.models.load_model(path, compile=False).count_params()
                  for path in sys.argv[1:]]))
"""
TORCH = """
import json, sys, torch
def count(value):
    inside = value.items() if isinstance(value, dict) else ()
    if isinstance(value, torch.Tensor):
        return value.numel()
    return sum(count(one) for name, one in inside if "num_batches_tracked" not in str(name))
print(json.dumps([count(torch.load(path)) for path in sys.argv[1:]]))
"""
OF_KERAS_2 = ("keras2_", "keras_2")
NOT_STATE_DICTS = (
    "averaged", "below_nested", "beside", "checkpoint", "equal_copies", "lightning", "module",
    "optimizer_first", "protocol5", "pruned", "script_", "trace_", "with_arguments",
)  # fmt: skip


@pytest.mark.frameworks
@pytest.mark.parametrize(
    ("program", "package", "pattern", "left_out"),
    [
        (KERAS, "keras", "keras/*.keras", OF_KERAS_2),
        (TORCH, "torch", "torch/*.pt", NOT_STATE_DICTS),
    ],
    ids=["keras", "torch"],
)
def test_as_many_as_the_framework_counts(program, package, pattern, left_out):
    """``count_params()`` of Keras, the sum of ``numel()`` of a state dict."""
    if find_spec(package) is None:
        pytest.skip(f"{package} not installed")
    found = {p: one for p, one in computed(pattern).items() if not p.name.startswith(left_out)}
    command = [sys.executable, "-W", "ignore", "-c", program, *map(str, found)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    theirs = json.loads(done.stdout)

    counts = {path.name: (n, one.parameters)
              for n, (path, one) in zip(theirs, found.items(), strict=True)}  # fmt: skip
    assert {name: both for name, both in counts.items() if both[0] != both[1]} == {}
    assert len(counts) > 40
