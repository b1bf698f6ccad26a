"""How papers and courses write weights: a letter for the array, another for the gate.

``W_f x_t + U_f h_{t-1} + b_f``, or ``W_xf x_t + W_hf h_{t-1} + b_f``, or one matrix over [h; x] or
[x; h]. One row per unit; one column where x and h are rows, ``x_t W_f + h_{t-1} U_f + b_f``. One
bias. The candidate is c in an LSTM and h in a GRU; h is also what a simple network has in a gate's
place: ``W_xh``, ``W_hh``, ``b_h``. Their GRU has the reset gate before the product, U_h (r * h).
"""

from rnncalc.conventions.convention import Convention, Symbol

ORDERS = {"rnn": "", "gru": "zrn", "lstm": "ifgo"}
LETTERS = {"": "h", "n": "h", "g": "c"}
BIAS = {"b_{gate}": Symbol(("bias",), ("units",))}

W_AND_U = Convention(
    name="w-u",
    title="W-and-U papers",
    symbols={
        "W_{gate}": Symbol(("W_x",), ("units", "features")),
        "U_{gate}": Symbol(("W_h",), ("units", "state")),
        **BIAS,
    },
    orders=ORDERS,
    letters=LETTERS,
    reset_after=False,
)

W_XH = Convention(
    name="w-xh",
    title="W_xh papers",
    symbols={
        "W_x{gate}": Symbol(("W_x",), ("units", "features")),
        "W_h{gate}": Symbol(("W_h",), ("units", "state")),
        **BIAS,
    },
    orders=ORDERS,
    letters=LETTERS,
    reset_after=False,
)

XW_AND_HU = Convention(
    name="xw-hu",
    title="XW-and-HU papers",
    symbols={
        "W_{gate}": Symbol(("W_x",), ("features", "units")),
        "U_{gate}": Symbol(("W_h",), ("state", "units")),
        **BIAS,
    },
    orders=ORDERS,
    columns=True,
    letters=LETTERS,
    reset_after=False,
)

XW_XH = Convention(
    name="xw-hw",
    title="XW_xh papers",
    symbols={
        "W_x{gate}": Symbol(("W_x",), ("features", "units")),
        "W_h{gate}": Symbol(("W_h",), ("state", "units")),
        **BIAS,
    },
    orders=ORDERS,
    columns=True,
    letters=LETTERS,
    reset_after=False,
)

STACKED_HX = Convention(
    name="stacked-hx",
    title="hx-stacked papers",
    symbols={"W_{gate}": Symbol(("W_h", "W_x"), ("units", "state + features")), **BIAS},
    orders=ORDERS,
    letters=LETTERS,
    reset_after=False,
)

STACKED_XH = STACKED_HX._replace(
    name="stacked-xh",
    title="xh-stacked papers",
    symbols={"W_{gate}": Symbol(("W_x", "W_h"), ("units", "features + state")), **BIAS},
)

CONVENTIONS = (W_AND_U, W_XH, XW_AND_HU, XW_XH, STACKED_HX, STACKED_XH)
