"""Mistakes in what a network is told: activations, states, layers, padding, outputs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mistakes.goldens import (
    BOTH_LENGTHS,
    BOTH_WAYS,
    EVERY_CELL,
    LENGTHS,
    LSTMS,
    MASKED,
    PADDED_STACKS,
    PROJECTED,
    RESET_AFTER,
    RESET_BEFORE,
    keras,
    onnx,
    torch,
)
from mistakes.planting import Mistakes, given, layers, model, settings, whole
from rnncalc.equations import CELLS


def exchanged_directions(right):
    """The forward layer reads backward, and the other way round."""
    return replace(right, layers=tuple(
        replace(layer.backward, backward=replace(layer, backward=None, merge=None),
                merge=layer.merge, name=layer.name) for layer in right.layers
    ))  # fmt: skip


def exchanged_layers(right):
    """The recurrent weights of the first two layers, which have the same shapes, exchanged."""
    first, second, *others = right.layers
    mine, theirs = ({n: a for n, a in layer.weights.items() if not n.startswith("W_x")}
                    for layer in (first, second))  # fmt: skip
    swapped = (replace(first, weights={**first.weights, **theirs}),
               replace(second, weights={**second.weights, **mine}))  # fmt: skip
    return replace(right, layers=(*swapped, *others))


def exchanged_states(right):
    """The initial states of the first two layers, exchanged."""
    first, second, *others = right.layers
    swapped = (
        replace(first, h0=second.h0, c0=second.c0),
        replace(second, h0=first.h0, c0=first.c0),
    )
    return replace(right, layers=(*swapped, *others))


def exchanged_functions(right):
    """The activations of the two directions, exchanged."""
    (layer,) = right.layers
    mine, theirs = ({name: getattr(one, name) for name in CELLS[layer.cell].functions}
                    for one in (layer, layer.backward))  # fmt: skip
    return replace(
        right, layers=(replace(layer, **theirs, backward=replace(layer.backward, **mine)),)
    )


def directions_first(document):
    """h0 read as (directions * layers): directions outside."""
    for state in {"h0", "c0"} & document.keys():
        array = np.array(document[state])
        document[state] = array.reshape(2, -1, *array.shape[1:]).swapaxes(0, 1).reshape(array.shape)


def exchanged_h_and_c(layer):
    """The pair (h, c) read as (c, h)."""
    return replace(layer, h0=layer.c0, c0=layer.h0)


def outputs(change):
    """The output layers become others."""
    return model(lambda right: replace(right, output=change(right.outputs)))


def wrong_functions(layers):
    """Each output layer has the activation of another."""
    return tuple(replace(one, activation=other.activation)
                 for one, other in zip(layers, layers[::-1], strict=True))  # fmt: skip


ONE_HEAD = [*torch("output"), "keras/gru_timed_output", "keras/lstm_mask_output"]
HEADS = ["keras/lstm_two_outputs", "keras/gru_two_outputs_many_to_one", "keras/lstm_three_outputs"]
MISTAKES: Mistakes = {
    "candidate's activation ignored": (settings(activation="linear"), EVERY_CELL),
    "state's activation ignored": (settings(state_activation="linear"), LSTMS),
    "gates' activation ignored": (
        settings(recurrent_activation="sigmoid"),
        keras("tanh_hard_sigmoid", "gru lstm") + onnx("hard_sigmoid", "lstm"),
    ),
    "hard sigmoid old, not new": (
        settings(recurrent_activation="hard_sigmoid_old"),
        keras("tanh_hard_sigmoid", "gru lstm") + keras("softsign_hard_sigmoid", "gru lstm"),
    ),
    "hard sigmoid new, not old": (
        settings(recurrent_activation="hard_sigmoid"),
        ["tf_keras/gru_old", "tf_keras/gru_reset_after_hard_sigmoid", "tf_keras/lstm_old",
         "tf_keras/stack_old", "onnxruntime/lstm_hard_sigmoid"],
    ),
    "hard sigmoid old, not new, as the activation": (
        settings(activation="hard_sigmoid_old"), ["keras/simple_rnn_hard_sigmoid"],
    ),
    "hard sigmoid new, not old, as the activation": (
        settings(activation="hard_sigmoid"),
        ["tf_keras/simple_rnn_hard_sigmoid", "onnxruntime/rnn_hard_sigmoid"],
    ),
    "hard sigmoid new, not old, of the output": (
        outputs(lambda both: (replace(both[0], activation="hard_sigmoid"), both[1])),
        ["tf_keras/lstm_old_many_to_one"],
    ),
    "alpha ignored": (
        settings(activation="leaky_relu"), ["onnxruntime/rnn_leaky_relu_alpha"],
    ),
    "the two directions' functions exchanged": (
        model(exchanged_functions),
        [*onnx("two_functions", "rnn gru lstm"), "onnxruntime/rnn_two_alphas"],
    ),
    "reset before, not after": (settings(reset_after=False), RESET_AFTER),
    "reset after, not before": (
        settings(reset_after=True), [*RESET_BEFORE, "tf_keras/gru_old"],
    ),
    "clip ignored": (
        settings(clip=None),
        [*onnx("clip"), "onnxruntime/gru_bidirectional_clip", "onnxruntime/lstm_reverse_clip"],
    ),
    "input_forget ignored": (
        settings(input_forget=False),
        onnx("input_forget", "lstm") + onnx("input_forget_peepholes", "lstm"),
    ),
    "initial states ignored": (
        settings(h0=0.0),
        [*EVERY_CELL, *torch("bidirectional_states"), *PROJECTED, "keras/stack_gru_states",
         "keras/cells_states"],
    ),
    "initial cell states ignored": (
        settings(c0=0.0), [*LSTMS, *PROJECTED, "keras/cells_mask_zeroed"],
    ),
    "h and c exchanged": (layers(exchanged_h_and_c), LSTMS),
    "what the call before left ignored": (
        layers(lambda layer: replace(layer, h0=0.0, c0=None)), keras("stateful"),
    ),
    "the cell state that the call before left ignored": (
        settings(c0=0.0), keras("stateful", "lstm"),
    ),
    "forward and backward exchanged": (
        model(exchanged_directions), [*BOTH_WAYS, "keras/gru_mul", "keras/lstm_ave"],
    ),
    "layers exchanged": (model(exchanged_layers), torch("2_layers_states")),
    "the layers' initial states exchanged": (
        model(exchanged_states), [*torch("2_layers_states"), "keras/stack_gru_states"],
    ),
    "initial states by direction, not by layer": (
        given(directions_first), torch("3_layers_bidirectional"),
    ),
    "processing order ignored": (
        whole(order="input"), [*keras("backwards"), "keras/stack_backwards"],
    ),
    "zero_output_for_mask ignored": (
        whole(zero_output_for_mask=False),
        keras("mask_zeroed") + keras("bidirectional_mask") + ["keras/cells_mask_zeroed"],
    ),
    "masked outputs are zero": (
        whole(zero_output_for_mask=True), MASKED + keras("backwards_mask"),
    ),
    "each direction's own last ignored": (
        whole(return_sequences=True),
        ["keras/gru_bidirectional_many_to_one", "keras/lstm_bidirectional_mask_many_to_one"],
    ),
    "cells of a list as layers": (whole(same_loop=False), ["keras/cells_backwards"]),
    "mask ignored": (
        given(lambda golden: golden.pop("mask")),
        MASKED + keras("backwards_mask") + keras("bidirectional_mask")
        + ["keras/stack_mask", "keras/cells_mask", "keras/lstm_mask_many_to_one"],
    ),
    "lengths ignored": (
        given(lambda golden: golden.pop("lengths")),
        LENGTHS + BOTH_LENGTHS + PADDED_STACKS + torch("lengths", "lstm_projection"),
    ),
    "id 0 not masked": (
        model(lambda right: replace(right, embedding=replace(right.embedding, mask_zero=False))),
        ["keras/embedding_gru_mask", "keras/embedding_lstm_mask", "keras/embedding_stack_mask",
         "keras/embedding_mask_many_to_one", "tf_keras/embedding_old"],
    ),
    "embedding off by one": (
        given(lambda golden: golden.update(x=np.subtract(golden["x"], 1))),
        ["keras/embedding_lstm", "torch/embedding_rnn_float64",
         "torch/embedding_gru_lengths_float64", "torch/embedding_lstm_many_to_one_float64"],
    ),
    "time turned around": (
        given(lambda golden: golden.update(x=np.flip(golden["x"], 1))), EVERY_CELL,
    ),
    "output's activation ignored": (
        outputs(lambda heads: (*heads[:-1], replace(heads[-1], activation="linear"))),
        ONE_HEAD + HEADS[:2] + torch("many_to_one") + ["keras/rnn_many_to_one"],
    ),
    "inner output's activation ignored": (
        outputs(lambda heads: (replace(heads[0], activation="linear"), *heads[1:])), HEADS,
    ),
    "outputs' activations in another order": (outputs(wrong_functions), HEADS),
    "output's bias ignored": (
        outputs(lambda heads: tuple(replace(head, bias=0.0) for head in heads)), ONE_HEAD + HEADS,
    ),
    "output's columns in another order": (
        outputs(lambda heads: (replace(heads[0], W_y=heads[0].W_y[:, ::-1]), *heads[1:])),
        ONE_HEAD + HEADS,
    ),
}  # fmt: skip
