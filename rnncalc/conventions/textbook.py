"""Our own names, those of the textbook: every gate has arrays of its own, one row per unit."""

from rnncalc.conventions.convention import Convention, Symbol

CONVENTION = Convention(
    name="textbook",
    title="the textbook",
    symbols={
        "W_x.{gate}": Symbol(("W_x",), ("units", "features")),
        "W_h.{gate}": Symbol(("W_h",), ("units", "state")),
        "bias.{gate}": Symbol(("bias",), ("units",)),
        "bias_h.{gate}": Symbol(("bias_h",), ("units",)),
        "P.{gate}": Symbol(("P",), ("units",), order="ifo", cells=("lstm",)),
        "W_r": Symbol(("W_r",), ("projected", "units"), cells=("lstm",)),
    },
    orders={"rnn": "", "gru": "zrn", "lstm": "ifgo"},
    both_variants=True,
)
