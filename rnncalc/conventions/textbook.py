"""Our own names, those of the textbook: every gate has arrays of its own, one row per unit.

Or one column, where x and h are rows: ``x_t W_x + h_{t-1} W_h``.
"""

from rnncalc.conventions.convention import Convention, Symbol
from rnncalc.model.shapes import SHAPES

CONVENTION = Convention(
    name="textbook",
    title="the textbook",
    symbols={
        **{f"{n}.{{gate}}": Symbol((n,), SHAPES[n]) for n in ("W_x", "W_h", "bias", "bias_h")},
        "P.{gate}": Symbol(("P",), SHAPES["P"], order="ifo", cells=("lstm",)),
        "W_r": Symbol(("W_r",), SHAPES["W_r"], cells=("lstm",)),
    },
    orders={"rnn": "", "gru": "zrn", "lstm": "ifgo"},
    both_variants=True,
)

COLUMNS = CONVENTION._replace(
    name="columns",
    title="the textbook by columns",
    symbols={name: one._replace(axes=one.axes[::-1]) for name, one in CONVENTION.symbols.items()},
    columns=True,
    twin=True,
)

OURS = (CONVENTION.name, COLUMNS.name)
"""The conventions that have our names."""
