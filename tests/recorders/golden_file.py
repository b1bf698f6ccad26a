"""What a golden file is: numbers drawn from a seed of its own, and how they are written down.

It knows no framework; ``record_torch.py``, ``record_keras.py`` ... ask them what they compute.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FOLDER = Path(__file__).parents[1] / "golden"

Array = npt.NDArray[Any]
Document = dict[str, Any]


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


def document(
    numbers: Numbers,
    versions: Mapping[str, str],
    about: str,
    config: Mapping[str, Any],
    x: Array,
    expected: Mapping[str, Any],
    **given: Any,
) -> Document:
    """Everything that one file holds; what was not given (lengths, mask, h0 ...) is left out."""
    start = {
        "recorded_with": {**versions, "numpy": np.__version__},
        "seed": numbers.seed,
        "about": about,
        "dtype": numbers.dtype,
        "config": config,
        "x": x,
    }
    used = {key: value for key, value in given.items() if value is not None}
    return {**start, **used, "expected": expected}


def write(framework: str, documents: Mapping[str, Document]) -> None:
    """All files of a framework, in place of the earlier ones."""
    texts = {name: text(content) for name, content in documents.items()}
    folder = FOLDER / framework
    folder.mkdir(parents=True, exist_ok=True)
    for earlier in folder.glob("*.json"):
        earlier.unlink()
    for name, lines in texts.items():
        (folder / f"{name}.json").write_text(lines, encoding="utf-8")


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
