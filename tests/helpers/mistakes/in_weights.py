"""Mistakes in the weights: in their orientation, their gates, their biases."""

from __future__ import annotations

import numpy as np

from mistakes.goldens import (
    EVERY_CELL,
    LSTMS,
    PEEPHOLES,
    PROJECTED,
    RESET_AFTER,
    RESET_BEFORE,
    SECOND_BIAS,
    torch,
)
from mistakes.planting import Mistakes, every, weights
from rnncalc.conventions import CONVENTIONS


def without(prefix):
    """Weights that lack one."""
    return lambda old: {n: a for n, a in old.items() if n.split(".")[0] != prefix}


def negated_z(old):
    """What exchanges z and 1 - z."""
    return {n: -a if n.endswith(".z") else a for n, a in old.items()}


def merged_biases(old):
    """Both biases of a gate in one, before the reset gate."""
    biases = {n: a + old[f"bias_h{n[4:]}"] for n, a in old.items() if n.split(".")[0] == "bias"}
    return without("bias_h")(old) | biases


def exchanged_biases(old):
    """The recurrent bias in place of the other."""
    names = {"bias": "bias_h", "bias_h": "bias"}
    parts = [name.partition(".") for name in old]
    return {names.get(what, what) + dot + gate: old[what + dot + gate] for what, dot, gate in parts}


def forget_bias(old):
    """TensorFlow 1 adds 1 to it; nobody else does."""
    return {**old, "bias.f": old["bias.f"] + 1}


def square_transposed(old):
    """It passes every check of shapes."""
    return {
        n: a.T if n.startswith("W_x") and a.shape[0] == a.shape[1] else a for n, a in old.items()
    }


def peephole_order(patch, golden):
    """P read in the order of the equations."""
    symbols = CONVENTIONS["onnx"].symbols
    patch.setitem(symbols, "P", symbols["P"]._replace(order="ifo"))


MISTAKES: Mistakes = {
    "W_h transposed": (every("W_h", np.transpose), EVERY_CELL),
    "W_x transposed where square": (
        weights(square_transposed),
        [*torch("2_layers_states"), "keras/stack_gru_states", "keras/stack_lstm_states",
         "keras/cells_states", "keras/cells_lstm_states", "keras/cells_mask"],
    ),
    "recurrent term missing": (every("W_h", np.zeros_like), EVERY_CELL),
    "bias dropped": (weights(without("bias")), EVERY_CELL),
    "bias doubled": (every("bias", lambda bias: 2 * bias), EVERY_CELL),
    "second bias dropped": (weights(without("bias_h")), SECOND_BIAS),
    "second bias doubled": (every("bias_h", lambda bias: 2 * bias), SECOND_BIAS),
    "the two biases exchanged": (weights(exchanged_biases), RESET_AFTER),
    "b_hn outside the reset": (weights(merged_biases), RESET_AFTER),
    "forget bias added once more": (weights(forget_bias), LSTMS),
    "z and 1 - z": (weights(negated_z), RESET_AFTER + RESET_BEFORE),
    "peepholes in the order i f o": (peephole_order, PEEPHOLES),
    "peepholes ignored": (weights(without("P")), PEEPHOLES),
    "projection ignored": (
        every("W_r", lambda W_r: np.eye(*W_r.shape)),
        [*PROJECTED, *torch("lengths", "lstm_projection"), *torch("2_layers", "lstm_projection")],
    ),
}  # fmt: skip
