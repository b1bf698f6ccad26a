"""What the products of a step read: [x; 1; h] below each other, the state where it was written.

The state of a step is written where the products of the next one read it. Of a single column and a
wide state, the product with [x; 1] is made for many steps at once instead: then the recurrent
weights alone go through the cache at each step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.running.kernels.block import Call, Lanes, call, laned, room
from rnncalc.running.kernels.folded import product

WIDE, WIDEST = 128, 1024
"""Features and units together: beyond, a single column, from WIDEST on any number of them, gets
its products with [x; 1] ahead."""


class Operand:
    """The rows [before; x; 1; h; behind] of every step.

    Attributes:
        ahead: whether the products with [x; 1] are made for many steps at once.
        states: h of every step, (steps + 1, units, segments, batch).
    """

    def __init__(
        self, sizes: tuple[int, int, int, int], steps: int, lanes: Lanes, dtype: Any
    ) -> None:
        before, features, units, behind = sizes
        self.steps = steps
        self.x, self.one, self.h = before, before + features, before + features + 1
        self.end = self.h + units
        self.ahead = features + units > (WIDE if lanes.columns == 1 else WIDEST)
        self.lanes = lanes
        self.buffer = room(steps + 1, self.end + behind, lanes, dtype)
        self.buffer[:, self.one] = 1
        self.states = laned(self.buffer[:, self.h : self.end], lanes)
        self._inputs = laned(self.buffer[:-1, self.x : self.one], lanes)
        self._made: list[tuple[Array, Array]] = []

    def views(self, start: int, stop: int) -> list[Array]:
        """These rows, before every step."""
        return list(self.buffer[:-1, start:stop])

    def after(self) -> list[Array]:
        """h after every step."""
        return list(self.buffer[1:, self.h : self.end])

    def flat(self) -> list[Array]:
        """h after every step, as a vector."""
        return list(self.buffer[1:, self.h : self.end].reshape(self.steps, -1))

    def sums(self, matrix: Array, out: Any) -> list[Call]:
        """The calls for ``matrix @ [x; 1; h]``; ``out`` is one array, or views of every step."""
        if not self.ahead:
            return product(matrix, self.views(self.x, self.end), out)
        cut = self.h - self.x
        terms, _ = self.terms(matrix[:, :cut], None)
        products = product(matrix[:, cut:], self.views(self.h, self.end), out)
        return [*products, call(np.add, out, terms, out)]

    def terms(self, matrix: Array, out: Any) -> tuple[Any, list[Call]]:
        """``matrix @ [x; 1]`` of every step: where it will stand, and the calls that put it there.

        None where it is made ahead; else it is put into ``out``.
        """
        if not self.ahead:
            return out, product(matrix, self.views(self.x, self.h), out)
        made = room(self.steps, len(matrix), self.lanes, matrix.dtype)
        self._made.append((matrix.T, made))
        return list(made), []

    def load(self, x: Array) -> None:
        """Take the inputs of steps, (steps, features, segments, batch)."""
        count = len(x)
        if not self.ahead:
            self._inputs[:count] = x
            return
        rows = x.transpose(0, 2, 3, 1).reshape(-1, x.shape[1])
        for matrix, terms in self._made:
            made = rows @ matrix[:-1]
            made += matrix[-1]
            columns = made.reshape(count, -1, made.shape[1]).transpose(0, 2, 1)
            terms[:count] = columns.reshape(count, *terms.shape[1:])
