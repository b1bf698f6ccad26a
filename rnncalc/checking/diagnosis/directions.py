"""Mistakes about layers: how two directions are merged, which is which, which comes first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import permutations

import numpy as np

from rnncalc.checking.diagnosis.hypothesis import Hypothesis
from rnncalc.checking.diagnosis.job import Job
from rnncalc.checking.layouts import Series
from rnncalc.errors import RnncalcError
from rnncalc.model.layer import MERGES, Layer

MOST_LAYERS = 4
"""Of so many layers every order is tried; of more, two exchanged."""


def hypotheses(job: Job) -> Iterator[Hypothesis]:
    """Every mistake of this kind."""
    layers = job.model.layers
    yield from of_graph(job)
    if layers[-1].backward:
        say = "the backward half of the outputs stands first"
        remedy = "concatenate forward, then backward"
        yield Hypothesis("layer-order", say, remedy, lambda job: job.turned(_halves))
    if 1 < len(layers) <= MOST_LAYERS:
        for order in list(permutations(range(len(layers))))[1:]:
            names = ", ".join(layers[i].name for i in order)
            say = f"the layers run in the order {names}"
            yield Hypothesis("layer-order", say, "", _ordered(order))


def of_graph(job: Job) -> Iterator[Hypothesis]:
    """Those about the two directions of a layer, wherever it stands."""
    layers = job.model.layers
    two_ways = [index for index, layer in enumerate(layers) if layer.backward]
    for index in two_ways:
        name = layers[index].name if len(layers) > 1 else ""
        yield from _merges(layers[index], index, name)
    for group in dict.fromkeys([tuple(two_ways), *((index,) for index in two_ways)]):
        if group:
            yield _exchanged(job, group)


def _merges(layer: Layer, index: int, name: str) -> Iterator[Hypothesis]:
    for merge in MERGES:
        if merge == layer.merge:
            continue
        where = f" ({name})" if name else ""
        say = f"the directions are merged by {merge}, not {layer.merge}{where}"
        remedy = "it is merge_mode in Keras; PyTorch always has concat"
        yield Hypothesis("merge-mode", say, remedy, _merged(index, merge), where=name)


def _merged(index: int, merge: str) -> Callable[[Job], Job]:
    def change(job: Job) -> Job:
        layers = list(job.model.layers)
        if not layers[index].backward:
            raise RnncalcError("it has one direction")
        layers[index] = replace(layers[index], merge=merge)
        return job.with_model(layers=tuple(layers))

    return change


def _exchanged(job: Job, group: tuple[int, ...]) -> Hypothesis:
    whole = len(group) == len(job.model.layers)
    names = ", ".join(job.model.layers[index].name for index in group)
    say = "forward and backward weights are exchanged" + ("" if whole else f" ({names})")
    remedy = "the reverse direction is l0_reverse in PyTorch, backward_layer in Keras, B[1] in ONNX"

    def change(this: Job) -> Job:
        layers = list(this.model.layers)
        for index in group:
            layers[index] = _swapped(layers[index])
        return this.with_model(layers=tuple(layers))

    return Hypothesis("layer-order", say, remedy, change, where="" if whole else names)


def _swapped(layer: Layer) -> Layer:
    """A layer whose directions have each other's weights; states and functions stay."""
    other = layer.backward
    if other is None or other.cell != layer.cell:
        raise RnncalcError("it has one direction, or two kinds of cells")
    backward = replace(other, weights=layer.weights)
    return replace(layer, weights=other.weights, backward=backward)


def _halves(this: Series) -> Series:
    if this.ways != 2:
        raise RnncalcError("there are no halves")
    one, other = np.split(this.values, 2, axis=-1)
    return this._replace(values=np.concatenate([other, one], axis=-1))


def _ordered(order: tuple[int, ...]) -> Callable[[Job], Job]:
    def change(job: Job) -> Job:
        layers = job.model.layers
        return job.with_model(layers=tuple(layers[i] for i in order))

    return change
