"""Networks of one structure beside each other: many runs in one, each with the bits that it has
alone.

A step of sixty small networks costs little more than a step of one. So they go together who differ
in numbers only: in weights, states, input, and in the functions of their cells.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.equations import CELLS
from rnncalc.model.checks import alter
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Stateless
from rnncalc.running.inputs import Flow, placed
from rnncalc.running.kernels import beside
from rnncalc.running.kernels.chunks import is_short
from rnncalc.running.kernels.sequential import States, Sweep
from rnncalc.running.passes import through
from rnncalc.running.precision import Precision
from rnncalc.running.recurrence import numbers_of, started, trace_of
from rnncalc.running.stateless_passes import apply
from rnncalc.trace.trace import Trace

MOST, ROOM = 64, 1 << 21
"""So many networks at most, and so many numbers of all of them."""


def structure(model: Model, known: Collection[int] = ()) -> Hashable:
    """What networks have in common that go together; None where one goes alone.

    Args:
        known: the ids of layers that stay: another one in their place is another structure.
    """
    plain = model.lengths is None and model.mask is None and model.masking is None
    if not plain or model.wiring or model.embedding or model.mode == "one-to-many":
        return None
    shape = np.shape(model.x)
    if len(shape) < 2 or not is_short(*_sizes(model)):
        return None
    if any(one.masks for one in _stateless(model)):
        return None
    layers = [id(one) if id(one) in known else _structure(one) for one in model.layers]
    return model.mode, shape, tuple(layers), tuple(map(type, model.outputs))


def room_for(model: Model) -> int:
    """How many networks like this one may go together."""
    if model.wiring:
        return 1
    steps, batch = _sizes(model)
    ways = (one for layer in model.layers for one in layer.passes.values())
    weights = sum(array.size for one in ways for array in one.weights.values())
    held = numbers_of(model, batch, steps, ("c",)) + weights
    return int(max(1, min(MOST, ROOM // held)))


def _sizes(model: Model) -> tuple[int, int]:
    """How many timesteps the input of a network has, and how many sequences."""
    *batch, steps, _ = np.shape(model.x)
    return steps, batch[0] if batch else 1


def run_beside(models: Sequence[Model], record: Collection[str]) -> Trace:
    """The run of all of them, as one of many sequences: those of the first model come first.

    Args:
        models: of one ``structure``, each with its input.

    Errors: as of ``run``, and ValueError, where one of them does not compute: run each alone.
    """
    doors = Doors(models)
    first = alter(models[0], layers=doors.layers, x=doors.x, entry=None)
    inputs, _, this = started(first, None, None, None, None, record, False)
    this = this._replace(sweep=doors.sweep, apply=doors.apply)
    with np.errstate(all="ignore"):
        return trace_of(first, through(inputs, this), True, this)


class Doors:
    """What carries the columns of several networks through a layer of each.

    Attributes:
        layers: those of all of them: settings of the first, states of all.
        x: every sequence of all of them.
    """

    def __init__(self, models: Sequence[Model]) -> None:
        self.count = len(models)
        inputs = [np.asarray(placed(one, one.x)) for one in models]
        self.x = np.concatenate([x if x.ndim > 2 else x[None] for x in inputs])
        self._each: dict[int, list[Any]] = {}
        every = zip(*(one.layers for one in models), strict=True)
        self.layers = tuple(self._together(list(ones)) for ones in every)
        for ones in zip(*map(_stateless, models), strict=True):
            self._each[id(ones[0])] = list(ones)

    def _together(self, layers: list[Layer]) -> Layer:
        """A layer of each network as one of its own identity, with the states of all."""
        first, batch = layers[0], len(self.x) // self.count
        shared = all(one is first for one in layers)
        changes: dict[str, Any] = {"h0": _states([one.h0 for one in layers], batch)}
        if first.c0 is not None:
            changes["c0"] = _states([one.c0 for one in layers], batch)
        if first.backward:
            changes["backward"] = self._together([one.backward for one in layers if one.backward])
        together = alter(first, **changes)
        self._each[id(together)] = [first] if shared else layers
        return together

    def sweep(
        self, one: Layer, columns: Array, states: States, precision: Precision, **how: Any
    ) -> Sweep:
        """The columns of all through a direction of a layer."""
        layers = self._each[id(one)]
        weights = [
            {name: precision.weight(name, array) for name, array in layer.arrays.items()}
            for layer in layers
        ]
        settings = [layer.settings for layer in layers]
        return beside.sweep(one.cell, weights, settings, columns, states, how["names"], self.count)

    def apply(
        self, one: Stateless, read: Sequence[Flow], precision: Precision
    ) -> tuple[dict[str, Array], Flow]:
        """The columns of each through its layer without a state."""
        layers = self._each.get(id(one), [one] * self.count)
        parts = [np.split(flow.columns, self.count, axis=-1) for flow in read]
        done = [
            apply(layer, [Flow(np.ascontiguousarray(part)) for part in own], precision)
            for layer, *own in zip(layers, *parts, strict=True)
        ]
        values = {name: _joined([each[name] for each, _ in done]) for name in done[0][0]}
        return values, Flow(_joined([flow.columns for _, flow in done]))


def _joined(columns: Sequence[Array]) -> Array:
    return np.concatenate(columns, axis=-1)


def _states(given: Sequence[Any], batch: int) -> Array:
    """The initial state of every sequence; one for all where it is the same."""
    first = np.asarray(given[0])
    if first.ndim == 1 and all(one is given[0] for one in given):
        return first
    return np.concatenate([np.broadcast_to(one, (batch, np.shape(one)[-1])) for one in given])


def _stateless(model: Model) -> list[Stateless]:
    """The layers without a state of a row."""
    return [*(one for layer in model.layers for one in layer.chain), *model.outputs]


def _structure(layer: Layer) -> Hashable:
    """What the layers have in common that stand in one place."""
    kind = CELLS[layer.cell]
    options = tuple(getattr(layer, name) for name in kind.options)
    arrays = tuple((name, array.shape) for name, array in layer.weights.items())
    flat = all(array.ndim == 1 + (name.startswith("W")) for name, array in layer.weights.items())
    way = layer.direction, layer.order, layer.merge, layer.return_sequences, layer.same_loop
    below = tuple(map(id, layer.chain)), layer.backward and _structure(layer.backward)
    return layer.cell, options, arrays, way, below, flat or id(layer)
