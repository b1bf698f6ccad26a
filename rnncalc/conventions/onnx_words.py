"""ONNX' words: of recurrent operators and their attributes, and of activations, to ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from rnncalc.errors import RnncalcError, printable

CELLS = {"RNN": "rnn", "GRU": "gru", "LSTM": "lstm"}
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
INPUTS = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P",
          "mask")  # fmt: skip
"""The inputs of a recurrent operator. A mask has no operator of ONNX: a loop that is put back as
one may."""

COUNTS = {"RNN": (6, 2), "GRU": (6, 2), "LSTM": (8, 3)}
"""How many inputs and outputs each has at the most: initial_c, P and Y_c are the LSTM's."""

ROLES = {
    "RNN": ("activation",),
    "GRU": ("recurrent_activation", "activation"),
    "LSTM": ("recurrent_activation", "activation", "state_activation"),
}
"""What we call ONNX' f, g and h."""

OWN = {"recurrent_activation": "sigmoid", "activation": "tanh", "state_activation": "tanh"}
"""The activations where a node does not say any."""

DIRECTIONS = {
    "forward": ("forward",),
    "reverse": ("backward",),
    "bidirectional": ("forward", "backward"),
}


class Attribute(NamedTuple):
    """An attribute of recurrent operators.

    Attributes:
        kind: the type of its value, or of each of its values.
        values: those that it may have; any where there are none.
        many: whether it is a list.
        op: the operator that has it; nothing for all.
        since, until: the versions of the operators that have it.
    """

    kind: type
    values: tuple[Any, ...] = ()
    many: bool = False
    op: str = ""
    since: int = 1
    until: int = 1 << 30


ATTRIBUTES = {
    "activations": Attribute(str, many=True),
    "activation_alpha": Attribute(float, many=True),
    "activation_beta": Attribute(float, many=True),
    "clip": Attribute(float),
    "direction": Attribute(str, tuple(DIRECTIONS)),
    "hidden_size": Attribute(int),
    "input_forget": Attribute(int, (0, 1), op="LSTM"),
    "layout": Attribute(int, (0, 1), since=14),
    "linear_before_reset": Attribute(int, (0, 1), op="GRU", since=3),
    "output_sequence": Attribute(int, (0, 1), until=6),
}

WRITTEN_OUT = ("linear", "selu", "gelu", "silu", "exp")
"""Activations that no recurrent operator of ONNX has: of recurrences that were written out, and
were put back as nodes."""

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
    **{name: (name, {}) for name in WRITTEN_OUT},
}
"""The activations of recurrent nodes, to ours and their parameters; None where ONNX has none."""

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
