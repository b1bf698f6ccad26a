"""PyTorch's names and gate orders, whatever file they came in.

PyTorch stacks the gates along the first axis, the reset gate of a GRU before the update gate, and
has two biases or none.
"""

from rnncalc.conventions.convention import Convention, Symbol

CONVENTION = Convention(
    name="torch",
    title="PyTorch",
    symbols={
        "weight_ih": Symbol(("W_x",), ("gates * units", "features")),
        "weight_hh": Symbol(("W_h",), ("gates * units", "state")),
        "bias_ih": Symbol(("bias",), ("gates * units",), paired=True),
        "bias_hh": Symbol(("bias_h",), ("gates * units",), paired=True),
        "weight_hr": Symbol(("W_r",), ("projected", "units"), cells=("lstm",)),
    },
    orders={"rnn": "", "gru": "rzn", "lstm": "ifgo"},
    reset_after=True,
)

MODULES = {"rnn": "nn.RNN", "gru": "nn.GRU", "lstm": "nn.LSTM"}
"""The modules of each cell; that of a single step has Cell behind its name."""

EPSILON = 1e-5
"""What nn.LayerNorm and nn.BatchNorm1d add to a variance, unless they were told otherwise."""

NOT_STORED = "a file of weights does not say it"
"""Why PyTorch's defaults are assumed: settings and functions have no tensor."""

QUANTIZED = ("int8", "uint8", "qint8", "quint8", "qint32", "bool")
"""Types of numbers that are no weights: what they stand for is kept elsewhere."""

ATTENTION = ("in_proj_weight", "q_proj_weight", "in_proj_bias")
"""What only nn.MultiheadAttention has; the module ``out_proj`` inside it is no layer by itself."""
