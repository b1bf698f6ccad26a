"""The graph around a recurrence: its constants, and how long its sequences are.

What depends on the input is not computed, but lengths are: they are what loops count to.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx.file import Graph, Node
from rnncalc.containers.tensor import Tensor
from rnncalc.errors import RnncalcError
from rnncalc.readers.of_onnx.operators.axes import row_of
from rnncalc.readers.of_onnx.operators.table import ELEMENTWISE, computed, constant, shape_of, whole

Place = tuple[str, int]
"""A value, and one of its axes."""

Lengths = tuple[int | None, ...]

KEPT = ("Identity", "Cast", "Dropout", "ReverseSequence", "Slice", "MatMul")
"""Operators whose output is as long as their first input, where they do not say otherwise."""
FILLING = ("ConstantOfShape", "Expand", "Tile", "Identity", "Cast", "Unsqueeze", "Reshape")
"""Operators that make zeros of zeros, or of nothing."""
RECURRENT = ("RNN", "GRU", "LSTM")


class Around:
    """What is known of a graph's values without its input."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.outputs = graph, set(graph.outputs)
        self.givers = {name: node for node in graph.nodes for name in node.outputs if name}
        self.readers: dict[str, list[Node]] = {}
        for node in graph.nodes:
            for name in dict.fromkeys(filter(None, node.inputs)):
                self.readers.setdefault(name, []).append(node)
        self.read: dict[str, Array] = {}
        self.made: dict[str, Array | None] = {}
        self.shapes: dict[str, Lengths] = {}
        self.budget = graph.budget
        self.budget.spend(looks=len(graph.nodes))

    def known(self, name: str) -> Array | None:
        """The numbers of a value; None where they depend on the input."""
        return self.values(name, self.made)

    def zeros(self, name: str) -> bool:
        """Whether a value is 0 throughout, however long its axes are."""
        for _ in range(len(self.graph.nodes) + 1):
            numbers, node = self.known(name), self.givers.get(name)
            if numbers is not None:
                return not np.any(numbers)
            if node is None or node.op not in FILLING:
                return False
            if node.op == "ConstantOfShape":
                value = node.attributes.get("value")
                return not isinstance(value, Tensor) or not np.any(value.read())
            name = node.inputs[0]
        return False

    def values(self, name: str, made: dict[str, Array | None]) -> Array | None:
        """The numbers of a value.

        Args:
            made: what is known already, and what comes to be known.
        """
        waiting = [name]
        while waiting:
            last = waiting[-1]
            if last in made:
                waiting.pop()
                continue
            missing = [one for one in self._sources(last) if one not in made]
            waiting += missing
            if not missing:
                self._make(last, made)
        return made[name]

    def _sources(self, name: str) -> list[str]:
        """What a value is computed of, where it may be computed."""
        node = self.givers.get(name)
        computable = node is not None and name not in self.graph.constants
        return list(filter(None, node.inputs)) if node and computable else []

    def _make(self, name: str, made: dict[str, Array | None]) -> None:
        if name in self.graph.constants:
            if name not in self.read:
                self.read[name] = constant(self.graph.constants[name])
            made[name] = self.read[name]
            return
        made[name] = None
        node = self.givers.get(name)
        if node is None:
            return
        given = [made[one] if one else None for one in node.inputs]
        if any(one is None and bool(name) for one, name in zip(given, node.inputs, strict=True)):
            return
        try:
            results = computed(node, given, self.budget)
        except RnncalcError:
            return
        made |= dict(zip(node.outputs, results, strict=False))

    def places(self, name: str, axis: int) -> set[Place]:
        """The axes that are as long as this one."""
        found = {(name, axis)}
        waiting = [(name, axis)]
        while waiting:
            self.budget.spend(looks=4)
            for place in self._beside(*waiting.pop()):
                if place not in found:
                    found.add(place)
                    waiting.append(place)
        return found

    def _beside(self, name: str, axis: int) -> Iterator[Place]:
        node = self.givers.get(name)
        if node is not None:
            source = _axis_before(node, name, axis, self)
            if source is not None:
                yield source
        for reader in self.readers.get(name, []):
            for output in filter(None, reader.outputs):
                for place in range(4):
                    if _axis_before(reader, output, place, self) == (name, axis):
                        yield output, place

    def length(self, name: str, axis: int) -> int | None:
        """How long an axis is, where the graph says it."""
        for one, place in self.places(name, axis):
            shape = self._shape(one)
            size = shape[place] if place < len(shape) else None
            if size is not None:
                return size
        return None

    def _shape(self, name: str) -> Lengths:
        """The lengths that the graph says of a value; nothing where it does not."""
        if name not in self.shapes:
            self.shapes[name] = ()
            given, node = self.graph.inputs.get(name), self.givers.get(name)
            if name in self.graph.constants:
                self.shapes[name] = self.graph.constants[name].shape
            elif given is not None:
                self.shapes[name] = given.shape or ()
            elif node is not None and node.inputs and name == node.outputs[0]:
                self.shapes[name] = self._given(node)
        return self.shapes[name]

    def _given(self, node: Node) -> Lengths:
        """The lengths of a node's first output, as far as layouts tell."""
        before = self._shape(node.inputs[0])
        if node.op == "Reshape" and len(node.inputs) > 1:
            wanted = self.known(node.inputs[1])
            return () if wanted is None else _reshaped(before, whole(wanted))
        if node.op in ("Identity", "Cast"):
            return before
        if node.op in RECURRENT and len(before) == 3 and not node.attributes.get("layout", 0):
            ways = 2 if node.attributes.get("direction") == "bidirectional" else 1
            return before[0], ways, before[1], node.attributes.get("hidden_size")
        axes = _axes(node, self) if node.op in ("Squeeze", "Unsqueeze") else []
        if not axes or min(axes) < 0:
            return ()
        if node.op == "Squeeze":
            return tuple(one for i, one in enumerate(before) if i not in axes)
        rest, rank = iter(before), len(before) + len(axes) if before else 0
        return tuple(1 if i in axes else next(rest, None) for i in range(rank))

    def lengths(self, name: str, axis: int, size: int) -> dict[str, Array | None]:
        """The outputs of all Shape nodes, where this axis is as long as told and others unknown."""
        found: dict[str, Array | None] = {}
        same = self.places(name, axis)
        self.budget.spend(looks=len(self.graph.nodes))
        for node in self.graph.nodes:
            if node.op == "Shape":
                source = node.inputs[0]
                shape = self._shape(source) or (None,) * 4
                row = [size if (source, i) in same else one for i, one in enumerate(shape)]
                found[node.outputs[0]] = row_of(shape_of(node, row))
        return found


def _reshaped(before: Lengths, wanted: Sequence[int]) -> Lengths:
    """The lengths after a Reshape: what is left over (-1) is counted where all others are known."""
    known = [one for one in before if one is not None]
    rest = math.prod(one for one in wanted if one > 0)
    left = math.prod(known) // max(rest, 1) if before and len(known) == len(before) else None
    return tuple(one if one > 0 else left if one == -1 else None for one in wanted)


def sure(numbers: Array | None) -> Array | None:
    """Numbers, where none of them is a length that nobody knows."""
    return None if numbers is None or numbers.dtype == object else numbers


def _axis_before(node: Node, output: str, axis: int, around: Around) -> Place | None:
    """Which axis of which input an axis of an output is."""
    first = node.inputs[0] if node.inputs else ""
    if node.op == "Transpose":
        perm: Any = node.attributes.get("perm", ())
        return (first, perm[axis]) if axis < len(perm) else None
    if node.op in RECURRENT and not node.attributes.get("layout", 0):
        places = {0: 0, 2: 1} if output == node.outputs[0] else {1: 1}
        return (first, places[axis]) if axis in places else None
    if node.op == "Squeeze":
        gone = _axes(node, around)
        left = [place for place in range(4) if place not in gone]
        return (first, left[axis]) if gone and min(gone) >= 0 and axis < len(left) else None
    if node.op == "Unsqueeze":
        new = _axes(node, around)
        own = new and min(new) >= 0 and axis not in new
        return (first, axis - sum(one < axis for one in new)) if own else None
    if node.op == "Slice":
        cut = around.known(node.inputs[3]) if len(node.inputs) > 3 and node.inputs[3] else None
        return (first, axis) if cut is not None and axis not in np.ravel(cut) else None
    if node.op == "Gather" and around.known(first) is not None:
        return (node.inputs[1], axis) if axis < 2 and not node.attributes.get("axis", 0) else None
    if node.op == "MatMul" and axis == 2:
        return None
    if node.op == "Concat":
        return None if node.attributes.get("axis", 0) == axis else (first, axis)
    if node.op in KEPT:
        return first, axis
    if node.op in ELEMENTWISE and axis < 2:
        moving = [one for one in node.inputs if one and around.known(one) is None]
        return (moving[0], axis) if moving else None
    return None


def _axes(node: Node, around: Around) -> list[int]:
    given = node.attributes.get("axes")
    if given is None and len(node.inputs) > 1:
        given = around.known(node.inputs[1])
    return [] if given is None else [int(one) for one in np.ravel(given)]
