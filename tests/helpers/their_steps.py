"""One timestep as each framework computes it: on its arrays, in its layout and gate order.

Expected numbers for frameworks of which nothing is recorded. Nothing here knows rnncalc.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray]
State = tuple[np.ndarray, ...]


def sigmoid(a: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-a))


def tf1_rnn(w: Arrays, x: np.ndarray, state: State) -> State:
    (h,) = state
    return (np.tanh(np.concatenate([x, h]) @ w["kernel"] + w["bias"]),)


def tf1_gru(w: Arrays, x: np.ndarray, state: State) -> State:
    (h,) = state
    gates = sigmoid(np.concatenate([x, h]) @ w["gates/kernel"] + w["gates/bias"])
    r, u = np.split(gates, 2)
    candidate = np.concatenate([x, r * h]) @ w["candidate/kernel"] + w["candidate/bias"]
    return (u * h + (1 - u) * np.tanh(candidate),)


def tf1_lstm(w: Arrays, x: np.ndarray, state: State) -> State:
    h, c = state
    i, j, f, o = np.split(np.concatenate([x, h]) @ w["kernel"] + w["bias"], 4)
    if "w_i_diag" in w:
        i, f = i + w["w_i_diag"] * c, f + w["w_f_diag"] * c
    c = sigmoid(f + 1.0) * c + sigmoid(i) * np.tanh(j)
    if "w_o_diag" in w:
        o = o + w["w_o_diag"] * c
    m = sigmoid(o) * np.tanh(c)
    return m @ w["projection/kernel"] if "projection/kernel" in w else m, c


def cudnn_rnn(w: Arrays, x: np.ndarray, state: State) -> State:
    (h,) = state
    return (np.tanh(w["W"] @ x + w["b_W"] + w["R"] @ h + w["b_R"]),)


def cudnn_gru(w: Arrays, x: np.ndarray, state: State) -> State:
    (h,) = state
    (xr, xi, xn), (hr, hi, hn) = (
        np.split(w[m] @ v + w[b], 3) for m, v, b in (("W", x, "b_W"), ("R", h, "b_R"))
    )
    r, i = sigmoid(xr + hr), sigmoid(xi + hi)
    return ((1 - i) * np.tanh(xn + r * hn) + i * h,)


def cudnn_lstm(w: Arrays, x: np.ndarray, state: State) -> State:
    h, c = state
    i, f, g, o = np.split(w["W"] @ x + w["R"] @ h + w["b_W"] + w["b_R"], 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def matlab_gru(w: Arrays, x: np.ndarray, state: State) -> State:
    """ResetGateMode recurrent-bias-after-multiplication: both biases one behind the other."""
    (h,) = state
    bias, recurrent = np.split(w["Bias"], 2)
    xr, xz, xn = np.split(w["InputWeights"] @ x + bias, 3)
    hr, hz, hn = np.split(w["RecurrentWeights"] @ h + recurrent, 3)
    z = sigmoid(xz + hz)
    return ((1 - z) * np.tanh(xn + sigmoid(xr + hr) * hn) + z * h,)


def matlab_lstm(w: Arrays, x: np.ndarray, state: State) -> State:
    h, c = state
    i, f, g, o = np.split(w["InputWeights"] @ x + w["RecurrentWeights"] @ h + w["Bias"], 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def equinox_gru(w: Arrays, x: np.ndarray, state: State) -> State:
    (h,) = state
    xr, xz, xn = np.split(w["weight_ih"] @ x + w["bias"], 3)
    hr, hz, hn = np.split(w["weight_hh"] @ h, 3)
    z = sigmoid(xz + hz)
    return ((1 - z) * np.tanh(xn + sigmoid(xr + hr) * (hn + w["bias_n"])) + z * h,)


def equinox_lstm(w: Arrays, x: np.ndarray, state: State) -> State:
    h, c = state
    i, f, g, o = np.split(w["weight_ih"] @ x + w["weight_hh"] @ h + w["bias"], 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def dense(w: Arrays, name: str, inputs: np.ndarray) -> np.ndarray:
    return inputs @ w[f"{name}.kernel"] + w.get(f"{name}.bias", 0)


def flax_rnn(w: Arrays, x: np.ndarray, state: State) -> State:
    (h,) = state
    return (np.tanh(dense(w, "i", x) + dense(w, "h", h)),)


def flax_gru(w: Arrays, x: np.ndarray, state: State) -> State:
    (h,) = state
    r = sigmoid(dense(w, "ir", x) + dense(w, "hr", h))
    z = sigmoid(dense(w, "iz", x) + dense(w, "hz", h))
    n = np.tanh(dense(w, "in", x) + r * dense(w, "hn", h))
    return ((1 - z) * n + z * h,)


def flax_lstm(w: Arrays, x: np.ndarray, state: State) -> State:
    h, c = state
    i, f, o = (sigmoid(dense(w, f"i{g}", x) + dense(w, f"h{g}", h)) for g in "ifo")
    g = np.tanh(dense(w, "ig", x) + dense(w, "hg", h))
    c = f * c + i * g
    return o * np.tanh(c), c


STEPS: dict[tuple[str, str], Callable[[Arrays, np.ndarray, State], State]] = {
    ("tf1", "rnn"): tf1_rnn, ("tf1", "gru"): tf1_gru, ("tf1", "lstm"): tf1_lstm,
    ("cudnn", "rnn"): cudnn_rnn, ("cudnn", "gru"): cudnn_gru, ("cudnn", "lstm"): cudnn_lstm,
    ("equinox", "gru"): equinox_gru, ("equinox", "lstm"): equinox_lstm,
    ("flax", "rnn"): flax_rnn, ("flax", "gru"): flax_gru, ("flax", "lstm"): flax_lstm,
    ("matlab", "gru"): matlab_gru, ("matlab", "lstm"): matlab_lstm,
}  # fmt: skip


def paper(style: str, gate: str) -> Callable[[Arrays, np.ndarray, np.ndarray], np.ndarray]:
    """The pre-activation of a gate as a paper of this style writes it."""

    def pre_activation(w: Arrays, x: np.ndarray, h: np.ndarray) -> np.ndarray:
        products = {
            "w-u": lambda: w[f"W_{gate}"] @ x + w[f"U_{gate}"] @ h,
            "w-xh": lambda: w[f"W_x{gate}"] @ x + w[f"W_h{gate}"] @ h,
            "xw-hu": lambda: x @ w[f"W_{gate}"] + h @ w[f"U_{gate}"],
            "xw-hw": lambda: x @ w[f"W_x{gate}"] + h @ w[f"W_h{gate}"],
            "stacked-hx": lambda: w[f"W_{gate}"] @ np.concatenate([h, x]),
            "stacked-xh": lambda: w[f"W_{gate}"] @ np.concatenate([x, h]),
        }
        return np.asarray(products[style]() + w[f"b_{gate}"])

    return pre_activation


def paper_step(style: str, cell: str) -> Callable[[Arrays, np.ndarray, State], State]:
    """One timestep: the candidate is c of an LSTM and h of a GRU."""

    def rnn(w: Arrays, x: np.ndarray, state: State) -> State:
        return (np.tanh(paper(style, "h")(w, x, state[0])),)

    def gru(w: Arrays, x: np.ndarray, state: State) -> State:
        (h,) = state
        z, r = (sigmoid(paper(style, gate)(w, x, h)) for gate in "zr")
        return (z * h + (1 - z) * np.tanh(paper(style, "h")(w, x, r * h)),)

    def lstm(w: Arrays, x: np.ndarray, state: State) -> State:
        h, c = state
        i, f, o = (sigmoid(paper(style, gate)(w, x, h)) for gate in "ifo")
        c = f * c + i * np.tanh(paper(style, "c")(w, x, h))
        return o * np.tanh(c), c

    return {"rnn": rnn, "gru": gru, "lstm": lstm}[cell]


def paper_shapes(style: str, cell: str) -> dict[str, tuple[int, ...]]:
    """The arrays of a cell, gate by gate."""
    shapes: dict[str, tuple[int, ...]] = {}
    for gate in {"rnn": "h", "gru": "zrh", "lstm": "ifco"}[cell]:
        shapes |= {
            "w-u": {f"W_{gate}": (3, 2), f"U_{gate}": (3, 3)},
            "w-xh": {f"W_x{gate}": (3, 2), f"W_h{gate}": (3, 3)},
            "xw-hu": {f"W_{gate}": (2, 3), f"U_{gate}": (3, 3)},
            "xw-hw": {f"W_x{gate}": (2, 3), f"W_h{gate}": (3, 3)},
        }.get(style, {f"W_{gate}": (3, 5)})
        shapes[f"b_{gate}"] = (3,)
    return shapes


PAPERS = [
    (s, c)
    for s in ("w-u", "w-xh", "xw-hu", "xw-hw", "stacked-hx", "stacked-xh")
    for c in ("rnn", "gru", "lstm")
]
STEPS |= {pair: paper_step(*pair) for pair in PAPERS}

SHAPES: dict[tuple[str, str], dict[str, tuple[int, ...]]] = {
    ("tf1", "rnn"): {"kernel": (5, 3), "bias": (3,)},
    ("tf1", "gru"): {
        "gates/kernel": (5, 6), "gates/bias": (6,),
        "candidate/kernel": (5, 3), "candidate/bias": (3,),
    },
    ("tf1", "lstm"): {
        "kernel": (6, 12), "bias": (12,), "projection/kernel": (3, 4),
        "w_i_diag": (3,), "w_f_diag": (3,), "w_o_diag": (3,),
    },
    ("cudnn", "rnn"): {"W": (3, 2), "R": (3, 3), "b_W": (3,), "b_R": (3,)},
    ("cudnn", "gru"): {"W": (9, 2), "R": (9, 3), "b_W": (9,), "b_R": (9,)},
    ("cudnn", "lstm"): {"W": (12, 2), "R": (12, 3), "b_W": (12,), "b_R": (12,)},
    ("matlab", "gru"): {"InputWeights": (9, 2), "RecurrentWeights": (9, 3), "Bias": (18,)},
    ("matlab", "lstm"): {"InputWeights": (12, 2), "RecurrentWeights": (12, 3), "Bias": (12,)},
    ("equinox", "gru"): {"weight_ih": (9, 2), "weight_hh": (9, 3), "bias": (9,), "bias_n": (3,)},
    ("equinox", "lstm"): {"weight_ih": (12, 2), "weight_hh": (12, 3), "bias": (12,)},
    ("flax", "rnn"): {"i.kernel": (2, 3), "i.bias": (3,), "h.kernel": (3, 3)},
    ("flax", "gru"): {
        "ir.kernel": (2, 3), "iz.kernel": (2, 3), "in.kernel": (2, 3),
        "ir.bias": (3,), "iz.bias": (3,), "in.bias": (3,),
        "hr.kernel": (3, 3), "hz.kernel": (3, 3), "hn.kernel": (3, 3), "hn.bias": (3,),
    },
    ("flax", "lstm"): {
        "ii.kernel": (2, 3), "if.kernel": (2, 3), "ig.kernel": (2, 3), "io.kernel": (2, 3),
        "hi.kernel": (3, 3), "hf.kernel": (3, 3), "hg.kernel": (3, 3), "ho.kernel": (3, 3),
        "hi.bias": (3,), "hf.bias": (3,), "hg.bias": (3,), "ho.bias": (3,),
    },
}  # fmt: skip
"""The framework's arrays of a cell with 2 features and 3 units (4 projected in TensorFlow 1)."""

SHAPES |= {pair: paper_shapes(*pair) for pair in PAPERS}


def arrays(framework: str, cell: str) -> Arrays:
    """Arrays of the framework's shapes whose numbers all differ."""
    rng = np.random.default_rng(7)
    return {name: rng.normal(size=shape) for name, shape in SHAPES[framework, cell].items()}


def steps(framework: str, cell: str, w: Arrays, x: np.ndarray, *states: Any) -> np.ndarray:
    """h of every timestep, as the framework computes it."""
    step, hidden = STEPS[framework, cell], []
    for x_t in x:
        states = step(w, x_t, states)
        hidden.append(states[0])
    return np.array(hidden)
