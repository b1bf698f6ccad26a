"""A framework's stacked arrays cut into gates: one way for all frameworks.

An array that does not fit its words is refused with both shapes, and what may have been meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.conventions.convention import (
    NO_PLUS,
    Convention,
    Symbol,
    arrays_in,
    in_words,
    per_gate,
    symbols_of,
    wordings,
)
from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError, ShapeError, printable, suggestion
from rnncalc.model.shapes import (
    Sizes,
    Words,
    described,
    factored,
    fit,
    learned,
    product,
    real,
)


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


def shapes_of(
    convention: Convention, shapes: Mapping[str, tuple[int, ...]], cell: str
) -> tuple[dict[str, int], dict[str, tuple[int, ...]]]:
    """The sizes that the shapes of a framework's arrays tell, and the shapes of ours in them.

    Errors: ShapeError for shapes that do not fit the cell or each other.
    """
    symbols = {n: s for n, s in symbols_of(convention, cell).items() if n in shapes}
    given = {name: np.broadcast_to(np.float32(0), shapes[name]) for name in symbols}
    arrays, sizes = _fitted(convention, symbols, given, cell)
    ours: dict[str, Array] = {}
    for name, symbol in symbols.items():
        ours |= _cut(convention, symbol._replace(plus=NO_PLUS), arrays[name], sizes)
    numbers = {word: size for word, (size, _) in sizes.items()}
    return numbers, {name: array.shape for name, array in ours.items()}


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
            raise _misfit(convention, cell, name, arrays[name], shapes, sizes)
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
        first = "features" if symbol.ours[0] == "W_x" else "units"
        return np.split(array, [sizes[first][0]], axis=1)
    if array.ndim > len(symbol.axes):  # a row for each
        return list(array)
    if symbol.rows and symbol.flat and len(array) > len(symbol.order) * sizes["units"][0]:
        return np.split(array, len(symbol.ours))
    return [array] if symbol.rows else np.split(array, len(symbol.ours))


def _zeros(
    symbols: Mapping[str, Symbol], weights: Mapping[str, Array], cell: str
) -> dict[str, Array]:
    """The recurrent biases of the gates where the framework has none, if others have one."""
    covered = {name for symbol in symbols.values() for name in arrays_in(symbol)}
    names = CELLS[cell].names("bias_h")
    there = [weights[name] for name in names if name in weights]
    return {name: np.zeros_like(there[0]) for name in names if there and name not in covered}


def _misfit(
    convention: Convention, cell: str, theirs: str, array: Array, shapes: list[Words], sizes: Sizes
) -> ShapeError:
    """Both shapes, who says the sizes, and what may have been meant."""
    turned = learned(shapes[0], array.shape[::-1], sizes, theirs) if array.ndim == 2 else None
    expected = " or ".join(_expected(words, turned or sizes) for words in shapes)
    message = f"{theirs} {described(array)}, expected {expected}"
    if tellers := _tellers(shapes, sizes):
        message += f" ({tellers})"
    hint = ": transposed?" if turned else _other_cell(convention, cell, theirs, array, sizes)
    return ShapeError(message + hint, about=(theirs,))


def _expected(words: Words, sizes: Sizes) -> str:
    """``(4 * units, features) = (12, features)``."""
    parsed = [(word, *factored(word)) for word in words]
    numbers = [str(product(f, n, sizes)) if set(n) <= set(sizes) else word for word, f, n in parsed]
    text, filled = f"({', '.join(words)})", f"({', '.join(numbers)})"
    return text if text == filled else f"{text} = {filled}"


def _tellers(shapes: Iterable[Words], sizes: Sizes) -> str:
    """The sizes that these shapes are about, and who tells them: ``units 3 as weight_hh says``."""
    names = [name for words in shapes for word in words for name in factored(word)[1]]
    whose: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        if name in sizes:
            whose.setdefault(sizes[name][1], []).append(f"{name} {sizes[name][0]}")
    return ", ".join(f"{' and '.join(parts)} as {teller} says" for teller, parts in whose.items())


def _other_cell(convention: Convention, cell: str, theirs: str, array: Array, sizes: Sizes) -> str:
    """Which other cell has arrays of this shape."""
    for other in ("gru", "lstm", "rnn"):
        symbol = symbols_of(convention, other).get(theirs) if other in convention.orders else None
        if other == cell or symbol is None:
            continue
        if gates := _as_cell(symbol, other, array, sizes):
            return f": {gates} would be {'a' if other == 'gru' else 'an'} {other}"
    return ""


def _as_cell(symbol: Symbol, cell: str, array: Array, sizes: Sizes) -> str:
    """How the gates of a cell stand in an array of this shape: ``3 * 3``."""
    for words in wordings(symbol):
        known = learned(words, array.shape, sizes, "")
        if known and "units" in known:
            units = str(known["units"][0])
            return f"{CELLS[cell].blocks} * {units}" if CELLS[cell].gates else units
    return ""
