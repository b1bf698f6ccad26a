"""Lengths of axes, as exporters compute with them: the shape of a zero state, what to reshape to.

A length that only a run tells stays the axis that has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeGuard

import numpy as np

from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.file import Node
from rnncalc.containers.tensor import Tensor
from rnncalc.readers.of_onnx.operators.atoms import Atom, Axis
from rnncalc.readers.of_onnx.operators.axes import place, slices_of, whole
from rnncalc.readers.of_onnx.operators.making import kept
from rnncalc.readers.of_onnx.walk.values import Entry, Flow, Known, Lengths, OtherError, Value

Count = Callable[[Node, Sequence[Value | None]], Value]


def length_of(axis: Axis) -> Entry:
    """The length of an axis: a number, an atom, atoms, or None."""
    product: Entry = 1
    for atom in axis:
        product = _product(product, atom.size or atom)
    return product


def told_of(value: Value | None) -> TypeGuard[Flow | Known]:
    """Whether a value has lengths that only a run tells, and that are followed."""
    return isinstance(value, Flow) or (isinstance(value, Known) and bool(value.lengths))


def shape_of(node: Node, value: Flow | Known) -> Value:
    """What Shape gives of a value whose lengths depend on the input."""
    cut = slice(node.attributes.get("start"), node.attributes.get("end"))
    every = value.lengths if isinstance(value, Known) else map(length_of, value.axes)
    return settled(node, Lengths(tuple(every)[cut]))


def settled(node: Node, lengths: Lengths) -> Value:
    """Lengths, as numbers where all of them are known."""
    numbers = [one for one in lengths.entries if isinstance(one, int)]
    if len(numbers) < len(lengths.entries):
        return lengths
    array = np.array(numbers[0] if lengths.scalar else numbers)
    return kept(node.outputs[0], array, "int64")


def counted(node: Node, inputs: Sequence[Value | None]) -> Value:
    """What a node computes of lengths. Errors: OtherError where that is not known here."""
    if node.op not in COUNTS:
        raise OtherError(f"is a {node.op} of lengths, which is not computed here")
    found = COUNTS[node.op](node, inputs)
    if isinstance(found, Lengths) and len(found.entries) > limits.SMALL:
        raise OtherError(f"makes a list of {len(found.entries):,} lengths")
    return settled(node, found) if isinstance(found, Lengths) else found


def entries(value: Value | None) -> Lengths:
    """A value as lengths. Errors: OtherError where it is none."""
    if isinstance(value, Lengths):
        return value
    if isinstance(value, Known) and value.tensor.ndim < 2:
        return Lengths(tuple(whole(value)), value.tensor.ndim == 0)
    raise OtherError("computes with lengths and something else")


def _same(node: Node, inputs: Sequence[Value | None]) -> Value:
    return entries(inputs[0])


def _gather(node: Node, inputs: Sequence[Value | None]) -> Value:
    lengths, places = entries(inputs[0]).entries, entries(inputs[1])
    index = [place(int(one), len(lengths)) for one in places.entries if isinstance(one, int)]
    if len(index) < len(places.entries):
        raise OtherError("gathers at places that depend on the input")
    return Lengths(tuple(lengths[i] for i in index), places.scalar)


def _slices(node: Node, inputs: Sequence[Value | None]) -> Value:
    return Lengths(entries(inputs[0]).entries[slices_of(node, inputs, 1).get(0, slice(None))])


def _concat(node: Node, inputs: Sequence[Value | None]) -> Value:
    return Lengths(tuple(one for value in inputs for one in entries(value).entries))


def _list(node: Node, inputs: Sequence[Value | None]) -> Value:
    return Lengths(entries(inputs[0]).entries)


def _squeeze(node: Node, inputs: Sequence[Value | None]) -> Value:
    lengths = entries(inputs[0]).entries
    if len(lengths) != 1:
        raise OtherError(f"squeezes a list of {len(lengths)}")
    return Lengths(lengths, True)


def _spread(node: Node, inputs: Sequence[Value | None]) -> Value:
    """One number, many times; a constant, to lengths that only a run tells."""
    if isinstance(inputs[0], Lengths):
        if len(inputs[0].entries) == 1:
            return Lengths(inputs[0].entries)
        raise OtherError("repeats a list of lengths")
    one, lengths = inputs[0], entries(inputs[1]).entries
    if not isinstance(one, Known):
        raise OtherError("repeats what depends on the input")
    shape = np.broadcast_shapes(one.tensor.shape, known_or_one(lengths))
    if one.tensor.size not in (1, np.prod(shape)):
        raise OtherError("repeats a constant along several axes")
    if np.prod(shape) > limits.FROM_NOTHING:
        raise OtherError("makes more numbers than the file can mean")
    tensor = one.tensor.made(shape, lambda a: np.broadcast_to(a.reshape(-1)[:1], shape)
                             if a.size == 1 else a.reshape(shape))  # fmt: skip
    front = (1,) * (len(shape) - one.tensor.ndim)
    every = zip(lengths, (*front, *one.tensor.shape), shape, strict=False)
    told = [size if isinstance(n, int) else n if here == 1 else None for n, here, size in every]
    whole_told = len(lengths) == len(shape) and None not in told
    return Known(tensor, one.nested + 1, loose=True, lengths=tuple(told) if whole_told else ())


def known_or_one(lengths: Sequence[Entry]) -> tuple[int, ...]:
    """Lengths, and 1 for those that only a run tells."""
    return tuple(one if isinstance(one, int) else 1 for one in lengths)


def _filled(node: Node, inputs: Sequence[Value | None]) -> Value:
    value = node.attributes.get("value")
    number = float(value.read().reshape(-1)[0]) if value is not None else 0.0
    lengths = entries(inputs[0]).entries
    shape = known_or_one(lengths)
    if np.prod(shape) > limits.FROM_NOTHING:
        raise OtherError("makes more numbers than the file can mean")
    dtype = value.dtype if value is not None else "float32"
    tensor = Tensor(node.outputs[0], shape, dtype, lambda: np.full(shape, number))
    return Known(tensor, loose=True, lengths=lengths)


def _each(function: Callable[..., Entry]) -> Count:
    """An operator that goes number by number."""

    def count_each(node: Node, inputs: Sequence[Value | None]) -> Value:
        given = [entries(value) for value in inputs]
        length = max(len(one.entries) for one in given)
        rows = [one.entries * length if len(one.entries) == 1 else one.entries for one in given]
        scalar = all(one.scalar for one in given)
        return Lengths(tuple(map(function, *rows)), scalar)

    return count_each


def _product(a: Entry, b: Entry) -> Entry:
    if isinstance(a, int) and isinstance(b, int):
        return a * b
    if a == 1 or b == 1:
        return b if a == 1 else a
    one, other = (atom if isinstance(atom, tuple) else (atom,) for atom in (a, b))
    both = [atom for atom in (*one, *other) if isinstance(atom, Atom)]
    return tuple(both) if len(both) == len(one) + len(other) <= limits.MOST_FACTORS else None


def _quotient(a: Entry, b: Entry) -> Entry:
    if isinstance(a, int) and isinstance(b, int) and b:
        return a // b
    return a if b == 1 else None


def _sum(a: Entry, b: Entry) -> Entry:
    if isinstance(a, int) and isinstance(b, int):
        return a + b
    return b if a == 0 else a if b == 0 else None


def _difference(a: Entry, b: Entry) -> Entry:
    return a - b if isinstance(a, int) and isinstance(b, int) else a if b == 0 else None


def _equal(a: Entry, b: Entry) -> Entry:
    """A length that only a run tells is none below 0, which is what graphs ask."""
    if isinstance(a, int) and isinstance(b, int):
        return int(a == b)
    negative = any(isinstance(one, int) and one < 0 for one in (a, b))
    return int(a is b) if negative or (isinstance(a, Atom) and a is b) else None


def _where(condition: Entry, a: Entry, b: Entry) -> Entry:
    return None if not isinstance(condition, int) else a if condition else b


def _all_together(node: Node, inputs: Sequence[Value | None]) -> Value:
    """ReduceProd: how many rows there are in some axes."""
    entry: Entry = 1
    for one in entries(inputs[0]).entries:
        entry = _product(entry, one)
    return Lengths((entry,), scalar=not node.attributes.get("keepdims", 1))


COUNTS: dict[str, Count] = {
    "Identity": _same,
    "Cast": _same,
    "Gather": _gather,
    "Slice": _slices,
    "Concat": _concat,
    "Unsqueeze": _list,
    "Reshape": _list,
    "Squeeze": _squeeze,
    "Expand": _spread,
    "Tile": _spread,
    "ConstantOfShape": _filled,
    "Add": _each(_sum),
    "Sub": _each(_difference),
    "Mul": _each(_product),
    "Div": _each(_quotient),
    "ReduceProd": _all_together,
    "Equal": _each(_equal),
    "Where": _each(_where),
}
"""What is computed of lengths."""
