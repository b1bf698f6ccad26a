"""Files of Keras 1 and older: lists of weights become those that Keras 2 would have written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np

from rnncalc.containers.tensor import Tensor
from rnncalc.conventions.keras_first import OTHERS, STACKED, STORED, SYMBOLS
from rnncalc.errors import FileError, printable

NAME = re.compile(
    r"(?P<layer>.+)_(?:(?P<symbol>[WUb])(?:_(?P<gate>[ifcozrh]))?|(?P<other>gamma|beta|running_mean"
    r"|running_std))(?:_\d+)?(?::0)?",
    re.ASCII,
)
"""``lstm_1_W_i``; TensorFlow put ``:0`` behind, and a number where a name was taken."""

UNNAMED = re.compile(r"param_\d+", re.ASCII)
SHORT = {1: ("W",), 2: ("W", "b"), 3: ("W", "U", "b")}
"""What a list of so many arrays without names is; of more there are some for each gate."""

Named = tuple[str, str, str, Tensor]
"""The layer of an array, its letter, its gate, and the array."""


def modern(layer: str, tensors: Sequence[Tensor]) -> list[Tensor]:
    """The weights of an entry under Keras 2's names; as they are where they have other names.

    Args:
        layer: what the entry is called, for arrays without a name.

    Errors: FileError where the arrays of gates do not fit each other.
    """
    if tensors and all(UNNAMED.fullmatch(tensor.name) for tensor in tensors):
        named = _counted(layer, tensors)
    else:
        found = [(NAME.fullmatch(tensor.name), tensor) for tensor in tensors]
        named = [(one["layer"], one["symbol"] or one["other"], one["gate"] or "", tensor)
                 for one, tensor in found if one]  # fmt: skip
    if len(named) < len(tensors):
        return list(tensors)
    return [tensor for name, group in groupby(named, lambda one: one[0])
            for tensor in _of_layer(name, list(group))]  # fmt: skip


def _counted(layer: str, tensors: Sequence[Tensor]) -> list[Named]:
    """What arrays without a name are, by how many there are."""
    letters = [(letter, "") for letter in SHORT.get(len(tensors), ())]
    for gates in STORED.values():
        if len(tensors) == 3 * len(gates):
            letters = [(letter, gate) for gate in gates for letter in SYMBOLS]
    return [(layer, *what, one) for what, one in zip(letters, tensors, strict=False)]


def _of_layer(layer: str, named: Sequence[Named]) -> Iterator[Tensor]:
    """The arrays of one layer, those of its gates stacked."""
    parts = {(symbol, gate): tensor for _, symbol, gate, tensor in named}
    gates = {gate for _, gate in parts}
    order = next((order for order in STACKED.values() if {*order} == gates), "")
    if order and len(parts) == len(named) == 3 * len(order):
        for letter, name in SYMBOLS.items():
            yield _stacked(f"{layer}/{name}", [parts[letter, gate] for gate in order])
        return
    for _, symbol, gate, tensor in named:
        name = "_".join(filter(None, [SYMBOLS.get(symbol) or OTHERS[symbol], gate]))
        yield Tensor(f"{layer}/{name}", tensor.shape, tensor.dtype, tensor.numbers)


def _stacked(name: str, parts: Sequence[Tensor]) -> Tensor:
    """The arrays of all gates side by side, along their last axis."""
    shapes = [part.shape for part in parts]
    if len(set(shapes)) > 1 or not shapes[0]:
        listed = ", ".join(map(str, shapes))
        raise FileError(f"{printable(name, 200)}: the arrays of its gates have the shapes {listed}")
    shape = (*shapes[0][:-1], sum(shape[-1] for shape in shapes))
    widest = max((part.dtype for part in parts), key=lambda dtype: dtype == "float64")
    return Tensor(name, shape, widest,
                  lambda: np.concatenate([part.read() for part in parts], -1))  # fmt: skip
