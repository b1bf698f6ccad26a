"""The weights of one direction as a convention stacks them, and what became of its biases."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnncalc.array import Array
from rnncalc.conventions import CONVENTIONS, tensors_of
from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError, located, printable
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model, cast

ONE_BIAS = ("keras",)
"""The conventions whose cells have one bias (a GRU with reset_after apart)."""


def stacked(layer: Layer, where: str, convention: str, dtype: str) -> dict[str, Array]:
    """The arrays of one direction, stacked as the convention does, in the dtype.

    They are rounded first, as a run does; sums of biases are rounded once more.

    Errors: RnncalcError for what the convention has no array for, with its name.
    """
    exact = {name: _exact(name, one, dtype) for name, one in layer.weights.items()}
    after = layer.reset_after if layer.cell == "gru" else None
    with located(printable(where)):
        try:
            theirs = tensors_of(CONVENTIONS[convention], exact, layer.cell, reset_after=after)
        except RnncalcError as error:
            error.message += ". A .yaml or .json file says everything"
            raise
    return {name: numbers(name, array, dtype) for name, array in theirs.items()}


def _exact(name: str, array: Array, dtype: str) -> Array:
    """An array rounded to the dtype, in which sums are not rounded yet."""
    return numbers(name, array, dtype).astype(np.float64)


def numbers(name: str, array: Array, dtype: str) -> Array:
    """An array as it is stored: in the dtype, row by row."""
    return np.ascontiguousarray(cast(name, np.asarray(array), dtype))


def folds(layer: Layer, convention: str) -> bool:
    """Whether the second bias of a direction is added to the first."""
    if convention not in ONE_BIAS or (layer.cell == "gru" and layer.reset_after):
        return False
    return any(name in layer.weights for name in CELLS[layer.cell].names("bias_h"))


def rounds(model: Model, convention: str) -> bool:
    """Whether biases are added up, so that the last bits may change."""
    return any(folds(one, convention) for _, one in ways(model))


def bias_notes(model: Model, convention: str, title: str = "") -> list[str]:
    """Two biases that become one, and one that becomes two: told by the layer's name.

    Args:
        title: whose they are, where not the convention's.
    """
    notes = []
    whose = CONVENTIONS[convention]
    whose = whose._replace(title=title or whose.title)
    for name, one in ways(model):
        kind = CELLS[one.cell]
        first, second = (
            any(each in one.weights for each in kind.names(bias)) for bias in ("bias", "bias_h")
        )
        if folds(one, convention):
            both = "bias is the sum of bias and bias_h" if first else "bias_h is the one bias"
            notes.append(f"{name}: {whose.title} has one bias: {both}")
        elif first != second and convention not in ("textbook", "keras"):
            there = "second" if first else "first"
            notes.append(f"{name}: {whose.title} has two biases: the {there} one is 0")
        elif first != second and one.cell == "gru" and convention == "keras":
            notes.append(f"{name}: {whose.possessive} GRU has two biases: one of them is 0")
    return list(dict.fromkeys(notes))


def ways(model: Model) -> Iterator[tuple[str, Layer]]:
    """Every direction of every layer, with the layer's name."""
    for layer in model.layers:
        for one in layer.passes.values():
            yield printable(layer.name), one
