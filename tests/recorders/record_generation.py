"""What Keras and PyTorch write letter by letter: the largest of y is read next, fifty times.

    python tests/recorders/record.py generation

Keras trains the network of the page (``docs/models/letters.keras``), and reads all that is written
so far to find the next letter; PyTorch's are drawn, and carry their states from step to step.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import golden_file
import numpy as np

os.environ["KERAS_BACKEND"] = "tensorflow"

MODELS = Path(__file__).parents[2] / "docs" / "models"
TEXT = "the rain in spain stays mainly in the plain.\n"
LETTERS = sorted(set(TEXT))
STEPS = 50


def letters() -> golden_file.Document:
    """An embedding, a GRU and a Dense with softmax, trained on one sentence."""
    import keras

    keras.utils.set_random_seed(18)
    layers = keras.layers
    model = keras.Sequential([
        keras.Input((None,), dtype="int32"),
        layers.Embedding(len(LETTERS), 4, name="embedding"),
        layers.GRU(12, return_sequences=True, name="gru"),
        layers.Dense(len(LETTERS), activation="softmax", name="dense"),
    ])  # fmt: skip
    ids = np.array([[LETTERS.index(letter) for letter in TEXT * 3]], dtype=np.int32)
    optimizer = keras.optimizers.Adam(0.02)
    trained = keras.models.clone_model(model)
    trained.compile(optimizer, "sparse_categorical_crossentropy")
    trained.fit(ids[:, :-1], ids[:, 1:], epochs=300, verbose=0)
    model.set_weights(trained.get_weights())
    model.save(MODELS / "letters.keras")
    (MODELS / "letters.json").write_text(json.dumps(LETTERS) + "\n", encoding="utf-8")
    read, ys = [LETTERS.index("t")], []
    for _ in range(STEPS):
        ys.append(np.asarray(model(np.array([read], dtype=np.int32)))[0, -1])
        read.append(int(ys[-1].argmax()))
    print("".join(LETTERS[one] for one in read))
    told = {"recorded_with": golden_file.versions("keras", "tensorflow", "numpy"),
            "about": "Keras writes with docs/models/letters.keras."}  # fmt: skip
    return told | {"x": read[0], "ids": read[1:], "y": np.array(ys)}


def varied(name: str, embedded: bool) -> golden_file.Document:
    """The first draw that goes on to write at least four letters to its end."""
    draws = (drawn(f"{name}{i}", embedded) for i in count())
    return next(told for told in draws if len(set(told["ids"][-20:])) >= 4)


def drawn(name: str, embedded: bool) -> golden_file.Document:
    """Two LSTMs or GRUs of PyTorch and a Linear, before them an embedding or one-hot rows."""
    import torch

    numbers = golden_file.Numbers("generation", name, "float64")
    kind, gates = (torch.nn.LSTM, 4) if embedded else (torch.nn.GRU, 3)
    letters, features, units = 7, 3 if embedded else 7, 5
    table = 3 * numbers.weights(letters, features) if embedded else np.eye(letters)
    network = kind(features, units, 2, dtype=torch.float64)
    linear = torch.nn.Linear(units, letters, dtype=torch.float64)
    shapes = {"weight_ih": (gates * units, features), "weight_hh": (gates * units, units),
              "bias_ih": (gates * units,), "bias_hh": (gates * units,)}  # fmt: skip
    layers: list[Any] = [{"cell": kind.__name__.lower()}, {"cell": kind.__name__.lower()}]
    for i, layer in enumerate(layers):
        for key, shape in shapes.items():
            wide = (shape[0], units) if i and key == "weight_ih" else shape
            layer[key] = 3 * numbers.weights(*wide)
            getattr(network, f"{key}_l{i}").data = torch.from_numpy(layer[key])
    output = {"weight": 3 * numbers.weights(letters, units), "bias": numbers.weights(letters)}
    linear.weight.data, linear.bias.data = map(torch.from_numpy, output.values())
    config: dict[str, Any] = {"layers": layers, "output": output}
    config |= {"embedding": {"weights": table}} if embedded else {}
    chosen, state, ys, ids = 2, None, [], []
    for _ in range(STEPS):
        h, state = network(torch.from_numpy(table[chosen])[None], state)
        ys.append(linear(h)[0].detach().numpy())
        ids.append(chosen := int(ys[-1].argmax()))
    about = f"PyTorch writes, two layers of {kind.__name__} behind {len(table)} rows."
    x = 2 if embedded else table[2][None]
    return golden_file.head(numbers, about, "torch") | {
        "config": config, "x": x, "ids": ids, "y": np.array(ys)
    }  # fmt: skip


def documents() -> Iterator[tuple[str, golden_file.Document]]:
    """One document for each network."""
    yield "letters", letters()
    yield "embedded", varied("embedded", True)
    yield "one_hot", varied("one_hot", False)
