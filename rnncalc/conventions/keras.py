"""Keras' names and gate orders (Keras 2 and 3, tf.keras).

Kernels have one column per unit of each gate. A GRU with ``reset_after`` has two rows of biases,
input and recurrent; everything else has one.

Below them its classes of layers, and the order of their weights.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rnncalc.conventions.convention import Convention, Symbol

CONVENTION = Convention(
    name="keras",
    title="Keras",
    symbols={
        "kernel": Symbol(("W_x",), ("features", "gates * units")),
        "recurrent_kernel": Symbol(("W_h",), ("state", "gates * units")),
        "bias": Symbol(("bias", "bias_h"), ("gates * units",), rows=("gru",)),
    },
    orders={"rnn": "", "gru": "zrn", "lstm": "ifgo"},
    columns=True,
    both_variants=True,
)

CELLS = {
    "SimpleRNN": "rnn", "GRU": "gru", "LSTM": "lstm", "CuDNNGRU": "gru", "CuDNNLSTM": "lstm",
    "SimpleRNNCell": "rnn", "GRUCell": "gru", "LSTMCell": "lstm",
}  # fmt: skip
"""Keras' classes of recurrent layers and of cells, and our name of the cell."""

LAYERS = tuple(name for name in CELLS if not name.endswith("Cell"))
FUSED = ("CuDNNGRU", "CuDNNLSTM")
"""Keras 2's layers for the GPU, whose kernels lie in the file in another order."""

CLASSES = {CELLS[name]: name for name in LAYERS if name not in FUSED}
"""The class of each cell's layer; that of the cell alone has Cell behind its name."""

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

WINDOWS = {
    "AveragePooling1D": "average", "MaxPooling1D": "max", "AvgPool1D": "average",
    "MaxPool1D": "max",
}  # fmt: skip
"""The poolings of windows."""

JOINS = {
    "Add": "add", "Average": "average", "Concatenate": "concat", "Maximum": "maximum",
    "Multiply": "multiply", "Subtract": "subtract",
}  # fmt: skip

WITHOUT_MASK = (
    "Conv1D", "DepthwiseConv1D", "Dot", "Flatten", "Permute", "RepeatVector", "Reshape",
    "SeparableConv1D", "UpSampling1D", *WINDOWS, *POOLINGS,
)  # fmt: skip
"""The layers that hand no mask on."""

PASSED = (
    "InputLayer", "Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "AlphaDropout",
    "ActivityRegularization", "Identity",
)  # fmt: skip
"""The layers that change no number when a network is used."""

NOT_IN_USE = (
    "Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "AlphaDropout",
    "BatchNormalization",
)  # fmt: skip
"""The layers that compute something else in training."""

MODELS = ("Sequential", "Functional", "Model")


OWN_MODULES = re.compile(r"(tf_keras|keras|builtins|tensorflow(\.\w+)*\.keras)(\..*)?")


def class_of(entry: Mapping[str, Any]) -> str:
    """The class of what a config describes; of one that is not Keras' own its whole name.

    A class that somebody registered, or defined in a program, has no module, or another; its last
    name may be that of a class of Keras.
    """
    kind, module, whole = (str(entry.get(key)) if entry.get(key) is not None else ""
                           for key in ("class_name", "module", "registered_name"))  # fmt: skip
    if whole in ("", kind) and OWN_MODULES.fullmatch(module):
        return kind
    if not module:
        return kind if not whole else whole if ">" in whole else f"__main__.{kind}"
    return f"{module}.{kind}"


def snake_case(name: str) -> str:
    """A class's name as groups in files have it: ``simple_rnn``, ``lstm``, ``time_distributed``."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
