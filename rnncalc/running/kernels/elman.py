"""The simple cell, fast: two calls a step, [W_x b W_h] @ [x; 1; h] and its activation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from rnncalc.array import Array
from rnncalc.running.kernels.block import Block, Call, Form, Lanes, call, room
from rnncalc.running.kernels.folded import Rows, folded
from rnncalc.running.kernels.operand import Operand


class Elman(Form):
    """h = activation(W_x x + W_h h + bias), of tanh or relu."""

    calls = 2
    activations = 1
    memory = 24

    def __init__(self, weights: Mapping[str, Array], relu: bool) -> None:
        self.matrix = folded(weights, Rows(""))
        self.bounded = not relu
        super().__init__(self.matrix, gates=1, products=1)

    def block(self, steps: int, lanes: Lanes) -> Block:
        """Two calls a step, three where the products with x are made ahead."""
        operand = Operand((0, self.features, self.units, 0), steps, lanes, self.dtype)
        a = room(1, self.units, lanes, self.dtype)[0]
        calls = [*operand.sums(self.matrix, a), self._activation(a, operand.after())]
        return Block(operand.load, {"h": operand.states}, calls)

    def _activation(self, a: Array, after: list[Array]) -> Call:
        if self.bounded:
            return call(np.tanh, a, after)
        ready = [partial(np.maximum, a, np.zeros((), a.dtype), out=h) for h in after]
        return call(partial.__call__, ready)
