"""cuDNN's order, whose weights lie in one buffer without names: these are its manual's letters.

Always two biases, r before z, the reset gate after the product. Keras on a GPU and PyTorch hand
their weights over in this order.
"""

from rnncalc.conventions.convention import Convention, Symbol

CONVENTION = Convention(
    name="cudnn",
    title="cuDNN",
    symbols={
        "W": Symbol(("W_x",), ("gates * units", "features")),
        "R": Symbol(("W_h",), ("gates * units", "state")),
        "b_W": Symbol(("bias",), ("gates * units",), always=True),
        "b_R": Symbol(("bias_h",), ("gates * units",), always=True),
    },
    orders={"rnn": "", "gru": "rzn", "lstm": "ifgo"},
    reset_after=True,
)
