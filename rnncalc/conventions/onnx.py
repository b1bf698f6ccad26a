"""ONNX' names and gate orders, of one direction.

The LSTM's gates are stacked i o f g (ONNX calls g c), its peepholes i o f; B holds the input
biases and behind them the recurrent ones.
"""

from rnncalc.conventions.convention import Convention, Symbol

CONVENTION = Convention(
    name="onnx",
    symbols={
        "W": Symbol(("W_x",)),
        "R": Symbol(("W_h",)),
        "B": Symbol(("bias", "bias_h"), halves=True),
        "P": Symbol(("P",), order="iof"),
    },
    orders={"rnn": "", "gru": "zrn", "lstm": "iofg"},
)
