"""Lengths that a graph asks for although they are known, and choices that they settle.

Keras on PyTorch writes a recurrence step by step, and asks at every step how many columns there
are, and whether the sequence goes on. What is settled becomes a constant; the rest stays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.file import Graph, Node
from rnncalc.containers.tensor import Tensor
from rnncalc.errors import RnncalcError
from rnncalc.readers.of_onnx.operators.axes import row_of
from rnncalc.readers.of_onnx.operators.needed import leading
from rnncalc.readers.of_onnx.operators.surroundings import Around, sure
from rnncalc.readers.of_onnx.operators.table import (
    ELEMENTWISE,
    VIEWS,
    Numbers,
    axes_of,
    axis_of,
    computed,
    order_of,
    pieces_of,
    settled_lengths,
    shape_of,
    slices_of,
    tensor_of,
)

Shape = tuple[int | None, ...]
COUNTING = (*ELEMENTWISE, "Gather", "Unsqueeze", "Squeeze", "Concat", "Slice")


def fold_lengths(graph: Graph) -> Graph:
    """The same graph, where what depends on known lengths alone is a constant."""
    static = _Static(graph)
    for original in graph.nodes:
        inputs = tuple(static.alias.get(name, name) for name in original.inputs)
        node = replace(original, inputs=inputs)
        try:
            static.visit(node)
        except (RnncalcError, ArithmeticError, LookupError, TypeError, ValueError):
            static.nodes.append(node)
    made = {name: one for name, one in static.rows.items() if sure(one) is not None}
    if not made:
        return graph
    tensors = {name: _tensor(name, array) for name, array in made.items()}
    nodes = tuple(leading(static.nodes, graph.outputs))
    return replace(graph, nodes=nodes, constants={**graph.constants, **tensors})


def _tensor(name: str, array: Array) -> Tensor:
    dtype = {"i": "int64", "b": "bool"}.get(array.dtype.kind, "float32")
    numbers = np.asarray(array, np.float64)
    return Tensor(name, numbers.shape, dtype, lambda: numbers)


class _Static:
    """The way through a graph: what shapes its values have, and which lengths are known.

    Attributes:
        rows: what is computed of lengths; arrays of objects where some are not known.
        alias: what is chosen in place of a value.
        nodes: those that stay.
    """

    def __init__(self, graph: Graph) -> None:
        self.around = Around(graph)
        self.shapes: dict[str, Shape] = {
            name: one.shape for name, one in graph.inputs.items() if one.shape is not None
        }
        self.shapes |= {name: one.shape for name, one in graph.constants.items()}
        self.rows: dict[str, Array] = {}
        self.alias: dict[str, str] = {}
        self.nodes: list[Node] = []

    def visit(self, node: Node) -> None:
        """Settle a node, or keep it, and say what shape it gives."""
        row = self._chosen(node) or self._counted(node)
        if isinstance(row, str):
            self.alias[node.outputs[0]] = row
            if node.outputs[0] not in self.around.outputs:
                return
            node = Node("Identity", node.name, (row,), node.outputs, {})
        elif row is not None:
            self.rows[node.outputs[0]] = row
            if sure(row) is not None:
                return
        found = self._shapes(node)
        self.nodes.append(node)
        named = zip(node.outputs, found, strict=False)
        self.shapes |= {name: shape for name, shape in named if shape is not None}

    def _number(self, name: str) -> Array:
        """A few numbers that are known. Errors: RnncalcError where they are not."""
        if name in self.rows:
            return self.rows[name]
        shape = self.shapes.get(name, ())
        few = math.prod(one or 1 for one in shape) <= limits.FEW
        known = self.around.known(name) if few else None
        if known is None or known.size > limits.FEW:
            raise RnncalcError("is no length")
        return known

    def _counted(self, node: Node) -> Array | None:
        """What a node computes of lengths alone; None where it does not."""
        if node.op == "Shape" and node.inputs[0] in self.shapes:
            return settled_lengths(row_of(shape_of(node, self.shapes[node.inputs[0]])))
        asks = any(name in self.rows for name in node.inputs)
        if not asks or node.op not in COUNTING or len(node.outputs) != 1:
            return None
        try:
            given = [self._number(name) if name else None for name in node.inputs]
            (row,) = computed(node, given, self.around.budget)
        except RnncalcError:
            return None
        if row.size > limits.SMALL:
            raise RnncalcError("is a list of more lengths than any array has")
        return row

    def _chosen(self, node: Node) -> str | None:
        """The value that a Where takes for all of its numbers; None where that is not known."""
        chosen = sure(self.rows.get(node.inputs[0])) if node.op == "Where" else None
        if chosen is None or chosen.size != 1:
            return None
        one, other = (self.shapes.get(name) for name in node.inputs[1:])
        return node.inputs[1 if np.all(chosen) else 2] if one is not None and one == other else None

    def _shapes(self, node: Node) -> Sequence[Shape | None]:
        """The shapes of what a node gives, as far as they are known."""
        given = [self.shapes.get(name) for name in node.inputs]
        if node.op == "Constant":
            return [tensor_of(node).shape]
        if node.op in ELEMENTWISE:
            return [_broadcast(given)]
        if node.op == "ConstantOfShape":
            return [tuple(self._number(node.inputs[0]).tolist())]
        if node.op not in SHAPES or given[0] is None:
            return []
        told = node.inputs[1:] if node.op in VIEWS else ()
        numbers = [None, *(self._number(name) if name else None for name in told)]
        return SHAPES[node.op](node, numbers, given[0], (*given[1:], None)[0])


def _cut(node: Node, told: Numbers, shape: Shape, _: Any) -> list[Shape | None]:
    cuts = slices_of(node, told, len(shape))
    return [tuple(_of(one, cuts.get(i, slice(None))) for i, one in enumerate(shape))]


def _of(size: int | None, cut: slice) -> int | None:
    """How many places of an axis are cut out."""
    return None if size is None else len(range(*cut.indices(size)))


def _split(node: Node, told: Numbers, shape: Shape, _: Any) -> list[Shape | None]:
    axis = axis_of(node, len(shape))
    length = shape[axis]
    cuts = pieces_of(node, told, length) if length is not None else []
    return [(*shape[:axis], cut.stop - cut.start, *shape[axis + 1 :]) for cut in cuts]


def _squeeze(node: Node, told: Numbers, shape: Shape, _: Any) -> list[Shape | None]:
    gone = axes_of(node, told, len(shape))
    if gone is None:
        return []
    return [tuple(one for i, one in enumerate(shape) if i not in gone)]


def _product(node: Node, _: Numbers, shape: Shape, matrix: Shape | None) -> list[Shape | None]:
    if matrix is None or len(matrix) != 2:
        return []
    return [(*shape[:-1], matrix[0 if node.attributes.get("transB") else 1])]


def _turned(node: Node, _: Numbers, shape: Shape, __: Any) -> list[Shape | None]:
    return [tuple(shape[i] for i in order_of(node, len(shape)))]


def _gathered(node: Node, _: Numbers, shape: Shape, index: Shape | None) -> list[Shape | None]:
    axis = axis_of(node, len(shape))
    return [] if index is None else [(*shape[:axis], *index, *shape[axis + 1 :])]


SHAPES: dict[str, Callable[[Node, Numbers, Shape, Any], list[Shape | None]]] = {
    "Slice": _cut,
    "Split": _split,
    "Squeeze": _squeeze,
    "Transpose": _turned,
    "Gather": _gathered,
    "MatMul": _product,
    "Gemm": _product,
}
"""What shape a node gives: of what it is told, its first input's shape, and its second one's."""


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
