"""Mistakes in the equations of a step."""

from __future__ import annotations

from mistakes.goldens import EVERY_CELL, LSTMS, PEEPHOLES, PROJECTED, onnx
from mistakes.planting import Mistakes, step


def not_carried(right):
    """h starts from 0 at every step."""
    return lambda x, h_prev, *c_prev, **given: right(x, h_prev * 0, *c_prev, **given)


def c_not_carried(right):
    """c starts from 0 at every step."""
    return lambda x, h_prev, c_prev, **given: right(x, h_prev, c_prev * 0, **given)


def inner_clip(right):
    """The recurrent product of the candidate clipped before it is reset."""

    def wrong(x, h_prev, **given):
        values, clip = right(x, h_prev, **given), given["clip"]
        z, r = values["z"], values["r"]
        h_n = r * clip(values["h_term"].n)
        n = given["activation"](clip(values["x_term"].n + given["bias"].n + h_n))
        return {**values, "n": n, "h": z * h_prev + (1 - z) * n}

    return wrong


def with_state(change):
    """An LSTM whose h is computed from another cell state, and perhaps with another o."""

    def wrong(right):
        def step(x, h_prev, c_prev, **given):
            values = right(x, h_prev, c_prev, **given)
            changed = values | change(values, c_prev, given)
            o, c = changed["o"], changed.pop("seen", changed["c"])
            return {**changed, "h": given["W_r"] @ (o * given["state_activation"](c))}

        return step

    return wrong


def old_peephole(values, c_prev, given):
    """o sees the cell state before the step."""
    a_o = values["a"].o + given["P"].o * (c_prev - values["c"])
    return {"o": given["recurrent_activation"](a_o)}


def clipped_state(values, c_prev, given):
    """clip bounds c, as it does in TensorFlow 1."""
    return {"c": given["clip"](values["c"])}


def old_state(values, c_prev, given):
    """h shows the cell state before the step."""
    return {"seen": c_prev}


def i_from_f(right):
    """With input_forget i = 1 - f, where f = 1 - i is meant."""

    def wrong(x, h_prev, c_prev, **given):
        values = right(x, h_prev, c_prev, **given | {"input_forget": False})
        f, g = values["f"], values["g"]
        c = f * c_prev + (1 - f) * g
        return {**values, "c": c, "h": given["W_r"] @ (values["o"] * given["state_activation"](c))}

    return wrong


MISTAKES: Mistakes = {
    "h not carried": (step(not_carried), [*EVERY_CELL, *PROJECTED]),
    "c not carried": (step(c_not_carried), LSTMS + PEEPHOLES + PROJECTED),
    "h shows the old c": (step(with_state(old_state)), LSTMS + PROJECTED),
    "peephole of o on the old c": (
        step(with_state(old_peephole)), [*PEEPHOLES, *onnx("bidirectional", "lstm_peepholes")],
    ),
    "clip on the inner product": (
        step(inner_clip), ["onnxruntime/gru_clip", "onnxruntime/gru_bidirectional_clip"],
    ),
    "clip on c": (step(with_state(clipped_state)), onnx("clip", "lstm lstm_peepholes")),
    "i = 1 - f": (
        step(i_from_f), onnx("input_forget", "lstm") + onnx("input_forget_peepholes", "lstm"),
    ),
}  # fmt: skip
