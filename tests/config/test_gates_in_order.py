"""``gates:``: stacked arrays whose gates stand in another order than their maker's."""

from __future__ import annotations

import re
from itertools import permutations

import numpy as np
import pytest

import rnncalc
from rnncalc.errors import RnncalcError

RNG = np.random.default_rng(3)
BLOCKS = {
    "weight_ih": (RNG.normal(size=(12, 2)), 0), "weight_hh": (RNG.normal(size=(12, 3)), 0),
    "bias_ih": (RNG.normal(size=12), 0), "bias_hh": (RNG.normal(size=12), 0),
}  # fmt: skip
KERAS = {"kernel": RNG.normal(size=(2, 12)), "recurrent_kernel": RNG.normal(size=(3, 12)),
         "bias": RNG.normal(size=12)}  # fmt: skip
TORCH = {name: array for name, (array, _) in BLOCKS.items()}
X = [[1.0, 2.0], [-0.5, 0.25], [3.0, -1.0]]


def moved(array, order):
    """The blocks i f g o of the longest axis, in this order."""
    axis = array.shape.index(12)
    parts = dict(zip("ifgo", np.split(array, 4, axis), strict=True))
    return np.concatenate([parts[gate] for gate in order], axis)


def h(tensors, **keys):
    return rnncalc.run(rnncalc.load({"cell": "lstm", **tensors, **keys, "x": X})).h


@pytest.mark.parametrize("tensors", [TORCH, KERAS], ids=["torch", "keras"])
def test_every_order_is_read(tensors):
    """Whatever the order, the network is the same; unsaid, all others give other numbers."""
    expected = h(tensors)
    for order in map("".join, permutations("ifgo")):
        other = {name: moved(array, order) for name, array in tensors.items()}
        np.testing.assert_array_equal(h(other, gates=order), expected)
        assert order == "ifgo" or np.abs(h(other) - expected).max() > 1e-3


@pytest.mark.parametrize(
    ("tensors", "gates", "message"),
    [
        (TORCH, "ifgg", "gates 'ifgg': an order of i f g o was expected"),
        (TORCH, "zrn", "gates 'zrn': an order of i f g o was expected"),
        (
            {"W_x": [[1.0]] * 4, "W_h": [[1.0]] * 4},
            "ifog",
            "gates is the order of gates in stacked",
        ),
    ],
)
def test_what_is_no_order_is_refused(tensors, gates, message):
    """Also where every gate has arrays of its own."""
    with pytest.raises(RnncalcError, match=re.escape(message)):
        h(tensors, gates=gates)


def test_gates_that_stand_apart_have_no_order():
    """Flax' LSTM, and TensorFlow 1's GRU, whose candidate has arrays of its own."""
    flax = {f"{side}{gate}.kernel": np.ones((2, 2)) for side in "ih" for gate in "ifgo"}
    tf1 = {"gates/kernel": np.ones((4, 4)), "candidate/kernel": np.ones((4, 2))}
    for block in (
        {"cell": "lstm", "convention": "flax", "gates": "ifog", **flax},
        {"cell": "gru", "convention": "tf1", "gates": "zrn", **tf1},
    ):
        with pytest.raises(RnncalcError, match="there are none"):
            rnncalc.run(rnncalc.load({**block, "x": X}))
