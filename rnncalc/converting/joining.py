"""A network as files of weights can hold it: nothing without an array that could have one.

Activations that stand alone behind a dense layer are made its own; normalizations without arrays
get a scale of 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from rnncalc.equations.activations import Activation
from rnncalc.model.model import Model
from rnncalc.model.stateless import Function, Normalization, Output, Stateless


def joined(model: Model) -> Model:
    """The same network, with as few layers without arrays as can be."""
    layers = []
    for layer in model.layers:
        layers.append(replace(layer, before=tuple(_sized(_joined(layer.chain), layer.takes))))
    outputs = tuple(_sized(_joined(model.outputs), model.layers[-1].width))
    return replace(model, layers=tuple(layers), output=outputs or None)


def _joined(chain: Iterable[Stateless]) -> tuple[Stateless, ...]:
    result: list[Stateless] = []
    for one in chain:
        last = result[-1] if result else None
        if isinstance(one, Function) and isinstance(last, Output) and _linear(last):
            result[-1] = replace(last, activation=one.activation)
        else:
            result.append(one)
    return tuple(result)


def _sized(chain: tuple[Stateless, ...], width: int | None) -> Iterator[Stateless]:
    """The layers of a row that takes ``width`` numbers; normalizations tell their sizes."""
    for i, one in enumerate(chain):
        bare = isinstance(one, Normalization) and one.takes is None and width
        yield replace(one, gamma=np.ones(width)) if bare else one  # type: ignore[type-var]
        behind = (later.takes for later in chain[i + 1 :] if later.takes)
        width = one.gives(one.takes or width) or next(behind, None)


def _linear(one: Output) -> bool:
    return isinstance(one.activation, Activation) and one.activation.name == "linear"
