"""Which networks PyTorch is asked about: one line a network, each recorded in several dtypes; and
the values of its activation functions.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from golden_file import Document, Numbers, document
from torch.nn import functional
from torch_recorder import VERSIONS, recorded
from torch_words import Network

BOTH = {"bidirectional": True}
LENGTHS = (3, 5, 2)

COMMON = {
    "": {},
    "_without_bias": {"options": {"bias": False}},
    "_states": {"states": True},
    "_unbatched": {"states": True, "batched": False, "output": "softmax"},
    "_bidirectional": {"options": BOTH},
    "_bidirectional_states": {"options": BOTH, "states": True},
    "_2_layers_states": {"options": {"num_layers": 2}, "states": True},
    "_3_layers_bidirectional": {"options": {"num_layers": 3, **BOTH}, "units": 2, "states": True},
    "_lengths": {"lengths": LENGTHS},
    "_lengths_short": {"lengths": (4, 1), "states": True},
    "_bidirectional_lengths": {"options": BOTH, "lengths": LENGTHS, "states": True},
    "_2_layers_bidirectional_lengths": {
        "options": {"num_layers": 2, **BOTH}, "units": 2, "lengths": LENGTHS, "states": True,
    },
    "_output": {"states": True, "output": "softmax"},
    "_many_to_one": {"output": "sigmoid", "many_to_one": True},
    "_cell": {"loop": True, "states": True},
}  # fmt: skip
"""What every cell is asked."""

TEXTBOOK = ("rnn_output", "rnn_unbatched")

RELU = {"nonlinearity": "relu"}
THIRD = {"proj_size": 3}
HALF = ("float16",)

NETWORKS = [
    *(
        Network(cell + what, cell, textbook=cell + what in TEXTBOOK, **use)
        for cell in ("rnn", "gru", "lstm")
        for what, use in COMMON.items()
    ),
    Network("rnn_relu", "rnn", RELU, states=True),
    Network("rnn_relu_2_layers_bidirectional", "rnn", {**RELU, "num_layers": 2, **BOTH}, units=2),
    Network("rnn_relu_lengths", "rnn", RELU, lengths=LENGTHS, states=True),
    Network("rnn_relu_cell", "rnn", RELU, states=True, loop=True),
    Network("lstm_cell_without_bias", "lstm", {"bias": False}, states=True, loop=True),
    Network("lstm_projection", "lstm", THIRD, units=5),
    Network("lstm_projection_states", "lstm", THIRD, states=True),
    Network("lstm_projection_bidirectional", "lstm", {**THIRD, **BOTH}, states=True),
    Network("lstm_projection_2_layers", "lstm", {"proj_size": 2, "num_layers": 2, **BOTH}, units=3),
    Network("lstm_projection_lengths", "lstm", {**THIRD, **BOTH}, lengths=LENGTHS, states=True),
    Network("lstm_projection_without_bias", "lstm", {**THIRD, "bias": False}, output="linear"),
    Network("gru_bidirectional_output", "gru", BOTH, output="linear"),
    Network("lstm_bidirectional_many_to_one", "lstm", BOTH, output="softmax", many_to_one=True),
    Network("gru_lengths_many_to_one", "gru", lengths=LENGTHS, output="linear", many_to_one=True),
    Network("embedding_rnn", "rnn", embedding=True, states=True),
    Network("embedding_gru_lengths", "gru", BOTH, embedding=True, lengths=LENGTHS),
    Network(
        "embedding_lstm_many_to_one", "lstm", embedding=True, output="sigmoid", many_to_one=True
    ),
    Network("rnn_half", "rnn", states=True, dtypes=HALF),
    Network("gru_half", "gru", BOTH, dtypes=HALF),
    Network("lstm_half", "lstm", states=True, output="softmax", dtypes=HALF),
    Network("lstm_half_lengths", "lstm", lengths=LENGTHS, dtypes=HALF),
]

ACTIVATIONS = {
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "softplus": lambda x: functional.softplus(x, threshold=100),
    "softsign": functional.softsign,
    "elu": functional.elu,
    "selu": functional.selu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "leaky_relu:alpha=0.3": lambda x: functional.leaky_relu(x, 0.3),
    "hard_sigmoid": functional.hardsigmoid,
    "softmax": lambda x: functional.softmax(x.reshape(5, -1), dim=0),
}


def documents() -> Iterator[tuple[str, Document]]:
    """Every golden file of PyTorch, by its name."""
    for network in NETWORKS:
        for dtype in network.dtypes:
            name = f"{network.name}_{dtype}"
            yield name, recorded(network, Numbers("torch", name, dtype))
    yield "activations_float64", activations()


def activations() -> Document:
    """The bare functions, from -40 to 40."""
    small = [-1e-3, -1e-6, -1e-12, 0.0, 1e-12, 1e-6, 1e-3]
    sides = [
        40.0,
        30.5,
        20.5,
        19.5,
        12.25,
        8.0,
        5.75,
        3.5,
        3.0,
        2.75,
        2.5,
        2.25,
        1.75,
        1.1,
        0.7,
        0.3,
    ]
    x = torch.tensor(sorted([-side for side in sides] + small + sides + [0.1]), dtype=torch.float64)
    numbers = Numbers("torch", "activations_float64", "float64")
    expected = {name: function(x).numpy() for name, function in ACTIVATIONS.items()}
    whole = document(numbers, VERSIONS, ACTIVATIONS_ABOUT, {}, x.numpy(), expected)
    return {key: whole[key] for key in ("recorded_with", "about", "x", "expected")}


ACTIVATIONS_ABOUT = (
    "PyTorch's activation functions; softplus without its threshold of 20, above which it would "
    "be linear; softmax over axis 0 of x reshaped to (units, batch) as its numbers are."
)
