"""A sequence in an unrolled graph: which timesteps its values are, and which they depend on.

An exporter that unrolls a recurrence cuts the sequence, or products of it, into timesteps, and
writes the step out for each of them. Here the sequence is followed through turns, flips, products
and cuts; behind them stand sums in which ``x@3`` is the fourth timestep.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx.file import Graph, Node
from rnncalc.containers.onnx.limits import Budget
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError
from rnncalc.readers.of_onnx.loops.sums import Sum, Terms, Value, added, leaf, product
from rnncalc.readers.of_onnx.operators.surroundings import Around
from rnncalc.readers.of_onnx.operators.table import (
    axes_of,
    axis_of,
    computed,
    pieces_of,
    slices_of,
    unclear,
)

CUTS = ("Slice", "Split", "Gather")


@dataclass(frozen=True, eq=False)
class Sequenced:
    """A sequence, or sums that are made of each of its timesteps.

    Attributes:
        sum: what stands at each timestep, of the leaf ``x``.
        axis: that of the timesteps, 0 or 1 of three.
        times: which timestep stands where.
        now: the timestep whose leaf is called ``x``, and not ``x@3``.
    """

    sum: Sum
    axis: int
    times: tuple[int, ...]
    now: int = -1

    def at(self, index: int) -> Sum:
        """What stands at a place, of the leaf of its timestep."""
        time = self.times[index]
        name = "x" if time == self.now else f"x@{time}"
        terms = tuple(
            (replace(atom, name=name, key=hash(name)), matrix) for atom, matrix in self.sum.terms
        )
        return replace(self.sum, terms=terms, lead=1)


@dataclass(frozen=True, eq=False)
class Root:
    """A value that is a sequence, cut into timesteps somewhere behind.

    Attributes:
        name: the value, of three axes.
        axis: that of the timesteps.
        steps: how many there are.
    """

    name: str
    axis: int
    steps: int


def roots(graph: Graph, around: Around) -> list[Root]:
    """The sequences that are cut into timesteps."""
    found: dict[tuple[str, int], Root] = {}
    seen: set[tuple[str, int]] = set()
    for node in graph.nodes:
        if node.op in CUTS and around.known(node.inputs[0]) is None:
            for axis in cut_axes(node, around):
                name, place = source(node.inputs[0], axis, around)
                if (name, place) in seen or place not in (0, 1):
                    continue
                seen.add((name, place))
                steps = around.length(name, place)
                if steps and steps <= len(graph.nodes):  # each takes nodes of its own
                    found[name, place] = Root(name, place, steps)
    return list(found.values())


def cut_axes(node: Node, around: Around) -> list[int]:
    """The axes that a node cuts: 0 or 1 of three."""
    given = [around.known(name) if name else None for name in node.inputs]
    try:
        axes = list(slices_of(node, given, 3)) if node.op == "Slice" else [axis_of(node, 3)]
    except (RnncalcError, ValueError, TypeError):
        return []
    return [axis for axis in axes if axis in (0, 1)]


def source(name: str, axis: int, around: Around) -> tuple[str, int]:
    """The value that a product, or a turned sequence, is made of, and the axis there."""
    while (node := around.givers.get(name)) is not None:
        moving = [one for one in node.inputs if one and around.known(one) is None]
        if len(moving) != 1:
            break
        if node.op == "Transpose":
            axis = list(node.attributes.get("perm", (2, 1, 0)))[axis]
        elif node.op == "Slice":
            if axis not in cut_axes(node, around) or not _flips(node, around):
                break
        elif node.op not in ("MatMul", "Add", "Identity", "Cast"):
            break
        name = moving[0]
    return name, axis


def _flips(node: Node, around: Around) -> bool:
    given = [around.known(name) if name else None for name in node.inputs]
    cuts = slices_of(node, given, 3).values()
    return all((cut.start, cut.stop, cut.step) == (-1, None, -1) for cut in cuts)


@dataclass
class Timeline:
    """The values behind a root, as sums.

    Attributes:
        root: the sequence.
        budget: the work that may still be spent on the graph.
        known: the values that were understood.
        names: the graph's names of values by the keys of their sums.
        times: which timesteps a value depends on, bit by bit.
        nodes: those that compute anything but constants, in order.
    """

    root: Root
    budget: Budget
    known: dict[str, Any] = field(default_factory=dict)
    names: dict[Hashable, str] = field(default_factory=dict)
    times: dict[str, int] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)

    @cached_property
    def givers(self) -> dict[str, Node]:
        """The node that computes a value."""
        return {name: node for node in self.nodes for name in node.outputs}

    @cached_property
    def stages(self) -> dict[int, list[Node]]:
        """The nodes by the timesteps that they depend on."""
        found: dict[int, list[Node]] = {}
        for node in self.nodes:
            found.setdefault(self.times[node.outputs[0]], []).append(node)
        return found


def timeline(graph: Graph, around: Around, root: Root, features: int | None = None) -> Timeline:
    """All values behind a sequence. Errors: RnncalcError for a graph that takes too much work."""
    line = Timeline(root, around.budget)
    start = leaf("x", features, 2)
    line.known[root.name] = Sequenced(start, root.axis, tuple(range(root.steps)))
    line.times[root.name] = 0
    for node in graph.nodes:
        if root.name not in node.outputs and any(around.known(n) is None for n in node.outputs):
            line.nodes.append(node)
            _follow(line, node, around)
    return line


def _follow(line: Timeline, node: Node, around: Around) -> None:
    """What a node makes of values of the timeline."""
    line.budget.spend(calls=1)
    given = [_given(line, name, around) for name in node.inputs]
    try:
        results = results_of(node, given, line.budget)
    except (RnncalcError, ValueError, TypeError, IndexError, AttributeError):
        results = []
    before = 0
    for name in node.inputs:
        before |= line.times.get(name, 0)
    for i, name in enumerate(node.outputs):
        value = results[i] if i < len(results) else None
        line.known[name] = value
        line.times[name] = before | (_times(value) if isinstance(value, Sum) else 0)
        if isinstance(value, Sum):
            line.names.setdefault(key_of(value), name)


def _given(line: Timeline, name: str, around: Around) -> Any:
    if not name:
        return None
    value = line.known.get(name)
    if value is None and name not in line.times:
        value = around.known(name)
    return leaf(f"={name}") if value is None else value


def key_of(value: Sum) -> Hashable:
    """What a sum is called where it stands in another one."""
    return value.alone.key if value.alone else value.key


def _times(value: Sum) -> int:
    """The timesteps that stand in a sum itself."""
    found = 0
    for atom, _ in value.terms:
        if atom.name.startswith("x@"):
            found |= 1 << int(atom.name[2:])
    return found


def results_of(node: Node, given: Sequence[Any], budget: Budget) -> Sequence[Any]:
    """What a node makes of sequences, sums and numbers."""
    if any(one is None and bool(name) for one, name in zip(given, node.inputs, strict=True)):
        raise unclear(node, "reads something else than the sequence and the states")
    if not any(isinstance(one, Sequenced) for one in given):
        values: dict[str, Value] = {n: one for n, one in zip(node.inputs, given, strict=True) if n}
        terms = Terms(values, budget)
        terms.run([node])
        return [terms.known[name] for name in node.outputs]
    return _sequenced(node, given)


def _sequenced(node: Node, given: Sequence[Any]) -> Sequence[Any]:
    one: Sequenced = next(g for g in given if isinstance(g, Sequenced))
    if node.op in ("Identity", "Cast"):
        return [one]
    if node.op == "Transpose":
        perm = list(node.attributes.get("perm", (2, 1, 0)))
        if perm[2] != 2:
            raise unclear(node, "turns more than time and batch")
        return [replace(one, axis=perm.index(one.axis))]
    if node.op in ("MatMul", "Add"):
        sums = [g.sum if isinstance(g, Sequenced) else g for g in given]
        function = product if node.op == "MatMul" else added
        result = function(node, sums)[0]
        return [replace(one, sum=result)] if isinstance(result, Sum) else []
    return _pieces(node, one, given)


def _pieces(node: Node, one: Sequenced, given: Sequence[Any]) -> Sequence[Any]:
    """Timesteps, or other sequences, that are cut out of a sequence."""
    if node.op == "Squeeze":
        if axes_of(node, given, 3) != [one.axis] or len(one.times) != 1:
            raise unclear(node, "squeezes another axis than that of one timestep")
        return [one.at(0)]
    if node.op == "Gather":
        index = np.asarray(given[1])
        if index.ndim or axis_of(node, 3) != one.axis:
            raise unclear(node, "gathers something else than one timestep")
        return [one.at(int(index))]
    if node.op == "Slice":
        ((axis, cut),) = slices_of(node, given, 3).items()
        if axis != one.axis:
            raise unclear(node, "cuts another axis than that of the timesteps")
        return [replace(one, times=one.times[cut])]
    if node.op == "Split" and axis_of(node, 3) == one.axis:
        cuts = pieces_of(node, given, len(one.times))
        return [replace(one, times=one.times[cut]) for cut in cuts]
    raise unclear(node, "is none that a sequence goes through")


def numbers(
    line: Timeline, around: Around, sequence: Array, states: Mapping[str, Array]
) -> dict[str, Array]:
    """What the graph computes of a sequence: all values that can be computed.

    Args:
        sequence: the numbers of the root, in its layout.
        states: those of values that come from elsewhere.
    """
    values: dict[str, Array] = {line.root.name: sequence, **states}
    for node in line.nodes:
        given = [values[n] if n in values else around.known(n) for n in node.inputs]
        if any(one is None and bool(name) for one, name in zip(given, node.inputs, strict=True)):
            continue
        try:
            results = computed(node, given, line.budget)
        except RnncalcError:
            continue
        for name, value in zip(node.outputs, results, strict=False):
            values.setdefault(name, value)
    return values
