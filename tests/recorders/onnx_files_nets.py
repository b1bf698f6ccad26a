"""Which networks there is a file of: nodes behind one another, and what stands around them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from onnx_files_nodes import f
from onnx_files_words import LENGTHS, SHORT, Case
from onnxruntime_words import Node, node


def nodes(*kinds: str, step: int = 1) -> tuple[Node, ...]:
    """Nodes by their kinds; behind a colon the direction; their units differ by a step."""
    made = []
    for number, kind in enumerate(kinds):
        cell, _, way = kind.partition(":")
        made.append(replace(node(cell, way or "forward"), units=4 - step * (number % 3)))
    return tuple(made)


def net(name: str, *kinds: str, **options: Any) -> Case:
    """A file of several nodes."""
    same = options.get("states") == "input"  # what is given for all of them is one array
    return Case(name, nodes(*kinds, step=0 if same else 1), **options)


BOTH = "lstm:bidirectional"

STACKS = [
    net("stack_gru_lstm", "gru", "lstm", head="sequence"),
    net("stack_bidirectional", BOTH, "gru:bidirectional", head="batch_first"),
    net("stack_reshape", "lstm", "lstm", "rnn", join="reshape", head="sequence", opset=17),
    net("stack_slices", BOTH, "lstm_peepholes:bidirectional", join="slices", head="sequence"),
    net("stack_split", "gru:bidirectional", "rnn:bidirectional", join="split", head="sequence"),
    net("stack_gather", "rnn:bidirectional", BOTH, join="gather", head="last_gather"),
    net("stack_of_four", "rnn", "rnn:reverse", "gru_reset_before", "lstm", head="sequence"),
    net("stack_states", BOTH, "lstm", states="input", head="sequence"),
    net("stack_lengths", "gru", "lstm:bidirectional", lengths=LENGTHS, head="sequence"),
    net("stack_lengths_states", "rnn:reverse", "gru", lengths=SHORT, states="input",
        head="final_softmax"),
    net("stack_zero_states", BOTH, "lstm", states="zeros", head="batch_first", opset=17),
    net("stack_opset_7", "lstm", "gru:bidirectional", opset=7, head="sequence"),
    net("stack_opset_11", "lstm", "lstm", opset=11, head="last_slice_gemm"),
    net("stack_raw", "gru", "rnn:bidirectional"),
    net("sum_of_directions", BOTH, join="sum", head="sequence"),
]  # fmt: skip

HEADS = [
    net("tagger", BOTH, head="dense_softmax"),
    net("tagger_batch_first", "gru", front="transpose", batch_first=True, head="turned_dense"),
    net("tagger_tensordot", "lstm", front="transpose", batch_first=True, head="tensordot"),
    net("tagger_two_dense", "lstm", head="two_dense"),
    net("tagger_log_softmax", "gru", head="dense_log_softmax"),
    net("tagger_tanh", "rnn", head="dense_tanh"),
    net("tagger_sigmoid", "gru:bidirectional", head="dense_sigmoid"),
    net("tagger_layer_norm", "lstm", head="layer_norm"),
    net("tagger_lengths", "lstm", lengths=SHORT, head="dense"),
    net("classifier_slice", "gru", head="last_slice_gemm"),
    net("classifier_gather", "lstm", head="last_gather_gemm"),
    net("classifier_final", "lstm", head="final_gemm", outputs="Y_h"),
    net("classifier_final_bidirectional", BOTH, head="final_softmax", outputs="Y_h"),
    net("classifier_final_lengths", "gru:bidirectional", head="final_softmax", lengths=SHORT),
    net("classifier_final_reverse", "rnn:reverse", head="final_gemm"),
    net("classifier_batch_norm", "lstm", head="batch_norm"),
    net("classifier_stack", "gru", "gru", head="last_gather_gemm"),
    net("last_only", "lstm", head="last_slice"),
    net("final_only", "gru:bidirectional", head="final"),
    net("classifier_nodes", "lstm", head="last_slice_gemm", weights="nodes"),
    net("classifier_chain", "gru", head="final_gemm", weights="chain"),
    net("classifier_external", "lstm", head="final_gemm", weights="external"),
    net("classifier_float16", "gru", head="final_softmax", dtype="float16"),
]

FRONTS = [
    net("embedding", "lstm", front="embedding", head="sequence"),
    net("embedding_batch_first", BOTH, front="embedding_transpose", batch_first=True,
        head="batch_first"),
    net("embedding_classifier", "gru", front="embedding_transpose", batch_first=True,
        head="final_softmax"),
    net("linear_in_front", "gru", front="linear", head="sequence"),
    net("relu_in_front", "lstm", front="relu", head="dense"),
    net("identity_dropout", "rnn", front="identity_dropout", head="sequence"),
    net("backwards_sequence", "lstm", front="reverse_sequence", head="sequence", told=False),
    net("backwards_last", "gru", front="reverse_sequence", head="last_slice_gemm", told=False),
    net("backwards_slice", "rnn", front="flip", head="sequence", told=False),
    net("backwards_flipped_back", "gru", front="flip", head="flip", told=False),
]  # fmt: skip

MORE = [
    Case("classifier_functions",
         (node("gru", "forward", f("hard_sigmoid_old", "softsign"), clip=0.75),),
         head="final_softmax"),
    Case("tagger_input_forget", (node("lstm_peepholes", "reverse", input_forget=1),),
         head="dense_softmax"),
]  # fmt: skip

CASES = [*STACKS, *HEADS, *FRONTS, *MORE]
