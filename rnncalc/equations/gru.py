"""The gated recurrent unit (Cho et al. 2014): gates z (update), r (reset), candidate n.

Two variants are about: the reset gate is applied after the recurrent product (PyTorch, cuDNN,
Keras 3; ``reset_after``, the default here) or before it (the paper's third version, TF1, ONNX'
default). h_t = z * h_{t-1} + (1 - z) * n, as every framework has it (``update`` standard); half of
the papers exchange z and 1 - z (inverted).
"""

from collections.abc import Mapping
from typing import Any

from rnncalc.equations.cell import Cell
from rnncalc.equations.gates import Gates

STANDARD, INVERTED = UPDATES = ("standard", "inverted")
"""What z is of: of the old state, or of the candidate."""


def step(
    x, h_prev, *, W_x, W_h, bias, bias_h,
    activation, recurrent_activation, reset_after, update, clip,
):  # fmt: skip
    x_term = W_x @ x
    h_term = W_h @ h_prev + bias_h if reset_after else W_h @ h_prev
    a_z = clip(x_term.z + bias.z + (h_term.z if reset_after else h_term.z + bias_h.z))
    a_r = clip(x_term.r + bias.r + (h_term.r if reset_after else h_term.r + bias_h.r))
    z = recurrent_activation(a_z)
    r = recurrent_activation(a_r)
    h_n = r * h_term.n if reset_after else W_h.n @ (r * h_prev) + bias_h.n
    a_n = clip(x_term.n + bias.n + h_n)
    n = activation(a_n)
    h = z * h_prev + (1 - z) * n if update == STANDARD else (1 - z) * h_prev + z * n
    a = Gates({"z": a_z, "r": a_r, "n": a_n})
    return {
        "x_term": x_term, "h_term": h_term, "bias": bias, "bias_h": bias_h,
        "a": a, "z": z, "r": r, "n": n, "h": h,
    }  # fmt: skip


CELL = Cell(
    name="gru",
    step=step,
    gates="zrn",
    states=("h",),
    required=("W_x", "W_h"),
    optional=("bias", "bias_h"),
    single=(),
    functions={"activation": "tanh", "recurrent_activation": "sigmoid"},
    options={"reset_after": True, "update": STANDARD},
    quantities=("x_term", "h_term", "bias", "bias_h", "a", "z", "r", "n", "h"),
)


def negated(weights: Mapping[str, Any]) -> dict[str, Any]:
    """The weights of which z is 1 - z, as 1 - sigmoid(a) = sigmoid(-a); 0 stays 0, never -0."""
    return {name: 0 - array if name.endswith(".z") else array for name, array in weights.items()}
