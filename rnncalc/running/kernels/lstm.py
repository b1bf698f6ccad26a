"""The long short-term memory, fast: seven calls a step.

One product and one tanh serve all gates: t = tanh(a / 2) of o, i and f, where a sigmoid is
(1 + t) / 2, and g. Then c' = ((1 + t_i) g + (1 + t_f) c) / 2, whose sum and half are one product
with [1/2, 1/2], and 2 h' = (1 + t_o) tanh(c'): the state is carried doubled, the half of it is
folded into W_h.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnncalc.array import Array
from rnncalc.running.kernels.block import Block, Form, Lanes, call, laned, room
from rnncalc.running.kernels.folded import Rows, folded
from rnncalc.running.kernels.operand import Operand


class Lstm(Form):
    """What equations/lstm.py says, with tanh and sigmoid, without peepholes and projection."""

    calls = 7
    activations = 5
    memory = 48

    def __init__(self, weights: Mapping[str, Array]) -> None:
        halved = [Rows(gate, 0.5, doubled=True) for gate in "oif"]
        self.matrix = folded(weights, *halved, Rows("g", doubled=True))
        super().__init__(self.matrix, gates=4, products=4)

    def block(self, steps: int, lanes: Lanes) -> Block:
        """Rows of a step: o, i, f, g, c; c of the next step is written there at once."""
        units, dtype = self.units, self.dtype
        operand = Operand((0, self.features, units, 0), steps, lanes, dtype)
        rows = room(steps + 1, 5 * units, lanes, dtype)
        one, halves = np.ones((), dtype), np.full(2, 0.5, dtype)
        both, t_c = room(1, 2 * units, lanes, dtype)[0], room(1, units, lanes, dtype)[0]

        def cut(start: int, stop: int, after: int = 0) -> list[Array]:
            return list(rows[after : steps + after, start * units : stop * units])

        gates, sigmoids, c = cut(0, 4), cut(0, 3), cut(4, 5, after=1)
        calls = [
            *operand.sums(self.matrix, gates),
            call(np.tanh, gates, gates),
            call(np.add, sigmoids, one, sigmoids),
            call(np.multiply, cut(1, 3), cut(3, 5), both),
            call(halves.dot, both.reshape(2, -1), [each.reshape(-1) for each in c]),
            call(np.tanh, c, t_c),
            call(np.multiply, cut(0, 1), t_c, operand.after()),
        ]
        states = {"h": operand.states, "c": laned(rows[:, 4 * units :], lanes)}
        return Block(operand.load, states, calls, {"h": 2.0})
