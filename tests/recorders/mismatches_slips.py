"""Mismatches by one number: a weight that is mistyped, one of the expected numbers that is."""

from __future__ import annotations

import numpy as np
from golden_file import Array
from keras_words import gru, lstm, rnn
from mismatches_making import Asked, Case, Mistake, singles
from mismatches_mistakes import numbers
from mismatches_sources import keras_net, once, onnx, pytorch, used
from onnxruntime_words import node


def typed(name: str, *at: int, value: float, layer: int = 0, way: str = "") -> Mistake:
    """One number of a tensor is given as another."""

    def mistake(asked: Asked) -> None:
        block = asked.config["layers"][layer]
        block = block[way] if way else block
        array = np.array(block[name])
        array[at] = value
        block[name] = array

    return mistake


WAYS = {"options": {"bidirectional": True}, "units": 3}
WEIGHTS = singles("weight-value",
    ("torch_rnn", pytorch("rnn"), typed("weight_hh", 1, 2, value=0.73),
     "one number of weight_hh is 0.73"),
    ("torch_gru", pytorch("gru"), typed("weight_ih", 5, 1, value=-0.5),
     "one number of weight_ih is -0.5"),
    ("torch_lstm", pytorch("lstm"), typed("bias_ih", 9, value=0.0),
     "one number of bias_ih is 0"),
    ("torch_two_ways", pytorch("rnn", **WAYS),
     typed("weight_hh", 0, 1, value=0.25, way="backward"),
     "one number of the backward weight_hh is 0.25"),
    ("torch_small", used(once, "rnn", units=1, rows=1, features=1, steps=5),
     typed("weight_ih", 0, 0, value=0.33), "weight_ih is 0.33"),
    ("keras_gru", keras_net(gru()), typed("recurrent_kernel", 3, 0, value=1.5),
     "one number of recurrent_kernel is 1.5"),
    ("keras_second", keras_net(rnn(3), lstm(2)), typed("kernel", 0, 0, value=0.9, layer=1),
     "one number of the second kernel is 0.9"),
    ("onnx_lstm", onnx(node("lstm")), typed("R", 2, 1, value=-0.4),
     "one number of R is -0.4"),
)  # fmt: skip


def mistyped(*at: int, digits: int | None = None, value: float | None = None) -> Mistake:
    """One of the expected numbers has the other sign, or is another; all may have few digits."""

    def change(h: Array) -> Array:
        h = np.array(h)
        h[at] = -h[at] if value is None else value
        return h if digits is None else np.round(np.float64(h), digits)

    return numbers(change)


NUMBERS = singles("typo",
    ("torch_rnn", pytorch("rnn"), mistyped(1, 2, 0), "a minus is lost"),
    ("torch_gru_4", pytorch("gru"), mistyped(0, 3, 1, digits=4),
     "a minus is lost, all have 4 decimals"),
    ("torch_stack", pytorch("lstm", options={"num_layers": 2}, units=3),
     mistyped(1, 3, 2, value=0.5), "one number is 0.5"),
    ("keras_gru", keras_net(gru()), mistyped(0, 0, 0, value=0.1), "the first is 0.1"),
    ("keras_lstm_3", keras_net(lstm()), mistyped(1, 1, 1, digits=3, value=0.25),
     "one is 0.25, all have 3 decimals"),
    ("onnx_rnn", onnx(node("rnn")), mistyped(1, 2, 1), "a minus is lost"),
)  # fmt: skip

CASES: list[Case] = [*WEIGHTS, *NUMBERS]
