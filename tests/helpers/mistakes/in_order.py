"""Mistakes in the order of the steps: directions, pads and masks, what is merged and how."""

from __future__ import annotations

from typing import Any

from mistakes.goldens import (
    BOTH_LENGTHS,
    BOTH_WAYS,
    LENGTHS,
    MASKED,
    PADDED_STACKS,
    keras,
    onnx,
    tf_keras,
)
from mistakes.planting import Mistakes, entry, function, replaced, seen_steps
from rnncalc.running import inputs, passes, stateless_passes
from rnncalc.running.inputs import Steps
from rnncalc.running.kernels import sequential


def not_turned(right):
    """The outputs of the second direction merged in the order in which they were computed."""

    def merged(layer, outputs):
        forward, *backward = outputs
        over_time = forward.ndim == 3
        return right(layer, [forward, *(back[::-1] if over_time else back for back in backward)])

    return merged


def backward_in_the_pads(steps: Steps, way: str, layer: Any) -> Steps:
    """The backward direction computes the pads before the sequence."""
    return Steps() if way == "backward" else steps


def mask_not_turned(steps: Steps, way: str, layer: Any) -> Steps:
    """The backward direction reads its input from the end, and the mask from the start."""
    return steps._replace(active=steps.active[::-1]) if way == "backward" else steps


def only_below(steps: Steps, way: str, layer: Any) -> Steps:
    """The mask reaches the first layer, and no other."""
    return steps if layer.name.endswith("_0") or layer.name.endswith(".0") else Steps()


def held(right):
    """Lengths that repeat the last output, as a mask does."""
    return lambda *given: right(*given)._replace(hold=True)


def exchanged(right):
    """The backward direction in front."""
    return lambda one, other: right(other, one)


MASKED_STACKS = ["keras/stack_mask", "keras/stack_bidirectional_mask", "keras/stack_backwards_mask"]
MISTAKES: Mistakes = {
    "direction ignored": (
        function(Steps, "turned", replaced(lambda steps, columns: columns)),
        BOTH_WAYS + onnx("reverse", "rnn gru gru_reset_before lstm_peepholes") + keras("backwards"),
    ),
    "backward half not turned": (
        function(passes, "merge", not_turned),
        [*BOTH_WAYS, "keras/simple_rnn_sum", "keras/gru_mul", "keras/lstm_ave"],
    ),
    "backward half in front": (entry(passes.MERGE, "concat", exchanged), BOTH_WAYS),
    "pads computed": (
        function(sequential, "_frozen", replaced(lambda values, states, active: values)),
        MASKED + LENGTHS + BOTH_LENGTHS,
    ),
    "backward starts in the pads": (
        seen_steps(backward_in_the_pads), [*BOTH_LENGTHS, *onnx("reverse_lengths"),
         "torch/lstm_projection_lengths_float64"],
    ),
    "pads show the last output": (function(inputs, "_of_lengths", held), LENGTHS + BOTH_LENGTHS),
    "masked steps show the state": (
        function(sequential, "_shown", replaced(lambda h, before, padding, t: h)),
        keras("mask_states") + tf_keras("mask_states"),
    ),
    "mask not turned": (
        seen_steps(mask_not_turned), keras("backwards_mask") + keras("bidirectional_mask"),
    ),
    "mask of the first layer only": (
        seen_steps(only_below), [*MASKED_STACKS, "keras/embedding_stack_mask", *PADDED_STACKS],
    ),
    "last timestep, not each sequence's own": (
        function(stateless_passes, "real_steps", replaced(lambda one, steps: None)),
        ["torch/gru_lengths_many_to_one_float64"],
    ),
}  # fmt: skip
MISTAKES |= {
    f"{other}, not {merge}": (
        entry(passes.MERGE, merge, replaced(passes.MERGE[other])),
        {"sum": ["keras/simple_rnn_sum", "tf_keras/gru_old_bidirectional"],
         "mul": ["keras/gru_mul", "tf_keras/lstm_old_bidirectional"],
         "ave": ["keras/lstm_ave", "keras/gru_other_backward"]}[merge],
    )
    for merge in ("sum", "mul", "ave") for other in ("sum", "mul", "ave") if merge != other
}  # fmt: skip
