"""TensorFlow Lite's recurrent operators: which operand is what, and how they say activations.

Every gate has tensors of its own, one row per unit, in the order input, forget, cell, output: our
i, f, g, o. Where the input gate's are left out, i = 1 - f (CIFG). Peepholes are of input, forget
and output. The gates' activation is always the sigmoid; the fused one is that of g and of c.

The basic LSTM has one matrix over [x; h], whose gates are stacked i g f o.
"""

from __future__ import annotations

import re
from typing import NamedTuple

GATES = "ifgo"
PEEPHOLES = "ifo"
BASIC_ORDER = "igfo"

ACTIVATIONS = {
    0: "linear", 1: "relu", 2: {"name": "hard_tanh", "alpha": -1, "beta": 1}, 3: "relu6", 4: "tanh",
}  # fmt: skip
"""ActivationFunctionType, of every operator that has one fused. The fifth, SIGN_BIT, is none that
any interpreter computes."""


class Operands(NamedTuple):
    """The places of one direction's operands; of one that it has not, nothing.

    Attributes:
        W_x, W_h, bias: per gate, or of the one block.
        states: h, and c of an LSTM.
        P: per gate.
        W_r, bias_r: the projection, and what is added to it.
        norms: the scales of normalizations inside the cell, per gate.
    """

    W_x: tuple[int, ...]
    W_h: tuple[int, ...]
    bias: tuple[int, ...]
    states: tuple[int, ...]
    P: tuple[int, ...] = ()
    W_r: int = -1
    bias_r: int = -1
    norms: tuple[int, ...] = ()


def _lstm(first: int, states: tuple[int, int], norms: tuple[int, ...] = ()) -> Operands:
    """The operands of an LSTM's direction, which lie one behind the other."""
    places = range(first, first + 17)
    return Operands(tuple(places[:4]), tuple(places[4:8]), tuple(places[11:15]), states,
                    tuple(places[8:11]), places[15], places[16], norms)  # fmt: skip


LSTM = _lstm(1, (18, 19), norms=(20, 21, 22, 23))
RNN = Operands((1,), (2,), (3,), (4,))

DIRECTIONS = {
    "LSTM": (LSTM,),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": (LSTM,),
    "BIDIRECTIONAL_SEQUENCE_LSTM": (
        _lstm(1, (35, 36)), _lstm(18, (37, 38)),
    ),
    "RNN": (RNN,),
    "UNIDIRECTIONAL_SEQUENCE_RNN": (RNN,),
    "BIDIRECTIONAL_SEQUENCE_RNN": (
        Operands((1,), (2,), (3,), (4,)),
        Operands((5,), (6,), (7,), (8,)),
    ),
}  # fmt: skip
"""The operands of each recurrent operator, forward before backward; the input is the first."""

AUXILIARY = {"BIDIRECTIONAL_SEQUENCE_LSTM": 39, "BIDIRECTIONAL_SEQUENCE_RNN": 9}
"""The second input, which is not read."""

ONE_STEP = ("LSTM", "RNN")
"""Those that compute one timestep, and keep their states until the next call."""

BASIC = (0, 1, 2, 3, 4)
"""The operands of a basic LSTM: x, h, weights, biases, c."""

OWN_WORDS = re.compile(
    r"(MatMul|BiasAdd|Tensordot|while|transpose|Relu6?|Softmax|Sigmoid|Tanh|Reshape|add|strided_slice|"
    r"ExpandDims|Squeeze|GatherV2|embedding_lookup|ReadVariableOp|TensorArrayV2\w*|Cast|concat|"
    r"PartitionedCall|StatefulPartitionedCall|ReverseV2|split|mul|sub|lstm_cell\w*|gru_cell\w*)"
    r"[_\d]*"
)  # fmt: skip
"""What the converter calls operators inside a layer."""


MADE = re.compile(r"arith\.constant|tfl\.|sequential[_\d]*$")
"""What the converter calls tensors of no layer."""


def module_of(name: str) -> str:
    """The layer that a tensor's name tells: ``model/lstm`` of ``model/lstm/while/MatMul;1``."""
    path = name.split(";")[0].split(":")[0].removeprefix("serving_default_")
    words = [word for word in path.split("/") if word]
    for i, word in enumerate(words):
        if OWN_WORDS.fullmatch(word):
            return "/".join(words[:i])
    return "/".join(words)
