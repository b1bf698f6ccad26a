"""Lengths that a graph asks for although they are known, and choices that they settle.

Keras on PyTorch writes a recurrence step by step, and asks at every step how many columns there
are, and whether the sequence goes on. What is settled becomes a constant; the rest stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.file import Graph, Node
from rnncalc.containers.tensor import Tensor
from rnncalc.errors import RnncalcError
from rnncalc.readers.of_onnx.operators.needed import needed
from rnncalc.readers.of_onnx.operators.operators import ELEMENTWISE, bounds, computed, lengths, said
from rnncalc.readers.of_onnx.operators.surroundings import Around

Shape = tuple[int | None, ...]
COUNTING = (*ELEMENTWISE, "Gather", "Unsqueeze", "Squeeze", "Concat", "Slice")


def settled(graph: Graph) -> Graph:
    """The same graph, where what depends on known lengths alone is a constant."""
    static = _Static(graph)
    for original in graph.nodes:
        inputs = tuple(static.alias.get(name, name) for name in original.inputs)
        node = replace(original, inputs=inputs)
        try:
            static.visit(node)
        except (RnncalcError, ArithmeticError, LookupError, TypeError, ValueError):
            static.kept(node)
    if not static.made:
        return graph
    tensors = {name: _tensor(name, array) for name, array in static.made.items()}
    whole = replace(graph, nodes=tuple(static.nodes), constants={**graph.constants, **tensors})
    return replace(whole, nodes=tuple(needed(whole)))


def _tensor(name: str, array: Array) -> Tensor:
    dtype = {"i": "int64", "b": "bool"}.get(array.dtype.kind, "float32")
    numbers = np.asarray(array, np.float64)
    return Tensor(name, numbers.shape, dtype, lambda: numbers)


class _Static:
    """The way through a graph: what shapes its values have, and which lengths are known."""

    def __init__(self, graph: Graph) -> None:
        self.around = Around(graph)
        self.shapes: dict[str, Shape] = {
            name: one.shape for name, one in graph.inputs.items() if one.shape is not None
        }
        self.shapes |= {name: one.shape for name, one in graph.constants.items()}
        self.asked: dict[str, Shape] = {}
        self.made: dict[str, Array] = {}
        self.alias: dict[str, str] = {}
        self.nodes: list[Node] = []

    def kept(self, node: Node) -> None:
        """A node stays as it is."""
        self.nodes.append(node)

    def visit(self, node: Node) -> None:
        """Settle a node, or keep it, and say what shape it gives."""
        if node.op == "Shape" and node.inputs[0] in self.shapes and not node.attributes:
            self.asked[node.outputs[0]] = self.shapes[node.inputs[0]]
            self._whole(node)
            return
        if node.op == "Gather" and node.inputs[0] in self.asked:
            (place,) = np.ravel(self._number(node.inputs[1]))
            length = self.asked[node.inputs[0]][int(place)]
            if length is not None:
                self.made[node.outputs[0]] = np.full(np.shape(self._number(node.inputs[1])), length)
                return
            self.asked[node.outputs[0]] = (None,)
        elif node.op in ("Unsqueeze", "Cast", "Concat") and self.asked.keys() & set(node.inputs):
            parts = node.inputs if node.op == "Concat" else node.inputs[:1]
            row = tuple(one for name in parts for one in self._row(name))
            if len(row) > limits.SMALL:
                raise RnncalcError("is a list of more lengths than any array has")
            self.asked[node.outputs[0]] = row
        if any(name in self.made for name in node.inputs) and self._counted(node):
            return
        found = self._split(node) if node.op == "Split" else [self._shape(node)]
        self.kept(node)
        named = zip(node.outputs, found, strict=False)
        self.shapes |= {name: shape for name, shape in named if shape is not None}

    def _row(self, name: str) -> Shape:
        """Lengths side by side."""
        if name in self.asked:
            return self.asked[name]
        return tuple(int(one) for one in np.ravel(self._number(name)))

    def _whole(self, node: Node) -> None:
        """A shape, all of which is known."""
        shape = self.asked[node.outputs[0]]
        known = [one for one in shape if one is not None]
        if len(known) == len(shape):
            self.made[node.outputs[0]] = np.array(known)
        else:
            self.kept(node)

    def _number(self, name: str) -> Array:
        """A few numbers that are known. Errors: RnncalcError where they are not."""
        if name in self.made:
            return self.made[name]
        shape = self.shapes.get(name)
        known = self.around.known(name) if shape is None or np.prod(np.array(
            [one or 1 for one in shape])) <= limits.FEW else None  # fmt: skip
        if known is None or known.size > limits.FEW:
            raise RnncalcError("is no length")
        return known

    def _counted(self, node: Node) -> bool:
        """Whether a node computes with lengths alone, or chooses by them."""
        if node.op == "Where" and node.inputs[0] in self.made:
            chosen, ways = self.made[node.inputs[0]], [self.shapes.get(n) for n in node.inputs[1:]]
            if chosen.size == 1 and ways[0] is not None and ways[0] == ways[1]:
                name, output = node.inputs[1 if np.all(chosen) else 2], node.outputs[0]
                if output in self.around.outputs:
                    self.kept(Node("Identity", node.name, (name,), node.outputs, {}))
                self.alias[output] = name
                return True
        if node.op not in COUNTING or len(node.outputs) != 1:
            return False
        try:
            given = [self._number(name) if name else None for name in node.inputs]
        except RnncalcError:
            return False
        (self.made[node.outputs[0]],) = computed(node, given, self.around.budget)
        return True

    def _shape(self, node: Node) -> Shape | None:
        """The shape of what a node gives, as far as it is known."""
        given = [self.shapes.get(name) for name in node.inputs]
        first = given[0] if given else None
        if node.op == "Constant":
            value = node.attributes.get("value")
            return value.shape if isinstance(value, Tensor) else None
        if node.op in ELEMENTWISE:
            return _broadcast(given)
        if node.op == "ConstantOfShape":
            return self._row(node.inputs[0])
        if first is None:
            return None
        if node.op == "Slice":
            return self._cut(node, first)
        if node.op == "Squeeze":
            gone = {axis % len(first) for axis in self._axes(node)}
            return tuple(one for i, one in enumerate(first) if i not in gone)
        if node.op == "MatMul" and given[1] is not None and len(given[1]) == 2:
            return (*first[:-1], given[1][1])
        if node.op == "Gemm" and given[1] is not None:
            return (first[0], given[1][0 if node.attributes.get("transB") else 1])
        if node.op == "Transpose":
            return tuple(first[i] for i in node.attributes["perm"])
        if node.op == "Gather" and not node.attributes.get("axis", 0) and given[1] == ():
            return first[1:]
        return None

    def _axes(self, node: Node) -> tuple[int, ...]:
        """Those that a Squeeze names."""
        given = [None, *(self._number(name) for name in node.inputs[1:])]
        axes = said(node, given, 1, "axes")
        if axes is None:
            raise RnncalcError("does not say which axes")
        return axes

    def _split(self, node: Node) -> list[Shape | None]:
        """The shapes of the pieces of a value."""
        whole = self.shapes.get(node.inputs[0])
        axis = node.attributes.get("axis", 0) % max(len(whole or ()), 1)
        length = whole[axis] if whole else None
        if whole is None or length is None:
            return []
        given = [None, *(self._number(name) for name in node.inputs[1:] if name)]
        sizes = lengths(node, given, length)
        return [(*whole[:axis], size, *whole[axis + 1 :]) for size in sizes]

    def _cut(self, node: Node, shape: Shape) -> Shape:
        """The shape of some of a value."""
        numbers = [self._number(name) if name else None for name in node.inputs[1:]]
        found = list(shape)
        for axis, cut in bounds(node, [None, *numbers]):
            size = found[axis]
            found[axis] = None if size is None else len(range(*cut.indices(size)))
        return tuple(found)


def _broadcast(given: Sequence[Shape | None]) -> Shape | None:
    """The shape of several together; None where one is not known."""
    shapes = [one for one in given if one is not None]
    if not shapes or len(shapes) < len(given):
        return None
    rank = max(map(len, shapes))
    rows = [(1,) * (rank - len(one)) + one for one in shapes]
    return tuple(_longest(column) for column in zip(*rows, strict=True))


def _longest(lengths: Sequence[int | None]) -> int | None:
    """A length that is not 1, or not known; 1 where all are."""
    others = [one for one in lengths if one != 1]
    known = [one for one in others if one is not None]
    return known[0] if known else None if others else 1
