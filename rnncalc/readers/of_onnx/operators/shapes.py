"""The shapes of a graph's values, and what it computes of their lengths, without its input.

A length that only a run tells is an atom of its own: where it comes up again, it is the same one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rnncalc.array import Array
from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.file import Graph, Node
from rnncalc.conventions import onnx as words
from rnncalc.errors import RnncalcError
from rnncalc.readers.of_onnx.operators.axes import Atom, Length, row_of
from rnncalc.readers.of_onnx.operators.table import (
    ELEMENTWISE,
    SETTINGS_FROM,
    Numbers,
    axes_of,
    axis_of,
    computed,
    new_axes_of,
    order_of,
    pieces_of,
    settled_lengths,
    shape_of,
    slices_of,
    tensor_of,
)

Shape = tuple[Length, ...]
Given = Sequence[Shape | None]

COUNTING = (*ELEMENTWISE, "Gather", "Unsqueeze", "Squeeze", "Concat", "Slice", "Reshape")
"""Operators of lengths."""


class Shapes:
    """What is known of shapes and lengths, node by node.

    Attributes:
        of: the shapes of values, by their names.
        rows: what is computed of lengths alone; arrays of objects where some are no numbers.
    """

    def __init__(self, graph: Graph, known: Callable[[str], Array | None]) -> None:
        self.known, self.budget = known, graph.budget
        self.of: dict[str, Shape] = {
            name: tuple(Atom() if one is None else one for one in given.shape)
            for name, given in graph.inputs.items()
            if given.shape is not None
        }
        self.of |= {name: one.shape for name, one in graph.constants.items()}
        self.rows: dict[str, Array] = {}

    def visit(self, node: Node) -> Array | None:
        """Note what shapes a node gives; what it computes of lengths, where it does.

        Errors: RnncalcError, and those of Python, for inputs that it cannot be given.
        """
        row = self._counted(node)
        if row is not None:
            self.rows[node.outputs[0]] = row
        for name, shape in zip(node.outputs, self._shapes(node), strict=False):
            if shape is not None:
                self.of[name] = shape
        return row

    def _number(self, name: str) -> Array:
        """A few numbers, known or not. Errors: RnncalcError where they are others."""
        if name in self.rows:
            return self.rows[name]
        sizes = [one for one in self.of.get(name, ()) if isinstance(one, int)]
        known = self.known(name) if math.prod(sizes) <= limits.FEW else None
        if known is None or known.size > limits.FEW:
            raise RnncalcError("is no length")
        return known

    def _counted(self, node: Node) -> Array | None:
        """What a node computes of lengths alone; None where it does not."""
        if node.op == "Shape" and node.inputs[0] in self.of:
            return settled_lengths(row_of(shape_of(node, self.of[node.inputs[0]])))
        asks = any(name in self.rows for name in node.inputs)
        if not asks or node.op not in COUNTING or len(node.outputs) != 1:
            return None
        try:
            given = [self._number(name) if name else None for name in node.inputs]
            (row,) = computed(node, given, self.budget)
        except RnncalcError:
            return None
        if row.size > limits.SMALL:
            raise RnncalcError("is a list of more lengths than any array has")
        return row

    def _shapes(self, node: Node) -> Given:
        given = [self.of.get(name) for name in node.inputs]
        if node.op in ELEMENTWISE:
            return [_broadcast(given)]
        if node.op not in SHAPES:
            return []
        first = 2 if node.op == "Gather" else SETTINGS_FROM.get(node.op, len(node.inputs))
        numbers = [
            self._number(name) if name and i >= first else None
            for i, name in enumerate(node.inputs)
        ]
        return SHAPES[node.op](node, numbers, given)


def _cut(node: Node, settings: Numbers, given: Given) -> Given:
    shape = given[0]
    cuts = slices_of(node, settings, len(shape)) if shape is not None else {}
    return [shape and tuple(_of(one, cuts.get(i)) for i, one in enumerate(shape))]


def _of(size: Length, cut: slice | None) -> Length:
    """How many places of an axis are cut out."""
    if cut is None:
        return size
    return len(range(*cut.indices(size))) if isinstance(size, int) else None


def _split(node: Node, settings: Numbers, given: Given) -> Given:
    shape = given[0] or ()
    axis = axis_of(node, len(shape))
    length = shape[axis]
    cuts = pieces_of(node, settings, length) if isinstance(length, int) else []
    return [(*shape[:axis], cut.stop - cut.start, *shape[axis + 1 :]) for cut in cuts]


def _squeezed(node: Node, settings: Numbers, given: Given) -> Given:
    gone = None if given[0] is None else axes_of(node, settings, len(given[0]))
    if gone is None or given[0] is None:
        return []
    return [tuple(one for i, one in enumerate(given[0]) if i not in gone)]


def _unsqueezed(node: Node, settings: Numbers, given: Given) -> Given:
    if given[0] is None:
        return []
    shape = list(given[0])
    for axis in sorted(new_axes_of(node, settings, len(shape))):
        shape.insert(axis, 1)
    return [tuple(shape)]


def _turned(node: Node, _: Numbers, given: Given) -> Given:
    shape = given[0]
    return [shape and tuple(shape[i] for i in order_of(node, len(shape)))]


def _product(node: Node, _: Numbers, given: Given) -> Given:
    one, matrix = given[:2]
    if one is None or matrix is None or len(matrix) != 2:
        return []
    return [(*one[:-1], matrix[0 if node.attributes.get("transB") else 1])]


def _gathered(node: Node, _: Numbers, given: Given) -> Given:
    shape, index = given[:2]
    if shape is None or index is None:
        return []
    axis = axis_of(node, len(shape))
    return [(*shape[:axis], *index, *shape[axis + 1 :])]


def _joined(node: Node, _: Numbers, given: Given) -> Given:
    shape = given[0]
    if shape is None:
        return []
    axis = axis_of(node, len(shape), None)
    sizes = [one[axis] if one else None for one in given]
    known = [one for one in sizes if isinstance(one, int)]
    length = sum(known) if len(known) == len(sizes) else None
    return [(*shape[:axis], length, *shape[axis + 1 :])]


def _reshaped(node: Node, settings: Numbers, given: Given) -> Given:
    """What is left over (-1) is counted where all others are known."""
    before = given[0] or ()
    there = [one for one in before if isinstance(one, int)]
    wanted: list[Any] = (
        settings[1].tolist() if len(settings) > 1 else list(node.attributes["shape"])
    )
    rest = math.prod(one for one in wanted if isinstance(one, int) and one > 0)
    left = math.prod(there) // max(rest, 1) if before and len(there) == len(before) else None
    same = dict(enumerate(before)) if not node.attributes.get("allowzero") else {}
    known = all(isinstance(one, int) for one in wanted)
    return [tuple(
        (left if known else None) if one == -1 else same.get(i) if one == 0 else one
        for i, one in enumerate(wanted)
    )]  # fmt: skip


def _filled(node: Node, settings: Numbers, given: Given) -> Given:
    shape = tuple(settings[-1].reshape(-1).tolist())
    return [shape if node.op == "ConstantOfShape" else _broadcast([given[0], shape])]


def _reduced(node: Node, settings: Numbers, given: Given) -> Given:
    axes = None if given[0] is None else axes_of(node, settings, len(given[0]))
    if axes is None or given[0] is None:
        return []
    kept = (1,) if node.attributes.get("keepdims", 1) else ()
    return [tuple(n for i, one in enumerate(given[0]) for n in (kept if i in axes else (one,)))]


def _cell(node: Node, _: Numbers, given: Given) -> Given:
    """Y, Y_h and Y_c."""
    x = given[0]
    if x is None or len(x) != 3 or node.attributes.get("layout", 0):
        return []
    ways = len(words.DIRECTIONS[node.attributes.get("direction", "forward")])
    state = ways, x[1], node.attributes.get("hidden_size")
    return [(x[0], *state), state, state]


def _pooled(node: Node, _: Numbers, given: Given) -> Given:
    """One place of every axis behind the features."""
    x = given[0]
    return [x and (*x[:2], *(1 for _ in x[2:]))]


def _windows(node: Node, _: Numbers, given: Given) -> Given:
    """As many places as there are windows."""
    x, weights = given[0], given[1] if len(given) > 1 else None
    kernel = node.attributes.get("kernel_shape") or (weights or ())[2:]
    if x is None or len(kernel) != len(x) - 2 or (node.op == "Conv" and not weights):
        return []
    features = weights[0] if node.op == "Conv" and weights else x[1]
    pairs = enumerate(zip(x[2:], kernel, strict=True))
    return [(x[0], features, *(_counted(node, i, *pair, len(kernel)) for i, pair in pairs))]


def _counted(node: Node, i: int, size: Length, kernel: Length, rank: int) -> Length:
    """How many windows there are along an axis."""
    says = node.attributes
    stride, dilation = (says.get(key, (1,) * rank)[i] for key in ("strides", "dilations"))
    pads = says.get("pads", (0,) * 2 * rank)
    if not isinstance(kernel, int):
        return None
    around, reach = pads[i] + pads[i + rank], (kernel - 1) * dilation
    if says.get("auto_pad", "NOTSET").startswith("SAME"):
        return size if stride == 1 else -(-size // stride) if isinstance(size, int) else None
    if stride == 1 and around == reach:
        return size
    whole = isinstance(size, int) and not says.get("ceil_mode")
    return (size + around - reach - 1) // stride + 1 if whole and isinstance(size, int) else None


def _padded(node: Node, settings: Numbers, given: Given) -> Given:
    """Axes with places in front and behind."""
    x = given[0]
    pads = settings[1] if len(settings) > 1 else node.attributes.get("pads")
    if x is None or pads is None or len(pads) != 2 * len(x):
        return []
    more = [int(pads[i] + pads[i + len(x)]) for i in range(len(x))]
    longer = zip(x, more, strict=True)
    return [tuple(n + m if isinstance(n, int) else None if m else n for n, m in longer)]


def _same(_: Node, __: Numbers, given: Given) -> Given:
    return given[:1]


SHAPES: Mapping[str, Callable[[Node, Numbers, Given], Given]] = {
    "Constant": lambda node, _, __: [tensor_of(node).shape],
    "ConstantOfShape": _filled,
    "Expand": _filled,
    "Slice": _cut,
    "Split": _split,
    "Squeeze": _squeezed,
    "Unsqueeze": _unsqueezed,
    "Transpose": _turned,
    "Reshape": _reshaped,
    "Gather": _gathered,
    "Concat": _joined,
    "MatMul": _product,
    "Gemm": _product,
    **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool"), _pooled),
    **dict.fromkeys(("Conv", "MaxPool", "AveragePool"), _windows),
    "Pad": _padded,
    **dict.fromkeys(("Dropout", "Softmax", "LayerNormalization", "BatchNormalization"), _same),
    "ReverseSequence": _same,
    **dict.fromkeys(("ReduceSum", "ReduceMax", "ReduceMean", "ReduceProd"), _reduced),
    **dict.fromkeys(words.CELLS, _cell),
}
"""The shapes that a node gives: of its settings, and of its inputs' shapes."""


def _broadcast(given: Given) -> Shape | None:
    """The shape of several together; None where one is not known."""
    shapes = [one for one in given if one is not None]
    if not shapes or len(shapes) < len(given):
        return None
    rank = max(map(len, shapes))
    rows = [(1,) * (rank - len(one)) + one for one in shapes]
    return tuple(_longest(column) for column in zip(*rows, strict=True))


def _longest(lengths: Sequence[Length]) -> Length:
    """A length that is not 1, or not known; 1 where all are."""
    others = [one for one in lengths if one != 1]
    known = [one for one in others if isinstance(one, int)] or others
    return None if any(one is not known[0] and one != known[0] for one in known) else (
        known[0]) if known else 1  # fmt: skip
