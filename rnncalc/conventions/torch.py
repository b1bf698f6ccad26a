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
