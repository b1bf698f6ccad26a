"""Which networks Keras 2 (tf_keras) is asked about: where its words mean something else than in
Keras 3 (its hard_sigmoid), what old files hold (gates with it, reset_after false), and the core.
"""

from __future__ import annotations

from collections.abc import Iterator

from golden_file import Document
from keras_recorder import Recorder
from keras_words import HOLES, PADDED, asked, cells, functions, gru, lstm, network, rnn

NAMES = {"hard_sigmoid": "hard_sigmoid_old", "exponential": "exp", "swish": "silu"}
"""What rnncalc calls these activations of Keras 2."""

COMMON = {
    "": {},
    "_states": {"states": True},
    "_backwards": {"options": {"go_backwards": True}},
    "_mask_states": {"mask": HOLES, "states": True},
    "_mask_zeroed": {"options": {"zero_output_for_mask": True}, "mask": HOLES},
    "_bidirectional": {"merge": "concat", "states": True},
    "_bidirectional_mask": {"merge": "concat", "mask": PADDED},
}
"""What every cell is asked."""

OLD = {"recurrent_activation": "hard_sigmoid"}
OLD_GRU = {"reset_after": False, **OLD}
SOFTMAX = (("softmax", 2),)

NETWORKS = [
    *(each for what, use in COMMON.items() for each in asked(what, use)),
    network("simple_rnn_hard_sigmoid", functions("rnn", "hard_sigmoid"), states=True),
    network("simple_rnn_swish", functions("rnn", "swish"), states=True),
    network("gru_old", gru(**OLD_GRU), states=True),
    network("gru_reset_after_hard_sigmoid", gru(**OLD), states=True),
    network("gru_old_bidirectional", gru(merge="sum", **OLD_GRU), states=True),
    network("gru_old_mask", gru(**OLD_GRU), mask=HOLES, states=True),
    network("lstm_old", lstm(**OLD), states=True),
    network("lstm_old_bidirectional", lstm(merge="mul", **OLD), states=True),
    network("lstm_old_relu", lstm(activation="relu", **OLD), states=True),
    network("stack_old", lstm(3, merge="concat", **OLD), gru(4, **OLD_GRU), mask=PADDED),
    network("cells_old", cells(lstm(3, **OLD), gru(4, **OLD_GRU), rnn(2))),
    network("embedding_old", lstm(**OLD), embedding=True, mask_zero=True, mask=HOLES),
    network("rnn_output", rnn(), heads=SOFTMAX, states=True),
    network(
        "lstm_old_many_to_one",
        lstm(**OLD),
        heads=(("hard_sigmoid", 3), *SOFTMAX),
        mask=PADDED,
        many_to_one=True,
    ),
]


def documents() -> Iterator[tuple[str, Document]]:
    """Every golden file of Keras 2, by its name."""
    import tf_keras

    yield from Recorder("tf_keras", tf_keras, NAMES).documents(NETWORKS)
