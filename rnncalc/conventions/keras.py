"""Keras' names and gate orders (Keras 2 and 3, tf.keras).

Kernels have one column per unit of each gate. A GRU with ``reset_after`` has two rows of biases,
input and recurrent; everything else has one.
"""

from rnncalc.conventions.convention import Convention, Symbol

CONVENTION = Convention(
    name="keras",
    title="Keras",
    symbols={
        "kernel": Symbol(("W_x",), ("features", "gates * units")),
        "recurrent_kernel": Symbol(("W_h",), ("state", "gates * units")),
        "bias": Symbol(("bias", "bias_h"), ("gates * units",), rows=("gru",)),
    },
    orders={"rnn": "", "gru": "zrn", "lstm": "ifgo"},
    columns=True,
    both_variants=True,
)
