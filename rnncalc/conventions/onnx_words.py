"""ONNX' words: of recurrent operators and their attributes, and of activations, to ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from rnncalc.errors import RnncalcError, printable

CELLS = {"RNN": "rnn", "GRU": "gru", "LSTM": "lstm"}
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
INPUTS = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P",
          "mask")  # fmt: skip
"""The inputs of a recurrent operator; initial_c and P are the LSTM's. A mask has no operator of
ONNX: a loop that is put back as one may."""

ROLES = {
    "RNN": ("activation",),
    "GRU": ("recurrent_activation", "activation"),
    "LSTM": ("recurrent_activation", "activation", "state_activation"),
}
"""What we call ONNX' f, g and h."""

OWN = {"recurrent_activation": "sigmoid", "activation": "tanh", "state_activation": "tanh"}
"""The activations where a node does not say any."""

ATTRIBUTES = {
    "activations", "activation_alpha", "activation_beta", "clip", "direction", "hidden_size",
    "input_forget", "layout", "linear_before_reset", "output_sequence", "zero_output_for_mask",
}  # fmt: skip
DIRECTIONS = {
    "forward": ("forward",),
    "reverse": ("backward",),
    "bidirectional": ("forward", "backward"),
}

PARAMETERS: dict[str, tuple[str, dict[str, float | None]]] = {
    "tanh": ("tanh", {}),
    "sigmoid": ("sigmoid", {}),
    "relu": ("relu", {}),
    "softsign": ("softsign", {}),
    "softplus": ("softplus", {}),
    "hardsigmoid": ("hard_sigmoid_old", {"alpha": 0.2, "beta": 0.5}),
    "elu": ("elu", {"alpha": 1.0}),
    "leakyrelu": ("leaky_relu", {"alpha": 0.01}),
    "thresholdedrelu": ("thresholded_relu", {"alpha": 1.0}),
    "scaledtanh": ("scaled_tanh", {"alpha": None, "beta": None}),
    "affine": ("affine", {"alpha": None, "beta": None}),
    **{name: (name, {}) for name in ("linear", "selu", "gelu", "silu", "exp")},
}
"""The activations of recurrent nodes, to ours and their parameters; None where ONNX has none.

The last five are of recurrences that were written out, and were put back as nodes."""

ZERO_IN_ONNX_RUNTIME = ("thresholdedrelu", "scaledtanh", "affine")
"""Whose parameters ONNX Runtime takes for 0 where they are not written."""

OPERATORS: dict[str, tuple[str, dict[str, float]]] = {
    "Tanh": ("tanh", {}),
    "Sigmoid": ("sigmoid", {}),
    "Relu": ("relu", {}),
    "Softsign": ("softsign", {}),
    "Softplus": ("softplus", {}),
    "HardSigmoid": ("hard_sigmoid_old", {"alpha": 0.2, "beta": 0.5}),
    "Elu": ("elu", {"alpha": 1.0}),
    "LeakyRelu": ("leaky_relu", {"alpha": 0.01}),
    "ThresholdedRelu": ("thresholded_relu", {"alpha": 1.0}),
    "Exp": ("exp", {}),
}
"""Operators that are an activation of ours, and the defaults of their attributes."""

SELU = {"alpha": 1.6732632, "gamma": 1.050701}
HARD = {0.2: "hard_sigmoid_old", 1 / 6: "hard_sigmoid"}


def decimal(number: float) -> float:
    """The shortest decimal number that is this one in float32, the type of all attributes."""
    return float(str(np.float32(number)))


def activation(name: str, parameters: Mapping[str, float]) -> Any:
    """Our activation of a name and settled parameters, as a config has it."""
    if name != "hard_sigmoid_old":
        return {"name": name, **parameters} if parameters else name
    slope, beta = parameters["alpha"], parameters["beta"]
    ours = next((HARD[one] for one in HARD if abs(slope - one) < 1e-6), None)
    if ours is None or abs(beta - 0.5) > 1e-6:
        return {"name": "scaled_hard_sigmoid", **parameters}
    return ours


def activations(
    names: tuple[Any, ...], alphas: tuple[Any, ...], betas: tuple[Any, ...]
) -> Iterator[tuple[Any, str]]:
    """Our activations of a node's list, and what of their parameters is missing in it.

    Alphas and betas are queues: each activation that has one takes the next.

    Errors: RnncalcError for a name that is not known, for a parameter that must be written.
    """
    queues = {"alpha": iter(alphas), "beta": iter(betas)}
    for given in names:
        word = str(given).lower()
        if word not in PARAMETERS:
            raise RnncalcError(f"has the activation '{printable(str(given))}', which is not known")
        name, defaults = PARAMETERS[word]
        settled: dict[str, float] = {}
        missing = ""
        for key, default in defaults.items():
            taken = next(queues[key], None)
            value = default if taken is None else decimal(taken)
            if value is None:
                message = f"has the activation {printable(str(given))} without {key}"
                why = "ONNX has no default for it, and ONNX Runtime takes 0"
                raise RnncalcError(f"{message}: {why}. Write activation_{key} into the node")
            missing = missing or (key if taken is None else "")
            settled[key] = value
        yield activation(name, settled), missing if word in ZERO_IN_ONNX_RUNTIME else ""
