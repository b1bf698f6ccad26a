"""Keras' words: its classes of layers, the order of their weights, its activations by version.

Keras 2 and 3 mean different functions by ``hard_sigmoid``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rnncalc.activations import KNOWN
from rnncalc.conventions.keras_options import check
from rnncalc.errors import RnncalcError, printable

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

NAMES = {"exponential": "exp", "swish": "silu"}
"""Keras' names of activations where ours differ; ``hard_sigmoid`` depends on the version."""

OLD_NAMES = {"hard_sigmoid": "hard_sigmoid_old"}
LEAKY = 0.2
"""The slope of the function ``leaky_relu``; the layer LeakyReLU has one of its own."""


def snake_case(name: str) -> str:
    """A class's name as groups in files have it: ``simple_rnn``, ``lstm``, ``time_distributed``."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def activation(given: Any, *, old: bool | None) -> Any:
    """Our activation for what a config has: a name, a serialised layer or function, or nothing.

    Args:
        old: whether it is a file of Keras 1 or 2; None where it does not say which.

    Errors: RnncalcError for one that is not known, or somebody's own.
    """
    if given is None:
        return "linear"
    if isinstance(given, Mapping):
        return _serialised(given, old=old)
    name = str(given)
    if name == "leaky_relu":
        return {"name": name, "alpha": LEAKY}
    if name in OLD_NAMES and old is None:
        told = f"has the activation {name}, which is another function in Keras 2 than in Keras 3"
        raise RnncalcError(f"{told}, and the file does not say which wrote it")
    name = (OLD_NAMES if old else {}).get(name) or NAMES.get(name, name)
    if name not in KNOWN:
        raise RnncalcError(f"has the activation '{printable(name)}', which is not known here")
    return name


def _serialised(given: Mapping[str, Any], *, old: bool | None) -> Any:
    kind, config = given.get("class_name"), given.get("config")
    if kind == "function" and isinstance(config, str):
        if given.get("registered_name") not in (None, "function", config):
            raise RnncalcError(f"has an activation of its own, '{printable(config)}'")
        return activation(config, old=old)
    if isinstance(kind, str) and isinstance(config, Mapping):
        check(kind, config)
        return of_layer(kind, config, old=old)
    raise RnncalcError(f"has an activation that is not known here: {printable(str(given))}")


def of_layer(kind: str, config: Mapping[str, Any], *, old: bool | None) -> Any:
    """The activation that a layer of its own is: ``Activation``, ``LeakyReLU``, ``Softmax`` ...

    Errors: RnncalcError for settings that change the function, and for other classes.
    """
    if kind == "Activation":
        return activation(config.get("activation"), old=old)
    if kind == "LeakyReLU":
        return {"name": "leaky_relu", "alpha": _number(config, ("negative_slope", "alpha"), 0.3)}
    if kind == "ELU":
        return {"name": "elu", "alpha": _number(config, ("alpha",), 1.0)}
    if kind == "ThresholdedReLU":
        return {"name": "thresholded_relu", "alpha": _number(config, ("theta",), 1.0)}
    if kind == "Softmax" and config.get("axis", -1) in (-1, [-1]):
        return "softmax"
    if kind == "ReLU" and config.get("max_value") is None and not config.get("threshold"):
        slope = _number(config, ("negative_slope",), 0.0)
        return {"name": "leaky_relu", "alpha": slope} if slope else "relu"
    unknown = ", ".join(f"{key} {config[key]}" for key in CHANGING if config.get(key))
    told = printable(unknown or kind, 100)
    raise RnncalcError(f"is a {printable(kind)} with settings that are not computed here: {told}")


CHANGING = ("max_value", "threshold", "axis", "shared_axes")
ACTIVATIONS = ("Activation", "LeakyReLU", "ELU", "ThresholdedReLU", "Softmax", "ReLU")
"""The layers that are an activation and nothing else."""


def _number(config: Mapping[str, Any], names: tuple[str, ...], default: float) -> float:
    given = next((config[name] for name in names if config.get(name) is not None), default)
    given = given.get("config", {}).get("value") if isinstance(given, Mapping) else given
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise RnncalcError(f"has a {names[0]} that is no number")
    return float(given)
