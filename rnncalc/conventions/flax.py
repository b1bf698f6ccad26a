"""Flax linen's names: a Dense per gate, ``ii`` from the input and ``hi`` from the state.

Kernels are (in, out). The LSTM's biases are those of the state's Dense, the others' of the input's;
the GRU has a second one for the candidate, behind the reset gate.
"""

from rnncalc.conventions.convention import Convention, Symbol

CONVENTION = Convention(
    name="flax",
    title="Flax",
    symbols={
        "i{gate}.kernel": Symbol(("W_x",), ("features", "units")),
        "i{gate}.bias": Symbol(("bias",), ("units",), cells=("rnn", "gru"), always=True),
        "h{gate}.kernel": Symbol(("W_h",), ("state", "units")),
        "h{gate}.bias": Symbol(("bias",), ("units",), cells=("lstm",), always=True),
        "hn.bias": Symbol(("bias_h",), ("units",), order="n", cells=("gru",), always=True),
    },
    orders={"rnn": "", "gru": "rzn", "lstm": "ifgo"},
    columns=True,
    reset_after=True,
)
