"""The weights of a cell folded into one matrix over [x; 1; h], and products with it.

sigmoid(a) = tanh(a / 2) / 2 + 1 / 2: the halves are folded into the weights, which is exact, so
that one tanh serves all gates. Small products go as one; large ones in blocks of rows, below the
size from which on OpenBLAS copies both operands before it multiplies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.running.kernels.block import Call, call

COPIED = 1_000_000
"""rows * columns * inner of a product that OpenBLAS does not copy the operands for."""
TILE = 8
"""BLAS multiplies so many rows at once."""
PARTS = 32
"""Into more blocks than this a product is not cut: then copying costs less."""


class Rows(NamedTuple):
    """The rows of a gate, times a scale.

    Attributes:
        gate: its letter; empty for a cell without gates.
        x, h: whether the part of the input, of the state, is in them; else it is 0.
        doubled: whether they read a state that is carried doubled.
    """

    gate: str
    scale: float = 1
    x: bool = True
    h: bool = True
    doubled: bool = False


def folded(weights: Mapping[str, Array], *gates: Rows) -> Array:
    """The rows of gates below each other, over [x; 1; h]: [W_x, bias + bias_h, W_h]."""
    units, features = _weight(weights, "W_x", gates[0]).shape
    matrix = np.zeros(
        (len(gates) * units, features + 1 + units), next(iter(weights.values())).dtype
    )
    for index, one in enumerate(gates):
        rows = matrix[index * units : (index + 1) * units]
        if one.x:
            np.multiply(_weight(weights, "W_x", one), one.scale, out=rows[:, :features])
            rows[:, features] += _weight(weights, "bias", one) * one.scale
        if one.h:
            rows[:, features] += _weight(weights, "bias_h", one) * one.scale
            scale = one.scale / 2 if one.doubled else one.scale
            np.multiply(_weight(weights, "W_h", one), scale, out=rows[:, features + 1 :])
    return matrix


def _weight(weights: Mapping[str, Array], name: str, rows: Rows) -> Any:
    """A weight of a gate; 0 for a bias that is not there."""
    return weights.get(f"{name}.{rows.gate}" if rows.gate else name, 0)


def product(matrix: Array, views: list[Array], out: Any) -> list[Call]:
    """``matrix @ view`` of every step: one call, or one per block of rows.

    Args:
        out: one array for all steps, or views for each.
    """
    columns = 1 if views[0].ndim == 1 else views[0].shape[1]
    rows = COPIED // (matrix.shape[1] * columns) // TILE * TILE
    if columns == 1 or rows * PARTS < len(matrix):
        rows = len(matrix)
    order: Any = "F" if columns == 1 and matrix.dtype == np.float32 else "C"
    calls = []
    for start in range(0, len(matrix), rows):
        part = slice(start, start + rows)
        outs = [each[part] for each in out] if isinstance(out, list) else out[part]
        calls.append(call(np.array(matrix[part], order=order).dot, views, outs))
    return calls
