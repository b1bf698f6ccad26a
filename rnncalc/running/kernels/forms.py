"""Which layers have a fast form: the cells as the frameworks' own fast kernels have them.

Other activations, peepholes, projections, clip and coupled gates go by the equations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.equations.activations import Activation
from rnncalc.equations.gates import unclipped
from rnncalc.running.kernels.block import Form
from rnncalc.running.kernels.elman import Elman
from rnncalc.running.kernels.gru import Gru
from rnncalc.running.kernels.lstm import Lstm

TANH, RELU, SIGMOID = Activation("tanh"), Activation("relu"), Activation("sigmoid")
FUNCTIONS: dict[str, dict[str, tuple[Activation, ...]]] = {
    "rnn": {"activation": (TANH, RELU)},
    "gru": {"activation": (TANH,), "recurrent_activation": (SIGMOID,)},
    "lstm": {
        "activation": (TANH,), "recurrent_activation": (SIGMOID,), "state_activation": (TANH,),
    },
}  # fmt: skip
"""The activations that the forms know."""


def form_of(
    cell: str, weights: Mapping[str, Array], settings: Mapping[str, Any], dtype: Any
) -> Form | None:
    """The fast form of a layer; None where there is none."""
    plain = settings["clip"] is unclipped and not settings.get("input_forget")
    known = all(settings[name] in ones for name, ones in FUNCTIONS[cell].items())
    more = any(name.split(".")[0] in ("P", "W_r") for name in weights)
    if not plain or not known or more or dtype not in (np.float32, np.float64):
        return None
    if cell == "gru":
        return Gru(weights, settings["reset_after"])
    if cell == "lstm":
        return Lstm(weights)
    return Elman(weights, relu=settings["activation"] == RELU)
