"""Which models Keras 3 on PyTorch exports: every recurrent layer step by step, in many operators.

Keras has one backend a process; ``recorded_apart`` runs this file in one of its own.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from golden_file import Numbers, Recorded
from keras_files_recorder import draw
from keras_files_watching import parts, said, sequence, watched
from keras_files_words import FEATURES, TIMESTEPS, L, S, Sequential
from onnx_files_recorder import head, recorded
from onnx_files_words import BATCH, Made
from torch_frame import bare

ALL = {"return_sequences": True}
FIXED = (TIMESTEPS, FEATURES)
CASES: dict[str, Sequential] = {
    "rnn": S(L.SimpleRNN(4), L.Dense(2), shape=FIXED),
    "gru": S(L.GRU(4, **ALL), shape=FIXED),
    "gru_reset_before": S(L.GRU(4, reset_after=False, **ALL), shape=FIXED),
    "lstm": S(L.LSTM(4, **ALL), L.Dense(2), shape=FIXED),
    "lstm_bidirectional": S(L.Bidirectional(L.LSTM(3, **ALL)), shape=FIXED),
}


def of_case(name: str, make: Sequential) -> Recorded:
    """A file; Keras computes what ONNX Runtime must agree with."""
    import keras

    keras.utils.set_random_seed(1)
    numbers = Numbers("onnx_files", name, "float32")
    model: Any = make(keras)
    x = numbers.values(BATCH, TIMESTEPS, FEATURES)
    model(x)
    draw(model, numbers)
    calls, (out,) = watched(keras, model, x, {})
    h = np.asarray(sequence(calls))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        model.export(str(path), format="onnx", verbose=False)
        file = bare(onnx.load(str(path)))
    rows = [[None, *row[1:]] for row in parts(calls, nothing=False)]
    feeds = {file.graph.input[0].name: x}
    axes = "BTH" if out.ndim == 3 else "BH"
    about = f'{said(calls)}, model.export(format="onnx") on PyTorch, unrolled.'
    asked = Made(file, feeds, x, axes, agrees=out, states=False, parts=rows, h=h)
    return recorded(asked, name, head(numbers, about, "keras", "torch"))


def recorded_apart() -> dict[str, Recorded]:
    """All of them, in a process of their own."""
    apart = {**os.environ, "KERAS_BACKEND": "torch"}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recorded"
        subprocess.run([sys.executable, __file__, str(path)], check=True, env=apart)
        found: dict[str, Recorded] = pickle.loads(path.read_bytes())
    return found


if __name__ == "__main__":
    recordings = {f"keras_torch_{name}": of_case(f"keras_torch_{name}", make)
                  for name, make in CASES.items()}  # fmt: skip
    Path(sys.argv[1]).write_bytes(pickle.dumps(recordings))
