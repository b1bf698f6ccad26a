"""GRUs of papers that exchange z and 1 - z, as frameworks have them: the weights of z negated."""

from __future__ import annotations

from dataclasses import replace

from rnncalc.converting.refusal import refused
from rnncalc.equations.activations import Activation
from rnncalc.equations.gru import INVERTED, STANDARD, negated
from rnncalc.errors import printable
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model

SIGMOID = Activation("sigmoid")


def as_frameworks(model: Model) -> tuple[Model, tuple[str, ...]]:
    """The same network without ``update: inverted``, and what is told of each layer that had it.

    Errors: RnncalcError for gates whose 1 - z is not that of negated weights.
    """
    turned = [
        one.name for one in model.layers if any(_inverted(way) for way in one.passes.values())
    ]
    layers = tuple(_standard(layer, layer.name) for layer in model.layers)
    notes = tuple(
        f"{printable(name)}: the weights and biases of z are negated, as h = z h_prev + (1 - z) n"
        for name in turned
    )
    return (replace(model, layers=layers), notes) if turned else (model, ())


def _inverted(layer: Layer) -> bool:
    return layer.update == INVERTED


def _standard(layer: Layer, name: str) -> Layer:
    """A layer, each direction of it, with the weights of z negated where z and 1 - z are turned."""
    backward = None if layer.backward is None else _standard(layer.backward, name)
    if not _inverted(layer):
        return replace(layer, backward=backward) if backward else layer
    if layer.recurrent_activation != SIGMOID:
        what = f"update inverted with {layer.recurrent_activation}: no framework has it"
        raise refused(name, f"{what} (of a sigmoid it would be z of negated weights)")
    return replace(layer, weights=negated(layer.weights), update=STANDARD, backward=backward)
