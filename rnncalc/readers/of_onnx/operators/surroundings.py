"""The graph around a recurrence: its constants, and how long its sequences are.

What depends on the input is not computed, but lengths are: they are what loops count to.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx.file import Graph, Node
from rnncalc.containers.tensor import Tensor
from rnncalc.errors import RnncalcError
from rnncalc.readers.of_onnx.operators.axes import Length, row_of
from rnncalc.readers.of_onnx.operators.shapes import Shapes
from rnncalc.readers.of_onnx.operators.table import (
    computed,
    constant,
    settled_lengths,
    shape_of,
)

SAME = ("Expand", "Tile", "Identity", "Cast", "Unsqueeze", "Reshape")
"""Operators that make zeros of zeros, and of nothing else."""


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
        self.budget = graph.budget
        self.budget.spend(looks=len(graph.nodes))

    def known(self, name: str) -> Array | None:
        """The numbers of a value; None where they depend on the input."""
        return self.values(name, self.made)

    def zeros(self, name: str) -> bool:
        """Whether a value is 0 throughout, however long its axes are."""
        node = self.givers.get(name)
        while node is not None and node.op in SAME:
            name = node.inputs[0]
            node = self.givers.get(name)
        if node is None or node.op != "ConstantOfShape":
            numbers = self.known(name)
            return numbers is not None and not np.any(numbers)
        value = node.attributes.get("value")
        return not isinstance(value, Tensor) or not np.any(value.read())

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

    @cached_property
    def shapes(self) -> Shapes:
        """The shapes of all values, as far as they are known."""
        self.budget.spend(looks=len(self.graph.nodes))
        shapes = Shapes(self.graph, self.known)
        for node in self.graph.nodes:
            with suppress(RnncalcError, ArithmeticError, LookupError, TypeError, ValueError):
                shapes.visit(node)
        return shapes

    def length(self, name: str, axis: int) -> int | None:
        """How long an axis is, where the graph says it."""
        size = self._length(name, axis)
        return size if isinstance(size, int) else None

    def _length(self, name: str, axis: int) -> Length:
        return dict(enumerate(self.shapes.of.get(name, ()))).get(axis)

    def lengths(self, name: str, axis: int, size: int) -> dict[str, Array | None]:
        """The outputs of all Shape nodes, where this axis is as long as told and others unknown."""
        found: dict[str, Array | None] = {}
        asked = self._length(name, axis)
        self.budget.spend(looks=len(self.graph.nodes))
        for node in self.graph.nodes:
            if node.op == "Shape":
                shape = self.shapes.of.get(node.inputs[0], ())
                row = [size if one is asked else one for one in shape]
                found[node.outputs[0]] = (
                    settled_lengths(row_of(shape_of(node, row))) if row else None
                )
        return found


def sure(numbers: Array | None) -> Array | None:
    """Numbers, where none of them is a length that nobody knows."""
    return None if numbers is None or numbers.dtype == object else numbers
