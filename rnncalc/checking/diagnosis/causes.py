"""The causes: what each is, what its pattern is, in the order in which they are met in practice.

The ids are those of results; the page of causes is printed from this table.
"""

from __future__ import annotations

from typing import NamedTuple


class Cause(NamedTuple):
    """A kind of mistake.

    Attributes:
        say: what it is.
        pattern: how the numbers look.
        tell: which input would tell it from others, where short ones cannot.
    """

    say: str
    pattern: str
    tell: str = ""


CAUSES = {
    "padding": Cause(
        "padded or masked steps are treated otherwise: lengths, a mask, zeros or held outputs",
        "full sequences agree, shorter ones differ from where their padding begins",
        "a sequence without padding",
    ),
    "gate-order": Cause(
        "the gates of a stacked matrix are in another order",
        "the first timestep is wrong already; one permutation brings everything",
    ),
    "final-states": Cause(
        "of two directions the last timestep of the outputs stands for their final states (h_n), "
        "or these for it",
        "the forward half agrees, the backward half does not",
        "two timesteps or more",
    ),
    "time-reversed": Cause(
        "the sequence, its outputs or one direction run the other way in time",
        "equal after turning one half around, or all of it",
        "a sequence that is not the same from its end",
    ),
    "pooling": Cause(
        "what follows reads the last timestep, the mean or the maximum of all, one for another",
        "h agrees, y does not",
        "two timesteps or more",
    ),
    "reset-variant": Cause(
        "a GRU's reset gate stands before or after the recurrent product, or its biases were added",
        "without biases and h0 the first timestep agrees, the second does not",
        "two timesteps or more",
    ),
    "hard-sigmoid-variant": Cause(
        "sigmoid, clip(a/6 + 0.5, 0, 1) and clip(0.2 a + 0.5, 0, 1) are exchanged",
        "differences of 1e-3 to 1e-1 that stay bounded",
    ),
    "activation": Cause(
        "another activation in the cell: relu for tanh, none on c",
        "differences where pre-activations are large; none where they are near 0",
    ),
    "output-activation": Cause(
        "another activation of the output layer",
        "h agrees, y does not; sums of y are not 1 where softmax is meant",
    ),
    "axes-swapped": Cause(
        "batch, time and features of the input or the outputs are in another order",
        "shapes fit by accident, or transposed numbers agree",
        "an input of three different sizes",
    ),
    "feature-order": Cause(
        "the features of the input are in another order",
        "the first timestep is wrong; one order of the columns of x brings everything",
    ),
    "initial-state": Cause(
        "the recurrence starts from another state",
        "the first timestep is wrong, and the difference fades",
    ),
    "stateful": Cause(
        "the state of an earlier call or sequence is kept",
        "the first call agrees, the second does not",
        "one call on a new network, one sequence",
    ),
    "state-not-carried": Cause(
        "the state is not carried on: each step, or each piece, starts anew, or an old one is used",
        "the first timestep agrees, all others do not",
        "two timesteps or more",
    ),
    "update-gate-inverted": Cause(
        "a GRU's update gate z is 1 - z",
        "the first timestep is wrong; negated weights of z bring everything",
    ),
    "bias-missing": Cause(
        "a bias was left out",
        "pre-activations are off by the same number at every timestep",
    ),
    "recurrent-bias-missing": Cause(
        "the second, recurrent bias was left out",
        "pre-activations are off by the same number at every timestep",
    ),
    "bias-doubled": Cause(
        "a bias was added twice, or one stands for both",
        "pre-activations are off by the bias itself at every timestep",
    ),
    "forget-bias": Cause(
        "1 is added to the bias of the forget gate on one side only",
        "c differs from the second timestep on, or from the first where c0 is not 0",
        "biases of the other gates that are not 0",
    ),
    "recurrent-kernel-transposed": Cause(
        "W_h is transposed, or reshaped instead of transposed",
        "with h0 = 0 the first timestep agrees, the second does not",
        "two timesteps or more, or an h0 that is not 0",
    ),
    "kernel-transposed": Cause(
        "W_x is transposed, or reshaped instead of transposed",
        "the first timestep is wrong",
    ),
    "merge-mode": Cause(
        "the two directions are merged in another way",
        "another width, or sums where means are",
    ),
    "layer-order": Cause(
        "layers, or forward and backward, are exchanged",
        "one half of the outputs has the other's numbers",
    ),
    "precision": Cause(
        "numbers were rounded: weights with few digits, float16, bfloat16, the TF32 of GPUs",
        "small differences in nearly all numbers, without a pattern",
    ),
    "weight-value": Cause(
        "one weight is another number",
        "everything that depends on it differs; one other value brings all numbers",
    ),
    "typo": Cause(
        "one of the expected numbers is another",
        "one number differs, those computed from it agree",
    ),
    "wrong-sequence": Cause(
        "the numbers are of another sequence of the batch, or shifted by some timesteps",
        "a row of the expected numbers is another row of ours",
    ),
}  # fmt: skip
"""By id, the most frequent first."""

RANK = {name: rank for rank, name in enumerate(CAUSES)}
