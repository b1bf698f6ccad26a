"""The passage of an input through a network: layer after layer, each direction its own way.

A cell says what one step computes, ``kernels/`` carry it through a sequence; here the sequence is
turned around and back, two directions are joined, outputs are fed back. Arrays are columns,
timestep first: (timesteps, width, batch).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.model.layer import Layer, quantities
from rnncalc.model.model import Model
from rnncalc.running.inputs import Steps, initial_states
from rnncalc.running.kernels import Padding, States, sweep
from rnncalc.running.precision import Precision
from rnncalc.running.stateless_passes import apply_chain, apply_outputs

MERGE: dict[str, Callable[[Any, Any], Any]] = {
    "concat": lambda one, other: np.concatenate([one, other], axis=-2),
    "sum": lambda one, other: one + other,
    "mul": lambda one, other: one * other,
    "ave": lambda one, other: 0.5 * (one + other),
}
"""How the outputs of two directions become one; run with symbols, ``explain`` shows it."""


class DirectionPass(NamedTuple):
    """One direction of one layer, gone through: everything in input time, timestep first.

    Attributes:
        values: quantity to (timesteps, width, batch); ``h`` is the output as it is handed on.
        initial, final: the states before the first and after the last step.
        last: the output that was computed last, (width, batch).
        x: what it read, (timesteps, features, batch), where layers without a state stand in front;
            None: what is below gave it.
    """

    values: dict[str, Array]
    initial: States
    final: States
    last: Array
    x: Array | None = None

    @property
    def outputs(self) -> Array:
        """What the next layer gets."""
        return self.values["h"]


LayerPass = dict[str, DirectionPass]
"""What each direction of a layer computed, by its name."""


class NetworkPass(NamedTuple):
    """A network, gone through.

    Attributes:
        x: the input of every timestep, (timesteps, features, batch).
        layers: what each computed.
        y: of the output layers, ([timesteps,] outputs, batch); None without any.
        last: what many-to-one takes of the last layer, (width, batch); None in other modes.
    """

    x: Array
    layers: list[LayerPass]
    y: Array | None
    last: Array | None = None


class Run(NamedTuple):
    """What every part of a run needs to know."""

    steps: Steps
    precision: Precision
    record: Collection[str] | None
    sequential: bool


def through(
    model: Model, columns: Array, this: Run, states: Mapping[str, States] | None = None
) -> NetworkPass:
    """The whole input through every layer, and through the output layers."""
    passed, h = _stacked(model, columns, this, states or {})
    single = model.mode == "many-to-one"
    last = _last(model.layers[-1], passed[-1], h, this) if single else None
    if not model.outputs:
        return NetworkPass(columns, passed, None, last)
    return NetworkPass(
        columns, passed, apply_outputs(model, h, last, this.steps, this.precision), last
    )


def feed_back(model: Model, columns: Array, this: Run, count: int) -> Iterator[NetworkPass]:
    """One-to-many: a step at a time through every layer, whose outcome is the next input.

    Args:
        count: of how many timesteps each passage is; the last may have fewer.
    """
    total, x = model.timesteps or 0, columns[0]
    states: dict[str, States] = {}
    for start in range(0, total, count):
        inputs, steps = [], []
        ys: list[Any] = []
        for _ in range(min(count, total - start)):
            passed, h = _stacked(model, x[None], this, states)
            states = {
                layer.name: ways["forward"].final
                for layer, ways in zip(model.layers, passed, strict=True)
            }
            inputs.append(x)
            steps.append(passed)
            y = apply_chain(model.outputs, h[0], this.precision) if model.outputs else None
            ys.append(y)
            x = {"x": columns[0], "y": y}.get(model.feedback or "y", np.zeros_like(columns[0]))
        joined = [_joined(over_time) for over_time in zip(*steps, strict=True)]
        yield NetworkPass(np.stack(inputs), joined, np.stack(ys) if model.outputs else None)


def _joined(over_time: tuple[LayerPass, ...]) -> LayerPass:
    """Single steps of a forward layer as one pass."""
    first, last = over_time[0]["forward"], over_time[-1]["forward"]
    values = {
        name: np.concatenate([step["forward"].values[name] for step in over_time])
        for name in first.values
    }
    read = [step["forward"].x for step in over_time]
    x = np.concatenate([part for part in read if part is not None]) if first.x is not None else None
    return {"forward": DirectionPass(values, first.initial, last.final, last.last, x)}


def _stacked(
    model: Model, columns: Array, this: Run, states: Mapping[str, States]
) -> tuple[list[LayerPass], Array]:
    """The input through layer after layer: what each computed, and what the last hands on.

    Args:
        states: by the name of a forward layer, what it goes on from; else its initial states.
    """
    passed: list[LayerPass] = []
    h = columns
    for loop in model.loops:
        ways: list[LayerPass] = [{} for _ in loop]
        read = apply_chain(loop[0].chain, h, this.precision) if loop[0].chain else None
        for way in loop[0].passes:
            below = h if read is None else read
            for here, one in zip(ways, _pass(loop, way, below, this, states), strict=True):
                here[way] = one
            ways[0][way] = ways[0][way]._replace(x=read)
        passed += ways
        if loop[-1].merge != "none":
            h = merge(loop[-1], [one.outputs for one in ways[-1].values()])
    return passed, h


def _pass(
    loop: tuple[Layer, ...], way: str, columns: Array, this: Run, states: Mapping[str, States]
) -> Iterator[DirectionPass]:
    """One direction of the layers in one time loop: turn the input around if need be, and back."""
    steps, back = this.steps, way == "backward"
    active = steps.active
    if back:
        columns = steps.turned(columns)
        active = None if active is None else steps.turned(active[:, None])[:, 0]
    for layer in loop:
        hold = steps.hold and not layer.zero_output_for_mask
        padding = None if active is None else Padding(active, hold)
        passed = _sweep(layer.passes[way], columns, padding, this, states.get(layer.name))
        columns = passed.outputs
        if layer.turned(way):
            values = {name: steps.turned(array) for name, array in passed.values.items()}
            passed = passed._replace(values=values)
        yield passed


def _sweep(
    one: Layer, columns: Array, padding: Padding | None, this: Run, states: States | None
) -> DirectionPass:
    """One direction of a layer through the whole sequence, by its kernel."""
    precision = this.precision
    if states is None:
        given = initial_states(one, columns.shape[-1]).items()
        states = {name: precision.weight(f"{name}0", state).copy() for name, state in given}
    weights = {name: precision.weight(name, array) for name, array in one.arrays.items()}
    names = quantities(one) if this.record is None else this.record
    how: Any = {"names": names, "padding": padding, "sequential": this.sequential}
    done = sweep(one.cell, weights, one.settings, columns, states, **how)
    values = {
        name: precision.settled(done.values[name])
        for name in quantities(one)
        if name in done.values
    }
    return DirectionPass(values, states, done.final, done.last)


def merge(layer: Layer, outputs: Iterable[Array]) -> Array:
    """The outputs of a layer's directions as one, ([timesteps,] width, batch)."""
    one, *other = outputs
    return MERGE[layer.merge or "concat"](one, *other) if other else one


def _last(layer: Layer, ways: LayerPass, h: Array, this: Run) -> Array:
    """What many-to-one takes of the last layer, (width, batch)."""
    if layer.merge == "none":
        h = np.concatenate([one.outputs for one in ways.values()], axis=-2)
    if layer.return_sequences:
        return this.steps.last(h)
    steps = this.steps
    ends = [one.last if steps.hold else steps.computed(one.final["h"]) for one in ways.values()]
    return np.concatenate(ends) if layer.merge == "none" else merge(layer, ends)
