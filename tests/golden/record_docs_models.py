"""The model files that the docs open: trained and saved as their pages say.

    python tests/golden/record_docs_models.py

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
    tagger = Tagger()
    torch.save(tagger.state_dict(), MODELS / "tagger.pt")
    return tagger(IDS).detach().numpy()


IDS: Any = [[3, 1, 4, 1, 5]]


def document(file: str, about: str, x: Any, out: Any, parts: Any, **told: Any) -> dict[str, Any]:
    """One document of ``files/docs``."""
    named = {"about": about, "file": f"../../../../docs/models/{file}", "dtype": "float32"}
    return {**named, **told, "x": x, "expected": {"out": out}, "parts": parts}


def main() -> None:
    """Train, save, keep."""
    import torch

    global IDS
    ids, IDS = IDS, torch.tensor(IDS)
    MODELS.mkdir(exist_ok=True)
    trained, tagged = seed(), classifier()
    print(trained.ravel(), tagged)
    story = "SimpleRNN(1), trained by Keras: the file of the tutorial."
    tags = "An embedding, an LSTM and a head of PyTorch: the file of its page."
    head = [["embedding", "embedding", None, None], ["lstm", "recurrent", "lstm", 4],
            ["fc", "output", None, None]]  # fmt: skip
    golden_file.write("files/docs", {
        "seed": document("seed.keras", story, X, trained, [["rnn", "recurrent", "rnn", 1]]),
        "tagger": document("tagger.pt", tags, ids, tagged, head, assume=["fc.activation=softmax"]),
    })  # fmt: skip


if __name__ == "__main__":
    main()
