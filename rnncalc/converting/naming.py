"""What layers without a state are called in files of weights: each name once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

from rnncalc.model import Model
from rnncalc.stateless import Stateless

HEAD = {"output": "fc"}
"""The name that an output layer has by default says nothing in a state dict."""


def heads(model: Model) -> dict[str, Stateless]:
    """The layers in front of recurrent ones and behind them, by the names that they get."""
    taken = {layer.name for layer in model.layers} | {"embedding"}
    named: dict[str, Stateless] = {}
    for one in _every(model):
        base = HEAD.get(one.name, one.name)
        names = (f"{base}_{i}" if i else base for i in count())
        name = next(name for name in names if name not in taken)
        taken.add(name)
        named[name] = one
    return named


def _every(model: Model) -> Iterator[Stateless]:
    for layer in model.layers:
        yield from layer.chain
    yield from model.outputs
