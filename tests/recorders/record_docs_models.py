"""The model files that the docs open: trained and saved as their pages say.

    python tests/recorders/record.py docs_models

It prints what the frameworks compute, for the pages to quote; ``files/docs`` keeps it for the
tests. Other versions train to other last digits: then the pages change with the files.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import golden_file
import numpy as np

os.environ["KERAS_BACKEND"] = "tensorflow"

MODELS = Path(__file__).parents[2] / "docs" / "models"
X = np.arange(1, 6, dtype=np.float32).reshape(1, 5, 1)
TARGET = np.tanh(X / 3)
"""What the network of the tutorial learns to follow."""


def seed() -> Any:
    """SimpleRNN(1), trained for a moment on one sequence; what it then computes of it."""
    import keras

    keras.utils.set_random_seed(7)
    rnn = keras.layers.SimpleRNN(1, return_sequences=True, name="rnn")
    model = keras.Sequential([keras.Input((None, 1)), rnn])
    model.compile(keras.optimizers.Adam(0.01), "mse")
    model.fit(X, TARGET, epochs=60, verbose=0)
    model.save(MODELS / "seed.keras")
    return model.predict(X, verbose=0)


def classifier() -> Any:
    """An embedding, an LSTM of both directions and a head, of PyTorch: its state dict."""
    import torch

    class Tagger(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = torch.nn.Embedding(10, 3)
            self.lstm = torch.nn.LSTM(3, 4, batch_first=True, bidirectional=True)
            self.fc = torch.nn.Linear(8, 2)

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            return torch.softmax(self.fc(self.lstm(self.embedding(ids))[0]), dim=-1)

    torch.manual_seed(7)
    tagger = Tagger().eval()
    torch.save(tagger.state_dict(), MODELS / "tagger.pt")
    exported(tagger, IDS, "tagger-exported.onnx", {0: "batch", 1: "timesteps"})
    return tagger(IDS).detach().numpy()


def exported(network: Any, x: Any, name: str, axes: dict[int, str]) -> None:
    """An ONNX file of any batch and length."""
    import torch

    torch.onnx.export(
        network, (x,), MODELS / name, dynamo=False, input_names=["x"], output_names=["y"],
        dynamic_axes={"x": {0: "batch", 1: "timesteps"}, "y": axes},
    )  # fmt: skip


def counter() -> Any:
    """An nn.RNN with relu, of which an nn.Linear reads the last step: state dict and ONNX."""
    import torch

    class Counter(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = torch.nn.RNN(1, 3, nonlinearity="relu", batch_first=True)
            self.fc = torch.nn.Linear(3, 1)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.fc(self.rnn(x)[0][:, -1])

    torch.manual_seed(71)  # with which relu lets all three units pass
    network, x = Counter().eval(), torch.from_numpy(X)
    torch.save(network.state_dict(), MODELS / "counter.pt")
    exported(network, x, "counter.onnx", {0: "batch"})
    return network(x).detach().numpy()


def forecast() -> Any:
    """GRU(3) and Dense(1) of Keras, whole and as weights."""
    import keras

    keras.backend.clear_session()
    keras.utils.set_random_seed(7)
    gru = keras.layers.GRU(3, bias_initializer="random_normal", name="gru")
    dense = keras.layers.Dense(1, activation="sigmoid", bias_initializer="ones", name="dense")
    model = keras.Sequential([keras.Input((None, 1)), gru, dense])
    model.save(MODELS / "forecast.keras")
    model.save_weights(MODELS / "forecast.weights.h5")
    return model.predict(X, verbose=0)


IDS: Any = [[3, 1, 4, 1, 5]]


def document(file: str, about: str, x: Any, out: Any, parts: Any, **told: Any) -> dict[str, Any]:
    """One document of ``files/docs``."""
    named = {"about": about, "file": f"../../../../docs/models/{file}", "dtype": "float32"}
    return {**named, **told, "x": x, "expected": {"out": out}, "parts": parts}


def record() -> int:
    """Train, save, keep."""
    import torch

    global IDS
    ids, IDS = IDS, torch.tensor(IDS)
    MODELS.mkdir(exist_ok=True)
    trained, tagged, counted, foreseen = seed(), classifier(), counter(), forecast()
    print(trained.ravel(), tagged, counted, foreseen)
    story = "SimpleRNN(1), trained by Keras: the file of the tutorial."
    tags = "An embedding, an LSTM and a head of PyTorch: the file of its page."
    head = [["embedding", "embedding", None, None], ["lstm", "recurrent", "lstm", 4],
            ["fc", "output", None, None]]  # fmt: skip
    last = "mode=many-to-one"
    rnn = [["rnn", "recurrent", "rnn", 3], ["fc", "output", None, None]]
    gru = [["gru", "recurrent", "gru", 3], ["dense", "output", None, None]]
    told = {
        "seed": document("seed.keras", story, X, trained, [["rnn", "recurrent", "rnn", 1]]),
        "tagger": document("tagger.pt", tags, ids, tagged, head, assume=["fc.activation=softmax"]),
        "tagger_onnx": document("tagger-exported.onnx", "The same in ONNX.", ids, tagged,
                                of_nodes(head, "Gather", "LSTM", "MatMul")),
        "counter": document("counter.pt", "nn.RNN with relu, its last step read.", X, counted, rnn,
                            assume=["rnn.activation=relu", last]),
        "counter_onnx": document("counter.onnx", "The same in ONNX.", X, counted,
                                 of_nodes(rnn, "RNN", "Gemm")),
        "forecast": document("forecast.keras", "GRU and Dense of Keras.", X, foreseen, gru),
        "forecast_weights": document("forecast.weights.h5", "The same, weights only.", X, foreseen,
                                     gru, assume=["dense.activation=sigmoid", last]),
    }  # fmt: skip
    return golden_file.write("files/docs", told.items())


def of_nodes(parts: list[list[Any]], *operators: str) -> list[list[Any]]:
    """Parts as an ONNX file names them: a module's path and the operator."""
    return [[f"{name}.{op}", *rest] for (name, *rest), op in zip(parts, operators, strict=True)]
