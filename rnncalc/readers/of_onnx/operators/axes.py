"""Axes, bounds and orders of axes: attributes of old operators, inputs of newer ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.file import Node
from rnncalc.readers.of_onnx.walk.values import Known, OtherError


def whole(one: Known) -> list[int]:
    """A few whole numbers. Errors: OtherError where there are many, or others."""
    if one.tensor.size > limits.SMALL or one.loose:
        raise OtherError("has bounds or axes that are not a few numbers")
    return [int(number) for number in one.tensor.read().reshape(-1)]


def axes_of(node: Node, inputs: Sequence[Any], place: int = 1) -> list[int] | None:
    """Axes that are given as an attribute, or by newer operators as an input; None for none."""
    given = node.attributes.get("axes")
    if given is not None:
        return [int(axis) for axis in given]
    later = inputs[place] if len(inputs) > place else None
    if later is None:
        return None
    if not isinstance(later, Known):
        raise OtherError("has axes that depend on the input")
    return whole(later)


def slices_of(node: Node, inputs: Sequence[Any], rank: int) -> dict[int, slice]:
    """Which part of which axis a Slice takes."""
    given: list[Any] = [node.attributes.get(key) for key in ("starts", "ends", "axes")] + [None]
    if given[0] is None:
        later = [*inputs[1:5], None, None, None, None][:4]
        if not all(one is None or isinstance(one, Known) for one in later):
            raise OtherError("cuts at places that depend on the input")
        given = [None if one is None else whole(one) for one in later]
    starts, ends, axes, steps = given
    axes = range(len(starts)) if axes is None else axes
    steps = [1] * len(starts) if steps is None else steps
    found = zip(axes, starts, ends, steps, strict=True)
    return {place(axis, rank): _slice(*bounds) for axis, *bounds in found}


def _slice(start: int, end: int, step: int) -> slice:
    """Python's; ONNX writes a very small number for an end before the first."""
    return slice(start, None if step < 0 and end < -(1 << 30) else end, step)


def place(axis: int, rank: int) -> int:
    """An axis counted from the front."""
    if not -rank <= axis < rank:
        raise OtherError(f"is about axis {axis} of {rank}")
    return axis % rank


def transposed(node: Node, rank: int) -> list[int]:
    """The order into which a Transpose brings the axes."""
    order = [int(axis) for axis in node.attributes.get("perm", range(rank)[::-1])]
    if sorted(order) != list(range(rank)):
        raise OtherError(f"turns {rank} axes to {order[:8]}")
    return order


def split_of(node: Node, inputs: Sequence[Any], length: int) -> list[int]:
    """The lengths of the pieces into which a Split cuts an axis."""
    given = node.attributes.get("split")
    if given is None and len(inputs) > 1 and isinstance(inputs[1], Known):
        given = whole(inputs[1])
    if given is None:
        size = -(-length // len(node.outputs))
        given = [min(size, length - i * size) for i in range(len(node.outputs))]
    if len(given) != len(node.outputs) or sum(given) != length or min(given) < 0:
        raise OtherError(f"cuts {length} into {len(node.outputs)} pieces that do not fit")
    return [int(size) for size in given]
