"""Whose arrays they are, by their names, and what their layout says about the cell's options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import numpy as np

from rnncalc.conventions import keras, matlab, onnx, papers, textbook, torch
from rnncalc.conventions.convention import Convention, names_in, symbols_of
from rnncalc.errors import RnncalcError
from rnncalc.model.shapes import real

IN_CONFIGS = (
    textbook.CONVENTION, keras.CONVENTION, torch.CONVENTION, onnx.CONVENTION, papers.W_AND_U,
    papers.W_XH, matlab.CONVENTION,
)  # fmt: skip
"""The conventions that a config may be written in without saying so."""


def convention_of(names: Iterable[str]) -> Convention | None:
    """Whose names these are: Keras', PyTorch's, ONNX'; None for the textbook's, or if none are.

    Names of something else (``cell``, ``h0``) do not count.

    Errors: RnncalcError, about two names, where they are of two conventions.
    """
    owners = {name: found for name in names if (found := _owners(name))}
    left = {one.name for one in IN_CONFIGS}
    for name in sorted(owners, key=lambda name: len(owners[name])):
        if not left & owners[name]:
            first = next(other for other in owners if not owners[other] & owners[name])
            raise _mixed(first, name, owners)
        left &= owners[name]
    return next((one for one in IN_CONFIGS[1:] if left == {one.name}), None)


def implied_options(
    convention: Convention, tensors: Mapping[str, Any], cell: str
) -> dict[str, bool]:
    """What a framework's layout says about the options of the cell, if nothing else says it.

    Keras' bias of a GRU has two rows where ``reset_after`` is true, MATLAB's is twice as long where
    it cannot be false; the others compute one variant, or have a default (ONNX).
    """
    if cell != "gru":
        return {}
    if convention.reset_after is not None:
        return {"reset_after": convention.reset_after}
    for name, symbol in symbols_of(convention, cell).items():
        if symbol.rows and symbol.flat and name in tensors:
            return {"reset_after": True} if _doubled(convention, tensors, name) else {}
        if symbol.rows and name in tensors:
            dimensions = real(name, tensors[name]).ndim  # one number says nothing
            return {"reset_after": dimensions > len(symbol.axes)} if dimensions else {}
    return {}


def _doubled(convention: Convention, tensors: Mapping[str, Any], name: str) -> bool:
    """Whether a bias is as long as two."""
    rows = [
        len(real(theirs, tensors[theirs]))
        for theirs, symbol in convention.symbols.items()
        if theirs in tensors and symbol.ours == ("W_h",) and np.ndim(tensors[theirs])
    ]
    return bool(rows) and real(name, tensors[name]).size == 2 * rows[0]


def stacked_order(convention: Convention, tensors: Iterable[str], cell: str) -> str:
    """The order of the gates where arrays hold them all; nothing where each has its own."""
    symbols = symbols_of(convention, cell)
    orders = [symbols[name].order for name in tensors if "W_h" in symbols[name].ours]
    return orders[0] if orders and len(orders[0]) > 1 else ""


def _owners(name: str) -> set[str]:
    """The conventions that have an array of this name, of any cell."""
    return {one.name for one in IN_CONFIGS if name.split(".")[0] in _firsts(one.name)}


@cache
def _firsts(convention: str) -> frozenset[str]:
    """The names of a convention's arrays, without what stands behind a point."""
    one = next(one for one in IN_CONFIGS if one.name == convention)
    return frozenset(theirs.split(".")[0] for theirs in names_in(one))


def _mixed(first: str, second: str, owners: Mapping[str, set[str]]) -> RnncalcError:
    whose = [
        " or ".join(one.possessive for one in IN_CONFIGS if one.name in owners[name])
        for name in (first, second)
    ]
    message = f"{first} is {whose[0]}, {second} is {whose[1]}"
    return RnncalcError(f"{message}: give all weights in one convention", about=(first, second))
