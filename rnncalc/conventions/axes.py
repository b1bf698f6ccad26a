"""Shapes in words against shapes in numbers: what the arrays of a cell tell, and who misfits.

``fit`` brings one array into the shape that its words ask for, and learns from it; an error says
both shapes, and what may have been meant. Arrays under our own names are ``shapes.py``'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from rnncalc.array import Array
from rnncalc.conventions.convention import (
    Convention,
    Symbol,
    in_words,
    per_gate,
    symbols_of,
    wordings,
)
from rnncalc.equations import CELLS
from rnncalc.errors import ShapeError
from rnncalc.model.shapes import Sizes, axes_of, described

Words = tuple[str, ...]


def learned(words: Sequence[str], shape: Sequence[int], sizes: Sizes, teller: str) -> Sizes | None:
    """What is known of the sizes with this shape; None if it does not fit what was known."""
    if len(words) != len(shape):
        return None
    known = dict(sizes)
    for word, size in sorted(zip(words, shape, strict=True), key=lambda pair: "+" in pair[0]):
        factor, names = _parsed(word)
        unknown = [name for name in names if name not in known]
        rest = size - _sum(factor, names, known)
        if not unknown and rest:
            return None
        if len(unknown) == 1:
            if rest <= 0 or rest % factor:
                return None
            known[unknown[0]] = (rest // factor, teller)
    return known


def fit(theirs: str, array: Array, shapes: list[Words], sizes: Sizes) -> tuple[Array, Sizes] | None:
    """The array in the first of the shapes in words that fits, and what is then known."""
    for words in shapes:
        for shape in _readings(array, words, sizes):
            if (known := learned(words, shape, sizes, theirs)) is not None:
                full = np.broadcast_to(array, shape) if array.ndim == 0 else array.reshape(shape)
                return full, known
    return None


def misfit(
    convention: Convention, cell: str, theirs: str, array: Array, shapes: list[Words], sizes: Sizes
) -> ShapeError:
    """Both shapes, who says the sizes, and what may have been meant."""
    turned = learned(shapes[0], array.shape[::-1], sizes, theirs) if array.ndim == 2 else None
    expected = " or ".join(_expected(words, turned or sizes) for words in shapes)
    message = f"{theirs} {described(array)}, expected {expected}"
    if told := _told(shapes, sizes):
        message += f" ({told})"
    hint = ": transposed?" if turned else _other_cell(convention, cell, theirs, array, sizes)
    return ShapeError(message + hint, about=(theirs,))


def _parsed(word: str) -> tuple[int, list[str]]:
    """``4 * units`` as 4 and its names; ``2`` as 2 and none."""
    if word.isdigit():
        return int(word), []
    factor, _, names = word.rpartition(" * ")
    return int(factor or 1), names.split(" + ")


def _sum(factor: int, names: list[str], sizes: Sizes) -> int:
    return factor * (sum(sizes[n][0] for n in names if n in sizes) if names else 1)


def _readings(array: Array, words: Words, sizes: Sizes) -> list[tuple[int, ...]]:
    """The shapes that may be meant: a list is one row or one column, 0 any bias."""
    if array.ndim == 0 and len(words) == 1 and array == 0:
        factor, names = _parsed(words[0])
        return [(_sum(factor, names, sizes) or factor,)]
    if array.ndim == 0:
        return [(1,) * len(words)]
    if array.ndim == 1 and len(words) == 2 and not words[0].isdigit():
        return [(array.size, 1), (1, array.size)]
    return [array.shape]


def _expected(words: Words, sizes: Sizes) -> str:
    """``(4 * units, features) = (12, features)``."""
    parsed = [(word, *_parsed(word)) for word in words]
    numbers = [str(_sum(f, n, sizes)) if set(n) <= set(sizes) else word for word, f, n in parsed]
    text, filled = f"({', '.join(words)})", f"({', '.join(numbers)})"
    return text if text == filled else f"{text} = {filled}"


def _told(shapes: Iterable[Words], sizes: Sizes) -> str:
    """The sizes that these shapes are about, and who tells them: ``units 3 as weight_hh says``."""
    names = [name for words in shapes for word in words for name in _parsed(word)[1]]
    told: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        if name in sizes:
            told.setdefault(sizes[name][1], []).append(f"{name} {sizes[name][0]}")
    return ", ".join(f"{' and '.join(parts)} as {teller} says" for teller, parts in told.items())


def _other_cell(convention: Convention, cell: str, theirs: str, array: Array, sizes: Sizes) -> str:
    """Which other cell has arrays of this shape."""
    for other in ("gru", "lstm", "rnn"):
        symbol = symbols_of(convention, other).get(theirs) if other in convention.orders else None
        if other == cell or symbol is None:
            continue
        if said := _as_cell(symbol, other, array, sizes):
            return f": {said} would be {'a' if other == 'gru' else 'an'} {other}"
    return ""


def _as_cell(symbol: Symbol, cell: str, array: Array, sizes: Sizes) -> str:
    """How the gates of a cell stand in an array of this shape: ``3 * 3``."""
    for words in wordings(symbol):
        known = learned(words, array.shape, sizes, "")
        if known and "units" in known:
            units = str(known["units"][0])
            return f"{CELLS[cell].blocks} * {units}" if CELLS[cell].gates else units
    return ""


def told(
    convention: Convention, shapes: dict[str, tuple[int, ...]], cell: str
) -> tuple[dict[str, int], dict[str, tuple[int, ...]]]:
    """The sizes that the shapes of a framework's arrays tell, and the shapes of ours in them.

    Errors: ShapeError for shapes that do not fit the cell or each other.
    """
    symbols = {n: s for n, s in symbols_of(convention, cell).items() if n in shapes}
    projected = any("W_r" in symbol.ours for symbol in symbols.values())
    sizes = Sizes()
    for name in 2 * sorted(symbols, key=lambda name: "W_h" not in symbols[name].ours):
        words = wordings(symbols[name], projected=projected)
        known = next((k for w in words if (k := learned(w, shapes[name], sizes, name))), None)
        if known is None:
            raise ShapeError(f"{name} has shape {shapes[name]}, expected {in_words(words)}")
        sizes = known
    numbers = {word: size for word, (size, _) in sizes.items()}
    ours: dict[str, tuple[int, ...]] = {}
    for name, symbol in symbols.items():
        rows = len(symbol.ours) if len(shapes[name]) > len(symbol.axes) or not symbol.rows else 1
        for base in symbol.ours[:rows]:
            axes = [numbers[word] for word in axes_of(base, sizes)]
            ours |= {part: tuple(axes) for part in per_gate(base, symbol.order)}
    return numbers, ours
