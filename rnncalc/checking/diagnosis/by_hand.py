"""Layers computed step after step by their equations, with operands that are none of theirs.

So a loop of somebody's own may go, or a processor that rounds. The equations are those of
``equations/``; what comes out stands in the job in place of its layers, so that output layers, last
steps and axes are as always.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.diagnosis.job import Job
from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError
from rnncalc.model.checks import alter
from rnncalc.model.layer import Layer
from rnncalc.running.inputs import initial_states
from rnncalc.running.passes import merge

QUANTITIES = ("h", "y", "final.h")


class Hand:
    """How the steps of a loop are computed; this one does what the equations say."""

    def matrix(self, name: str, array: Array) -> Any:
        """What stands for a matrix: ``W_x.i``, ``W_r``."""
        return array

    def states(self, layer: Layer, way: str, history: list[tuple[Array, ...]]) -> tuple[Any, ...]:
        """What a step takes for the states before it, of all that there were, the first ones first.

        Args:
            way: the direction.
            history: h (and c) of every step so far, (units, batch) each.
        """
        return history[-1]

    def outputs(self, h: Array) -> Array:
        """What the layers behind the last one read of it."""
        return h


class Product:
    """A matrix that is multiplied in a way of its own."""

    __array_ufunc__ = None  # NumPy leaves the operation to us

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def __matmul__(self, other: Any) -> Any:
        return self.function(other)


def by_hand(job: Job, hand: Hand) -> Job:
    """The job whose layers were computed so. Errors: RnncalcError where that is not done."""
    model = job.model
    marked = model.lengths is not None or model.mask is not None
    if marked or model.mode == "one-to-many" or job.name not in QUANTITIES:
        raise RnncalcError("it is more than a plain loop")
    if job.name == "final.h" and len(model.layers) > 1:
        raise RnncalcError("final states are those of several layers")
    columns = job.x.transpose(1, 2, 0)
    for layer in model.layers:
        columns = _through(layer, columns, hand)
    h = hand.outputs(columns).transpose(2, 0, 1)
    standing = job.with_model(layers=(_standing(model.layers[-1]),), x=h if job.batched else h[0])
    return standing.turned(lambda this: this)  # it is no network to be written down


def _through(layer: Layer, columns: Array, hand: Hand) -> Array:
    """A layer of one direction or two, (timesteps, width, batch)."""
    if layer.chain or layer.same_loop or layer.merge == "none":
        raise RnncalcError("something stands between the layers")
    ways = []
    for way, one in layer.passes.items():
        h = _steps(one, way, columns[::-1] if way == "backward" else columns, hand)
        ways.append(h[::-1] if layer.turned(way) else h)
    return merge(layer, ways)


def _steps(layer: Layer, way: str, columns: Array, hand: Hand) -> Array:
    """Every step of a direction, in the order in which it reads."""
    kind = CELLS[layer.cell]
    operands = kind.operands(_columns(layer.arrays, hand))
    history = [tuple(initial_states(layer, columns.shape[-1]).values())]
    for x in columns:
        states = hand.states(layer, way, history)
        values = kind.step(x, *states, **operands, **layer.settings)
        history.append(tuple(values[state] for state in kind.states))
    return np.stack([states[0] for states in history[1:]])


def _columns(arrays: Mapping[str, Array], hand: Hand) -> dict[str, Any]:
    """The operands of the equations: matrices by hand, all else as columns."""
    return {
        name: hand.matrix(name, array) if array.ndim == 2 else array[:, None]
        for name, array in arrays.items()
    }


def _standing(layer: Layer) -> Layer:
    """A layer that hands on what it reads, with the directions of another one."""
    width = layer.width
    assert width is not None  # two separate outputs were refused
    two = layer.backward is not None and layer.merge == "concat"
    if layer.backward and not two and not layer.return_sequences:
        raise RnncalcError("the last outputs of two directions were joined")
    units = layer.state_size if two else width
    parts = np.split(np.eye(width), [units]) if two else [np.eye(width)]
    forward, *others = (_handing_on(part) for part in parts)
    way = "forward" if layer.backward else layer.direction
    last = alter(
        forward, name=layer.name, return_sequences=layer.return_sequences, direction=way
    )  # fmt: skip
    if not others:
        return replace(last, order=layer.order)
    return replace(last, backward=replace(others[0], direction="backward"), merge="concat")


def _handing_on(part: Array) -> Layer:
    """A layer that gives these of the numbers that it reads."""
    units = len(part)
    return Layer({"W_x": part, "W_h": np.zeros((units, units))}, activation="linear")
