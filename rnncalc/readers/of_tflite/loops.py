"""WHILE: a Loop whose body is another subgraph, as the converter writes layers of Keras.

It carries everything: what never changes is read from outside, and an array of all outputs, of
which each turn replaces one row, is what a Loop collects.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx import limits
from rnncalc.containers.onnx.file import Given, Graph, Node
from rnncalc.containers.onnx.limits import Budget
from rnncalc.containers.tflite.file import LiteTensor
from rnncalc.data import dataclass
from rnncalc.errors import FileError, RnncalcError
from rnncalc.readers.of_onnx.operators.needed import leading
from rnncalc.readers.of_onnx.operators.table import computed, constant
from rnncalc.readers.of_tflite.scope import Scope

Runner = Callable[[Scope], None]

LENGTHS = 3, 64
"""Rows that an array has at least, and at most, which is filled to see what a turn does to it."""


@dataclass(frozen=True)
class Written:
    """An array of outputs.

    Attributes:
        item: what is put into it, without the axis of the rows.
        all_rows: whether each turn writes a row of its own; else all write the only one.
    """

    item: str
    all_rows: bool


def loop(scope: Scope, run: Runner) -> None:
    """A WHILE becomes a Loop.

    Args:
        run: makes the nodes of a subgraph.

    Errors: RnncalcError for what no loop of a layer is written with.
    """
    operator = scope.operator
    assert operator is not None
    initial = [scope.value(i) for i in range(len(operator.inputs))]
    told = operator.options
    body = scope.inner(told["BodySubgraphIndex"], initial, apart=True)
    graph = body.graph
    if len(graph.outputs) != len(initial):
        raise FileError(
            f"a loop of {len(initial)} values has a body that gives {len(graph.outputs)}"
        )
    changing = [i for i, place in enumerate(graph.inputs) if graph.outputs[i] != place]
    for i in changing:
        place = graph.inputs[i]
        body.names[place] = scope.shared.values.unique(f"{scope.name}.carried")
    before = [body.names[place] for place in graph.inputs]
    run(body)
    after = [body.of(place) for place in graph.outputs]
    goes_on = _condition(body, run, told["CondSubgraphIndex"], after)
    first = _condition(scope, run, told["CondSubgraphIndex"], initial)
    written = {i: found for i in changing if (found := _written(body, i, before, after))}
    carried = [i for i in changing if i not in written]
    _node(scope, body, carried, written, (before, after, initial), (first, goes_on))


def _condition(scope: Scope, run: Runner, index: int, values: Sequence[str]) -> str:
    """The nodes that tell whether it goes on, with these values."""
    inner = scope.inner(index, values, apart=False)
    if len(inner.graph.outputs) != 1:
        raise FileError("a loop has a condition of several values")
    run(inner)
    return inner.of(inner.graph.outputs[0])


def _node(
    scope: Scope, body: Scope, carried: Sequence[int], written: dict[int, Written],
    values: tuple[Sequence[str], ...], conditions: tuple[str, str],
) -> None:  # fmt: skip
    before, after, initial = values
    collected = {i: one for i, one in written.items() if one.all_rows}
    tensors = [body.graph.tensors[place] for place in body.graph.inputs]
    inputs = {f"{scope.name}.turn": Given("int64", ()), f"{scope.name}.goes_on": Given("bool", ())}
    inputs |= {before[i]: Given(tensors[i].dtype, tensors[i].shape) for i in carried}
    outputs = (
        conditions[1],
        *(after[i] for i in carried),
        *(one.item for one in collected.values()),
    )
    graph = Graph(tuple(body.nodes), inputs, outputs, body.constants)
    names = tuple(scope.shared.values.unique(f"{scope.name}.Loop") for _ in outputs[1:])
    given = dict(zip([*carried, *collected], names, strict=True))
    node = Node("Loop", scope.own(), ("", conditions[0], *(initial[i] for i in carried)), names,
                {"body": graph}, scope.called)  # fmt: skip
    scope.nodes.append(node)
    for i, one in written.items():
        if not one.all_rows:
            final = next((given[k] for k in carried if after[k] == one.item), None)
            if final is None:
                raise RnncalcError("keeps the last of something else than its states")
            given[i] = scope.add("Unsqueeze", final, axes=(0,))
    scope.give([given.get(i, one) for i, one in enumerate(initial)])


def _written(
    body: Scope, index: int, before: Sequence[str], after: Sequence[str]
) -> Written | None:
    """What a turn writes into an array that is carried, if it is one.

    What the nodes compute is tried with numbers: all rows but one must stay as they are.
    """
    tensor = body.graph.tensors[body.graph.inputs[index]]
    givers = {name: node for node in body.nodes for name in node.outputs}
    last = givers.get(after[index])
    if last and last.op == "Unsqueeze" and tensor.shape[0] == 1 and 0 in last.attributes["axes"]:
        read = any(before[index] in node.inputs for node in body.nodes)
        return None if read else Written(last.inputs[0], all_rows=False)
    if last is None or last.op != "Concat" or len(last.inputs) != 3 or len(tensor.shape) < 2:
        return None
    row = last.inputs[1]
    steps = leading(body.nodes, [after[index]], [row])
    if sum(before[index] in node.inputs for node in body.nodes) != sum(
        before[index] in node.inputs for node in steps
    ):
        return None
    giver = givers.get(row)
    item = giver.inputs[0] if giver and giver.op == "Unsqueeze" else ""
    given = {name for node in steps for name in node.inputs if name and name not in givers}
    counters = sorted(given - {before[index], row} - set(body.constants))
    written = _tried(body, steps, (before[index], row, after[index]), counters, tensor)
    return None if written is None or not item else Written(item, written)


def _tried(
    body: Scope, steps: Sequence[Node], names: tuple[str, str, str], counters: Sequence[str],
    tensor: LiteTensor,
) -> bool | None:  # fmt: skip
    """Whether the row that is replaced is that of the turn (True), or the only one; else None."""
    budget, rows = Budget(), tensor.shape[0]
    only = rows == 1
    length = min(rows or LENGTHS[0], LENGTHS[1])
    shape = [length, *(one or 2 for one in tensor.shape[1:])]
    if math.prod(shape) > limits.FROM_NOTHING:
        return None
    array = np.arange(1.0, np.prod(shape) + 1).reshape(shape)
    row = -array[:1] - 0.5
    for turn in range(min(length, LENGTHS[0])):
        values: dict[str, Array] = {names[0]: array, names[1]: row}
        values |= {name: np.array(turn) for name in counters}
        values |= {name: constant(body.constants[name]) for node in steps for name in node.inputs
                   if name in body.constants}  # fmt: skip
        for node in steps:
            try:
                made = computed(node, [values.get(name) for name in node.inputs], budget)
            except RnncalcError:
                return None
            values |= dict(zip(node.outputs, made, strict=False))
        expected = array.copy()
        expected[turn] = row[0]
        if not np.array_equal(values[names[2]], expected):
            return None
    return not only
