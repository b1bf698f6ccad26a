"""ONNX' names and gate orders, of one direction.

The LSTM's gates are stacked i o f g (ONNX calls g c), its peepholes i o f; B holds the input
biases and behind them the recurrent ones. The reset gate is before the product, unless the
attribute linear_before_reset says otherwise.
"""

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
