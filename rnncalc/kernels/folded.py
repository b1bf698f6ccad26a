"""The weights of a cell folded into one matrix over [x; 1; h], and products with it.

sigmoid(a) = tanh(a / 2) / 2 + 1 / 2: the halves are folded into the weights, which is exact, so
that one tanh serves all gates. Small products go as one; large ones in blocks of rows, below the
size from which on OpenBLAS copies both operands before it multiplies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnncalc.activations import Array
from rnncalc.kernels.block import Call, call

COPIED = 1_000_000
"""rows * columns * inner of a product that OpenBLAS does not copy the operands for."""
PARTS = 32
"""Into more blocks than this a product is not cut: then copying costs less."""


def folded(
    weights: Mapping[str, Array], gate: str, scale: float = 1, *, x: bool = True, h: bool = True
) -> Array:
    """The rows of a gate over [x; 1; h]: [W_x, bias + bias_h, W_h] times the scale.

    Args:
        gate: its letter; empty for a cell without gates.
        x, h: whether the part of the input, of the state, is in it (else it is 0).
    """
    W_x, W_h, bias, bias_h = (
        weights.get(f"{name}.{gate}" if gate else name) for name in ("W_x", "W_h", "bias", "bias_h")
    )
    assert W_x is not None
    assert W_h is not None
    sums = np.zeros(len(W_x), W_x.dtype)
    sums = sums if bias is None or not x else sums + bias
    sums = sums if bias_h is None or not h else sums + bias_h
    rows: Array = np.hstack([W_x * x, sums[:, None], W_h * h]) * W_x.dtype.type(scale)
    return rows


def product(matrix: Array, views: list[Array], out: Any) -> list[Call]:
    """``matrix @ view`` of every step: one call, or one per block of rows.

    Args:
        out: one array for all steps, or views for each.
    """
    columns = 1 if views[0].ndim == 1 else views[0].shape[1]
    parts = -(-matrix.size * columns // COPIED) if columns > 1 else 1
    rows = -(-len(matrix) // (parts if parts <= PARTS else 1))
    order: Any = "F" if columns == 1 and matrix.dtype == np.float32 else "C"
    calls = []
    for start in range(0, len(matrix), rows):
        part = slice(start, start + rows)
        outs = [each[part] for each in out] if isinstance(out, list) else out[part]
        calls.append(call(np.array(matrix[part], order=order).dot, views, outs))
    return calls
