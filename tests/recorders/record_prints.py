"""Arrays as torch, TensorFlow, Keras and NumPy print them, and the numbers that stand in the text.

    PYTHONPATH=tests/recorders python tests/recorders/record_prints.py

It needs torch, and Keras 3 on TensorFlow. ``golden/prints.json``: the text of each print,
the numbers themselves (``null`` where it leaves some out), and whose it is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}

import keras
import numpy as np
import tensorflow as tf
import torch

TARGET = Path(__file__).parents[1] / "golden" / "prints.json"
SEED = 16
DRAWN = np.random.default_rng(SEED)
ARRAYS = {
    "one": np.float32(-0.125),
    "list": np.array([0.5, -2.0, 3.25], np.float32),
    "whole": np.array([1.0, 2.0, -3.0], np.float32),
    "ints": np.array([1, 2, 3], np.int32),
    "matrix": DRAWN.uniform(-1, 1, (3, 4)).astype(np.float32),
    "batch": DRAWN.uniform(-1, 1, (2, 3, 2)).astype(np.float32),
    "small": np.array([[1e-8, 2.0], [-3e4, 0.1]], np.float32),
    "double": DRAWN.uniform(-1, 1, (2, 2)),
    "half": np.array([[0.5, -0.25]], np.float16),
    "not finite": np.array([np.nan, np.inf, -np.inf, 1.5], np.float32),
    "wide": DRAWN.uniform(-1, 1, (2, 40)).astype(np.float32),
    "long": DRAWN.uniform(-1, 1, (600, 2)).astype(np.float32),
}
"""``long`` is cut in every print."""


def main() -> None:
    """Write the file anew."""
    made = [
        {"name": f"{name}: {whose}", "text": text, "numbers": _numbers(name, array)}
        for name, array in ARRAYS.items()
        for whose, text in _prints(array)
    ]
    versions = {one.__name__: one.__version__ for one in (torch, tf, keras, np)}
    document = {"versions": versions, "seed": SEED, "prints": made}
    TARGET.write_text(json.dumps(document, indent=1) + "\n")


def _numbers(name: str, array: Any) -> Any:
    return None if name == "long" else np.vectorize(str, otypes=[object])(array).tolist()


def _prints(array: Any) -> Iterator[tuple[str, str]]:
    tensor = torch.tensor(array)
    yield "torch", str(tensor)
    if tensor.is_floating_point():
        yield "torch, gradients", str(tensor.requires_grad_())
        yield "torch, a result", str(tensor * 1)
        yield "torch, a parameter", str(torch.nn.Parameter(tensor))
    yield "torch, a script", repr(tensor.tolist()) if array.size < 1000 else str(tensor)
    yield "numpy", str(array)
    yield "numpy, repr", repr(array)
    if array.ndim == 1:
        yield "numpy, a list of scalars", repr(list(array))
    yield "tensorflow", str(tf.constant(array))
    yield "tensorflow, repr", repr(tf.constant(array))
    yield "tensorflow, a variable", repr(tf.Variable(array))
    yield "keras, a variable", repr(keras.Variable(array, name="kernel"))


if __name__ == "__main__":
    main()
