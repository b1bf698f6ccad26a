"""What must not be taken for one mistake: two at once, other weights, and networks that agree."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras_words import gru, lstm, rnn
from mismatches_making import Asked, Case, Mistake, Source, single
from mismatches_mistakes import (
    bias_of,
    both,
    compared,
    doubled,
    every,
    given,
    left_out,
    negated,
    no_bias,
    numbers,
    output,
    parts,
    reordered,
    said,
    shown,
    textbook,
    transposed,
)
from mismatches_shapes import masked, padded
from mismatches_sources import (
    fresh,
    in_a_row,
    in_pieces,
    keras_net,
    last_states,
    last_step,
    once,
    onnx,
    own_last,
    pytorch,
    time_first,
    twice,
    used,
)
from onnxruntime_words import node

TWO = {"options": {"num_layers": 2}, "units": 3}
WAYS = {"options": {"bidirectional": True}, "units": 3}
MASK = ((1, 1, 1, 1, 0, 0), (1,) * 6, (1, 1, 0, 0, 0, 0))
ZRN = every(reordered("zrn"))
IOFG = every(reordered("iofg"))
IFGO = every(reordered("ifgo"))
W_H = every(transposed("W_h"))
W_X = every(transposed("W_x"))


def exchanged(asked: Asked) -> None:
    """Forward for backward."""
    for layer in asked.config["layers"]:
        layer["forward"], layer["backward"] = layer["backward"], layer["forward"]


def pair(name: str, source: Source, one: str, other: str, *mistakes: Mistake) -> Case:
    """Two mistakes at once."""
    say = f"{one} and {other} at once"
    return Case(f"pair_{name}", (one, other), source, mistakes, say, kind="pair")


ORDER, RECURRENT, KERNEL = "gate-order", "recurrent-kernel-transposed", "kernel-transposed"
FORGET, RESET, HARD = "forget-bias", "reset-variant", "hard-sigmoid-variant"

PAIRS = [
    pair("torch_lstm", pytorch("lstm"), ORDER, RECURRENT, IOFG, W_H),
    pair("torch_gru", pytorch("gru"), ORDER, RESET, ZRN, every(textbook),
         said(reset_after=False)),
    pair("keras_lstm", keras_net(lstm()), RECURRENT, FORGET, W_H,
         every(bias_of("f", lambda bias: bias + 1))),
    pair("keras_gru", keras_net(gru(recurrent_activation="hard_sigmoid")), RESET, HARD,
         every(textbook), said(reset_after=False, recurrent_activation=None)),
    pair("torch_relu", pytorch("rnn", options={"nonlinearity": "relu"}), "activation", RECURRENT,
         said(activation=None), W_H),
    pair("torch_two_ways", pytorch("lstm", **WAYS), ORDER, "layer-order", IOFG, exchanged),
    pair("keras_backwards", keras_net(lstm(go_backwards=True)), "time-reversed", RECURRENT,
         said(direction=None, order=None), W_H),
    pair("torch_inverted", pytorch("gru"), "update-gate-inverted", ORDER, every(negated("z")), ZRN),
    pair("torch_lengths", pytorch("rnn", lengths=(3, 6, 2)), "padding", RECURRENT, padded, W_H),
    pair("torch_other_lengths", pytorch("gru", lengths=(3, 6, 2)), "padding", RECURRENT,
         given(lengths=(3, 5, 2)), W_H),
    pair("torch_mask", pytorch("lstm", lengths=(3, 6, 2)), "padding", ORDER, masked(), IOFG),
    pair("torch_output", pytorch("gru", output="softmax"), "output-activation", RECURRENT,
         output(activation="linear"), W_H),
    pair("onnx_lstm", onnx(node("lstm")), ORDER, "bias-doubled", IFGO, every(doubled)),
    pair("keras_forget", keras_net(lstm(recurrent_activation="hard_sigmoid")), HARD, FORGET,
         said(recurrent_activation=None), every(bias_of("f", lambda bias: bias + 1))),
    pair("torch_twice", used(twice, "rnn"), "stateful", RECURRENT, W_H),
    pair("torch_square", pytorch("gru", units=3), KERNEL, RECURRENT, W_X, W_H),
    pair("torch_pieces", used(in_pieces(1), "lstm"), "state-not-carried", ORDER, IOFG),
    pair("torch_stack", pytorch("gru", **TWO), ORDER, "bias-doubled", ZRN, every(doubled)),
]  # fmt: skip


def fresh_bias(asked: Asked) -> None:
    """The biases of a new layer are given to a network without."""
    for _, _, part in parts(asked.config):
        rows = len(part.block["weight_ih"])
        bias = np.zeros(rows, np.float32)
        bias[rows // 4 : rows // 2] = 1
        part.block.update(bias_ih=bias, bias_hh=bias * 0)


BIAS = ("bias-missing",)
STEPS = "sequences of one step are the steps of one sequence"
ALIKE = [
    single(FORGET, "fresh", used(fresh, "lstm"), every(no_bias),
           "the biases of a new layer are not taken along", equal=BIAS,
           why="all of its biases are the 1 of the forget gate"),
    single("bias-missing", "fresh", pytorch("lstm", options={"bias": False}), fresh_bias,
           "the biases of a new layer are given to one without", equal=(FORGET,),
           why="all of its biases are the 1 of the forget gate"),
    single("stateful", "1_step", used(in_a_row, "rnn", rows=6, steps=1), left_out(),
           "one sequence after the other, the state kept", equal=("axes-swapped",), why=STEPS),
    single("axes-swapped", "1_step", used(time_first, "lstm", rows=6, steps=1), left_out(),
           "without batch_first", equal=("stateful",), why=STEPS),
    *(single(RECURRENT, f"{cell}_inputs", used(once, cell, units=3, steps=2), both(W_H),
             "weight_hh is transposed; two steps are all there is") for cell in ("rnn", "lstm")),
    single(RESET, "first_step", used(once, "gru", rows=6, steps=1),
           both(every(textbook), said(reset_after=False)), "as in the paper, one step"),
]  # fmt: skip


def other_weights(asked: Asked) -> None:
    """All weights are of another network."""
    for _, _, part in parts(asked.config):
        for name in (part.form.W_x, part.form.W_h, *part.form.biases):
            if name in part.block:
                part.block[name] = asked.numbers.weights(*np.shape(part.block[name]))


def small(cell: str, units: int, steps: int, features: int = 1, rows: int = 1) -> Source:
    """A module of PyTorch with few numbers."""
    return used(once, cell, units=units, steps=steps, features=features, rows=rows)


def last_only(source: Source, name: str) -> Case:
    """Of another network the last outputs."""
    return unrelated(name, source, numbers(lambda h: h[:, -1]))


def unrelated(name: str, source: Source, *mistakes: Mistake) -> Case:
    """Other weights in the same shapes."""
    made = (other_weights, *mistakes)
    return Case(f"unrelated_{name}", (), source, made, "other weights", kind="unrelated")


UNRELATED = [
    *(unrelated(f"torch_{cell}", pytorch(cell)) for cell in ("rnn", "gru", "lstm")),
    *(unrelated(f"torch_{cell}_1_unit", small(cell, 1, 5)) for cell in ("rnn", "gru", "lstm")),
    *(unrelated(f"torch_{cell}_2_units", small(cell, 2, 3)) for cell in ("rnn", "gru", "lstm")),
    *(unrelated(f"torch_{cell}_2_steps", small(cell, 2, 2, 2)) for cell in ("rnn", "gru", "lstm")),
    *(unrelated(f"torch_{cell}_1_step", small(cell, 4, 1, 3)) for cell in ("rnn", "lstm")),
    *(last_only(pytorch(cell), f"torch_{cell}_last") for cell in ("gru", "lstm")),
    last_only(small("lstm", 1, 6), "torch_lstm_one_number"),
    last_only(small("rnn", 2, 6), "torch_rnn_two_numbers"),
    *(unrelated(f"torch_{cell}_two_ways", pytorch(cell, **WAYS)) for cell in ("rnn", "gru")),
    unrelated("torch_lstm_stack", pytorch("lstm", **TWO)),
    unrelated("torch_lengths", pytorch("gru", lengths=(3, 6, 2))),
    unrelated("torch_states", pytorch("lstm", states=True)),
    unrelated("torch_output", pytorch("gru", output="softmax")),
    unrelated("torch_relu", pytorch("rnn", options={"nonlinearity": "relu"})),
    unrelated("keras_gru", keras_net(gru())),
    unrelated("keras_lstm_sum", keras_net(lstm(3, "sum"))),
    unrelated("keras_mask", keras_net(lstm(), mask=MASK, zeros=True)),
    unrelated("onnx_lstm", onnx(node("lstm"))),
    unrelated("onnx_gru_reverse", onnx(node("gru_reset_before", "reverse"))),
]  # fmt: skip


def agreeing(name: str, source: Source, *mistakes: Mistake, **more: Any) -> Case:
    """The network as it is, its numbers in one of many layouts."""
    return Case(f"agreeing_{name}", (), source, mistakes, "as it is", kind="agreeing", **more)


AGREEING = [
    *(agreeing(f"torch_{cell}", pytorch(cell, states=True)) for cell in ("rnn", "gru", "lstm")),
    *(agreeing(f"torch_{cell}_two_ways", pytorch(cell, **WAYS)) for cell in ("rnn", "lstm")),
    agreeing("torch_stack", pytorch("gru", **TWO)),
    agreeing("torch_lengths", pytorch("lstm", lengths=(3, 6, 2))),
    agreeing("torch_time_first", pytorch("gru"), numbers(lambda h: h.swapaxes(0, 1))),
    agreeing("torch_last", used(last_step, "lstm")),
    agreeing("torch_last_two_ways", used(last_step, "rnn", **WAYS), given(mode="many-to-one")),
    agreeing("torch_own_last", used(own_last, "gru", **WAYS), given(mode="many-to-one")),
    agreeing("torch_h_n", used(last_states(0), "gru", options={"num_layers": 2}, units=3)),
    agreeing("torch_h_n_two_ways", used(last_states(0), "lstm", rows=3, **WAYS)),
    agreeing("torch_c_n", used(last_states(1), "lstm"), shown("final.c")),
    agreeing("torch_one_row", used(once, "rnn", rows=1), numbers(lambda h: h[0])),
    agreeing("torch_one_plain", used(once, "gru", rows=1), given(x=lambda a: a.config["x"][0])),
    agreeing("torch_unbatched", pytorch("lstm", batched=False, states=True)),
    agreeing("torch_one_unit", used(once, "rnn", units=1, rows=1, features=1),
             numbers(lambda h: h.ravel())),
    agreeing("torch_y", pytorch("gru", output="softmax")),
    agreeing("torch_y_last", pytorch("lstm", output="sigmoid", many_to_one=True)),
    agreeing("torch_h_of_y", pytorch("rnn", output="linear"), compared("h", "h")),
    *(agreeing(f"keras_{one.cell}", keras_net(one)) for one in (rnn(), gru(), lstm())),
    agreeing("keras_mask", keras_net(gru(), mask=((1, 1, 0, 1, 1, 0), (1,) * 6, (0,) * 6))),
    agreeing("keras_backwards", keras_net(lstm(go_backwards=True))),
    agreeing("keras_sum", keras_net(gru(3, "sum"))),
    agreeing("keras_last", keras_net(gru(), heads=(("softmax", 3),), many_to_one=True)),
    agreeing("onnx_lstm", onnx(node("lstm"), states=True)),
    agreeing("onnx_y", onnx(node("gru", "bidirectional")),
             numbers(lambda h: h.reshape(*h.shape[:2], 2, -1).transpose(1, 2, 0, 3))),
]  # fmt: skip

CASES: list[Case] = [*PAIRS, *ALIKE, *UNRELATED, *AGREEING]
