"""Numbers that carry their derivatives: a cell run on them gives its Jacobian.

A ``Dual`` stands where an array would stand in a cell's equations, as a ``Term`` of ``symbols.py``
does: a value, and how it changes in each direction of differentiation. So derivatives are those of
the one definition of a cell, whatever its options; nothing is derived by hand but the activations
(``curves.py``).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.equations.activations import Activation
from rnncalc.equations.gates import NOTHING, Clip


class Dual:
    """A value and its changes.

    Args:
        value: (rows, columns); a column is a step or a sequence, and feels no other one.
        tangent: (rows, columns, directions).
    """

    __array_ufunc__ = None  # NumPy leaves the operation to us

    def __init__(self, value: Array, tangent: Array) -> None:
        self.value = value
        self.tangent = tangent

    def __add__(self, other: Any) -> Dual:
        if other is NOTHING:
            return NotImplemented
        if isinstance(other, Dual):
            return Dual(self.value + other.value, self.tangent + other.tangent)
        return Dual(self.value + other, self.tangent)

    __radd__ = __add__

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.tangent)

    def __sub__(self, other: Any) -> Dual:
        return Dual.__add__(self, -other)

    def __rsub__(self, other: Any) -> Dual:
        return Dual.__add__(-self, other)

    def __mul__(self, other: Any) -> Dual:
        if other is NOTHING:
            return NotImplemented
        if isinstance(other, Dual):
            changes = self.tangent * other.value[..., None] + other.tangent * self.value[..., None]
            return Dual(self.value * other.value, changes)
        return Dual(self.value * other, self.tangent * np.asarray(other)[..., None])

    __rmul__ = __mul__

    def __rmatmul__(self, matrix: Array) -> Dual:
        return Dual(matrix @ self.value, np.tensordot(matrix, self.tangent, 1))

    def __len__(self) -> int:
        return len(self.value)

    def __getitem__(self, rows: slice) -> Dual:
        return Dual(self.value[rows], self.tangent[rows])

    def into(self, function: Activation | Clip, *_: float) -> Dual:
        """This as the argument of a function."""
        return Dual(function(self.value), function.pushed(self.value, self.tangent))


def constant(value: Array, directions: int) -> Dual:
    """What does not change."""
    return Dual(value, np.zeros((*value.shape, directions)))


def variables(*values: Array) -> list[Dual]:
    """Arrays (rows, columns) that change: each row of each is one direction."""
    sizes = [len(value) for value in values]
    every = np.eye(sum(sizes))
    blocks = np.split(every, np.cumsum(sizes)[:-1])
    return [
        Dual(value, np.repeat(block[:, None], value.shape[1], axis=1))
        for value, block in zip(values, blocks, strict=True)
    ]
