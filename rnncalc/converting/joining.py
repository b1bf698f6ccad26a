"""A network as files of weights can hold it: nothing without an array that could have one.

Activations that stand alone behind a dense layer are made its own; normalizations without arrays
get a scale of 1.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from rnncalc.activations import Activation
from rnncalc.model import Model
from rnncalc.stateless import Function, Normalization, Output, Stateless


def joined(model: Model) -> Model:
    """The same network, with as few layers without arrays as can be."""
    layers = []
    for layer in model.layers:
        chain = [_sized(one, layer.takes) for one in _joined(layer.chain)]
        layers.append(replace(layer, before=tuple(chain)))
    width: int | None = model.layers[-1].width
    outputs = []
    for one in _joined(model.outputs):
        outputs.append(_sized(one, width))
        width = one.gives(width)
    return replace(model, layers=tuple(layers), output=tuple(outputs) or None)


def _joined(chain: Iterable[Stateless]) -> tuple[Stateless, ...]:
    result: list[Stateless] = []
    for one in chain:
        last = result[-1] if result else None
        if isinstance(one, Function) and isinstance(last, Output) and _linear(last):
            result[-1] = replace(last, activation=one.activation)
        else:
            result.append(one)
    return tuple(result)


def _sized(one: Stateless, width: int | None) -> Stateless:
    """A normalization with an array that tells its size."""
    if isinstance(one, Normalization) and one.takes is None and width:
        return replace(one, gamma=np.ones(width))
    return one


def _linear(one: Output) -> bool:
    return isinstance(one.activation, Activation) and one.activation.name == "linear"
