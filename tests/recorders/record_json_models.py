"""Networks as the JSON of other programs, and what PyTorch and Keras compute of them.

    python tests/recorders/record.py json_models

writes ``json_models/*.json``: ``model`` is the whole file, ``x`` an input, ``expected`` what the
network gives of it. GuitarML's and NeuralPi's class is written out here; RTNeural's layers are
those of Keras, whose weights its exporter lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import golden_file
import keras
import torch
from golden_file import Document, Numbers
from torch import nn

BATCH, TIMESTEPS = 2, 5


class SimpleRNN(nn.Module):
    """What is trained for GuitarML's programs."""

    def __init__(self, unit: str, features: int, outputs: int, layers: int, skip: int) -> None:
        super().__init__()
        self.rec = getattr(nn, unit)(features, 3, layers, batch_first=True)
        self.lin = nn.Linear(3, outputs)
        self.skip = skip

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The input is added to what the network gives."""
        y: torch.Tensor = self.lin(self.rec(x)[0])
        return y + x[:, :, : self.skip] if self.skip else y


def drawn(module: nn.Module, numbers: Numbers) -> dict[str, Any]:
    """Weights that all differ; the state dict as lists."""
    for tensor in module.state_dict().values():
        tensor.copy_(torch.from_numpy(numbers.weights(*tensor.shape)))
    return {name: tensor.tolist() for name, tensor in module.state_dict().items()}


def guitarml(
    name: str, unit: str, features: int = 1, outputs: int = 1, layers: int = 1, skip: int = 1
) -> tuple[str, Document]:
    """A file of the class, as its ``save_model`` writes it."""
    numbers = Numbers("json_models", name, "float32")
    module = SimpleRNN(unit, features, outputs, layers, skip).eval()
    said = {"model": "SimpleRNN", "input_size": features, "skip": skip, "output_size": outputs,
            "unit_type": unit, "num_layers": layers, "hidden_size": 3, "bias_fl": True}  # fmt: skip
    model = {"model_data": said, "state_dict": drawn(module, numbers)}
    return name, told(numbers, f"{unit} of GuitarML", "torch", model, module, features)


def state_dict(name: str) -> tuple[str, Document]:
    """A state dict as JSON, as ``json.dump`` of its lists writes it."""
    numbers = Numbers("json_models", name, "float32")
    module = SimpleRNN("LSTM", 2, 2, 2, 0).eval()
    return name, told(numbers, "state dict", "torch", drawn(module, numbers), module, 2)


def told(
    numbers: Numbers, about: str, package: str, model: Any, module: nn.Module, features: int
) -> Document:
    """The document of a file of PyTorch."""
    x = numbers.values(BATCH, TIMESTEPS, features)
    with torch.no_grad():
        y = module(torch.from_numpy(x)).numpy()
    return {**golden_file.head(numbers, about, package), "x": x, "expected": y, "model": model}


LAYERS = {
    "lstm": ["lstm", ("dense", "")],
    "gru": ["gru", ("time-distributed-dense", "tanh")],
    "conv": [("conv1d", "relu"), "lstm", ("dense", "sigmoid"), ("activation", "elu")],
    "skip": [("dense", "tanh"), "gru", ("dense", "")],
}  # fmt: skip
"""The layers of RTNeural's files: type, and activation where there is a choice."""


def layer(kind: str, function: str, units: int) -> keras.layers.Layer:
    """The layer of Keras that an exporter calls so."""
    if kind in ("lstm", "gru"):
        return {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[kind](
            units, return_sequences=True
        )
    if kind == "conv1d":
        return keras.layers.Conv1D(units, 3, dilation_rate=2, padding="causal", activation=function)
    if kind == "activation":
        return keras.layers.Activation(function)
    dense = keras.layers.Dense(units, activation=function or None)
    return keras.layers.TimeDistributed(dense) if kind.startswith("time") else dense


def rtneural(name: str, skip: int = 0) -> tuple[str, Document]:
    """A file as RTNeural's ``model_utils.py`` writes it."""
    label = f"rtneural_{name}"
    numbers = Numbers("json_models", label, "float32")
    features = 1 if skip else 2
    kinds = [(one, "tanh") if isinstance(one, str) else one for one in LAYERS[name]]
    sizes = [*([3, 4, 2, 2][: len(kinds) - 1]), 1 if skip else 2]
    model = keras.Sequential([keras.Input((None, features))])
    entries = []
    for (kind, function), units in zip(kinds, sizes, strict=True):
        model.add(layer(kind, function, units))
        own = model.layers[-1]
        own.set_weights([numbers.weights(*array.shape) for array in own.get_weights()])
        entry = {"type": kind, "activation": function, "shape": [None, None, units]}
        if kind == "conv1d":
            entry |= {"kernel_size": [3], "dilation": [2], "groups": 1}
        entries.append({**entry, "weights": [array.tolist() for array in own.get_weights()]})
    x = numbers.values(BATCH, TIMESTEPS, features)
    y = keras.ops.convert_to_numpy(model(x)) + (x if skip else 0)
    document = {"in_shape": [None, None, features], "layers": entries}
    document |= {"in_skip": 1} if skip else {}
    head = golden_file.head(numbers, f"{name} of RTNeural", "keras")
    return label, {**head, "x": x, "expected": y, "model": document}


def documents() -> Iterator[tuple[str, Document]]:
    """All of them."""
    yield guitarml("guitarml_lstm", "LSTM")
    yield guitarml("guitarml_gru_without_skip", "GRU", skip=0)
    yield guitarml("guitarml_rnn_two_layers", "RNN", layers=2)
    yield guitarml("guitarml_knobs", "LSTM", features=3)
    yield guitarml("guitarml_stereo", "GRU", features=2, outputs=2, skip=2)
    yield state_dict("state_dict")
    yield rtneural("lstm")
    yield rtneural("gru")
    yield rtneural("conv")
    yield rtneural("skip", skip=1)
