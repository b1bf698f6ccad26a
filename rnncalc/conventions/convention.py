"""What a convention is, and how stacked arrays are cut into gates and put together again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from rnncalc.activations import Array
from rnncalc.cells import CELLS
from rnncalc.errors import RnncalcError, ShapeError, printable, suggestion


class Symbol(NamedTuple):
    """One array of a framework.

    Attributes:
        ours: the array in the equations; two where theirs holds both biases, one behind the other.
        transposed: whether theirs has one column per unit.
        order: the gates in it, where not those of the convention (peepholes).
        halves: whether both biases lie in one row (ONNX), not in two (Keras).
    """

    ours: tuple[str, ...]
    transposed: bool = False
    order: str = ""
    halves: bool = False


class Convention(NamedTuple):
    """How a framework names, orders and orients the weights of its cells.

    Attributes:
        name: ``keras``, ``torch``, ``onnx``.
        symbols: its name of an array to what it is.
        orders: cell to the order of the gates in a stacked array; one block where there are none.
    """

    name: str
    symbols: Mapping[str, Symbol]
    orders: Mapping[str, str]


def weights_of(convention: Convention, tensors: Mapping[str, Array], cell: str) -> dict[str, Array]:
    """The arrays of one direction by the names that they have in the equations.

    Args:
        tensors: the framework's arrays by its names, stacked as it stacks them.

    Errors: RnncalcError for a name that the convention lacks; ShapeError for an array that cannot
    be cut into the cell's gates.
    """
    weights: dict[str, Array] = {}
    for theirs, given in tensors.items():
        if theirs not in convention.symbols:
            hint = suggestion(theirs, convention.symbols)
            raise RnncalcError(f"{convention.name} has no '{printable(theirs)}'. {hint}")
        symbol = convention.symbols[theirs]
        array = np.asarray(given)
        for ours, part in _parts(theirs, symbol, array.T if symbol.transposed else array):
            order = _order(convention, symbol, ours, cell)
            weights |= _cut(theirs, ours, part, order, cell)
    return weights


def tensors_of(convention: Convention, weights: Mapping[str, Array], cell: str) -> dict[str, Array]:
    """The arrays of one direction as the framework stores them: the inverse of ``weights_of``.

    Where the framework keeps both biases in one array, a missing one is 0; Keras has one row where
    there is no second bias.
    """
    tensors = {}
    for theirs, symbol in convention.symbols.items():
        found = [_stacked(convention, symbol, ours, weights, cell) for ours in symbol.ours]
        there = [part for part in found if part is not None]
        if not there:
            continue
        whole = [np.zeros_like(there[0]) if part is None else part for part in found]
        if symbol.halves or len(found) == 1:
            array = np.concatenate(whole)
        else:
            array = np.stack(whole) if found[1] is not None else whole[0]
        tensors[theirs] = array.T if symbol.transposed else array
    return tensors


def _order(convention: Convention, symbol: Symbol, ours: str, cell: str) -> str:
    """The gates of an array, in the framework's order; none where it is one block."""
    if ours in CELLS[cell].single:
        return ""
    return symbol.order or convention.orders[cell]


def _parts(theirs: str, symbol: Symbol, array: Array) -> list[tuple[str, Array]]:
    """An array by our names: one, or both biases in two rows or two halves."""
    if len(symbol.ours) == 1:
        return [(symbol.ours[0], array)]
    if symbol.halves:
        if array.ndim != 1 or array.size % 2:
            raise ShapeError(f"{theirs} has shape {array.shape}, expected (2 * gates * units)")
        return list(zip(symbol.ours, np.split(array, 2), strict=True))
    if array.ndim == 2:
        return list(zip(symbol.ours, array, strict=len(array) == 2))
    return [(symbol.ours[0], array)]


def _cut(theirs: str, ours: str, array: Array, order: str, cell: str) -> dict[str, Array]:
    """A stacked array cut into its gates along the first axis."""
    if not order:
        return {ours: array}
    if array.ndim == 0 or len(array) % len(order):
        axes = f"{len(order)} * units" + ", ..." * (array.ndim > 1)
        message = f"{theirs} has shape {array.shape}, expected ({axes}) for a {cell}"
        raise ShapeError(f"{message}: transposed, or another cell?")
    cut = np.split(array, len(order))
    return {f"{ours}.{gate}": part for gate, part in zip(order, cut, strict=True)}


def _stacked(
    convention: Convention, symbol: Symbol, ours: str, weights: Mapping[str, Array], cell: str
) -> Array | None:
    order = _order(convention, symbol, ours, cell)
    names = [f"{ours}.{gate}" for gate in order] or [ours]
    if names[0] not in weights:
        return None
    return np.concatenate([weights[name] for name in names])
