"""The node in place of an unrolled recurrence, and what the graph reads of its states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from rnncalc.containers.onnx.file import Graph, Node
from rnncalc.containers.tensor import Tensor
from rnncalc.readers.of_onnx.loops.loop import Recurrence
from rnncalc.readers.of_onnx.loops.nodes import Written, written
from rnncalc.readers.of_onnx.loops.timeline import Root
from rnncalc.readers.of_onnx.loops.unrolled import Unrolled
from rnncalc.readers.of_onnx.operators.needed import leading
from rnncalc.readers.of_onnx.operators.surroundings import Around
from rnncalc.readers.of_onnx.operators.table import new_axes_of


def put_back(
    graph: Graph, around: Around, root: Root, this: Unrolled, name: str, dtype: str
) -> Graph:
    """The graph with one node in place of all steps."""
    givers = {name: node for node in graph.nodes for name in node.outputs}
    first = givers[this.states[0]]
    new = _nodes(name, root, this, dtype)
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
    constants = {**graph.constants, **new.constants, **_constants(name, this)}
    alive = tuple(leading(nodes, graph.outputs))
    return replace(graph, nodes=alive, constants=constants)


def _nodes(name: str, root: Root, this: Unrolled, dtype: str) -> Written:
    x = f"{name}.X" if root.axis else root.name
    direction = "forward" if this.chain.order[0] == 0 else "reverse"
    start = tuple(this.start) if any(this.start) else ("",) * len(this.start)
    final = (this.states[-1], "") if len(this.start) > 1 else (this.states[-1],)
    told = Recurrence(this.found, x, start, final, {"h": f"{name}.h"}, {}, direction)
    ranks = {one: this.ranks[one] for one in (*start, *final) if one}
    new = written(name, told, dtype, ranks)
    turned = Node("Transpose", x, (root.name,), (x,), {"perm": (1, 0, 2)})
    return new._replace(nodes=[turned, *new.nodes] if root.axis else new.nodes)


def _constants(name: str, this: Unrolled) -> dict[str, Tensor]:
    """Where the states after each step are, and what turns them round."""
    numbers = {f"{name}.time.{time}": np.array(float(time)) for time in this.chain.order}
    numbers |= {f"{name}.times.{time}": np.array([float(time)]) for time in this.chain.order}
    back = {"start": -1.0, "end": float(-(1 << 31)), "axis": 0.0, "step": -1.0}
    numbers |= {f"{name}.{key}": np.array([value]) for key, value in back.items()}
    return {key: _whole(key, value) for key, value in numbers.items()}


def _whole(key: str, value: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Tensor:
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
        sources = [_state(one, axis, around, this) for one in node.inputs]
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


def _state(name: str, axis: int, around: Around, this: Unrolled) -> str:
    """The state that stands in a stack; nothing for anything else."""
    if this.ranks.get(name) == 3 and axis == 0:
        return name
    node = around.givers.get(name)
    if node is None or node.op != "Unsqueeze" or this.ranks.get(node.inputs[0]) != 2:
        return ""
    given = [None, *map(around.known, node.inputs[1:])]
    return node.inputs[0] if new_axes_of(node, given, 2) == [axis] else ""
