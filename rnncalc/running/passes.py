"""The passage of an input through a network: layer after layer, each direction its own way.

A cell says what one step computes, ``kernels/`` carry it through a sequence; here the sequence is
turned around and back, two directions are joined, outputs are fed back. Arrays are columns,
timestep first: (timesteps, width, batch).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rnncalc.array import Array
from rnncalc.data import NamedTuple
from rnncalc.model import graph
from rnncalc.model.graph import Node
from rnncalc.model.layer import Layer, quantities
from rnncalc.model.model import Model
from rnncalc.running.inputs import Flow, Steps, initial_states
from rnncalc.running.kernels import Padding, States, Sweep, sweep
from rnncalc.running.precision import Precision
from rnncalc.running.stateless_passes import apply

if TYPE_CHECKING:
    from rnncalc.running.feedback import Choice

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
        read: what it read, in input time.
    """

    values: dict[str, Array]
    initial: States
    final: States
    last: Array
    read: Flow

    @property
    def outputs(self) -> Array:
        """What the next layer gets."""
        return self.values["h"]


LayerPass = dict[str, DirectionPass]
"""What each direction of a layer computed, by its name."""


class NetworkPass(NamedTuple):
    """A network, gone through.

    Attributes:
        x: what each input gave: of a row, of every timestep.
        layers: what each recurrent layer computed.
        stateless: the quantities of each layer without a state.
        outputs: what the network gives, by name.
        singles: of the recurrent layers that give one row, what they give, (width, batch).
        steps: what is known of the timesteps of what is given, by name, where not all are real.
        choice: the ids that were chosen from y, (timesteps, batch); None where none are.
    """

    x: dict[str, Flow]
    layers: list[LayerPass]
    stateless: dict[str, dict[str, Array]]
    outputs: dict[str, Flow]
    singles: dict[str, Array]
    steps: dict[str, Steps]
    choice: Choice | None = None


def sweep_layer(
    one: Layer, columns: Array, states: States, precision: Precision, **how: Any
) -> Sweep:
    """One direction of a layer through a whole sequence, by its kernel."""
    weights = {name: precision.weight(name, array) for name, array in one.arrays.items()}
    return sweep(one.cell, weights, one.settings, columns, states, **how)


class Run(NamedTuple):
    """What every part of a run needs to know; last, what carries columns through a layer."""

    precision: Precision
    record: Collection[str] | None
    sequential: bool
    nodes: tuple[Node, ...]
    given: tuple[str, ...]
    sweep: Callable[..., Sweep] = sweep_layer
    apply: Callable[..., tuple[dict[str, Array], Flow]] = apply


def through(
    inputs: dict[str, Flow], this: Run, states: Mapping[str, States] | None = None
) -> NetworkPass:
    """The whole input through every layer.

    Args:
        states: by the name of a forward layer, what it goes on from; else its initial states.
    """
    flows = dict(inputs)
    passed: dict[str, LayerPass] = {}
    stateless: dict[str, dict[str, Array]] = {}
    for node in this.nodes:
        read = [flows[name] for name in node.reads]
        if isinstance(node.layer, Layer):
            passed[node.name] = _layer_pass(node, flows, this, states or {})
            flows |= _handed_on(node, passed[node.name], read[0].steps)
        else:
            stateless[node.name], flows[node.name] = this.apply(node.layer, read, this.precision)
    outputs = {name: flows[name] for name in this.given}
    singles = {node.name: flows[node.name].columns
               for node in this.nodes if node.single and node.name in flows}  # fmt: skip
    steps = {name: flow.steps for name, flow in flows.items() if flow.steps.active is not None}
    return NetworkPass(inputs, [*passed.values()], stateless, outputs, singles, steps)


def feed_back(
    model: Model, inputs: dict[str, Flow], this: Run, count: int
) -> Iterator[NetworkPass]:
    """One-to-many: a step at a time through every layer, whose outcome is the next input.

    Args:
        count: of how many timesteps each passage is; the last may have fewer.
    """
    from rnncalc.running.feedback import Feedback, stacked

    (name, given), total = next(iter(inputs.items())), model.timesteps or 0
    x, states = given.columns, dict[str, States]()
    feedback = Feedback(model, x[0], this.precision)
    for start in range(0, total, count):
        steps, choices = [], []
        for _ in range(min(count, total - start)):
            steps.append(done := through({name: Flow(x)}, this, states))
            states = _finals(model, done)
            following, choice = feedback.after(next(iter(done.outputs.values())).columns[0])
            x = following[None]
            choices += [choice] if choice else []
        yield _joined(name, steps)._replace(choice=stacked(choices))


def _finals(model: Model, done: NetworkPass) -> dict[str, States]:
    """What each forward layer goes on from."""
    ways = zip(model.layers, done.layers, strict=True)
    return {layer.name: passed["forward"].final for layer, passed in ways}


def _joined(name: str, steps: Sequence[NetworkPass]) -> NetworkPass:
    """Single steps of a network of forward layers as one pass."""
    x = {name: Flow(np.concatenate([step.x[name].columns for step in steps]))}
    every = zip(*(step.layers for step in steps), strict=True)
    stateless = {
        one: {key: np.concatenate([step.stateless[one][key] for step in steps]) for key in values}
        for one, values in steps[0].stateless.items()
    }
    outputs = {
        key: Flow(np.concatenate([step.outputs[key].columns for step in steps]))
        for key in steps[0].outputs
    }
    return NetworkPass(
        x, [_one_layer(over_time) for over_time in every], stateless, outputs, {}, {}
    )


def _one_layer(over_time: tuple[LayerPass, ...]) -> LayerPass:
    """Single steps of a forward layer as one pass."""
    first, last = over_time[0]["forward"], over_time[-1]["forward"]
    values = {
        name: np.concatenate([step["forward"].values[name] for step in over_time])
        for name in first.values
    }
    read = Flow(np.concatenate([step["forward"].read.columns for step in over_time]))
    return {"forward": DirectionPass(values, first.initial, last.final, last.last, read)}


def _layer_pass(
    node: Node, flows: Mapping[str, Flow], this: Run, states: Mapping[str, States]
) -> LayerPass:
    """The directions of a layer; each reads its own where it is a cell in the loop of others."""
    layer = node.layer
    assert isinstance(layer, Layer)
    ways = {}
    for i, (way, one) in enumerate(layer.passes.items()):
        read = flows[node.reads[min(i, len(node.reads) - 1)]]
        first = states.get(layer.name)
        if first is None:
            first = _initial(one, read.columns.shape[-1], this.precision)
        given = {key.rpartition(".")[2][0]: flows[source].columns
                 for key, source in node.states.items()
                 if (key.rpartition(".")[0] or layer.direction) == way}  # fmt: skip
        ways[way] = _pass(layer, way, read, this, {**first, **given})
    return ways


def _initial(one: Layer, batch: int, precision: Precision) -> States:
    """What a direction of a layer starts from, where nothing else hands it a state."""
    given = initial_states(one, batch).items()
    return {name: precision.weight(f"{name}0", state).copy() for name, state in given}


def _handed_on(node: Node, ways: LayerPass, steps: Steps) -> Iterator[tuple[str, Flow]]:
    """What a layer gives those that read it, by name: two of merge none, else one."""
    layer = node.layer
    assert isinstance(layer, Layer)
    if node.single:
        given, steps = _ends(ways, steps), Steps()
    else:
        given = [one.outputs for one in ways.values()]
    names = [*graph.given(node.name, layer)]
    merged = given if len(names) > 1 else [merge(layer, given)]
    yield from zip(names, (Flow(h, steps) for h in merged), strict=True)
    for way, state, name in graph.finals(node.name, layer):
        yield name, Flow(ways[way].final[state])


def _ends(ways: LayerPass, steps: Steps) -> list[Array]:
    """What each direction computed last, (width, batch)."""
    return [one.last if steps.hold else steps.computed(one.final["h"]) for one in ways.values()]


def _pass(layer: Layer, way: str, read: Flow, this: Run, states: States) -> DirectionPass:
    """One direction of a layer: turn the input around if need be, and back."""
    steps, columns, active = read.steps, read.columns, read.steps.active
    if way == "backward":
        turned = layer.same_loop and layer.order == "processing"
        columns = columns if turned else steps.turned(columns)
        active = None if active is None else steps.turned(active[:, None])[:, 0]
    hold = steps.hold and not layer.zero_output_for_mask
    padding = None if active is None else Padding(active, hold)
    passed = _sweep(layer.passes[way], read, columns, padding, this, states)
    if layer.turned(way):
        values = {name: steps.turned(array) for name, array in passed.values.items()}
        passed = passed._replace(values=values)
    return passed


def _sweep(
    one: Layer, read: Flow, columns: Array, padding: Padding | None, this: Run, states: States
) -> DirectionPass:
    """One direction of a layer through the whole sequence, what is recorded of it."""
    precision, own = this.precision, quantities(one)
    names = own if this.record is None else {*own} & {*this.record}
    how: Any = {"names": names, "padding": padding, "sequential": this.sequential}
    done = this.sweep(one, columns, states, precision, **how)
    values = {name: precision.settled(done.values[name]) for name in own if name in done.values}
    return DirectionPass(values, states, done.final, done.last, read)


def merge(layer: Layer, outputs: Iterable[Array]) -> Array:
    """The outputs of a layer's directions as one, ([timesteps,] width, batch)."""
    one, *other = outputs
    return MERGE[layer.merge or "concat"](one, *other) if other else one
