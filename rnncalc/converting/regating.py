"""``--gates``: a file whose gates are stacked in another order than its names say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rnncalc.conventions import TENSORS, exchange, misread, order_read
from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError, printable, suggestion
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model

ALIASES = {"lstm": {"c": "g"}, "gru": {"h": "n"}}
"""What frameworks call the candidate."""


def regated(model: Model, words: Iterable[str]) -> Model:
    """The network, its weights cut in the orders that were said.

    Args:
        words: ``[LAYER.][forward.|backward.][ARRAY=]ORDER``, as ``iofg``, ``lstm_1.W_h=iofg``.

    Errors: RnncalcError for an order that is none, and for a name that there is not.
    """
    for word in words:
        model = _one(model, word)
    return model


def _one(model: Model, word: str) -> Model:
    name, _, order = word.rpartition("=")
    parts = [part for part in name.split(".") if part]
    tensors = (parts.pop(),) if parts and parts[-1] in TENSORS else TENSORS
    ways = (parts.pop(),) if parts and parts[-1] in ("forward", "backward") else ()
    layer = ".".join(parts)
    names = [one.name for one in model.layers]
    if layer and layer not in names:
        hint = suggestion(layer, names)
        raise RnncalcError(f"--gates {printable(word)}: there is no layer so named. {hint}")
    found = [
        (index, way)
        for index, one in enumerate(model.layers)
        for way in one.passes
        if one.gated and layer in ("", one.name) and (not ways or way in ways)
    ]
    if not found:
        raise RnncalcError(f"--gates {printable(word)}: there are no gates")
    layers = list(model.layers)
    for index, way in found:
        layers[index] = _changed(layers[index], way, order, tensors, word)
    return replace(model, layers=tuple(layers))


def _changed(layer: Layer, way: str, order: str, tensors: tuple[str, ...], word: str) -> Layer:
    """A layer with the gates of one direction in another order."""
    one = layer.passes[way]
    gates = "".join(CELLS[one.cell].gates)
    letters = "".join(ALIASES.get(one.cell, {}).get(letter, letter) for letter in order)
    if sorted(letters) != sorted(gates):
        known = " ".join(gates)
        raise RnncalcError(
            f"--gates {printable(word)}: {known} in some order were expected for {layer.name}"
        )
    places = misread(letters, order_read(one.cell, one.stacked), gates)
    weights = {**one.weights, **exchange(one.weights, tensors, gates, places)}
    if one is layer:
        return replace(layer, weights=weights)
    return replace(layer, backward=replace(one, weights=weights))
