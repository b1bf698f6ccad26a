"""Which networks ONNX Runtime is asked about: RNN, GRU and LSTM nodes with all that they can say.

Left out is where ONNX Runtime has an opinion of its own: sequences of length 0, and Affine,
ScaledTanh and ThresholdedRelu without their parameters (it takes 0 for them).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from golden_file import Document, Numbers
from onnxruntime_recorder import recorded
from onnxruntime_words import KINDS, Network, node, parametrised

WAYS = ("forward", "reverse", "bidirectional")
LENGTHS = (3, 5, 2)


RNN_FUNCTIONS = {
    "relu": "relu",
    "sigmoid": "sigmoid",
    "softsign": "softsign",
    "softplus": "softplus",
    "hard_sigmoid": "hard_sigmoid_old",
    "elu": "elu",
    "elu_alpha": parametrised("elu", alpha=0.375),
    "leaky_relu": "leaky_relu",
    "leaky_relu_alpha": parametrised("leaky_relu", alpha=0.25),
    "thresholded_relu": parametrised("thresholded_relu", alpha=0.125),
    "scaled_tanh": parametrised("scaled_tanh", alpha=1.25, beta=0.625),
    "affine": parametrised("affine", alpha=0.5, beta=-0.25),
}
GRU_FUNCTIONS = {
    "hard_sigmoid_softsign": ("hard_sigmoid_old", "softsign"),
    "sigmoid_relu": ("sigmoid", "relu"),
    "softsign_elu": ("softsign", parametrised("elu", alpha=0.375)),
    "hard_sigmoid_scaled": (
        "hard_sigmoid_old", parametrised("scaled_tanh", alpha=1.25, beta=0.625),
    ),
}  # fmt: skip
LSTM_FUNCTIONS = {
    "hard_sigmoid": ("hard_sigmoid_old", "tanh", "tanh"),
    "three_functions": ("hard_sigmoid_old", "softsign", "elu"),
    "sigmoid_tanh_relu": ("sigmoid", "tanh", "relu"),
    "sigmoid_relu_tanh": ("sigmoid", "relu", "tanh"),
    "two_alphas": (
        "sigmoid", parametrised("leaky_relu", alpha=0.25), parametrised("elu", alpha=0.375),
    ),
    "affine": (
        parametrised("affine", alpha=0.25, beta=0.5),
        parametrised("scaled_tanh", alpha=1.25, beta=0.625),
        "softsign",
    ),
}  # fmt: skip

FUNCTIONS = [
    *((f"rnn_{name}", node("rnn", "forward", (f,))) for name, f in RNN_FUNCTIONS.items()),
    *((f"gru_{name}", node("gru", "forward", f)) for name, f in GRU_FUNCTIONS.items()),
    *((f"lstm_{name}", node("lstm", "forward", f)) for name, f in LSTM_FUNCTIONS.items()),
]

TWO_WAYS = [
    ("rnn_two_functions", node("rnn", "bidirectional", ("relu",), ("softsign",))),
    (
        "rnn_two_alphas",
        node(
            "rnn", "bidirectional", *((parametrised("leaky_relu", alpha=a),) for a in (0.25, 0.5))
        ),
    ),
    (
        "gru_two_functions",
        node("gru", "bidirectional", ("sigmoid", "tanh"), ("hard_sigmoid_old", "softsign")),
    ),
    (
        "lstm_two_functions",
        node(
            "lstm",
            "bidirectional",
            ("sigmoid", "tanh", "softsign"),
            ("hard_sigmoid_old", "relu", "tanh"),
        ),
    ),
]
"""Other functions in the other direction."""

SPECIAL = [
    *((f"{kind}_clip", node(kind, clip=0.5)) for kind in KINDS),
    ("gru_bidirectional_clip", node("gru", "bidirectional", clip=0.75)),
    ("lstm_reverse_clip", node("lstm_peepholes", "reverse", clip=0.75)),
    ("lstm_input_forget", node("lstm", input_forget=1)),
    ("lstm_input_forget_peepholes", node("lstm_peepholes", "bidirectional", input_forget=1)),
    ("lstm_clip_relu", node("lstm", "forward", ("sigmoid", "relu", "relu"), clip=0.5)),
    ("rnn_reverse_relu_clip", node("rnn", "reverse", ("relu",), clip=0.5)),
]

STACKS = [
    Network(
        "stack", (node("lstm_peepholes", "bidirectional"), node("gru"), node("rnn", "reverse"))
    ),
    Network("stack_states", (node("gru"), node("rnn", "bidirectional")), states=True),
    Network("stack_lengths", (node("lstm", "bidirectional"), node("lstm")), LENGTHS, states=True),
]

NETWORKS = [
    *(Network(f"{kind}_plain", (replace(node(kind), bias=False),)) for kind in KINDS),
    *(
        Network(f"{kind}_{way}{what}", (node(kind, way),), lengths, states=True)
        for kind in KINDS
        for way in WAYS
        for what, lengths in (("", ()), ("_lengths", LENGTHS))
    ),
    *(Network(name, (one,), states=True) for name, one in [*FUNCTIONS, *TWO_WAYS, *SPECIAL]),
    Network("gru_lengths_short", (node("gru"),), (4, 1, 3), states=True),
    Network("lstm_bidirectional_clip_lengths", (node("lstm", "bidirectional", clip=0.5),), LENGTHS),
    *STACKS,
]


def documents() -> Iterator[tuple[str, Document]]:
    """Every golden file of ONNX Runtime, by its name."""
    for network in NETWORKS:
        yield network.name, recorded(network, Numbers("onnxruntime", network.name, "float32"))
