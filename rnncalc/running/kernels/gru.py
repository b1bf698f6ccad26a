"""The gated recurrent unit, fast: eight calls a step.

t = tanh(a / 2) of r and z, where a sigmoid is (1 + t) / 2. -t_z is made beside t_z, so that the
factors of h' = ((1 + t_z) h + (1 - t_z) n) / 2 lie below each other, as h and n do: one product,
and one with [1/2, 1/2] for the sum and the half.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.running.kernels.block import Block, Call, Form, Lanes, call, room
from rnncalc.running.kernels.folded import Rows, folded, product
from rnncalc.running.kernels.operand import Operand

R, Z, MINUS_Z = Rows("r", 0.5), Rows("z", 0.5), Rows("z", -0.5)
N_X = Rows("n", h=False)
NARROW = 512
"""Units times columns: up to here, rows for -z cost less than the call that makes them of z."""


class Gru(Form):
    """What equations/gru.py says, with tanh and sigmoid."""

    calls = 8
    activations = 4
    memory = 40

    def __init__(self, weights: Mapping[str, Array], reset_after: bool) -> None:
        self.weights, self.reset_after = weights, reset_after
        self.gates = folded(weights, R, Z)
        super().__init__(self.gates, gates=2, products=3)

    def block(self, steps: int, lanes: Lanes) -> Block:
        """Room for [r h; x; 1; h; n] of every step."""
        units, dtype = self.units, self.dtype
        before = 0 if self.reset_after else units
        operand = Operand((before, self.features, units, units), steps, lanes, dtype)
        rows = room(1, 6 * units, lanes, dtype)[0]
        candidate = self._after if self.reset_after else self._before
        calls = [*candidate(operand, rows), *self._mixed(operand, rows)]
        return Block(operand.load, {"h": operand.states}, calls)

    def _narrow(self, operand: Operand) -> bool:
        return not operand.ahead and self.units * operand.lanes.columns <= NARROW

    def _sigmoids(self, operand: Operand, rows: Array) -> list[Call]:
        """1 + t of r, z, and -z, of their pre-activations."""
        units, one = self.units, np.ones((), rows.dtype)
        r_z, z, minus_z = rows[: 2 * units], rows[units : 2 * units], rows[2 * units : 3 * units]
        if self._narrow(operand):
            gates = rows[: 3 * units]
            return [call(np.tanh, gates, gates), call(np.add, gates, one, gates)]
        return [
            call(np.tanh, r_z, r_z),
            call(np.subtract, one, z, minus_z),
            call(np.add, r_z, one, r_z),
        ]

    def _after(self, operand: Operand, rows: Array) -> list[Call]:
        """Up to a_n where r is applied behind the recurrent product."""
        units, cut = self.units, operand.h
        n_x, n_h = rows[3 * units : 4 * units], rows[4 * units : 5 * units]
        recurrent = folded(self.weights, Rows("n", 0.5, x=False))[:, cut - 1 :]
        products = product(recurrent, operand.views(operand.one, operand.end), n_h)
        if self._narrow(operand):
            matrix = folded(self.weights, R, Z, MINUS_Z, N_X)
            products += product(matrix, operand.views(0, operand.end), rows[: 4 * units])
            terms: Any = n_x
        else:
            products += operand.sums(self.gates, rows[: 2 * units])
            terms, more = operand.terms(folded(self.weights, N_X)[:, :cut], n_x)
            products += more
        return [
            *products,
            *self._sigmoids(operand, rows),
            call(np.multiply, rows[:units], n_h, rows[5 * units :]),
            call(np.add, rows[5 * units :], terms, n_h),  # in place it is slow for one number
        ]

    def _before(self, operand: Operand, rows: Array) -> list[Call]:
        """Up to a_n where r is applied to h."""
        units, cut = self.units, self.features + 1
        r, n_h = rows[:units], rows[4 * units : 5 * units]
        gates = folded(self.weights, R, Z, MINUS_Z) if self._narrow(operand) else self.gates
        n = folded(self.weights, Rows("n", doubled=True))  # r is, as 1 + t
        r_h = operand.views(0, units)
        if operand.ahead:
            terms, _ = operand.terms(n[:, :cut], rows)
            candidate = [*product(n[:, cut:], r_h, n_h), call(np.add, n_h, terms, n_h)]
        else:
            matrix = np.hstack([n[:, cut:], n[:, :cut]])
            candidate = product(matrix, operand.views(0, operand.h), n_h)
        return [
            *operand.sums(gates, rows[: len(gates)]),
            *self._sigmoids(operand, rows),
            call(np.multiply, r, operand.views(operand.h, operand.end), r_h),
            *candidate,
        ]

    def _mixed(self, operand: Operand, rows: Array) -> list[Call]:
        """From a_n to h."""
        units, lanes = self.units, operand.lanes
        n_h, z_and_minus_z = rows[4 * units : 5 * units], rows[units : 3 * units]
        both, halves = room(1, 2 * units, lanes, rows.dtype)[0], np.full(2, 0.5, rows.dtype)
        h_and_n = operand.views(operand.h, operand.end + units)
        n = operand.views(operand.end, operand.end + units)
        return [
            call(np.tanh, n_h, n),
            call(np.multiply, z_and_minus_z, h_and_n, both),
            call(halves.dot, both.reshape(2, -1), operand.flat()),
        ]
