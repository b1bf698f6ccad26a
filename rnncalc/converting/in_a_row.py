"""A network whose layers stand in a row, for formats that hold a list of layers and ``skip``.

``skip`` is what networks of amplifiers and pedals add to their output: the first features of x.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from rnncalc.converting.refusal import (
    refuse_graph,
    refuse_loops,
    refuse_masks,
    refuse_options,
    refused,
)
from rnncalc.equations import CELLS
from rnncalc.equations.activations import Activation
from rnncalc.model.graph import Node
from rnncalc.model.joins import Join
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Output, Stateless

Place = Layer | Stateless


class Row(NamedTuple):
    """The layers in their order, and how many features of x are added to what the last gives."""

    places: tuple[Place, ...]
    skip: int


def row(model: Model, title: str) -> Row:
    """A network as a row. Errors: RnncalcError for one that is none."""
    if not model.wiring:
        places: list[Place] = []
        for layer in model.layers:
            places += [*layer.chain, layer]
        return Row((*places, *model.outputs), 0)
    x, *others = model.inputs
    nodes, skip = _skip(list(model.nodes), x, model.features)
    reads = [x, *(node.name for node in nodes)]
    straight = all(node.reads == (one,) for node, one in zip(nodes, reads, strict=False))
    if others or not straight or any(node.states for node in nodes):
        refuse_graph(model, title)
    return Row(tuple(node.layer for node in nodes), skip)


def _skip(nodes: list[Node], x: str, features: int) -> tuple[list[Node], int]:
    """The nodes without those that add features of x, and how many these add."""
    *body, last = nodes
    if not (isinstance(last.layer, Join) and last.layer.kind == "add" and len(last.reads) == 2):
        return nodes, 0
    if x in last.reads:
        return body, features
    picks = [node for node in body if node.name in last.reads and node.reads == (x,)]
    firsts = [node for node in picks if _picks(node.layer)]
    if len(firsts) != 1:
        return nodes, 0
    return [node for node in body if node is not firsts[0]], len(firsts[0].layer.W_y)  # type: ignore[union-attr]


def _picks(layer: Place) -> bool:
    """Whether it only gives the first numbers of what it reads."""
    if not isinstance(layer, Output) or str(layer.activation) != "linear":
        return False
    return np.array_equal(layer.W_y, np.eye(*layer.W_y.shape)) and not np.any(layer.bias)


def forward_only(model: Model, title: str) -> list[str]:
    """What is told of loops of cells. Errors: RnncalcError for what no format of a row has."""
    refuse_options(model, title)
    refuse_masks(model, title)
    if model.embedding:
        raise refused("embedding", f"{title} reads numbers, no ids")
    for layer in model.layers:
        if layer.direction == "backward" or layer.backward:
            raise refused(layer.name, f"direction backward: {title} computes step after step")
    return refuse_loops(model, title)


def with_bias(layer: Layer) -> Layer:
    """A layer that has a bias, be it of zeros."""
    if any(name.startswith("bias") for name in layer.weights):
        return layer
    zeros = {name: np.zeros(layer.units) for name in CELLS[layer.cell].names("bias")}
    return replace(layer, weights={**layer.weights, **zeros})


def refuse_functions(layer: Layer, title: str) -> None:
    """Errors: RnncalcError for a layer that computes with other functions than tanh and sigmoid."""
    for key, known in (("activation", "tanh"), ("recurrent_activation", "sigmoid")):
        one = getattr(layer, key)
        if isinstance(one, Activation) and str(one) != known:
            raise refused(layer.name, f"{key} {one}: {title}'s {layer.cell} has {known}")
