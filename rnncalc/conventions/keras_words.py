"""Keras' words: its classes of layers, the order of their weights; activations are in
keras_functions.py.
"""

from __future__ import annotations

import re

CELLS = {
    "SimpleRNN": "rnn", "GRU": "gru", "LSTM": "lstm", "CuDNNGRU": "gru", "CuDNNLSTM": "lstm",
    "SimpleRNNCell": "rnn", "GRUCell": "gru", "LSTMCell": "lstm",
}  # fmt: skip
"""Keras' classes of recurrent layers and of cells, and our name of the cell."""

LAYERS = tuple(name for name in CELLS if not name.endswith("Cell"))
FUSED = ("CuDNNGRU", "CuDNNLSTM")
"""Keras 2's layers for the GPU, whose kernels lie in the file in another order."""

WEIGHTS = ("kernel", "recurrent_kernel", "bias")
"""The weights of a cell in their order; of a Dense without the second."""

NORMALIZATIONS = {
    "BatchNormalization": ("gamma", "beta", "mean", "variance"),
    "LayerNormalization": ("gamma", "beta"),
}
POOLINGS = {
    "GlobalAveragePooling1D": "average", "GlobalMaxPooling1D": "max",
    "GlobalAvgPool1D": "average", "GlobalMaxPool1D": "max",
}  # fmt: skip

PASSED = (
    "InputLayer", "Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "AlphaDropout",
    "ActivityRegularization", "Identity",
)  # fmt: skip
"""The layers that change no number when a network is used."""

MODELS = ("Sequential", "Functional", "Model")


def snake_case(name: str) -> str:
    """A class's name as groups in files have it: ``simple_rnn``, ``lstm``, ``time_distributed``."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
