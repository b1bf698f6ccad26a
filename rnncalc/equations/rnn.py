"""The simple recurrent cell (Elman 1990): h_t = activation(W_x x_t + W_h h_{t-1} + bias).

PyTorch and ONNX add a second, recurrent bias (``bias_h``); Keras has one. Both are kept apart.
"""

from rnncalc.equations.cell import Cell


def step(x, h_prev, *, W_x, W_h, bias, bias_h, activation, clip):
    x_term = W_x @ x
    h_term = W_h @ h_prev
    a = clip(x_term + h_term + bias + bias_h)
    h = activation(a)
    return {"x_term": x_term, "h_term": h_term, "bias": bias, "bias_h": bias_h, "a": a, "h": h}


CELL = Cell(
    name="rnn",
    step=step,
    gates="",
    states=("h",),
    required=("W_x", "W_h"),
    optional=("bias", "bias_h"),
    single=(),
    functions={"activation": "tanh"},
    options={},
    quantities=("x_term", "h_term", "bias", "bias_h", "a", "h"),
)
