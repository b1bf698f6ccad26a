"""Layers of one shape beside each other, step by step: each its own weights and its own columns.

A step of sixty small layers costs little more than a step of one. The columns of the first layer
come first, then those of the second; a product is made for each by itself, so that it has the bits
that it has alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.equations import CELLS
from rnncalc.equations.gates import Gates
from rnncalc.running.kernels.sequential import Stacked, States, Sweep, carry, step_with


def sweep(
    cell: str,
    weights: Sequence[Mapping[str, Array]],
    settings: Sequence[Mapping[str, Any]],
    columns: Array,
    states: States,
    names: Collection[str],
    count: int,
) -> Sweep:
    """Carry the states of so many layers through a short sequence without padding.

    Args:
        cell, columns, states, names: as of the door of the kernels.
        weights, settings: of each layer, or of one for all; the options of the cell are the same.
        count: how many layers there are.
    """
    kind, batch = CELLS[cell], columns.shape[2] // count
    known = dict(settings[0])
    for name in (*kind.functions, *kind.bounds):
        known[name] = _function([one[name] for one in settings], batch)
    parts = {name: _operand([one[name] for one in weights], count, batch) for name in weights[0]}
    step = step_with(cell, kind.operands(parts, _stacked), known, {*names, *states})
    return carry(step, columns, states, names, None)


class Products:
    """A matrix of each layer, (layers, rows, columns), or (rows, columns) of one for all."""

    def __init__(self, array: Array, count: int) -> None:
        self.array, self.count = array, count

    def __matmul__(self, x: Array) -> Array:
        each = x.reshape(len(x), self.count, -1).swapaxes(0, 1)
        # What is one behind the other in memory alone is so here, for sums go by it.
        each = np.ascontiguousarray(each) if x.flags.c_contiguous else each
        made = np.matmul(self.array, each)
        return np.asarray(made.swapaxes(0, 1).reshape(-1, x.shape[1]))


class StackedProducts(Gates):
    """``Products`` of all gates, made at once."""

    def __init__(self, parts: Mapping[str, Products]) -> None:
        super().__init__(parts)
        arrays = [part.array for part in parts.values()]
        self.whole = Products(np.concatenate(arrays, axis=-2), next(iter(parts.values())).count)

    def __matmul__(self, x: Any) -> Stacked:
        return Stacked(self.whole @ x, "".join(self.parts))


def _stacked(parts: Mapping[str, Any]) -> Gates:
    made = all(isinstance(part, Products) for part in parts.values())
    return StackedProducts(parts) if made else Stacked.of(parts)


def _operand(arrays: Sequence[Array], count: int, batch: int) -> Any:
    """A matrix as products, a vector as the columns of every sequence."""
    if arrays[0].ndim == 2:
        return Products(np.stack(arrays) if len(arrays) > 1 else arrays[0], count)
    if len(arrays) == 1:
        return arrays[0][:, None]
    return np.stack(arrays, axis=1).repeat(batch, axis=1)


def _function(functions: Sequence[Any], batch: int) -> Callable[[Array], Array]:
    """One for all columns, or each for those of its layers."""
    parts, start = [], 0
    for function, ones in groupby(functions):
        end = start + len([*ones]) * batch
        parts.append((slice(start, end), function))
        start = end
    if len(parts) == 1:
        return parts[0][1]  # type: ignore[no-any-return]

    def each(a: Array) -> Array:
        found = np.empty_like(a)
        for part, function in parts:
            found[:, part] = function(a[:, part])
        return found

    return each
