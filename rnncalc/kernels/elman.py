"""The simple cell, fast: two calls a step, [W_x b W_h] @ [x; 1; h] and its activation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import repeat

import numpy as np

from rnncalc.activations import Array
from rnncalc.kernels.block import Block, Call, Lanes, room
from rnncalc.kernels.folded import folded
from rnncalc.kernels.operand import Operand


class Elman:
    """h = activation(W_x x + W_h h + bias), of tanh or relu."""

    def __init__(self, weights: Mapping[str, Array], relu: bool) -> None:
        self.matrix = folded(weights, "")
        self.relu = relu

    def block(self, steps: int, lanes: Lanes) -> Block:
        """Two calls a step, three where the products with x are made ahead."""
        units, inner = self.matrix.shape
        dtype = self.matrix.dtype
        operand = Operand((0, inner - 1 - units, units, 0), steps, lanes, dtype)
        a = room(1, units, lanes, dtype)[0]
        calls = [*operand.sums(self.matrix, a), self._activation(a, operand.after())]
        return Block(operand.load, {"h": operand.states}, calls)

    def _activation(self, a: Array, after: list[Array]) -> Call:
        if not self.relu:
            return Call(np.tanh, (repeat(a), after))
        ready = [partial(np.maximum, a, np.zeros((), a.dtype), out=h) for h in after]
        return Call(partial.__call__, (ready,))
