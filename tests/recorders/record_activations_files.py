"""Networks with many activations, as Keras saves them and as PyTorch exports them to ONNX.

    python tests/recorders/record.py activations_files

Each has a document of its name beside it: the activations in their order, an input, and what the
framework computes of it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import keras
import torch
from golden_file import Array, Numbers, versions, write_files
from keras import layers
from keras_files_saving import saved as bytes_of
from torch import nn
from torch_frame import exported

WIDTH, TIMESTEPS, BATCH = 4, 5, 2

GROUPS: list[list[nn.Module]] = [
    [nn.Mish(), nn.Hardswish(), nn.ReLU6(), nn.Hardtanh(-0.75, 1.25), nn.CELU(1.75), nn.ELU(0.625),
     nn.SELU(), nn.GELU(), nn.GELU(approximate="tanh")],
    [nn.SiLU(), nn.LogSigmoid(), nn.Softplus(), nn.Softsign(), nn.Tanhshrink(), nn.Hardsigmoid(),
     nn.LeakyReLU(0.375), nn.Softmin(dim=-1), nn.LogSoftmax(dim=-1)],
    [nn.PReLU(init=0.375), nn.Hardshrink(0.25), nn.Softshrink(0.25), nn.Softplus(beta=2.5),
     nn.Softmax(dim=-1), nn.Tanh(), nn.ReLU(), nn.Sigmoid()],
]  # fmt: skip
"""Each behind a dense layer, in one network."""

ONE_WAY = {"script": nn.RReLU(0.25, 0.5), "dynamo": nn.Threshold(0.375, -1.5)}
"""What only one of the exporters knows; at the end of the last network."""


class Network(nn.Module):
    """A GRU, then dense layers, each with an activation of its own."""

    def __init__(self, functions: list[nn.Module], numbers: Numbers) -> None:
        super().__init__()
        self.gru = nn.GRU(3, WIDTH, batch_first=True)
        self.dense = nn.ModuleList(nn.Linear(WIDTH, WIDTH) for _ in functions)
        self.functions = nn.ModuleList(functions)
        for one in self.parameters():
            if one.numel() > 1:
                one.data = torch.from_numpy(numbers.weights(*one.shape) * 1.75)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x, _ = self.gru(x)
        for dense, function in zip(self.dense, self.functions, strict=True):
            x = function(dense(x))
        return x


def by_torch() -> Iterator[tuple[str, bytes, Array, Array]]:
    """Each group by both exporters."""
    for number, functions in enumerate(GROUPS):
        for way in ("script", "dynamo"):
            name = f"torch_{way}_{number}"
            numbers = Numbers("activations_files", name, "float32")
            more = [ONE_WAY[way]] if functions is GROUPS[-1] else []
            network = Network([*functions, *more], numbers).eval()
            x = torch.from_numpy(numbers.values(BATCH, TIMESTEPS, 3))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                expected = network(x).numpy()
                model = exported(network, (x,), dynamo=way == "dynamo")
            yield f"{name}.onnx", model.SerializeToString(), x.numpy(), expected


def by_keras() -> Iterator[tuple[str, bytes, Array, Array]]:
    """Activations in cells, behind dense layers and alone, as Keras keeps them."""
    sequences = {"return_sequences": True}
    network = keras.Sequential([
        keras.Input((TIMESTEPS, 3)),
        layers.SimpleRNN(WIDTH, "mish", **sequences),
        layers.GRU(WIDTH, activation="celu", recurrent_activation="hard_silu", **sequences),
        layers.LSTM(WIDTH, "tanh_shrink", recurrent_activation="sparse_sigmoid", **sequences),
        layers.Dense(WIDTH, "squareplus"),
        layers.ReLU(6.0, 0.25, 0.5),
        layers.Dense(WIDTH, layers.ReLU(1.5)),
        layers.Dense(WIDTH, "hard_tanh"),
        layers.Dense(WIDTH, "sparsemax"),
        layers.Dense(WIDTH, "log_sigmoid"),
        layers.PReLU(shared_axes=[1]),
        layers.Activation("sparse_plus"),
        layers.Dense(2 * WIDTH, "glu"),
    ])  # fmt: skip
    numbers = Numbers("activations_files", "keras", "float32")
    network.set_weights([numbers.weights(*one.shape) * 1.5 for one in network.get_weights()])
    x = numbers.values(BATCH, TIMESTEPS, 3)
    data = bytes_of(network, "keras.keras", "keras")
    yield "keras.keras", data, x, keras.ops.convert_to_numpy(network(x))


def record() -> int:
    """Write all files; how many."""
    start = {"recorded_with": versions("torch", "keras")}
    return write_files("activations/networks", (
        (file.partition(".")[0], ({**start, "x": x, "expected": expected}, {file: data}))
        for file, data, x, expected in (*by_torch(), *by_keras())
    ))  # fmt: skip
