"""What ``convert`` writes, read by the frameworks themselves, each in a process of its own.

With ``RNNCALC_EVERY=1`` every golden network goes to every target; ``-rP`` prints how many did.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import golden_files
import numpy as np
import pytest
from converted_networks import CALLED, EXAMPLES, NAMES, every, network, unexpected
from torch_modules import PROGRAM, described, numbered

import rnncalc
from rnncalc import Layer, Model, RnncalcError
from rnncalc.cli.example import GRAPHS
from rnncalc.converting import convert, proof
from rnncalc.converting.scripts import write
from rnncalc.converting.scripts.given import TAKEN, given

pytestmark = pytest.mark.frameworks

LIMIT = {"float64": 1e-13, "float32": 3e-6, "float16": 5e-3}
ROUGH = ("gelu", "gelu_tanh", "leaky_relu")
"""The functions whose constants TensorFlow keeps in float32, also in float64."""

ROWS = [name for name in EXAMPLES if name.removeprefix("examples/") not in GRAPHS]
"""The examples whose layers stand in a row; graphs have tests of their own."""


def ran(code: str, *words: object, needs: tuple[str, ...]) -> str:
    """What a program prints; skipped where a package is missing."""
    if missing := [name for name in needs if find_spec(name) is None]:
        pytest.skip(f"{' and '.join(missing)} not installed")
    command = [sys.executable, "-W", "ignore", "-c", code, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def plain(model: Model) -> Model:
    """The network from zero states, without lengths and mask, its outputs not fed back."""
    layers = []
    for layer in model.layers:
        back = layer.backward
        layers.append(
            replace(layer, **zeros(layer), backward=back and replace(back, **zeros(back)))
        )
    once = {"mode": "many-to-many", "timesteps": None, "feedback": None}
    once = once if model.mode == "one-to-many" else {}
    return replace(model, layers=tuple(layers), lengths=None, mask=None, **once)


def zeros(layer: Layer) -> dict[str, float]:
    return {"h0": 0.0} | ({"c0": 0.0} if layer.cell == "lstm" else {})


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


class Sent:
    """Networks written for a framework, ``0000.onnx`` ..., and what we compute of each.

    Attributes:
        folder: in which they lie.
        asked: the name, the dtype and our numbers of each, by its number.
        refused: the messages by name.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: dict[str, tuple[str, str, np.ndarray]] = {}
        self.refused: dict[str, str] = {}

    def send(self, names: list[str], write: Callable[[Model, Path], tuple[Model, np.ndarray]]):
        """Let ``write`` make the files of every network; it gives the network and x as written."""
        for i, name in enumerate(names):
            try:
                model, x = write(plain(network(name)), self.folder / f"{i:04}")
            except RnncalcError as error:
                self.refused[name] = str(error)
                continue
            self.asked[f"{i:04}"] = (name, model.dtype, outcome(model, x))
        assert unexpected(self.refused) == {}

    def compare(self, end: str = ".out.npy", rough: tuple[str, ...] = ()) -> dict[str, float]:
        """What is further from our numbers than rounding, by name; the largest of all is printed.

        Args:
            rough: the functions for which the rounding is that of float32.
        """
        wrong, worst, count = {}, dict.fromkeys(LIMIT, 0.0), 0
        for stem, (name, dtype, ours) in self.asked.items():
            path = self.folder / f"{stem}{end}"
            if path.exists():
                kind = "float32" if rough and name.endswith(rough) else dtype
                distance, count = far(ours, np.load(path)), count + 1
                worst[kind] = max(worst[kind], distance)
                if not distance <= LIMIT[kind]:
                    wrong[name] = distance
        print(f"{count} networks, {len(self.refused)} refused; at most {worst}")
        return wrong


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

    def write(model, path):
        dtype = "float16" if model.dtype == "float16" else "float32"
        convert(model, path.with_suffix(".onnx"), dtype=dtype)
        x = next(proof.trial_runs(model, masked=False)).x
        np.save(path.with_suffix(".npy"), x.astype("int64" if model.embedding else dtype))
        return replace(model, dtype=dtype), x

    sent = Sent(tmp_path)
    sent.send(every(8), write)
    ran(ONNX, tmp_path, needs=("onnx", "onnxruntime"))

    assert sent.compare() == {}
    assert len(sent.asked) > 60


def test_pytorch_computes_the_state_dicts(tmp_path):
    """.safetensors and .npz, loaded strictly into nn.Module's of PyTorch: the same numbers.

    Layers that fit stand in one module: ``nn.GRU(num_layers=3)``.
    """

    def write(model, path):
        model = numbered(model)
        convert(model, path.with_suffix(".safetensors"))
        convert(model, path.with_suffix(".npz"), to="torch")
        x = next(proof.trial_runs(model, masked=False)).x
        np.save(path.with_suffix(".npy"), x.astype("int64" if model.embedding else model.dtype))
        path.with_suffix(".json").write_text(json.dumps([model.dtype, described(model)]))
        return model, x

    sent = Sent(tmp_path)
    sent.send(every(10, 1), write)
    ran(PROGRAM, tmp_path, needs=("torch", "safetensors"))

    assert sent.compare() == {}
    assert len(sent.asked) > 40


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


TORCH = """
import contextlib, io, json, pathlib, sys
import numpy as np
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.py")):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(path.read_text(), path.name, "exec"), {"__file__": str(path)})
    np.save(path.with_suffix(".out.npy"), json.loads(out.getvalue()))
"""


def test_scripts_for_pytorch_print_the_numbers(tmp_path):
    """Networks of all kinds, rebuilt by the script that convert writes."""
    sent = Sent(tmp_path)
    names = [*every(24), "keras/cells_backwards", *ROWS, *CALLED]  # a loop that goes back
    sent.send(names, lambda model, path: scripted(model, path, "torch"))
    ran(TORCH, tmp_path, needs=("torch",))

    assert sent.compare() == {}
    assert len(sent.asked) > 12 + len(ROWS) + len(CALLED)


def scripted(model: Model, path: Path, framework: str) -> tuple[Model, np.ndarray]:
    """Write the script; the network and x as they stand in it."""
    write(model, path.with_suffix(".py"), framework)
    model, batched = given(model)
    return model, model.x if batched else model.x[0]


REBUILT = """
import contextlib, io, json, os, pathlib, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy as np
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.py")):
    out, names = io.StringIO(), {"__file__": str(path)}
    with contextlib.redirect_stdout(out):
        exec(compile(path.read_text(), path.name, "exec"), names)
    printed = np.array(json.loads(out.getvalue()))
    np.save(path.with_suffix(".out.npy"), printed)
    weights, network = path.with_suffix(".weights.h5"), names["network"]
    if weights.exists() and isinstance(network, keras.Model):
        network.set_weights([np.zeros_like(one) for one in network.get_weights()])
        network.load_weights(weights)
        found = keras.ops.convert_to_numpy(network(names["NUMBERS"]["x"]))
        np.save(path.with_suffix(".loaded.npy"), found.reshape(printed.shape))
    keras.backend.clear_session()
"""


def test_keras_prints_and_loads_the_numbers(tmp_path):
    """Scripts rebuild networks of all kinds; emptied, those load the weights from .weights.h5."""
    unwritten = {}

    def write(model, path):
        found = scripted(model, path, "keras")
        try:
            convert(model, path.with_suffix(".weights.h5"))
        except RnncalcError as error:
            unwritten[path] = str(error)
        return found

    sent = Sent(tmp_path)
    sent.send([*every(40, 3), *ROWS, *CALLED], write)
    ran(REBUILT, tmp_path, needs=("keras", "tensorflow"))

    assert unexpected(unwritten) == {}
    assert sent.compare(rough=ROUGH) == {}
    assert sent.compare(".loaded.npy", ROUGH) == {}
    assert len(sent.asked) > len(unwritten) + 12 + len(ROWS)


def test_names_that_nn_module_has_itself():
    """A script calls no layer so: the list is PyTorch's."""
    own = ran("from torch import nn; print(*dir(nn.Module()))", needs=("torch",)).split()

    assert {name for name in own if not name.startswith("_")} <= TAKEN
