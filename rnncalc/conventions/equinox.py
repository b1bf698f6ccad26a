"""Equinox' names and gate orders: PyTorch's, but with one bias.

The GRU has a second one for the candidate alone, ``bias_n``, behind the reset gate.
"""

from rnncalc.conventions.convention import Convention, Symbol

CONVENTION = Convention(
    name="equinox",
    title="Equinox",
    symbols={
        "weight_ih": Symbol(("W_x",), ("gates * units", "features")),
        "weight_hh": Symbol(("W_h",), ("gates * units", "state")),
        "bias": Symbol(("bias",), ("gates * units",), paired=True),
        "bias_n": Symbol(("bias_h",), ("units",), order="n", cells=("gru",), paired=True),
    },
    orders={"gru": "rzn", "lstm": "ifgo"},
    reset_after=True,
)
