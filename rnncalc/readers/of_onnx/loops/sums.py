"""A step of a recurrence as sums: of products with matrices, of biases, and of the rest.

A ``Sum`` is what a gate reads before its activation; a ``Leaf`` is what stands in sums: an input
of the step, or what an operator makes of sums. Matrices and biases stay the graph's own numbers:
they are cut and turned, and never computed with. Rows are those of a batch, columns are units.
Operators that cells are not written with are refused by their names.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.file import Node
from rnncalc.containers.onnx.limits import Budget
from rnncalc.data import dataclass
from rnncalc.readers.of_onnx.operators.table import (
    ELEMENTWISE,
    OtherError,
    axes_of,
    axis_of,
    computed,
    new_axes_of,
    pieces_of,
    slices_of,
    unclear,
)


@dataclass(frozen=True, eq=False)
class Leaf:
    """What stands in a sum.

    Attributes:
        op: the operator that made it; nothing for an input of the step.
        inputs: what it is made of: Sums, and numbers.
        attributes: those of the operator; the bounds of a slice.
        size: how many columns it has; None where the graph does not tell.
        key: the same for atoms that are made alike.
        name: of an input of the step.
        pieces: what was cut of it, by its bounds.
    """

    op: str
    inputs: tuple[Any, ...]
    attributes: Mapping[str, Any]
    size: int | None
    key: Hashable
    name: str = ""
    pieces: dict[tuple[int, int], Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Sum:
    """Products, biases and atoms, added up.

    Attributes:
        terms: atoms and the matrices that they are multiplied with, (units, columns of the atom);
            None for an atom as it is.
        biases: what was added, (units,), and of which side: ``x``, ``h``, or of both.
        offset: numbers without an axis that were added to all.
        size: how many columns it has.
        lead: how many axes it has in front of that of the columns.
    """

    terms: tuple[tuple[Leaf, Array | None], ...] = ()
    biases: tuple[tuple[str, Array], ...] = ()
    offset: float = 0.0
    size: int | None = None
    lead: int = 1

    @property
    def alone(self) -> Leaf | None:
        """Its atom, where it is nothing but one."""
        whole = len(self.terms) == 1 and not self.biases and not self.offset
        return self.terms[0][0] if whole and self.terms[0][1] is None else None

    @property
    def multiplied(self) -> bool:
        """Whether a matrix stands in it."""
        return any(matrix is not None for _, matrix in self.terms)

    @cached_property
    def key(self) -> Hashable:
        """The same for sums that add up the same, apart from the offset."""
        terms = sorted((hash(atom.key), place(matrix)) for atom, matrix in self.terms)
        return (*terms, *sorted(place(bias) for _, bias in self.biases))


Value = Sum | Array


def place(array: Any) -> str:
    """Equal for the same numbers at the same place, as long as they are kept."""
    if array is None:
        return ""
    if np.ndim(array) == 0:
        return repr(float(array))
    where = array.__array_interface__["data"][0]
    return f"{where} {array.shape} {array.strides}"


def leaf(name: str, size: int | None = None, lead: int = 1) -> Sum:
    """An input of the step."""
    return of(Leaf("", (), {}, size, hash(name), name), lead)


def of(atom: Leaf, lead: int = 1) -> Sum:
    """A sum of one atom."""
    return Sum(((atom, None),), size=atom.size, lead=lead)


PASSING = ("Identity", "Squeeze", "Unsqueeze", "Cast", "Dropout")
"""Operators that change no number of a row: axes of length 1 come and go in front of the batch."""

EVERYTHING = (1 << 31) - 1
"""The end of a slice that has none."""


@dataclass
class Terms:
    """The values of a step by the graph's names.

    Attributes:
        known: what there is before: leaves and constants.
        budget: the work that may still be spent on the graph.
        opaque: values that are taken as leaves once they are computed, by their new names.
    """

    known: dict[str, Value]
    budget: Budget
    opaque: Mapping[str, str] = field(default_factory=dict)

    def run(self, nodes: Sequence[Node]) -> None:
        """Go through nodes in their order.

        Errors: RnncalcError for what no cell is written with.
        """
        for node in nodes:
            given = [self.known[name] if name else None for name in node.inputs]
            results = self.results(node, given)
            for name, value in zip(node.outputs, results, strict=False):
                if name in self.opaque and isinstance(value, Sum):
                    value = leaf(self.opaque[name], value.size, value.lead)
                self.known[name] = value

    def results(self, node: Node, given: Sequence[Any]) -> Sequence[Value]:
        """What a node makes of sums and numbers."""
        self.budget.spend(calls=1)
        if not any(isinstance(one, Sum) for one in given):
            return computed(node, given, self.budget)
        if node.op in PASSING and isinstance(given[0], Sum):
            return [self._passed(node, given)]
        if node.op in ACTS:
            try:
                return ACTS[node.op](node, given)
            except OtherError as error:
                raise unclear(node, error.message) from None
        if node.op in ELEMENTWISE:
            return [elementwise(node.op, given, node.attributes)]
        raise unclear(node, "is none that a step of a cell is written with")

    def _passed(self, node: Node, given: Sequence[Any]) -> Value:
        one: Sum = given[0]
        change = {"Squeeze": -1, "Unsqueeze": 1}.get(node.op, 0)
        axes: list[int] | None = []
        if change:
            axes = (axes_of if change < 0 else new_axes_of)(node, given, one.lead + 1)
        if axes is None:  # of a batch of one sequence: a row is added as it is
            return one
        if any(axes) or (change and len(axes) != 1):
            raise unclear(node, "changes axes in a way that no step of a cell does")
        return replace(one, lead=one.lead + change)


def product(node: Node, given: Sequence[Any]) -> list[Value]:
    """A sum times a matrix: one atom, or each of those that were joined."""
    one, matrix = given[0], given[1]
    says = node.attributes
    if not isinstance(one, Sum) or isinstance(matrix, Sum) or np.ndim(matrix) != 2:
        raise unclear(node, "multiplies two things that both depend on the input")
    plain = says.get("alpha", 1.0) == 1 and says.get("beta", 1.0) == 1
    if not plain or says.get("transA", 0):
        raise unclear(node, "scales or turns what it multiplies")
    matrix = np.asarray(matrix, float)
    turned = matrix if says.get("transB", 0) else matrix.T
    result = Sum(tuple(_parts(node, one, turned)), size=len(turned), lead=one.lead)
    if len(given) > 2 and given[2] is not None:
        return [added(node, [result, given[2]])[0]]
    return [result]


def _parts(node: Node, one: Sum, matrix: Array) -> Iterator[tuple[Leaf, Array]]:
    atom = one.alone or Leaf("Sum", (one,), {}, one.size, one.key)
    if atom.op != "Concat":
        yield atom, matrix
        return
    for piece, columns in _side_by_side(node, atom, matrix.shape[1]):
        if isinstance(piece, Sum):
            yield from _parts(node, piece, matrix[:, columns])
        elif np.any(piece):  # 0 is the state before the first step
            raise unclear(node, "multiplies an input that is joined with a constant")


def _width(one: Any) -> Any:
    """How many columns a value has; None where that is not known."""
    return one.size if isinstance(one, Sum) else np.shape(one)[-1]


def _side_by_side(node: Node, atom: Leaf, size: int) -> Iterator[tuple[Any, slice]]:
    """The values that were joined, and their columns; the width of one may not be known."""
    widths = list(map(_width, atom.inputs))
    rest = size - sum(width for width in widths if width is not None)
    if widths.count(None) > 1 or rest < 0 or (rest and None not in widths):
        raise unclear(node, "has joined values of another size")
    start = 0
    for piece, width in zip(atom.inputs, widths, strict=True):
        stop = start + (rest if width is None else width)
        yield piece, slice(start, stop)
        start = stop


def added(node: Node, given: Sequence[Any]) -> list[Value]:
    """A sum and another, or a bias."""
    result = given[0]
    for other in given[1:]:
        one, two = (result, other) if isinstance(result, Sum) else (other, result)
        if isinstance(two, Sum):
            result = Sum(
                one.terms + two.terms, one.biases + two.biases, one.offset + two.offset,
                one.size if two.size is None else two.size, max(one.lead, two.lead),
            )  # fmt: skip
        elif np.ndim(two) == 0:
            result = replace(one, offset=one.offset + float(two))
        else:
            result = _biased(node, one, np.asarray(two, float))
    if isinstance(result, Sum) and len(result.terms) + len(result.biases) > limits.MOST_TERMS:
        raise unclear(node, "adds up more than any step of a cell does")
    return [result]


def _biased(node: Node, one: Sum, bias: Array) -> Sum:
    size = bias.shape[-1]
    if bias.size != size or (one.size not in (None, size)):
        raise unclear(node, f"adds numbers of shape {bias.shape}, which are no bias")
    return replace(one, biases=(*one.biases, (side(one), bias.reshape(size))), size=size)


def side(one: Sum) -> str:
    """Whose bias is added: ``x`` where the input alone was multiplied, ``h`` where the state was,
    nothing where both were."""
    sides = {"x" if atom.name == "x" else "h" for atom, matrix in one.terms if matrix is not None}
    return sides.pop() if len(sides) == 1 else ""


def elementwise(op: str, given: Sequence[Any], says: Mapping[str, Any]) -> Sum:
    """An operator that makes every number of numbers in the same place."""
    sums = [one for one in given if isinstance(one, Sum)]
    sizes = {one.size for one in sums} - {None}
    sizes |= {np.shape(one)[-1] for one in given if np.ndim(one) and not isinstance(one, Sum)}
    size = max((s for s in sizes if s is not None), default=None)
    keys = tuple((one.key, one.offset) if isinstance(one, Sum) else place(one) for one in given)
    key = hash((op, keys, repr(sorted(says.items()))))
    atom = Leaf(op, tuple(given), says, size, key)
    return of(atom, max(one.lead for one in sums))


def cut(node: Node, one: Any, start: int, stop: int) -> Any:
    """Some of the columns."""
    if not isinstance(one, Sum):
        array = np.asarray(one)
        return array if array.ndim == 0 or array.shape[-1] == 1 else array[..., start:stop]
    terms = tuple(
        (atom, matrix[start:stop]) if matrix is not None else _cut(node, atom, start, stop)
        for atom, matrix in one.terms
    )
    biases = tuple((whose, bias[start:stop]) for whose, bias in one.biases)
    return replace(one, terms=terms, biases=biases, size=stop - start)


def _cut(node: Node, atom: Leaf, start: int, stop: int) -> tuple[Leaf, Array | None]:
    """Some of the columns of an atom."""
    if (start, stop) not in atom.pieces:
        atom.pieces[start, stop] = _piece(node, atom, start, stop)
    piece: tuple[Leaf, Array | None] = atom.pieces[start, stop]
    return piece


def _piece(node: Node, atom: Leaf, start: int, stop: int) -> tuple[Leaf, Array | None]:
    """Of what it is made of, where that has the same columns."""
    if atom.op in ELEMENTWISE:
        inputs = [cut(node, one, start, stop) for one in atom.inputs]
        return elementwise(atom.op, inputs, atom.attributes).terms[0]
    if atom.op == "Concat" and atom.size is not None:
        for piece, there in _side_by_side(node, atom, atom.size):
            if isinstance(piece, Sum) and there.start <= start and stop <= there.stop:
                (term,) = cut(node, piece, start - there.start, stop - there.start).terms
                return term  # type: ignore[no-any-return]
    raise unclear(node, "cuts what is no product of the step's inputs")


def sliced(node: Node, given: Sequence[Any]) -> list[Value]:
    """Columns by their bounds."""
    one = given[0]
    for axis, part in slices_of(node, given, one.lead + 1).items():
        if part.start == 0 and part.step == 1 and (part.stop or 0) >= EVERYTHING:
            continue
        if axis != one.lead or one.size is None or part.step != 1:
            raise unclear(node, "cuts something else than columns")
        one = cut(node, one, *part.indices(one.size)[:2])
    return [one]


def split(node: Node, given: Sequence[Any]) -> list[Value]:
    """Columns, piece by piece."""
    one = given[0]
    if axis_of(node, one.lead + 1) != one.lead or one.size is None:
        raise unclear(node, "cuts something else than columns")
    return [cut(node, one, part.start, part.stop) for part in pieces_of(node, given, one.size)]


def joined(node: Node, given: Sequence[Any]) -> list[Value]:
    """Columns side by side."""
    first = next(one for one in given if isinstance(one, Sum))
    if axis_of(node, first.lead + 1, None) != first.lead:
        raise unclear(node, "joins something else than columns")
    key = hash(("Concat", tuple(one.key if isinstance(one, Sum) else place(one) for one in given)))
    widths = list(map(_width, given))
    size = None if None in widths else sum(widths)
    return [of(Leaf("Concat", tuple(given), {}, size, key), first.lead)]


ACTS = {
    "MatMul": product,
    "Gemm": product,
    "Add": added,
    "Slice": sliced,
    "Split": split,
    "Concat": joined,
}
