"""Mismatches by padding, by how layers and directions are put together, and by rounding."""

from __future__ import annotations

import numpy as np
from golden_file import Array
from keras_words import gru, lstm, rnn
from mismatches_loops import autocast, gathered, loop, of_brain, of_ten_bits
from mismatches_making import Asked, Case, Mistake, single, singles
from mismatches_mistakes import both, every, given, left_out, numbers, rounded, said, shown
from mismatches_sources import (
    backward_first,
    computed_in,
    keras_net,
    onnx,
    pytorch,
    summed_ways,
    used,
)
from onnxruntime_words import node

TWO = {"options": {"num_layers": 2}, "units": 3}
WAYS = {"options": {"bidirectional": True}, "units": 3}
LENGTHS = (3, 6, 2)
ENDS = ((1, 1, 1, 0, 0, 0), (1, 1, 1, 1, 1, 1), (1, 1, 0, 0, 0, 0))
HOLES = ((1, 1, 0, 1, 0, 1), (0, 1, 1, 0, 1, 1), (1, 1, 1, 1, 0, 0))
ZEROED = {"zero_output_for_mask": True}


def padded(asked: Asked) -> None:
    """Nobody says where padding begins; x is 0 there."""
    lengths = asked.config.pop("lengths")
    for row, end in zip(asked.config["x"], lengths, strict=True):
        row[end:] = 0


def masked(*, zero: bool | None = None) -> Mistake:
    """A mask is given for lengths."""

    def mistake(asked: Asked) -> None:
        lengths = np.array(asked.config.pop("lengths"))
        steps = np.shape(asked.config["x"])[1]
        asked.config["mask"] = (np.arange(steps) < lengths[:, None]).astype(int)
        said(zero_output_for_mask=zero)(asked)

    return mistake


TO_LENGTHS = both(left_out("mask"), given(lengths=LENGTHS))

PADDING = singles("padding",
    *((f"torch_{cell}", pytorch(cell, lengths=LENGTHS), padded, "the lengths were not given")
      for cell in ("rnn", "gru", "lstm")),
    ("torch_drawn", pytorch("lstm", lengths=LENGTHS), left_out("lengths"),
     "the lengths were not given, its padding is no zeros"),
    ("torch_there", pytorch("gru"), given(lengths=(6, 4)), "lengths are given here alone"),
    ("torch_two_ways", pytorch("gru", lengths=LENGTHS, **WAYS), padded,
     "the backward direction starts in the padding"),
    ("torch_two_ways_there", pytorch("lstm", **WAYS), given(lengths=(6, 4)),
     "its backward direction starts in the padding"),
    ("torch_held", pytorch("rnn", lengths=LENGTHS), masked(), "a mask for its lengths"),
    ("keras_lstm", keras_net(lstm(), mask=ENDS, zeros=True), left_out("mask"),
     "its Masking layer is forgotten"),
    ("keras_gru_holes", keras_net(gru(), mask=HOLES, zeros=True), left_out("mask"),
     "its Masking layer is forgotten"),
    ("keras_rnn_lengths", keras_net(rnn(), mask=ENDS), TO_LENGTHS, "lengths for its mask"),
    ("keras_zeroed", keras_net(gru(**ZEROED), mask=HOLES), said(zero_output_for_mask=None),
     "zero_output_for_mask was not said"),
    ("keras_not_zeroed", keras_net(rnn(), mask=HOLES), said(**ZEROED),
     "zero_output_for_mask is said"),
    ("keras_two_ways", keras_net(lstm(3, "concat"), mask=ENDS, zeros=True),
     both(left_out("mask"), said(zero_output_for_mask=None)), "its mask is forgotten"),
    ("keras_embedding", keras_net(gru(), mask=ENDS, embedding=True, mask_zero=True),
     lambda asked: asked.config["embedding"].pop("mask_zero"), "mask_zero was not said"),
    ("onnx_lstm", onnx(node("lstm"), lengths=LENGTHS), padded, "without sequence_lens"),
    ("torch_last", pytorch("lstm", lengths=LENGTHS, output="linear", many_to_one=True), padded,
     "the last step of the padding is taken"),
    ("keras_last", keras_net(gru(), mask=ENDS, zeros=True, heads=(("sigmoid", 3),),
                             many_to_one=True), left_out("mask"), "its mask is forgotten"),
    ("torch_stack", pytorch("rnn", lengths=LENGTHS, **TWO), padded, "lengths not given"),
    ("torch_one_length", pytorch("gru", lengths=LENGTHS), given(lengths=(3, 5, 2)),
     "one length is another"),
    ("torch_sorted", pytorch("lstm", lengths=LENGTHS, **WAYS), given(lengths=(6, 3, 2)),
     "the lengths in their order, the sequences not"),
    ("torch_last_lengths", pytorch("rnn", lengths=LENGTHS, output="linear", many_to_one=True),
     given(lengths=(2, 5, 1)), "lengths - 1 for the lengths"),
    ("torch_gathered", used(gathered(LENGTHS), "lstm", rows=3, **WAYS),
     both(given(lengths=LENGTHS, mode="many-to-one"), shown("h")),
     "output[i, length - 1] of sequences that nobody packed"),
)  # fmt: skip

MERGES = singles("merge-mode",
    ("keras_sum", keras_net(rnn(3, "sum")), said(merge="ave"), "the mean is said"),
    ("keras_mul", keras_net(gru(3, "mul")), said(merge="sum"), "the sum is said"),
    ("keras_ave", keras_net(lstm(3, "ave")), said(merge="sum"), "the sum is said"),
    ("keras_wide", keras_net(gru(3, "sum")), said(merge="concat"), "concat is said"),
    ("keras_concat", keras_net(rnn(3, "concat")), said(merge="sum"), "the sum is said"),
    ("torch_sum", used(summed_ways, "gru", **WAYS), left_out(), "added by hand"),
    ("keras_stack", keras_net(lstm(3, "ave"), gru(2)), said(0, merge="mul"),
     "the product is said of the first layer"),
)  # fmt: skip


def exchanged(asked: Asked) -> None:
    """Forward for backward, in every layer."""
    for layer in asked.config["layers"]:
        layer["forward"], layer["backward"] = layer["backward"], layer["forward"]


def first_last(asked: Asked) -> None:
    """The last layer stands first."""
    asked.config["layers"].insert(0, asked.config["layers"].pop())


SQUARE = {"units": 3}

ORDERS = [*singles("layer-order",
    *((f"torch_{cell}", pytorch(cell, **WAYS), exchanged, "forward and backward exchanged")
      for cell in ("rnn", "gru", "lstm")),
    ("onnx", onnx(node("lstm", "bidirectional")), exchanged, "forward and backward exchanged"),
    ("torch_halves", used(backward_first, "gru", **WAYS), left_out(), "the halves exchanged"),
    ("torch_stack", pytorch("lstm", **TWO), first_last, "its two layers exchanged"),
    ("torch_three", pytorch("rnn", options={"num_layers": 3}, units=3), first_last,
     "the last of its three layers first"),
    ("keras_stack", keras_net(rnn(3), gru(3), features=3), first_last, "layers exchanged"),
), single("layer-order", "keras_sum", keras_net(gru(3, "sum")), exchanged,
    "forward and backward exchanged", equal=("time-reversed",),
    why="the sum of two directions turns around in time when they are exchanged")
]  # fmt: skip


def decimals(count: int) -> Mistake:
    """The weights are written with so many decimals."""
    return every(rounded(lambda array: np.round(array, count)))


def halved(array: Array) -> Array:
    """Rounded to float16."""
    return array.astype(np.float16)


def printed(count: int) -> Mistake:
    """The expected numbers are copied from a screen."""
    return numbers(lambda h: np.round(np.float64(h), count))


PRECISION = singles("precision",
    ("torch_4_decimals", pytorch("rnn"), decimals(4), "weights with 4 decimals"),
    ("keras_4_decimals", keras_net(gru()), decimals(4), "weights with 4 decimals"),
    ("onnx_3_decimals", onnx(node("lstm")), decimals(3), "weights with 3 decimals"),
    ("torch_stack_3_decimals", pytorch("gru", **TWO), decimals(3), "weights with 3 decimals"),
    ("torch_half_weights", pytorch("lstm"), every(rounded(halved)), "weights in float16"),
    ("torch_printed", pytorch("gru"), printed(4), "numbers printed with 4 decimals"),
    ("keras_printed", keras_net(lstm()), printed(2), "numbers printed with 2 decimals"),
    ("onnx_printed", onnx(node("rnn")), printed(3), "numbers printed with 3 decimals"),
    *((f"torch_half_{cell}", used(computed_in("float16"), cell), left_out(),
       "computed in float16") for cell in ("rnn", "gru", "lstm")),
    *((f"torch_brain_{cell}", used(computed_in("bfloat16"), cell), left_out(),
       "computed in bfloat16") for cell in ("gru", "lstm")),
    *((f"torch_tf32_{cell}", used(loop(of_ten_bits), cell), left_out(),
       "by hand, its products as TF32 has them") for cell in ("rnn", "gru", "lstm")),
    ("torch_brain_products", used(loop(of_brain), "gru"), left_out(),
     "by hand, its products with operands of bfloat16"),
    ("torch_autocast", used(autocast, "lstm"), left_out(), "under torch.autocast"),
) + [
    single("precision", f"torch_half_file_{cell}", pytorch(cell), left_out(),
           "a file of float16, computed in it", dtype="float16") for cell in ("rnn", "lstm")
]  # fmt: skip

CASES: list[Case] = [*PADDING, *MERGES, *ORDERS, *PRECISION]
