"""TensorFlow 1's cells: BasicRNNCell, GRUCell, BasicLSTMCell and LSTMCell.

One matrix multiplies [x; h], input above state. The LSTM's gates are stacked i j f o (j is g), and
forget_bias = 1.0 is added while it runs: it is not in the file. The GRU has r before u (u is z), a
matrix of its own for the candidate, and the reset gate before the product.
"""

from rnncalc.conventions.convention import Convention, Symbol

BOTH = ("W_x", "W_h")
JOINED = ("features + state", "gates * units")
FORGET_BIAS = 1.0

CONVENTION = Convention(
    name="tf1",
    title="TensorFlow 1",
    symbols={
        "kernel": Symbol(BOTH, JOINED, cells=("rnn", "lstm")),
        "bias": Symbol(
            ("bias",),
            ("gates * units",),
            cells=("rnn", "lstm"),
            always=True,
            plus={"bias.f": FORGET_BIAS},
        ),
        "gates/kernel": Symbol(BOTH, JOINED, order="rz", cells=("gru",)),
        "gates/bias": Symbol(
            ("bias",), ("gates * units",), order="rz", cells=("gru",), always=True
        ),
        "candidate/kernel": Symbol(BOTH, JOINED, order="n", cells=("gru",)),
        "candidate/bias": Symbol(("bias",), ("units",), order="n", cells=("gru",), always=True),
        "w_{gate}_diag": Symbol(("P",), ("units",), order="ifo", cells=("lstm",)),
        "projection/kernel": Symbol(("W_r",), ("units", "projected"), cells=("lstm",)),
    },
    orders={"rnn": "", "gru": "rzn", "lstm": "igfo"},
    columns=True,
    reset_after=False,
)

CELLS = {
    "basic_rnn_cell": "rnn", "rnn_cell": "rnn", "gru_cell": "gru", "basic_lstm_cell": "lstm",
    "lstm_cell": "lstm", "lstm_fused_cell": "lstm",
}  # fmt: skip
"""What its cells are called in names of variables, and our name of each."""

EARLIER = {"weights": "kernel", "biases": "bias"}
"""What TensorFlow before 1.2 called arrays, and what they were called later."""

WAYS = {"fw": "forward", "bw": "backward"}
"""The directions of a ``bidirectional_rnn``."""
