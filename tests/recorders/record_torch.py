"""Which networks PyTorch is asked about: one line a network, each recorded in several dtypes."""

from __future__ import annotations

from collections.abc import Iterator

from golden_file import Document, Numbers
from torch_recorder import recorded
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


def documents() -> Iterator[tuple[str, Document]]:
    """Every golden file of PyTorch, by its name."""
    for network in NETWORKS:
        for dtype in network.dtypes:
            name = f"{network.name}_{dtype}"
            yield name, recorded(network, Numbers("torch", name, dtype))
