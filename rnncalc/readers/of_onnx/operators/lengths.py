"""Lengths of axes, as exporters compute with them: the shape of a zero state, what to reshape to.

A length that only a run tells stays the axis that has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.file import Node
from rnncalc.data import dataclass
from rnncalc.readers.of_onnx.operators.axes import Length, row_of
from rnncalc.readers.of_onnx.operators.constants import PRODUCTS, Constant, kept
from rnncalc.readers.of_onnx.operators.table import (
    ELEMENTWISE,
    OTHERS,
    OtherError,
    not_computed,
    results,
    shape_of,
)


@dataclass(frozen=True, eq=False)
class Lengths:
    """Lengths of axes as numbers of the graph.

    Attributes:
        entries: one each.
        scalar: whether it is one number, and not a list.
    """

    entries: tuple[Length, ...]
    scalar: bool = False

    @property
    def array(self) -> Array:
        """They as an array of objects."""
        array = row_of(self.entries)
        return array.reshape(()) if self.scalar else array


Counted = Constant | Lengths


def lengths_of(value: object) -> Lengths:
    """A value as lengths. Errors: OtherError where it is none."""
    if isinstance(value, Lengths):
        return value
    if isinstance(value, Constant) and value.tensor.ndim < 2:
        return Lengths(tuple(map(int, value.few().reshape(-1))), value.tensor.ndim == 0)
    raise OtherError("computes with lengths and something else")


def asked(node: Node, lengths: Iterable[Length]) -> Counted:
    """What Shape gives of a value with these lengths."""
    return _settled(node, Lengths(tuple(shape_of(node, tuple(lengths)))))


def _settled(node: Node, lengths: Lengths) -> Counted:
    """Lengths, as numbers where all of them are known."""
    if len(lengths.entries) > limits.SMALL:
        raise OtherError(f"makes a list of {len(lengths.entries):,} lengths")
    if any(not isinstance(one, int) for one in lengths.entries):
        return lengths
    return kept(node.outputs[0], lengths.array, "int64")


def counted(node: Node, inputs: Sequence[object]) -> Counted:
    """What a node computes of lengths. Errors: OtherError where that is not known here."""
    if node.op in ("Expand", "Tile", "ConstantOfShape"):
        return _filled(node, inputs)
    if node.op not in (ELEMENTWISE.keys() | OTHERS.keys()) - {*PRODUCTS}:
        raise not_computed(node, " of lengths")
    given = [None if one is None else lengths_of(one).array for one in inputs]
    try:
        (found,) = results(node, given)
    except (TypeError, ValueError, IndexError):
        raise OtherError("makes of lengths what does not fit, or what only a run tells") from None
    return _settled(node, Lengths(tuple(found.reshape(-1).tolist()), found.ndim == 0))


def _filled(node: Node, inputs: Sequence[object]) -> Counted:
    """One number, many times; a constant, to lengths that only a run tells."""
    first, lengths = inputs[0], lengths_of(inputs[-1]).entries
    if node.op == "ConstantOfShape":
        value = node.attributes.get("value")
        number = 0.0 if value is None else float(value.read().reshape(-1)[0])
        dtype = "float32" if value is None else value.dtype
        first = kept(node.outputs[0], np.array(number), dtype)
    if not isinstance(first, Constant):
        entries = lengths_of(first).entries
        if len(entries) != 1:
            raise OtherError("repeats a list of lengths")
        return Lengths(entries)
    if node.op == "Tile":
        for size, count in zip(first.tensor.shape, lengths, strict=True):
            if size != 1 != count:
                raise OtherError("repeats an axis of a constant that is longer than 1")
    return _spread(first, lengths)


def _spread(one: Constant, lengths: Sequence[Length]) -> Constant:
    """A constant along axes of these lengths: of 1 where only a run tells them."""
    shape = np.broadcast_shapes(one.tensor.shape, tuple(
        length if isinstance(length, int) else 1 for length in lengths))  # fmt: skip
    if np.prod(shape) > limits.FROM_NOTHING:
        raise OtherError("makes more numbers than the file can mean")
    tensor = one.tensor.made(shape, lambda a: np.broadcast_to(a, shape))
    front = (1,) * (len(shape) - one.tensor.ndim)
    every = zip(lengths, (*front, *one.tensor.shape), shape, strict=False)
    ours = [size if isinstance(n, int) else n if here == 1 else None for n, here, size in every]
    known = len(lengths) == len(shape) and None not in ours
    return Constant(tensor, one.nested + 1, loose=True, lengths=tuple(ours) if known else ())
