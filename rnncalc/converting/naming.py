"""What layers are called in files of weights: each name once, modules without their operators."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from rnncalc.model.checks import LONGEST_NAME, Names
from rnncalc.model.model import Model
from rnncalc.model.stateless import Stateless

OPERATOR = re.compile(r"(?<=.)\.[A-Z][A-Za-z]*(_\d+)?$")
"""What PyTorch's exporter puts behind the path of a module: ``.LSTM``, ``.LSTM_1``, ``.Gemm``."""

TORCH = {"output": "fc"}
KERAS = {"output": "dense", "fc": "dense"}
"""What layers are called instead: the name that an output layer has by default says nothing."""


def heads(model: Model, called: Mapping[str, str] = TORCH) -> dict[str, Stateless]:
    """The layers in front of recurrent ones and behind them, by the names that they get."""
    taken = [*(layer.name for layer in model.layers), "embedding", "masking"]
    names = Names(taken, LONGEST_NAME)
    return {names.unique(called.get(one.name, one.name)): one for one in _every(model)}


def _every(model: Model) -> Iterator[Stateless]:
    for layer in model.layers:
        yield from layer.chain
    yield from model.outputs


def as_modules(model: Model) -> Model:
    """The network of an ONNX file, its layers called as the modules that they were in PyTorch.

    ``rnn.GRU`` is ``rnn``; where a module became several nodes, these are ``rnn.0``, ``rnn.1``. In
    a graph names stay, as layers name each other.
    """
    if model.wiring:
        return model
    bases = [_module(layer.name) for layer in model.layers]
    seen: Counter[str] = Counter()
    layers = []
    for layer, base in zip(model.layers, bases, strict=True):
        several = bases.count(base) > 1 and base != layer.name
        name = f"{base}.{seen[base]}" if several else base
        seen[base] += 1
        layers.append(replace(layer, name=name, before=tuple(map(_renamed, layer.chain))))
    return replace(model, layers=tuple(layers), output=tuple(map(_renamed, model.outputs)) or None)


def _module(name: str) -> str:
    return OPERATOR.sub("", name)


def _renamed(one: Stateless) -> Stateless:
    return replace(one, name=_module(one.name))  # type: ignore[type-var]  # all are dataclasses
