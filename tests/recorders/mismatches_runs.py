"""Mismatches by what is computed: activations, states, the order of time, axes, sequences."""

from __future__ import annotations

import numpy as np
from keras_words import gru, lstm, rnn
from mismatches_loops import loop
from mismatches_making import Asked, Case, Mistake, single, singles
from mismatches_mistakes import (
    both,
    given,
    left_out,
    numbers,
    output,
    said,
    shown,
)
from mismatches_sources import (
    both_forward,
    called_twice,
    delayed,
    flipped,
    flipped_back,
    in_a_row,
    in_pieces,
    keras_net,
    last_step,
    not_turned,
    onnx,
    own_last,
    pooled,
    pytorch,
    time_first,
    twice,
    used,
    viewed,
)
from onnxruntime_words import node

TWO = {"options": {"num_layers": 2}, "units": 3}
WAYS = {"options": {"bidirectional": True}, "units": 3}
RELU = {"options": {"nonlinearity": "relu"}}
TANH = {"activation": None}
SOFT = {"recurrent_activation": None}
OLD = {"recurrent_activation": "hard_sigmoid_old"}
HARD = {"recurrent_activation": "hard_sigmoid"}

FUNCTIONS = singles("activation",
    ("torch_relu", pytorch("rnn", **RELU), said(**TANH), "nonlinearity='relu' was not said"),
    ("torch_tanh", pytorch("rnn"), said(activation="relu"), "relu is said"),
    ("torch_sigmoid", pytorch("rnn", states=True), said(activation="sigmoid"), "as sigmoid"),
    ("keras_rnn_relu", keras_net(rnn(activation="relu")), said(**TANH), "as tanh"),
    ("keras_lstm_relu", keras_net(lstm(activation="relu")), said(**TANH),
     "its relu was not said"),
    ("keras_gru_relu", keras_net(gru(activation="relu")), said(**TANH), "as tanh"),
    ("keras_gru_softsign", keras_net(gru(activation="softsign")), said(**TANH),
     "its softsign was not said"),
    ("keras_rnn_linear", keras_net(rnn(activation="linear")), said(**TANH),
     "its activation=None was not said"),
    ("keras_lstm_gates", keras_net(lstm(recurrent_activation="tanh")), said(**SOFT),
     "its recurrent_activation was not said"),
    ("onnx_lstm_state", onnx(node("lstm", "forward", ("sigmoid", "tanh", "softsign"))),
     said(state_activation=None), "its third activation was not said"),
    ("torch_lstm_state", pytorch("lstm"), said(state_activation="linear"),
     "tanh(c) is forgotten"),
    ("torch_stack", pytorch("rnn", options={"nonlinearity": "relu", "num_layers": 2}, units=3),
     said(**TANH), "nonlinearity='relu' was not said"),
    ("keras_two_ways", keras_net(rnn(3, "concat", activation="sigmoid")), said(**TANH),
     "its sigmoid was not said"),
    ("keras_second", keras_net(lstm(3), lstm(2)), said(1, activation="relu"),
     "relu is said of the second layer"),
) + singles("hard-sigmoid-variant",
    ("keras_gru", keras_net(gru(recurrent_activation="hard_sigmoid")), said(**SOFT),
     "its recurrent_activation was not said"),
    ("keras_lstm_old", keras_net(lstm(recurrent_activation="hard_sigmoid")), said(**OLD),
     "read as Keras 2's hard_sigmoid"),
    ("keras_lstm_soft", keras_net(lstm()), said(**OLD), "read as Keras 1's default"),
    ("keras_gru_soft", keras_net(gru()), said(**HARD), "a hard sigmoid is said"),
    ("onnx_lstm", onnx(node("lstm", "forward", ("hard_sigmoid_old", "tanh", "tanh"))),
     said(**SOFT), "its activations were not said"),
    ("onnx_lstm_new", onnx(node("lstm", "forward", ("hard_sigmoid_old", "tanh", "tanh"))),
     said(**HARD), "read as PyTorch's hardsigmoid"),
    ("onnx_gru", onnx(node("gru", "forward", ("hard_sigmoid_old", "tanh"))), said(**SOFT),
     "its activations were not said"),
    ("keras_stack", keras_net(lstm(3), gru(2)), said(0, **OLD), "of the first layer"),
    ("keras_two_ways", keras_net(gru(3, "concat", recurrent_activation="hard_sigmoid")),
     said(**SOFT), "its recurrent_activation was not said"),
) + [
    single("output-activation", what, source, output(activation=wrong), f"{wrong} is said")
    for what, source, wrong in (
        ("torch_softmax", pytorch("rnn", output="softmax"), "linear"),
        ("torch_sigmoid", pytorch("lstm", output="sigmoid"), "softmax"),
        ("torch_linear", pytorch("gru", output="linear"), "softmax"),
        ("torch_last", pytorch("lstm", output="softmax", many_to_one=True), "sigmoid"),
        ("keras_softmax", keras_net(gru(), heads=(("softmax", 3),)), "linear"),
        ("keras_last", keras_net(lstm(), heads=(("sigmoid", 3),), many_to_one=True), "linear"),
        ("keras_relu", keras_net(rnn(), heads=(("relu", 3),)), "linear"),
    )
]  # fmt: skip


def drawn_states(asked: Asked) -> np.ndarray:
    """An initial state for each sequence of a network of one direction."""
    return asked.numbers.values(1, *np.shape(asked.results["h"])[::2])


def in_order(*order: int) -> Mistake:
    """The initial states come in another order."""

    def mistake(asked: Asked) -> None:
        for key in {"h0", "c0"} & set(asked.config):
            asked.config[key] = asked.config[key][list(order)]

    return mistake


def exchanged(asked: Asked) -> None:
    """h0 for c0."""
    asked.config["h0"], asked.config["c0"] = asked.config["c0"], asked.config["h0"]


STATES = singles("initial-state",
    ("torch_rnn", pytorch("rnn", states=True), left_out("h0"), "h0 was not given"),
    ("torch_gru", pytorch("gru", states=True), left_out("h0"), "h0 was not given"),
    ("torch_lstm", pytorch("lstm", states=True), left_out("h0", "c0"), "(h0, c0) not given"),
    ("keras_gru", keras_net(gru(), states=True), left_out("h0"), "initial_state not given"),
    ("onnx_lstm", onnx(node("lstm"), states=True), left_out("h0", "c0"), "not given"),
    ("torch_there", pytorch("gru"), given(h0=drawn_states), "it starts from zeros"),
    ("torch_exchanged", pytorch("lstm", states=True), exchanged, "given as (c0, h0)"),
    ("torch_c0", pytorch("lstm", states=True), left_out("c0"), "h0 alone is given"),
    ("torch_order", pytorch("rnn", states=True, **TWO), in_order(1, 0), "last layer first"),
    ("keras_order", keras_net(lstm(3, "concat"), states=True), in_order(1, 0),
     "the backward state first"),
    ("keras_stateful", keras_net(gru(), stateful=True), left_out("h0"),
     "nobody knows the call before"),
) + singles("stateful",
    *((f"torch_{cell}", used(twice, cell), left_out(), "the second call, with the state kept")
      for cell in ("rnn", "gru", "lstm")),
    ("torch_stack", used(twice, "gru", **TWO), left_out(), "the second call"),
    *((f"keras_{one.cell}", keras_net(one, use=called_twice, stateful=True),
       left_out("h0", "c0"), "stateful=True, the second call") for one in (rnn(), lstm())),
    ("torch_in_a_row", used(in_a_row, "gru", rows=3), left_out(),
     "one sequence after the other, the state kept"),
) + [
    single("state-not-carried", what, source, left_out(), say)
    for what, source, say in (
        *((f"torch_{cell}", used(in_pieces(1), cell), "called step by step without its state")
          for cell in ("rnn", "gru", "lstm")),
        ("torch_pairs", used(in_pieces(2), "lstm"), "called with two steps at a time"),
        ("torch_thirds", used(in_pieces(3), "gru"), "called with three steps at a time"),
        ("torch_stack", used(in_pieces(1), "rnn", **TWO), "called step by step without its state"),
        ("torch_long", used(in_pieces(4), "rnn", steps=10), "called with four steps at a time"),
        ("torch_old_mix", used(loop(mix=2), "gru"), "by hand, mixed with the state before last"),
        *((f"torch_old_{cell}", used(loop(products=2), cell),
           "by hand, multiplied by the state before last") for cell in ("rnn", "gru", "lstm")),
    )
]  # fmt: skip

FORWARD = {"direction": None, "order": None}
BACK = {"go_backwards": True}

TIME = singles("time-reversed",
    *((f"keras_{one.cell}", keras_net(one), said(**FORWARD), "go_backwards was not said")
      for one in (rnn(**BACK), gru(**BACK), lstm(**BACK))),
    ("keras_outputs", keras_net(lstm(**BACK)), said(order=None),
     "its outputs are taken to be in the order of the input"),
    ("onnx_reverse", onnx(node("gru", "reverse")), said(**FORWARD), "reverse was not said"),
    ("torch_flipped", used(flipped, "lstm"), left_out(), "x was turned around"),
    ("torch_flipped_back", used(flipped_back, "rnn"), left_out(), "x and h were turned around"),
    ("torch_there", pytorch("gru"), said(direction="backward"), "backward is said"),
    ("torch_not_turned", used(not_turned, "gru", **WAYS), left_out(),
     "by hand, the backward outputs not turned back"),
    ("torch_both_forward", used(both_forward, "lstm", **WAYS), left_out(),
     "by hand, both directions reading forward"),
    ("keras_second", keras_net(rnn(3), gru(2, **BACK)), said(1, **FORWARD),
     "go_backwards of the second layer was not said"),
)  # fmt: skip


def pools(kind: str) -> Mistake:
    """All timesteps are pooled in front of the output layer, if there is one."""

    def mistake(asked: Asked) -> None:
        head = asked.config.get("output")
        asked.config["output"] = [{"pooling": kind}, *([head] if head else [])]
        asked.config["mode"] = "many-to-one"

    return mistake


HEAD = {"output": "linear", "many_to_one": True}
SIGMOID = {"heads": (("sigmoid", 3),), "many_to_one": True}

TURNED = "one timestep of outputs that are not turned back is what each direction computed last"
ROWS = singles("final-states",
    ("torch_last", pytorch("lstm", **HEAD, **WAYS), said(return_sequences=False),
     "output[:, -1], where h_n is said"),
    ("torch_gru", pytorch("gru", **HEAD, **WAYS), said(return_sequences=False),
     "output[:, -1], where h_n is said"),
    ("keras_last", keras_net(gru(3, "concat"), **SIGMOID), said(return_sequences=None),
     "h_n, where output[:, -1] is said"),
    ("torch_h_n", used(last_step, "lstm", **WAYS), shown("final.h"),
     "output[:, -1], where h_n is compared"),
) + singles("pooling",
    ("torch_mean", used(pooled("mean"), "gru"), given(mode="many-to-one"), "output.mean(1)"),
    ("torch_max", used(pooled("amax"), "lstm", **WAYS), given(mode="many-to-one"),
     "output.max(1).values"),
    ("torch_there", pytorch("lstm", **HEAD), pools("average"), "output[:, -1]"),
    ("torch_exchanged", used(pooled("mean"), "rnn"), pools("max"), "output.mean(1)"),
    ("keras_there", keras_net(gru(3), **SIGMOID), pools("max"), "return_sequences=False"),
) + [
    single("final-states", "torch_own", used(own_last, "rnn", **WAYS),
           both(shown("h"), given(mode="many-to-one")), "h_n, where output[:, -1] is compared",
           equal=("time-reversed",), why=TURNED),
]  # fmt: skip


def read_on(one: int, other: int) -> Mistake:
    """x with two axes exchanged, reshaped as if they were not."""

    def mistake(asked: Asked) -> None:
        x = asked.config["x"]
        asked.config["x"] = x.swapaxes(one, other).reshape(x.shape)

    return mistake


def columns(*order: int) -> Mistake:
    """x with its features in another order."""

    def mistake(asked: Asked) -> None:
        asked.config["x"] = asked.config["x"][..., list(order)]

    return mistake


FEATURES = singles("feature-order",
    ("torch_lstm", pytorch("lstm"), columns(1, 2, 0), "the first column comes last"),
    ("torch_gru", pytorch("gru"), columns(2, 1, 0), "the last column first"),
    ("torch_ways", pytorch("rnn", **WAYS), columns(0, 2, 1), "two columns exchanged"),
    ("keras_lstm", keras_net(lstm()), columns(1, 0), "two columns exchanged"),
    ("onnx_rnn", onnx(node("rnn")), columns(1, 0), "two columns exchanged"),
)  # fmt: skip


AXES = singles("axes-swapped",
    *((f"torch_{cell}", used(time_first, cell, rows=3), left_out(), "without batch_first")
      for cell in ("rnn", "gru", "lstm")),
    ("torch_viewed", used(viewed, "gru", rows=3), left_out(), "x.view instead of transpose"),
    ("torch_stack", used(time_first, "rnn", rows=3, **TWO), left_out(), "without batch_first"),
    ("torch_reshaped", pytorch("lstm"), numbers(lambda h: h.swapaxes(0, 1).reshape(h.shape)),
     "time-first outputs, reshaped instead of transposed"),
    ("torch_channels", pytorch("rnn"), numbers(lambda h: h.swapaxes(1, 2)),
     "outputs as (batch, units, timesteps)"),
    ("torch_units", pytorch("gru"), numbers(lambda h: h.transpose(2, 0, 1)),
     "outputs as (units, batch, timesteps)"),
    ("torch_features", pytorch("lstm"), read_on(1, 2),
     "features-first x, reshaped instead of transposed"),
    ("keras_time_first", keras_net(gru()), read_on(0, 1),
     "time-first x, reshaped instead of transposed"),
)  # fmt: skip


def with_initial(asked: Asked) -> None:
    """h_0 to h_{T-1}."""
    h = asked.expected
    asked.expected = np.concatenate([np.zeros_like(h[:, :1]), h[:, :-1]], axis=1)


SEQUENCES = singles("wrong-sequence",
    ("torch_second", pytorch("gru"), numbers(lambda h: h[1]), "sequence 1 alone"),
    ("keras_third", keras_net(lstm()), numbers(lambda h: h[2]), "sequence 2 alone"),
    ("keras_shuffled", keras_net(rnn()), numbers(lambda h: h[[2, 0, 1]]), "shuffled"),
    ("onnx_reversed", onnx(node("lstm")), numbers(lambda h: h[::-1]), "the last first"),
    ("torch_later", used(delayed, "lstm"), left_out(), "x came one step later, behind zeros"),
    ("torch_initial", pytorch("gru"), with_initial, "the initial state stands in front"),
    ("torch_steps", pytorch("rnn"), numbers(lambda h: h[:, 1:]), "without the first step"),
)  # fmt: skip

CASES: list[Case] = [*FUNCTIONS, *STATES, *TIME, *ROWS, *FEATURES, *AXES, *SEQUENCES]
