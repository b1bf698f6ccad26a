"""Keras' names and gate orders (Keras 2 and 3, tf.keras).

Kernels have one column per unit of each gate. A GRU with ``reset_after`` has two rows of biases,
input and recurrent; everything else has one.
"""

from rnncalc.conventions.convention import Convention, Symbol

CONVENTION = Convention(
    name="keras",
    symbols={
        "kernel": Symbol(("W_x",), transposed=True),
        "recurrent_kernel": Symbol(("W_h",), transposed=True),
        "bias": Symbol(("bias", "bias_h")),
    },
    orders={"rnn": "", "gru": "zrn", "lstm": "ifgo"},
)
