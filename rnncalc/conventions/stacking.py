"""The gates' arrays as a framework stores them: the inverse of ``cutting.py``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from rnncalc.array import Array
from rnncalc.conventions.convention import Convention, Symbol, arrays_in, per_gate, symbols_of
from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError

BIASES = ("bias", "bias_h")


def tensors_of(
    convention: Convention,
    weights: Mapping[str, Array],
    cell: str,
    *,
    reset_after: bool | None = None,
) -> dict[str, Array]:
    """The arrays of one direction as the framework stores them: the inverse of ``weights_of``.

    Where the framework has one bias, it gets the sum of both; where it has two or none, a missing
    one is 0. What it adds while it runs is subtracted here, which may round the last bit.

    Args:
        reset_after: of a GRU, where it is known. Keras' bias has two rows if True, one if False;
            else two where there are two biases.

    Errors: RnncalcError for weights that the framework has no array for, for a GRU that it does not
    compute, and where W_x or W_h is missing.
    """
    symbols, kind = symbols_of(convention, cell), CELLS[cell]
    for name in (name for weight in kind.required for name in kind.names(weight)):
        if name not in weights:
            raise RnncalcError(f"{name} is missing")
    variant = _variant(convention, reset_after) if cell == "gru" else None
    weights = _folded(symbols, weights, cell, variant)
    covered = _covered(symbols)
    for name in weights:
        if name not in covered:
            message = f"{convention.name} has no array for {name} of cell {cell}"
            raise RnncalcError(message, about=(name,))
    return {
        theirs: _stacked(convention, symbol, weights, two_rows=_two_rows(symbol, weights, variant))
        for theirs, symbol in symbols.items()
        if _there(symbol, weights, cell)
    }


def _variant(convention: Convention, reset_after: bool | None) -> bool | None:
    """Which GRU it is, by what was said or by the framework."""
    if convention.both_variants:
        return reset_after
    if reset_after not in (None, convention.reset_after):
        there, missing = ("after", "before") if convention.reset_after else ("before", "after")
        message = f"{convention.name} has the reset gate {there} the product, this gru {missing} it"
        raise RnncalcError(message, about=("reset_after",))
    return convention.reset_after


def _covered(symbols: Mapping[str, Symbol]) -> set[str]:
    return {name for symbol in symbols.values() for name in arrays_in(symbol)}


def _folded(
    symbols: Mapping[str, Symbol], weights: Mapping[str, Array], cell: str, variant: bool | None
) -> dict[str, Array]:
    """The weights with the recurrent bias in the other one, where the framework has one only.

    Behind the reset gate it cannot be moved.
    """
    folded, covered = dict(weights), _covered(symbols)
    for name in CELLS[cell].names("bias_h"):
        other = name.replace("bias_h", "bias")
        inside = name == "bias_h.n" and variant is not False
        has_none = name not in covered or (variant is False and _in_rows(symbols, name))
        if name in folded and has_none and not inside:
            array = folded.pop(name)
            folded[other] = folded[other] + array if other in folded else array
    return folded


def _in_rows(symbols: Mapping[str, Symbol], name: str) -> bool:
    return any(symbol.rows and name in arrays_in(symbol) for symbol in symbols.values())


def _two_rows(symbol: Symbol, weights: Mapping[str, Array], variant: bool | None) -> bool:
    """Whether both biases are stored in rows."""
    if not symbol.rows or variant is not None:
        return bool(symbol.rows and variant)
    return any(name in weights for name in per_gate(symbol.ours[-1], symbol.order))


def _there(symbol: Symbol, weights: Mapping[str, Array], cell: str) -> bool:
    """Whether the framework stores the array."""
    if symbol.always or any(name in weights for name in arrays_in(symbol)):
        return True
    biases: Iterable[str] = [n for b in BIASES for n in CELLS[cell].names(b)]
    return symbol.paired and any(name in weights for name in biases)


def _stacked(
    convention: Convention, symbol: Symbol, weights: Mapping[str, Array], *, two_rows: bool
) -> Array:
    parts = [_gates(ours, symbol, weights) for ours in symbol.ours]
    if symbol.joined:
        array = np.concatenate(parts, axis=1)
    elif symbol.rows:
        joined = np.concatenate if symbol.flat else np.stack
        array = joined(parts) if two_rows else parts[0]
    else:
        array = np.concatenate(parts)
    return array.T if convention.columns and len(symbol.axes) == 2 else array


def _gates(ours: str, symbol: Symbol, weights: Mapping[str, Array]) -> Array:
    """The gates of one of our arrays below each other; a missing bias is 0."""
    W_h = next(array for name, array in weights.items() if name.startswith("W_h"))
    zeros = np.zeros_like(W_h[:, 0])
    arrays = {name: weights.get(name, zeros) for name in per_gate(ours, symbol.order)}
    arrays |= {name: arrays[name] - plus for name, plus in symbol.plus.items() if name in arrays}
    return np.concatenate(list(arrays.values()))
