"""ONNX' names and gate orders, of one direction.

The LSTM's gates are stacked i o f g (ONNX calls g c), its peepholes i o f; B holds the input
biases and behind them the recurrent ones. The reset gate is before the product, unless the
attribute linear_before_reset says otherwise.

Below them its recurrent operators, and their attributes.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from rnncalc.conventions.convention import Convention, Symbol

CONVENTION = Convention(
    name="onnx",
    title="ONNX",
    symbols={
        "W": Symbol(("W_x",), ("gates * units", "features")),
        "R": Symbol(("W_h",), ("gates * units", "state")),
        "B": Symbol(("bias", "bias_h"), ("2 * gates * units",)),
        "P": Symbol(("P",), ("gates * units",), order="iof", cells=("lstm",)),
    },
    orders={"rnn": "", "gru": "zrn", "lstm": "iofg"},
    reset_after=False,
    both_variants=True,
)

CELLS = {"RNN": "rnn", "GRU": "gru", "LSTM": "lstm"}
INPUTS = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P",
          "mask")  # fmt: skip
"""The inputs of a recurrent operator. A mask has no operator of ONNX: a loop that is put back as
one may."""

COUNTS = {"RNN": (6, 2), "GRU": (6, 2), "LSTM": (8, 3)}
"""How many inputs and outputs each has at the most: initial_c, P and Y_c are the LSTM's."""

ROLES = {
    "RNN": ("activation",),
    "GRU": ("recurrent_activation", "activation"),
    "LSTM": ("recurrent_activation", "activation", "state_activation"),
}
"""What we call ONNX' f, g and h."""

OWN = {"recurrent_activation": "sigmoid", "activation": "tanh", "state_activation": "tanh"}
"""The activations where a node does not say any."""

DIRECTIONS = {
    "forward": ("forward",),
    "reverse": ("backward",),
    "bidirectional": ("forward", "backward"),
}


class Attribute(NamedTuple):
    """An attribute of recurrent operators.

    Attributes:
        kind: the type of its value, or of each of its values.
        values: those that it may have; any where there are none.
        many: whether it is a list.
        op: the operator that has it; nothing for all.
        since, until: the versions of the operators that have it.
    """

    kind: type
    values: tuple[Any, ...] = ()
    many: bool = False
    op: str = ""
    since: int = 1
    until: int = 1 << 30


ATTRIBUTES = {
    "activations": Attribute(str, many=True),
    "activation_alpha": Attribute(float, many=True),
    "activation_beta": Attribute(float, many=True),
    "clip": Attribute(float),
    "direction": Attribute(str, tuple(DIRECTIONS)),
    "hidden_size": Attribute(int),
    "input_forget": Attribute(int, (0, 1), op="LSTM"),
    "layout": Attribute(int, (0, 1), since=14),
    "linear_before_reset": Attribute(int, (0, 1), op="GRU", since=3),
    "output_sequence": Attribute(int, (0, 1), until=6),
}
