"""Which networks Keras 3 is asked about; it computes them on TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Iterator

from golden_file import Document
from keras_recorder import Recorder
from keras_words import HOLES, PADDED, asked, cells, functions, gru, lstm, network, rnn

os.environ["KERAS_BACKEND"] = "tensorflow"

NAMES = {"exponential": "exp", "leaky_relu": {"name": "leaky_relu", "alpha": 0.2}}
"""What rnncalc calls Keras' activations, where the names differ."""

BACKWARDS = {"go_backwards": True}
ZEROED = {"zero_output_for_mask": True}

COMMON = {
    "": {},
    "_without_bias": {"options": {"use_bias": False}},
    "_states": {"states": True},
    "_backwards": {"options": BACKWARDS, "states": True},
    "_mask": {"mask": HOLES},
    "_mask_states": {"mask": HOLES, "states": True},
    "_mask_zeroed": {"options": ZEROED, "mask": HOLES, "states": True},
    "_backwards_mask": {"options": BACKWARDS, "mask": HOLES, "states": True},
    "_backwards_mask_zeroed": {"options": {**BACKWARDS, **ZEROED}, "mask": HOLES},
    "_bidirectional": {"merge": "concat", "states": True},
    "_bidirectional_without_bias": {"merge": "concat", "options": {"use_bias": False}},
    "_bidirectional_mask": {"merge": "concat", "mask": HOLES, "states": True},
    "_stateful": {"stateful": True},
    "_double": {"states": True, "dtype": "float64"},
}
"""What every cell is asked."""

RNN_FUNCTIONS = (
    "relu", "sigmoid", "hard_sigmoid", "softsign", "softplus", "elu", "selu", "gelu", "silu",
    "leaky_relu", "linear", "softmax",
)  # fmt: skip
GATED_FUNCTIONS = (
    ("tanh", "hard_sigmoid"), ("relu", "sigmoid"), ("sigmoid", "hard_sigmoid"), ("elu", "sigmoid"),
    ("linear", "sigmoid"), ("softsign", "hard_sigmoid"), ("softmax", "softsign"),
)  # fmt: skip

FUNCTIONS = [
    *(network(f"simple_rnn_{f}", functions("rnn", f), states=True) for f in RNN_FUNCTIONS),
    *(
        network(f"{cell}_{f}_{gates}", functions(cell, f, gates), states=True)
        for cell in ("gru", "lstm")
        for f, gates in GATED_FUNCTIONS
    ),
]

MERGED = [
    network("simple_rnn_sum", rnn(merge="sum"), states=True),
    network("simple_rnn_sum_mask", rnn(merge="sum"), mask=HOLES, states=True),
    network("gru_mul", gru(merge="mul"), states=True),
    network("gru_mul_mask", gru(merge="mul"), mask=HOLES, states=True),
    network("lstm_ave", lstm(merge="ave"), states=True),
    network("lstm_ave_mask", lstm(merge="ave"), mask=HOLES, states=True),
    network("gru_concat_padded", gru(merge="concat", reset_after=False), mask=PADDED),
    network(
        "simple_rnn_other_backward",
        rnn(merge="concat", activation="relu", backward={"activation": "softsign"}),
        states=True,
    ),
    network("gru_other_backward", gru(merge="ave", backward={"reset_after": False}), states=True),
    network(
        "lstm_other_backward_mask",
        lstm(merge="sum", backward={"activation": "elu", "recurrent_activation": "hard_sigmoid"}),
        mask=HOLES,
        states=True,
    ),
]

STACKS = [
    network("stack", rnn(2), lstm(4), gru(3)),
    network("stack_gru_states", gru(), gru(reset_after=False), states=True),
    network("stack_lstm_states", lstm(), lstm(activation="softsign"), states=True),
    network("stack_bidirectional", lstm(3, "concat"), gru(4, "sum"), rnn(3, "mul")),
    network("stack_bidirectional_states", lstm(3, "concat"), lstm(3, "ave"), states=True),
    network("stack_mask", lstm(3), gru(4), mask=HOLES),
    network("stack_bidirectional_mask", lstm(3, "concat"), rnn(4), mask=HOLES),
    network("stack_mixed_bidirectional_mask", rnn(4), gru(3, "concat"), mask=PADDED),
    network("stack_backwards", gru(4, go_backwards=True), lstm(3)),
    network("stack_backwards_mask", gru(4, go_backwards=True), lstm(3), mask=HOLES),
]

CELL_LISTS = [
    network("cells", cells(lstm(4), gru(3), rnn(2))),
    network("cells_states", cells(gru(), rnn(activation="relu")), states=True),
    network("cells_lstm_states", cells(lstm(), lstm()), states=True),
    network("cells_mask", cells(rnn(), gru(reset_after=False)), mask=HOLES, states=True),
    network("cells_mask_zeroed", cells(lstm(), lstm(), **ZEROED), mask=HOLES, states=True),
    network("cells_backwards", cells(lstm(3), gru(4), **BACKWARDS), mask=PADDED),
    network("cells_stack", cells(gru(4), lstm(3)), lstm(2)),
]

EMBEDDINGS = [
    network("embedding_lstm", lstm(), embedding=True, states=True),
    network("embedding_gru_mask", gru(), embedding=True, mask_zero=True, mask=HOLES, states=True),
    network("embedding_lstm_mask", lstm(3, "concat"), embedding=True, mask_zero=True, mask=PADDED),
    network("embedding_stack_mask", gru(4), lstm(3), embedding=True, mask_zero=True, mask=HOLES),
    network(
        "embedding_mask_many_to_one",
        gru(),
        embedding=True,
        mask_zero=True,
        mask=PADDED,
        heads=(("sigmoid", 1),),
        many_to_one=True,
    ),
]

SOFTMAX = (("softmax", 2),)
THREE = (("leaky_relu", 3), ("exponential", 5), ("linear", 1))

HEADS = [
    network("rnn_output_float32", rnn(), heads=SOFTMAX, states=True, textbook=True),
    network("rnn_many_to_one", rnn(), heads=SOFTMAX, many_to_one=True),
    network("gru_timed_output", gru(), heads=(("sigmoid", 3),), timed=True, states=True),
    network("lstm_two_outputs", lstm(), heads=(("relu", 5), ("softmax", 3))),
    network("lstm_three_outputs", lstm(), heads=THREE),
    network("gru_two_outputs_many_to_one", gru(), heads=(("relu", 5), *SOFTMAX), many_to_one=True),
    network("lstm_mask_output", lstm(), mask=HOLES, heads=SOFTMAX, states=True),
    network("lstm_mask_many_to_one", lstm(), mask=HOLES, heads=SOFTMAX, many_to_one=True),
    network(
        "gru_mask_zeroed_many_to_one", gru(**ZEROED), mask=HOLES, heads=SOFTMAX, many_to_one=True
    ),
    network("lstm_backwards_many_to_one", lstm(**BACKWARDS), heads=SOFTMAX, many_to_one=True),
    network("lstm_bidirectional_output", lstm(3, "concat"), heads=SOFTMAX),
    network("gru_bidirectional_many_to_one", gru(3, "concat"), heads=SOFTMAX, many_to_one=True),
    network(
        "lstm_bidirectional_mask_many_to_one",
        lstm(3, "sum"),
        mask=PADDED,
        heads=SOFTMAX,
        many_to_one=True,
    ),
    network("stack_many_to_one", lstm(3, "concat"), gru(4), heads=SOFTMAX, many_to_one=True),
]

LOOPS = [
    network("simple_rnn_unrolled_mask", rnn(unroll=True), mask=HOLES, states=True),
    network("gru_one_gate_at_a_time", gru(implementation=1), states=True),
    network("lstm_one_gate_at_a_time", lstm(implementation=1), states=True),
]
"""Other ways through the same computation."""

NETWORKS = [
    *(each for what, use in COMMON.items() for each in asked(what, use)),
    *FUNCTIONS, *MERGED, *STACKS, *CELL_LISTS, *EMBEDDINGS, *HEADS, *LOOPS,
]  # fmt: skip


def documents() -> Iterator[tuple[str, Document]]:
    """Every golden file of Keras 3, by its name."""
    import keras

    recorder = Recorder("keras", keras, NAMES)
    yield from recorder.documents(NETWORKS)
    yield "seed_story", recorder.story()
