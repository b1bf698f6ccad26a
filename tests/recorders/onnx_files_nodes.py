"""Which single nodes there is a file of: every option alone, and options together."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from onnx_files_words import LENGTHS, SHORT, Case
from onnxruntime_words import Function, node, parametrised

WAYS = ("forward", "reverse", "bidirectional")
LEAKY, ELU = parametrised("leaky_relu", alpha=0.25), parametrised("elu", alpha=0.375)
SCALED = parametrised("scaled_tanh", alpha=1.25, beta=0.625)
AFFINE = parametrised("affine", alpha=0.25, beta=0.5)
HARD = parametrised("hard_sigmoid_old", alpha=0.25, beta=0.375)
STATES = {"states": "input"}


def one(name: str, kind: str, way: str = "forward", *functions: Any, **more: Any) -> Case:
    """A file of one node; what is no option of the file is an attribute of the node."""
    options = {key: more.pop(key) for key in list(more) if key in Case.__dataclass_fields__}
    made = node(kind, way, *functions, **more)
    return Case(name, (made,), **options)


def bare(name: str, kind: str, way: str = "forward", **options: Any) -> Case:
    """A node without a B."""
    return Case(name, (replace(node(kind, way), bias=False),), **options)


def f(*functions: Function) -> tuple[Function, ...]:
    """The activations of one direction."""
    return functions


CELLS = [
    one("rnn", "rnn"),
    one("rnn_reverse", "rnn", "reverse", **STATES),
    one("rnn_bidirectional", "rnn", "bidirectional"),
    bare("rnn_without_bias", "rnn"),
    one("gru", "gru", **STATES),
    one("gru_reset_before", "gru_reset_before"),
    one("gru_reset_before_reverse", "gru_reset_before", "reverse", **STATES),
    one("gru_bidirectional", "gru", "bidirectional", **STATES),
    bare("gru_reset_before_without_bias", "gru_reset_before", "bidirectional"),
    one("lstm", "lstm", **STATES),
    one("lstm_reverse", "lstm", "reverse"),
    one("lstm_bidirectional", "lstm", "bidirectional", **STATES),
    one("lstm_peepholes", "lstm_peepholes"),
    one("lstm_peepholes_bidirectional", "lstm_peepholes", "bidirectional", **STATES),
    bare("lstm_peepholes_without_bias", "lstm_peepholes", "reverse", **STATES),
]

OPTIONS = [
    one("rnn_clip", "rnn", clip=0.5),
    one("gru_clip", "gru", "bidirectional", clip=0.5),
    one("gru_reset_before_clip_lengths", "gru_reset_before", clip=0.5, lengths=LENGTHS),
    one("lstm_clip", "lstm", clip=0.75, **STATES),
    one("lstm_peepholes_clip_reverse", "lstm_peepholes", "reverse", clip=0.5),
    one("lstm_input_forget", "lstm", input_forget=1),
    one("lstm_input_forget_peepholes_clip", "lstm_peepholes", "bidirectional", input_forget=1,
        clip=0.75, **STATES),
    one("rnn_relu", "rnn", "forward", f("relu")),
    one("rnn_affine", "rnn", "forward", f(parametrised("affine", alpha=0.5, beta=-0.25))),
    one("rnn_thresholded_relu", "rnn", "forward", f(parametrised("thresholded_relu", alpha=0.125))),
    one("rnn_leaky_relu", "rnn", "reverse", f(LEAKY)),
    one("rnn_leaky_relu_default", "rnn", "forward", f("leaky_relu")),
    one("rnn_elu_default", "rnn", "forward", f("elu")),
    one("rnn_scaled_tanh", "rnn", "forward", f(SCALED)),
    one("rnn_softsign", "rnn", "forward", f("softsign")),
    one("rnn_softplus", "rnn", "forward", f("softplus")),
    one("rnn_hard_sigmoid", "rnn", "forward", f(HARD)),
    one("rnn_two_functions", "rnn", "bidirectional", f(LEAKY), f(SCALED)),
    one("gru_hard_sigmoid", "gru", "forward", f("hard_sigmoid_old", "softsign")),
    one("gru_two_functions", "gru_reset_before", "bidirectional", f("sigmoid", ELU),
        f(HARD, "tanh")),
    one("lstm_hard_sigmoid", "lstm", "forward", f("hard_sigmoid_old", "tanh", "tanh")),
    one("lstm_three_functions", "lstm", "forward", f(HARD, LEAKY, SCALED)),
    one("lstm_six_functions", "lstm", "bidirectional", f("sigmoid", LEAKY, ELU),
        f(AFFINE, SCALED, "softsign")),
    one("lstm_relu_state", "lstm", "reverse", f("sigmoid", "tanh", "relu"), clip=0.75),
]  # fmt: skip

INPUTS = [
    one("rnn_lengths", "rnn", "bidirectional", lengths=SHORT),
    one("gru_lengths", "gru", lengths=LENGTHS, **STATES),
    one("lstm_lengths_bidirectional", "lstm", "bidirectional", lengths=LENGTHS, **STATES),
    one("lstm_lengths_reverse", "lstm_peepholes", "reverse", lengths=SHORT),
    one("gru_lengths_constant", "gru", lengths=LENGTHS, lengths_by="constant",
        about="sequence_lens a constant"),
    one("lstm_lengths_constant_full", "lstm", lengths=(4, 4, 4), lengths_by="constant",
        about="sequence_lens a constant, all full"),
    one("rnn_states_constant", "rnn", states="constant"),
    one("gru_states_constant", "gru_reset_before", "bidirectional", states="constant"),
    one("lstm_states_constant", "lstm", "bidirectional", states="constant"),
    one("lstm_states_expanded", "lstm", states="expanded"),
    one("gru_states_zero", "gru", "bidirectional", states="zeros"),
]  # fmt: skip

FORMS = [
    one("rnn_layout_1", "rnn", "bidirectional", layout=1, **STATES),
    one("gru_layout_1", "gru", layout=1),
    one("gru_layout_1_lengths", "gru", "reverse", layout=1, lengths=SHORT),
    one("lstm_layout_1", "lstm", "bidirectional", layout=1, states="constant"),
    one("lstm_layout_1_final", "lstm_peepholes", layout=1, outputs="Y_h", head="Y_h"),
    one("rnn_opset_1", "rnn", opset=1),
    one("gru_opset_1", "gru_reset_before", "reverse", opset=1),
    one("lstm_opset_1", "lstm_peepholes", "bidirectional", opset=1, **STATES),
    one("gru_opset_3", "gru", opset=3),
    one("rnn_opset_7", "rnn", "reverse", opset=7),
    one("gru_opset_7", "gru", opset=7, weights="external"),
    one("lstm_opset_7", "lstm", opset=7, clip=0.5, input_forget=1),
    one("lstm_opset_14", "lstm", opset=14, lengths=LENGTHS),
    one("rnn_final", "rnn", "bidirectional", outputs="Y_h", head="Y_h"),
    one("lstm_final", "lstm", "reverse", outputs="Y_h Y_c", head="Y_h"),
    one("lstm_only_sequence", "lstm", outputs="Y"),
    one("rnn_float16", "rnn", dtype="float16"),
    one("gru_float16", "gru", "bidirectional", dtype="float16", opset=14, **STATES),
    one("lstm_float16", "lstm_peepholes", dtype="float16"),
    one("gru_bfloat16", "gru", "reverse", dtype="bfloat16"),
    one("lstm_bfloat16", "lstm", dtype="bfloat16"),
    one("rnn_double", "rnn", dtype="float64"),
    one("gru_double", "gru", dtype="float64"),
    one("gru_reset_before_double", "gru_reset_before", dtype="float64", opset=14),
    one("lstm_double", "lstm_peepholes", dtype="float64"),
]

WEIGHTS = [
    one("rnn_weights_nodes", "rnn", "bidirectional", weights="nodes"),
    one("lstm_weights_nodes", "lstm_peepholes", weights="nodes", states="constant"),
    one("gru_weights_chain", "gru", weights="chain"),
    one("lstm_weights_chain", "lstm", "bidirectional", weights="chain", opset=14),
    one("rnn_weights_external", "rnn", weights="external"),
    one("lstm_weights_external", "lstm", "bidirectional", weights="external", **STATES),
    one("gru_weights_external_float16", "gru", weights="external", dtype="float16"),
]

CASES = [*CELLS, *OPTIONS, *INPUTS, *FORMS, *WEIGHTS]
