"""Architectures of Keras (``to_json``), their weights in another file, and what they compute.

    python tests/recorders/record.py architectures

writes ``architectures/*.json``, each with the ``.h5`` beside it that its ``file`` names: ``model``
is the architecture.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import golden_file
import keras
import tf_keras
from golden_file import Numbers, Recorded

PACKAGES = {"keras": keras, "tf_keras": tf_keras}


def row(library: Any) -> Any:
    """A Bidirectional GRU whose gates tell Keras 2 from 3, an LSTM's last step, a Dense."""
    layers = library.layers
    gru = layers.GRU(2, return_sequences=True, recurrent_activation="hard_sigmoid")
    return library.Sequential([
        layers.Input((4, 3)),
        layers.Bidirectional(gru),
        layers.LSTM(3),
        layers.Dense(2, activation="sigmoid"),
    ])  # fmt: skip


def branched(library: Any) -> Any:
    """Two layers that read one input, side by side."""
    layers = library.layers
    x = layers.Input((4, 3))
    both = layers.Concatenate()([layers.LSTM(2)(x), layers.SimpleRNN(3, activation="relu")(x)])
    return library.Model(x, layers.Dense(2)(both))


def recorded(name: str, package: str, make: Callable[[Any], Any], save: str, file: str) -> Recorded:
    """One of them, saved by a method."""
    numbers, library = Numbers("architectures", name, "float32"), PACKAGES[package]
    library.backend.clear_session()
    model = make(library)
    model.set_weights([numbers.weights(*array.shape) for array in model.get_weights()])
    x = numbers.values(2, 4, 3)
    with tempfile.TemporaryDirectory() as folder:
        getattr(model, save)(Path(folder) / file if package == "keras" else f"{folder}/{file}")
        content = (Path(folder) / file).read_bytes()
    told = golden_file.head(numbers, f"{name}: {save}", package) | {"file": file, "x": x}
    told |= {"expected": model.predict(x, verbose=0), "model": json.loads(model.to_json())}
    return told, {file: content}


def recordings() -> Iterator[tuple[str, Recorded]]:
    """All of them."""
    for package in PACKAGES:
        yield (
            f"{package}_row",
            recorded(f"{package}_row", package, row, "save_weights", f"{package}_row.weights.h5"),
        )
        yield (
            f"{package}_branched",
            recorded(f"{package}_branched", package, branched, "save", f"{package}_branched.h5"),
        )
    yield (
        "tf_keras_listed",
        recorded("tf_keras_listed", "tf_keras", row, "save_weights", "tf_keras_listed.h5"),
    )


def record() -> int:
    """Write them in place of the earlier ones; how many."""
    return golden_file.write_files("architectures", recordings())
