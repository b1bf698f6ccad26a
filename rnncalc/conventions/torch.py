"""PyTorch's names and gate orders, whatever file they came in.

PyTorch stacks the gates along the first axis, the reset gate of a GRU before the update gate, and
always has two biases.
"""

from rnncalc.conventions.convention import Convention, Symbol

CONVENTION = Convention(
    name="torch",
    symbols={
        "weight_ih": Symbol(("W_x",)),
        "weight_hh": Symbol(("W_h",)),
        "bias_ih": Symbol(("bias",)),
        "bias_hh": Symbol(("bias_h",)),
        "weight_hr": Symbol(("W_r",)),
    },
    orders={"rnn": "", "gru": "rzn", "lstm": "ifgo"},
)
