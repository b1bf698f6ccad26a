"""Mismatches by weights: gates in another order, matrices turned, biases lost or counted twice."""

from __future__ import annotations

from keras_words import gru, lstm, rnn
from mismatches_making import Asked, Case, Mistake, single, singles
from mismatches_mistakes import (
    Change,
    Part,
    bias_of,
    both,
    doubled,
    every,
    negated,
    no_bias,
    no_input_bias,
    no_recurrent_bias,
    reordered,
    reshaped,
    said,
    summed,
    summed_in_both,
    textbook,
    transposed,
)
from mismatches_sources import keras_net, onnx, pytorch
from onnxruntime_words import node

TWO = {"options": {"num_layers": 2}, "units": 3}
WAYS = {"options": {"bidirectional": True}, "units": 3}
BEFORE = {"reset_after": False}

ORDERS = singles("gate-order",
    ("torch_gru", pytorch("gru"), every(reordered("zrn")), "stacked z r n, as in Keras"),
    ("torch_lstm", pytorch("lstm"), every(reordered("iofg")), "stacked i o f g, as in ONNX"),
    ("torch_lstm_tf1", pytorch("lstm"), every(reordered("igfo")), "stacked i g f o"),
    ("keras_lstm", keras_net(lstm()), every(reordered("igfo")), "stacked i g f o, as in TF 1"),
    ("keras_gru", keras_net(gru()), every(reordered("rzn")), "stacked r z n, as in PyTorch"),
    ("keras_gru_before", keras_net(gru(**BEFORE)), every(reordered("rzn")),
     "stacked r z n, as in PyTorch"),
    ("onnx_lstm", onnx(node("lstm")), every(reordered("ifgo")), "stacked i f g o, as in Keras"),
    ("onnx_gru", onnx(node("gru")), every(reordered("rzn")), "stacked r z n, as in PyTorch"),
    ("onnx_lstm_nobody", onnx(node("lstm")), every(reordered("gofi")), "stacked g o f i"),
    ("torch_lstm_input", pytorch("lstm"), every(reordered("iofg", "x")),
     "weight_ih alone is stacked i o f g"),
    ("torch_gru_recurrent", pytorch("gru"), every(reordered("zrn", "h")),
     "weight_hh alone is stacked z r n"),
    ("keras_lstm_bias", keras_net(lstm()), every(reordered("igfo", "b")),
     "the bias alone is stacked i g f o"),
    ("torch_stack", pytorch("lstm", **TWO), every(reordered("iofg")), "stacked i o f g"),
    ("torch_stack_second", pytorch("gru", **TWO), every(reordered("zrn"), layer=1),
     "the second layer is stacked z r n"),
    ("torch_two_ways", pytorch("gru", **WAYS), every(reordered("zrn")), "stacked z r n"),
    ("onnx_backward", onnx(node("lstm", "bidirectional")),
     every(reordered("ifgo"), way="backward"), "the backward direction is stacked i f g o"),
)  # fmt: skip

SQUARE = {"units": 3}

TURNED = singles("recurrent-kernel-transposed",
    *((f"torch_{cell}", pytorch(cell), every(transposed("W_h")), "weight_hh is transposed")
      for cell in ("rnn", "gru", "lstm")),
    *((f"keras_{layer.cell}", keras_net(layer), every(transposed("W_h")),
       "recurrent_kernel is transposed") for layer in (rnn(), gru(), lstm())),
    ("onnx_lstm", onnx(node("lstm")), every(transposed("W_h")), "R is transposed"),
    ("torch_stack", pytorch("rnn", **TWO), every(transposed("W_h")), "weight_hh of both"),
    ("torch_stack_first", pytorch("lstm", **TWO), every(transposed("W_h"), layer=0),
     "weight_hh of the first layer is transposed"),
    ("torch_two_ways", pytorch("lstm", **WAYS), every(transposed("W_h")), "weight_hh of both"),
    ("keras_gru_reshaped", keras_net(gru()), every(reshaped("W_h")),
     "recurrent_kernel is reshaped instead of transposed"),
    ("torch_states", pytorch("gru", states=True), every(transposed("W_h")),
     "weight_hh is transposed"),
) + singles("kernel-transposed",
    *((f"torch_{cell}", pytorch(cell, **SQUARE), every(transposed("W_x")),
       "weight_ih is transposed") for cell in ("rnn", "gru", "lstm")),
    ("keras_lstm", keras_net(lstm(4), features=4), every(transposed("W_x")),
     "kernel is transposed"),
    ("keras_gru_reshaped", keras_net(gru()), every(reshaped("W_x")),
     "kernel is reshaped instead of transposed"),
    ("keras_rnn_reshaped", keras_net(rnn()), every(reshaped("W_x")),
     "kernel is reshaped instead of transposed"),
    ("onnx_rnn", onnx(node("rnn"), features=4), every(transposed("W_x")), "W is transposed"),
    ("torch_stack_second", pytorch("rnn", **TWO), every(transposed("W_x"), layer=1),
     "weight_ih of the second layer is transposed"),
)  # fmt: skip

LOST = [
    *(single("bias-missing", f"torch_{cell}", pytorch(cell), every(no_bias), "without its biases")
      for cell in ("rnn", "gru", "lstm")),
    *(single("bias-missing", f"keras_{name}", keras_net(layer), every(no_bias), "without its bias")
      for name, layer in {"rnn": rnn(), "gru": gru(), "lstm": lstm(),
                          "gru_before": gru(**BEFORE)}.items()),
    single("bias-missing", "onnx_lstm", onnx(node("lstm")), every(no_bias), "without B"),
    single("bias-missing", "torch_stack", pytorch("rnn", **TWO), every(no_bias), "without biases"),
    single("bias-missing", "torch_stack_second", pytorch("gru", **TWO), every(no_bias, layer=1),
           "without the biases of the second layer"),
    single("bias-missing", "torch_input", pytorch("rnn"), every(no_input_bias), "without bias_ih"),
    single("bias-missing", "torch_there", pytorch("lstm", options={"bias": False}),
           lambda asked: every(invented(asked))(asked),
           "bias=False in PyTorch, with biases of another network here"),
    *(single("recurrent-bias-missing", f"torch_{cell}", pytorch(cell), every(no_recurrent_bias),
             "without bias_hh") for cell in ("rnn", "gru", "lstm")),
    single("recurrent-bias-missing", "keras_gru", keras_net(gru()), every(no_recurrent_bias),
           "with the first row of its bias only"),
    single("recurrent-bias-missing", "onnx_gru", onnx(node("gru")), every(no_recurrent_bias),
           "without the second half of B"),
    single("recurrent-bias-missing", "torch_two_ways", pytorch("gru", **WAYS),
           every(no_recurrent_bias), "without bias_hh"),
]  # fmt: skip


def invented(asked: Asked) -> Change:
    """Biases that the framework does not have."""

    def change(part: Part) -> None:
        rows = len(part.block["weight_ih"])
        part.block["bias_ih"] = asked.numbers.weights(rows)
        part.block["bias_hh"] = asked.numbers.weights(rows)

    return change


def as_pytorch(part: Part) -> None:
    """Keras' layer in PyTorch's names, its one bias given twice."""
    kernel, recurrent = part.block.pop("kernel"), part.block.pop("recurrent_kernel")
    bias = part.block.pop("bias")
    part.block.update(weight_ih=kernel.T, weight_hh=recurrent.T, bias_ih=bias, bias_hh=bias)


SAME = {
    "equal": ("bias-missing", "recurrent-bias-missing"),
    "why": "where both biases are the same numbers, one of them is half of their sum",
}

COUNTED = [
    *(single("bias-doubled", f"keras_{layer.cell}", keras_net(layer), every(as_pytorch),
             "its one bias is given for bias_ih and for bias_hh", **SAME)
      for layer in (rnn(), lstm())),
    single("bias-doubled", "keras_gru", keras_net(gru()), every(doubled), "its bias counts twice"),
    single("bias-doubled", "torch_rnn", pytorch("rnn"), every(summed_in_both),
           "the sum of its biases is given for both", **SAME),
    single("bias-doubled", "torch_lstm", pytorch("lstm"), every(summed_in_both),
           "the sum of its biases is given for both", **SAME),
    single("bias-doubled", "torch_stack", pytorch("lstm", **TWO), every(doubled, layer=0),
           "the biases of the first layer count twice"),
    single("bias-doubled", "onnx_gru", onnx(node("gru")), every(doubled), "B counts twice"),
    single("bias-doubled", "onnx_two_ways", onnx(node("rnn", "bidirectional")), every(doubled),
           "B counts twice"),
]  # fmt: skip

FORGET = [
    single("forget-bias", what, source, every(bias_of("f", change), **where), say)
    for what, source, change, where, say in (
        ("keras", keras_net(lstm()), lambda b: b + 1, {}, "1 is added to its forget bias again"),
        ("keras_less", keras_net(lstm()), lambda b: b - 1, {}, "forget_bias is not added"),
        ("torch", pytorch("lstm"), lambda b: b - 1, {}, "forget_bias=1 was not in the file"),
        ("torch_stack", pytorch("lstm", **TWO), lambda b: b + 1, {}, "1 is added to both layers"),
        ("keras_two_ways", keras_net(lstm(3, "concat")), lambda b: b + 1, {}, "1 is added to both"),
        ("onnx", onnx(node("lstm")), lambda b: b + 1, {}, "1 is added to the forget bias"),
        ("torch_states", pytorch("lstm", states=True), lambda b: b + 1, {}, "1 is added"),
    )
]  # fmt: skip


def in_words(layer: int | None = None, **words: bool) -> Mistake:
    """In rnncalc's own names, which leave the place of the reset gate open."""
    return both(every(textbook, layer=layer), said(layer, **words))


RESET = singles("reset-variant",
    ("keras_after", keras_net(gru()), in_words(**BEFORE), "reset_after=False is said"),
    ("keras_before", keras_net(gru(**BEFORE)), in_words(reset_after=True), "after is said"),
    ("onnx_before", onnx(node("gru_reset_before")), said(reset_after=True),
     "linear_before_reset=1 is said"),
    ("onnx_after", onnx(node("gru")), in_words(**BEFORE), "linear_before_reset=0 is said"),
    ("torch", pytorch("gru"), in_words(**BEFORE), "as in the paper"),
    ("torch_without_bias", pytorch("gru", options={"bias": False}), in_words(**BEFORE),
     "as in the paper"),
    ("torch_summed", pytorch("gru"), every(summed), "its biases are one sum"),
    ("keras_summed", keras_net(gru()), every(summed), "both rows of its bias are one sum"),
    ("torch_two_ways", pytorch("gru", **WAYS), in_words(**BEFORE), "as in the paper"),
    ("torch_stack", pytorch("gru", **TWO), in_words(**BEFORE), "as in the paper"),
    ("torch_stack_first", pytorch("gru", **TWO), in_words(0, **BEFORE), "one as in the paper"),
    ("torch_states", pytorch("gru", states=True), in_words(**BEFORE), "as in the paper"),
)  # fmt: skip

INVERTED = [
    single("update-gate-inverted", what, source, every(negated("z"), **where), say)
    for what, source, where, say in (
        ("torch", pytorch("gru"), {}, "z taken for 1 - z"),
        ("keras", keras_net(gru()), {}, "z taken for 1 - z"),
        ("keras_before", keras_net(gru(**BEFORE)), {}, "z taken for 1 - z"),
        ("onnx", onnx(node("gru")), {}, "z taken for 1 - z"),
        ("torch_stack", pytorch("gru", **TWO), {}, "z taken for 1 - z in both layers"),
        ("torch_two_ways", pytorch("gru", **WAYS), {}, "z taken for 1 - z in both directions"),
        ("torch_stack_first", pytorch("gru", **TWO), {"layer": 0}, "the same in one layer"),
    )
]  # fmt: skip

CASES: list[Case] = [*ORDERS, *TURNED, *LOST, *COUNTED, *FORGET, *RESET, *INVERTED]
