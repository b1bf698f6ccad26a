"""Activations that stand alone behind a dense layer, made its own: files of weights see no others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rnncalc.activations import Activation
from rnncalc.model import Model
from rnncalc.stateless import Function, Output, Stateless


def joined(model: Model) -> Model:
    """The same network, with each lone activation in the dense layer before it where it can be."""
    layers = [replace(layer, before=_joined(layer.chain)) for layer in model.layers]
    return replace(model, layers=tuple(layers), output=_joined(model.outputs) or None)


def _joined(chain: Iterable[Stateless]) -> tuple[Stateless, ...]:
    result: list[Stateless] = []
    for one in chain:
        last = result[-1] if result else None
        if isinstance(one, Function) and isinstance(last, Output) and _linear(last):
            result[-1] = replace(last, activation=one.activation)
        else:
            result.append(one)
    return tuple(result)


def _linear(one: Output) -> bool:
    return isinstance(one.activation, Activation) and one.activation.name == "linear"
