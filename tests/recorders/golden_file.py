"""What a recorder is, whatever it asks: numbers drawn from a seed of their own, the document that
says what was asked and what came out, the model file that may go with it, and how all are written.

It knows no framework; ``record_torch.py``, ``record_keras.py`` ... ask them what they compute.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FOLDER = Path(__file__).parents[1] / "golden"

Array = npt.NDArray[Any]
Document = dict[str, Any]
Recorded = tuple[Document, Mapping[str, bytes]]
"""A document, and the files that go with it."""

SALT = ""
"""Drawn with another, the numbers are others than those of the files (``draw.py``)."""

REDRAWN = {
    "keras/simple_rnn_gelu": 3,
    "keras/simple_rnn_linear": 3,
    "keras/simple_rnn_other_backward": 2,
    "keras/simple_rnn_relu": 47,
    "keras_files/depths": 3,
    "keras_files/relu_layer": 6,
    "onnx_files/lstm_relu_state": 3,
    "onnx_files/rnn_relu": 5,
    "onnx_files/rnn_thresholded_relu": 5,
    "onnx_files/stack_opset_11": 2,
    "onnxruntime/lstm_sigmoid_tanh_relu": 3,
    "onnxruntime/rnn_leaky_relu_alpha": 2,
    "onnxruntime/rnn_relu": 82,
    "onnxruntime/rnn_reverse_relu_clip": 10,
    "onnxruntime/rnn_thresholded_relu": 78,
    "onnxruntime/rnn_two_alphas": 5,
    "onnxruntime/rnn_two_functions": 3,
    "tf_keras_files/keras2_h5_embedding": 2,
    "torch/rnn_relu_2_layers_bidirectional_float32": 52,
    "torch/rnn_relu_2_layers_bidirectional_float64": 13,
    "torch/rnn_relu_cell_float32": 13,
    "torch/rnn_relu_cell_float64": 48,
    "torch/rnn_relu_float32": 4,
    "torch/rnn_relu_float64": 16,
    "torch/rnn_relu_lengths_float32": 27,
    "torch/rnn_relu_lengths_float64": 44,
    "torch_files/joblib_module": 8,
    "torch_files/module_beside": 27,
    "torch_files/module_own": 7,
    "torch_files/module_own_pickle4": 16,
    "torch_files/pt2_rnn_cell_relu": 1,
    "torch_files/pt2_rnn_relu_2_layers": 7,
    "torch_files/module_sequential_head": 13,
    "torch_files/npz_rnn_relu": 3,
    "torch_files/rnn_relu": 2,
    "torch_files/rnn_relu_2_layers_bidirectional": 8,
    "torch_files/safe_rnn_relu": 2,
    "torch_files/safe_sequential_head": 8,
    "torch_files/sequential_head": 20,
}
"""Where the first draw left units of a relu dead or let them grow, or two sequences end alike:
which one does not."""


class Numbers:
    """The random numbers of one file; its name is their seed."""

    def __init__(self, framework: str, name: str, dtype: str) -> None:
        name = f"{framework}/{name}"
        self.seed = zlib.crc32(f"{name}{REDRAWN.get(name, '')}{SALT}".encode())
        self.dtype = dtype
        self._generator = np.random.default_rng(self.seed)

    def weights(self, *shape: int) -> Array:
        """Large enough to bend an activation, small enough not to saturate it."""
        return self._generator.uniform(-0.8, 0.8, shape).astype(self.dtype)

    def values(self, *shape: int) -> Array:
        """Inputs and initial states."""
        return self._generator.standard_normal(shape).astype(self.dtype)

    def ids(self, vocabulary: int, *shape: int) -> Array:
        """Rows of an embedding, never the first."""
        return self._generator.integers(1, vocabulary, shape)


def versions(*packages: str) -> dict[str, str]:
    """What recorded it."""
    return {name: import_module(name).__version__.partition("+")[0] for name in packages}


def head(numbers: Numbers, about: str, *packages: str) -> Document:
    """How a document begins."""
    return {"recorded_with": versions(*packages, "numpy"), "seed": numbers.seed, "about": about}


def document(
    numbers: Numbers,
    packages: Iterable[str],
    about: str,
    config: Mapping[str, Any],
    x: Array,
    expected: Mapping[str, Any],
    **given: Any,
) -> Document:
    """Everything that one file holds; what was not given (lengths, mask, h0 ...) is left out."""
    start = {**head(numbers, about, *packages), "dtype": numbers.dtype, "config": config, "x": x}
    used = {key: value for key, value in given.items() if value is not None}
    return {**start, **used, "expected": expected}


def refuse_dead(name: str, expected: Mapping[str, Array]) -> None:
    """Units that are 0 throughout, numbers that grow, or sequences alike prove nothing."""
    for key, array in expected.items() if not SALT else ():
        columns = np.reshape(array, (-1, array.shape[-1])).astype(np.float64)
        dead = not np.all(np.any(columns, axis=0))
        alike = np.allclose(array[0], array[1], rtol=0, atol=2e-3)
        if dead or alike or not np.all(np.isfinite(columns)) or np.max(abs(columns)) > 50:
            raise SystemExit(f"{name}: {key} is dead, alike or grows: draw others (REDRAWN)")


def write(place: str, documents: Iterable[tuple[str, Document]]) -> int:
    """All documents of a folder in place of the earlier ones; how many."""
    return write_files(place, ((name, (told, {})) for name, told in documents))


def write_files(
    place: str, recordings: Iterable[tuple[str, Recorded]], mine: Callable[[str], bool] = bool
) -> int:
    """The same with the files beside them, in place of all whose names are mine."""
    folder, recorded = FOLDER / place, dict(recordings)
    texts = {f"{name}.json": text(told).encode() for name, (told, _) in recorded.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for earlier in folder.iterdir():
        if mine(earlier.name) and not earlier.is_dir():
            earlier.unlink()
    for files in (texts, *(files for _, files in recorded.values())):
        for name, content in files.items():
            (folder / name).write_bytes(content)
    return len(recorded)


def text(content: Document) -> str:
    """One key a line; every number with all its digits, and not one more."""
    lines = [
        f"{json.dumps(key)}: {json.dumps(plain(value), separators=(',', ':'), allow_nan=False)}"
        for key, value in content.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def plain(value: Any) -> Any:
    """Arrays as lists, a float32 as the shortest number that reads back to the same float32."""
    if isinstance(value, Mapping):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.ndim):
        return [plain(part) for part in value]
    if isinstance(value, np.ndarray):
        return plain(value[()])
    if isinstance(value, np.integer):
        return int(value)
    return float(str(value)) if isinstance(value, np.floating) else value
