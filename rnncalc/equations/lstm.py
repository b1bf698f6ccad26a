"""The long short-term memory (Hochreiter and Schmidhuber 1997; Gers et al. 2000, with peepholes).

Gates i (input), f (forget), o (output), candidate g, cell state c. Peepholes ``P`` let the gates
see the cell state, o the new one. ``W_r`` projects h (Sak et al. 2014). ``input_forget`` couples
f = 1 - i. ``clip`` is ONNX': it bounds the pre-activations, not c; ``cell_clip`` bounds c, as
TensorFlow 1 and TensorFlow Lite have it.
"""

from rnncalc.equations.cell import Cell
from rnncalc.equations.gates import Gates


def step(
    x, h_prev, c_prev, *, W_x, W_h, bias, bias_h, P, W_r,
    activation, recurrent_activation, state_activation, input_forget, cell_clip, clip,
):  # fmt: skip
    x_term = W_x @ x
    h_term = W_h @ h_prev
    s = x_term + h_term + bias + bias_h
    p_i = P.i * c_prev
    p_f = P.f * c_prev
    a_i = clip(s.i + p_i)
    a_f = clip(s.f + p_f)
    a_g = clip(s.g)
    i = recurrent_activation(a_i)
    f = 1 - i if input_forget else recurrent_activation(a_f)
    g = activation(a_g)
    c = cell_clip(f * c_prev + i * g)
    p_o = P.o * c
    a_o = clip(s.o + p_o)
    o = recurrent_activation(a_o)
    h = W_r @ (o * state_activation(c))
    a = Gates({"i": a_i, "f": a_f, "g": a_g, "o": a_o})
    P_term = Gates({"i": p_i, "f": p_f, "o": p_o})
    return {
        "x_term": x_term, "h_term": h_term, "bias": bias, "bias_h": bias_h,
        "P_term": P_term, "a": a, "i": i, "f": f, "g": g, "o": o, "c": c, "h": h,
    }  # fmt: skip


CELL = Cell(
    name="lstm",
    step=step,
    gates="ifgo",
    states=("h", "c"),
    required=("W_x", "W_h"),
    optional=("bias", "bias_h", "P", "W_r"),
    single=("W_r",),
    functions={
        "activation": "tanh",
        "recurrent_activation": "sigmoid",
        "state_activation": None,
    },
    options={"input_forget": False},
    quantities=("x_term", "h_term", "bias", "bias_h", "P_term", *"aifgoch"),
    bounds=("clip", "cell_clip"),
)
