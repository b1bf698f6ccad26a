"""A framework's stacked arrays cut into gates: one way for all frameworks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.conventions.axes import fit, misfit
from rnncalc.conventions.convention import (
    Convention,
    Symbol,
    arrays_in,
    in_words,
    per_gate,
    symbols_of,
    wordings,
)
from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError, printable, suggestion
from rnncalc.model.shapes import Sizes, real


def weights_of(convention: Convention, tensors: Mapping[str, Any], cell: str) -> dict[str, Array]:
    """The arrays of one direction by the names that they have in the equations.

    Args:
        tensors: the framework's arrays by its names, stacked as it stacks them. One number and
            lists are accepted where only one reading fits.

    Errors: RnncalcError for a name that the convention lacks, or that is missing; ShapeError for
    an array that does not fit the cell or the other arrays. They are ``about`` the name.
    """
    symbols = symbols_of(convention, cell)
    for theirs in tensors:
        if theirs not in symbols:
            hint = suggestion(theirs, symbols)
            cells = f" for cell {cell}" if theirs in convention.symbols else ""
            message = f"{convention.name} has no '{printable(theirs)}'{cells}. {hint}"
            raise RnncalcError(message, about=(theirs,))
    given = {name: real(name, tensors[name]) for name in symbols if name in tensors}
    arrays, sizes = _fitted(convention, symbols, given, cell)
    weights: dict[str, Array] = {}
    paired = any(symbols[name].paired for name in given)
    for theirs, symbol in symbols.items():
        if theirs in arrays:
            weights |= _cut(convention, symbol, arrays[theirs], sizes)
        elif symbol.always or symbol.ours[0] in CELLS[cell].required or (symbol.paired and paired):
            raise RnncalcError(f"{theirs} is missing: {in_words(wordings(symbol))}")
    return weights | _zeros(symbols, weights, cell)


def _fitted(
    convention: Convention, symbols: Mapping[str, Symbol], given: Mapping[str, Array], cell: str
) -> tuple[dict[str, Array], Sizes]:
    """The arrays in their shapes, and the sizes that they tell; the recurrent ones tell first.

    They are gone through twice: what ``features + state`` is may be told by a later one.
    """
    projected = any("W_r" in symbols[name].ours for name in given)
    arrays, sizes = dict(given), Sizes()
    for name in 2 * sorted(given, key=lambda name: "W_h" not in symbols[name].ours):
        shapes = wordings(symbols[name], projected=projected)
        found = fit(name, arrays[name], shapes, sizes)
        if found is None:
            raise misfit(convention, cell, name, arrays[name], shapes, sizes)
        arrays[name], sizes = found
    return arrays, sizes


def _cut(convention: Convention, symbol: Symbol, array: Array, sizes: Sizes) -> dict[str, Array]:
    """An array by our names, each gate by itself."""
    cut: dict[str, Array] = {}
    upright = array.T if convention.columns and len(symbol.axes) == 2 else array
    for ours, part in zip(symbol.ours, _parts(symbol, upright, sizes), strict=False):
        names = per_gate(ours, symbol.order)
        cut |= zip(names, np.split(part, len(names)), strict=True)
    return cut | {
        name: cut[name] + constant for name, constant in symbol.plus.items() if name in cut
    }


def _parts(symbol: Symbol, array: Array, sizes: Sizes) -> list[Array]:
    """What lies one behind the other in an array, one row of it per unit."""
    if len(symbol.ours) == 1 or array.ndim < len(symbol.axes):
        return [array]
    if symbol.joined:
        return np.split(array, [sizes["features"][0]], axis=1)
    if array.ndim > len(symbol.axes):  # a row for each
        return list(array)
    return [array] if symbol.rows else np.split(array, len(symbol.ours))


def _zeros(
    symbols: Mapping[str, Symbol], weights: Mapping[str, Array], cell: str
) -> dict[str, Array]:
    """The recurrent biases of the gates where the framework has none, if others have one."""
    covered = {name for symbol in symbols.values() for name in arrays_in(symbol)}
    names = CELLS[cell].names("bias_h")
    there = [weights[name] for name in names if name in weights]
    return {name: np.zeros_like(there[0]) for name in names if there and name not in covered}
