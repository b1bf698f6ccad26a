"""The nodes of ONNX that stand for a recurrence: RNN, GRU or LSTM, and the axes around it.

Of an unrolled one they take the place of all of its steps, and of what puts its states together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx.file import Graph, Node
from rnncalc.containers.tensor import Tensor
from rnncalc.conventions import onnx
from rnncalc.conventions.onnx import CONVENTION
from rnncalc.errors import RnncalcError
from rnncalc.readers.of_onnx.loops.cells import Match
from rnncalc.readers.of_onnx.loops.loop import Recurrence
from rnncalc.readers.of_onnx.loops.timeline import Root
from rnncalc.readers.of_onnx.loops.unrolled import Unrolled
from rnncalc.readers.of_onnx.operators.needed import leading
from rnncalc.readers.of_onnx.operators.surroundings import Around
from rnncalc.readers.of_onnx.operators.table import new_axes_of

MASK = onnx.INPUTS.index("mask")


class StandIn(Node):
    """A recurrent node that stands for a recurrence that was written out: what no operator of ONNX
    has, it may have: a mask, and other activations."""


class Nodes(NamedTuple):
    """Nodes, and the numbers that they read."""

    nodes: list[Node]
    constants: dict[str, Tensor]


def nodes_of(
    name: str, this: Recurrence, dtype: str, ranks: Mapping[str, int] | None = None
) -> Nodes:
    """The nodes that compute a recurrence.

    Args:
        name: what the recurrent node is called.
        dtype: the type that its numbers are kept in.
        ranks: how many axes states have, where not two: (1, batch, units).
    """
    ranks = ranks or {}
    if "c" in this.outputs:
        raise RnncalcError("it keeps the sequence of c, which no LSTM gives")
    constants = _constants(name, this.found, dtype)
    nodes, inputs = [], [this.x, f"{name}.W", f"{name}.R"]
    inputs += [f"{name}.B" if f"{name}.B" in constants else "", ""]
    for state in this.initial:
        whole = not state or ranks.get(state) == 3
        inputs.append(state if whole else f"{name}.initial.{len(inputs)}")
        if not whole:
            nodes.append(_axes("Unsqueeze", state, inputs[-1], 0))
    if this.mask:
        inputs += [""] * (MASK - len(inputs)) + [this.mask]
    outputs = [
        f"{name}.Y",
        *(f"{name}.Y_{key}" for key, _ in zip("hc", this.initial, strict=False)),
    ]
    op = this.found.cell.upper()
    nodes.append(StandIn(op, name, tuple(inputs), tuple(outputs), attributes(this)))
    nodes.append(_axes("Squeeze", outputs[0], this.outputs["h"], 1))
    for state, final in zip(outputs[1:], this.final, strict=True):
        if final:
            whole = ranks.get(final) == 3
            same = Node("Identity", final, (state,), (final,), {})
            nodes.append(same if whole else _axes("Squeeze", state, final, 0))
    for alias, value in this.aliases.items():
        nodes.append(Node("Identity", alias, (value,), (alias,), {}))
    return Nodes(nodes, constants)


def _constants(name: str, found: Match, dtype: str) -> dict[str, Tensor]:
    """The numbers that the recurrent node reads."""
    biases = sum(len(one) for key, one in found.weights.items() if key.startswith("bias"))
    of = {"B": {f"{name}.B": (biases,)}}  # the others are zeros that no file holds
    return {
        f"{name}.{key}": Tensor(
            f"{name}.{key}", array.shape, dtype, partial(_same, array), of.get(key)
        )
        for key, array in stacked(found).items()
    }


def _same(array: Array) -> Array:
    return array


def _axes(op: str, source: str, target: str, axis: int) -> Node:
    return Node(op, target, (source,), (target,), {"axes": (axis,)})


def attributes(this: Recurrence) -> dict[str, Any]:
    """Those of the recurrent node."""
    found = this.found
    units = len(next(iter(found.weights.values())))
    says: dict[str, Any] = {"hidden_size": units, "direction": this.direction}
    if found.cell == "gru":
        says["linear_before_reset"] = int(found.options["reset_after"])
    says |= {"zero_output_for_mask": 1} if this.zeroed else {}
    roles = onnx.ROLES[found.cell.upper()]
    says["activations"] = tuple(found.functions[role] for role in roles)  # no words: ours
    return says


def stacked(found: Match) -> dict[str, Array]:
    """The weights as ONNX has them, (1, gates * units, ...)."""
    order = CONVENTION.orders[found.cell]
    units = len(next(iter(found.weights.values())))

    def rows(weight: str) -> Array:
        names = [f"{weight}.{gate}" for gate in order] or [weight]
        parts = [found.weights.get(name, np.zeros(units)) for name in names]
        return np.concatenate(parts)

    arrays = {"W": rows("W_x")[None], "R": rows("W_h")[None]}
    if any(name.startswith("bias") for name in found.weights):
        arrays["B"] = np.concatenate([rows("bias"), rows("bias_h")])[None]
    return arrays


def in_place_of_steps(
    graph: Graph, around: Around, root: Root, this: Unrolled, name: str, dtype: str
) -> Graph:
    """The graph with one node in place of all steps."""
    givers = {name: node for node in graph.nodes for name in node.outputs}
    first = givers[this.states[0]]
    new = _of_steps(name, root, this, dtype)
    stacks = {node.outputs[0]: node for node in _stacks(name, graph, around, this)}
    gone = set(this.states)
    nodes: list[Node] = []
    for node in graph.nodes:
        if node is first:
            nodes += [*new.nodes, *_reads(name, this)]
        if node.outputs[0] in stacks:
            nodes.append(stacks[node.outputs[0]])
        elif not gone & set(node.outputs):
            nodes.append(node)
    constants = {**graph.constants, **new.constants, **_indices(name, this)}
    alive = tuple(leading(nodes, graph.outputs))
    return replace(graph, nodes=alive, constants=constants)


def _of_steps(name: str, root: Root, this: Unrolled, dtype: str) -> Nodes:
    x = f"{name}.X" if root.axis else root.name
    direction = "forward" if this.chain.order[0] == 0 else "reverse"
    start = tuple(this.start) if any(this.start) else ("",) * len(this.start)
    final = (this.states[-1], "") if len(this.start) > 1 else (this.states[-1],)
    this_one = Recurrence(this.found, x, start, final, {"h": f"{name}.h"}, {}, direction)
    ranks = {one: this.ranks[one] for one in (*start, *final) if one}
    new = nodes_of(name, this_one, dtype, ranks)
    turned = Node("Transpose", x, (root.name,), (x,), {"perm": (1, 0, 2)})
    return new._replace(nodes=[turned, *new.nodes] if root.axis else new.nodes)


def _indices(name: str, this: Unrolled) -> dict[str, Tensor]:
    """Where the states after each step are, and what turns them round."""
    numbers = {f"{name}.time.{time}": np.array(float(time)) for time in this.chain.order}
    numbers |= {f"{name}.times.{time}": np.array([float(time)]) for time in this.chain.order}
    back = {"start": -1.0, "end": float(-(1 << 31)), "axis": 0.0, "step": -1.0}
    numbers |= {f"{name}.{key}": np.array([value]) for key, value in back.items()}
    return {key: _index(key, value) for key, value in numbers.items()}


def _index(key: str, value: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Tensor:
    return Tensor(key, value.shape, "int64", lambda: value)


def _reads(name: str, this: Unrolled) -> Iterator[Node]:
    """The states after each step but the last, out of the sequence of all."""
    for state, time in zip(this.states[:-1], this.chain.order, strict=False):
        index = f"{name}.time{'s' * (this.ranks[state] > 2)}.{time}"
        yield Node("Gather", state, (f"{name}.h", index), (state,), {"axis": 0})


def _stacks(name: str, graph: Graph, around: Around, this: Unrolled) -> Iterator[Node]:
    """The nodes that put all states side by side, as what they are: the sequence of them."""
    times = dict(zip(this.states, this.chain.order, strict=True))
    for node in graph.nodes:
        axis = node.attributes.get("axis", -1)
        if node.op != "Concat" or axis not in (0, 1) or len(node.inputs) != len(times):
            continue
        sources = [_stacked_state(one, axis, around, this) for one in node.inputs]
        found = [times.get(one, -1) for one in sources]
        output = node.outputs
        sequence = f"{name}.h"
        if found == sorted(found) and -1 not in found:
            yield _turned(node, sequence, axis)
        elif found == sorted(found, reverse=True) and -1 not in found and axis == 0:
            ends = tuple(f"{name}.{key}" for key in ("start", "end", "axis", "step"))
            yield Node("Slice", output[0], (sequence, *ends), output, {})


def _turned(node: Node, sequence: str, axis: int) -> Node:
    if axis:
        return Node("Transpose", node.name, (sequence,), node.outputs, {"perm": (1, 0, 2)})
    return Node("Identity", node.name, (sequence,), node.outputs, {})


def _stacked_state(name: str, axis: int, around: Around, this: Unrolled) -> str:
    """The state that stands in a stack; nothing for anything else."""
    if this.ranks.get(name) == 3 and axis == 0:
        return name
    node = around.givers.get(name)
    if node is None or node.op != "Unsqueeze" or this.ranks.get(node.inputs[0]) != 2:
        return ""
    given = [None, *map(around.known, node.inputs[1:])]
    return node.inputs[0] if new_axes_of(node, given, 2) == [axis] else ""
