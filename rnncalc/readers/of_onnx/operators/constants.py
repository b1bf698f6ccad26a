"""Constants made of constants: what exporters write around weights, computed without a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx.file import Node
from rnncalc.containers.onnx.tensor import type_of
from rnncalc.containers.tensor import Tensor
from rnncalc.readers.of_onnx.operators.axes import (
    axes_of,
    place,
    slices_of,
    split_of,
    transposed,
    whole,
)
from rnncalc.readers.of_onnx.operators.making import Making, kept
from rnncalc.readers.of_onnx.walk.values import Known, OtherError

Fold = Callable[[Making, Node, list[Known]], list[Known]]


def folded(fold: Making, node: Node, inputs: list[Known]) -> list[Known]:
    """The outputs of a node, all of whose inputs are constants.

    Errors: OtherError where they are not computed here.
    """
    if node.op not in FOLDS:
        raise OtherError(f"is a {node.op} of constants, which is not computed here")
    return FOLDS[node.op](fold, node, inputs)


def _constant(fold: Making, node: Node, inputs: list[Known]) -> list[Known]:
    name, said = node.outputs[0], node.attributes
    if isinstance(said.get("value"), Tensor):
        return [fold.known(replace(said["value"], name=said["value"].name or name))]
    for key, dtype in (("value_float", "float32"), ("value_int", "int64")):
        if key in said:
            return [kept(name, np.array(said[key]), dtype)]
        if f"{key}s" in said:
            return [kept(name, np.array(said[f"{key}s"], np.float64), dtype)]
    raise OtherError("is a Constant that is no tensor of numbers")


def _filled(fold: Making, node: Node, inputs: list[Known]) -> list[Known]:
    shape, value = whole(inputs[0]), node.attributes.get("value")
    number = float(value.read().reshape(-1)[0]) if value is not None else 0.0
    dtype = value.dtype if value is not None else "float32"
    return [fold.made(node.outputs[0], shape, lambda: np.full(shape, number), dtype=dtype)]


def _same(fold: Making, node: Node, inputs: list[Known]) -> list[Known]:
    return [inputs[0]]


def _cast(fold: Making, node: Node, inputs: list[Known]) -> list[Known]:
    dtype = type_of(int(node.attributes["to"]))
    if dtype == "bfloat16":
        raise OtherError("casts constants to bfloat16")
    one = inputs[0]
    to = np.dtype(dtype)

    def function(numbers: Array) -> Array:
        with np.errstate(all="ignore"):
            return numbers.astype(to).astype(np.float64)

    return [fold.made(node.outputs[0], one.tensor.shape, function, one, dtype=dtype)]


def _transpose(fold: Making, node: Node, inputs: list[Known]) -> list[Known]:
    order = transposed(node, inputs[0].tensor.ndim)
    return [fold.viewed(node.outputs[0], lambda a: np.transpose(a, order), inputs[0])]


def _squeeze(fold: Making, node: Node, inputs: list[Known]) -> list[Known]:
    axes = axes_of(node, inputs)
    gone = None if axes is None else tuple(place(axis, inputs[0].tensor.ndim) for axis in axes)
    return [fold.viewed(node.outputs[0], lambda a: np.squeeze(a, gone), inputs[0])]


def _unsqueeze(fold: Making, node: Node, inputs: list[Known]) -> list[Known]:
    axes = tuple(axes_of(node, inputs) or ())
    return [fold.viewed(node.outputs[0], lambda a: np.expand_dims(a, axes), inputs[0])]


def _reshape(fold: Making, node: Node, inputs: list[Known]) -> list[Known]:
    shape, there = whole(inputs[1]), inputs[0].tensor.shape
    if not node.attributes.get("allowzero"):
        shape = [there[i] if length == 0 else length for i, length in enumerate(shape)]
    ghost = np.broadcast_to(np.zeros(()), there)
    settled = ghost.reshape(shape).shape
    return [fold.made(node.outputs[0], settled, lambda a: a.reshape(settled), inputs[0])]


def _slices(fold: Making, node: Node, inputs: list[Known]) -> list[Known]:
    rank = inputs[0].tensor.ndim
    cuts = slices_of(node, inputs, rank)
    index = tuple(cuts.get(axis, slice(None)) for axis in range(rank))
    return [fold.viewed(node.outputs[0], lambda a: a[index], inputs[0])]


def _concat(fold: Making, node: Node, inputs: list[Known]) -> list[Known]:
    shapes = [one.tensor.shape for one in inputs]
    axis = place(int(node.attributes.get("axis", 1)), len(shapes[0]))
    apart = {shape[:axis] + shape[axis + 1 :] for shape in shapes}
    if len(apart) > 1:
        raise OtherError("joins constants of shapes that do not fit")
    shape = [*shapes[0][:axis], sum(one[axis] for one in shapes), *shapes[0][axis + 1 :]]
    return [fold.made(node.outputs[0], shape, lambda *a: np.concatenate(a, axis), *inputs)]


def _split(fold: Making, node: Node, inputs: list[Known]) -> list[Known]:
    shape = inputs[0].tensor.shape
    axis = place(int(node.attributes.get("axis", 0)), len(shape))
    found, start = [], 0
    for name, size in zip(node.outputs, split_of(node, inputs, shape[axis]), strict=True):
        index = (*[slice(None)] * axis, slice(start, start + size))
        found.append(fold.viewed(name, lambda a, index=index: a[index], inputs[0]))  # type: ignore[misc]
        start += size
    return found


def _gather(fold: Making, node: Node, inputs: list[Known]) -> list[Known]:
    one, places = inputs
    axis = place(int(node.attributes.get("axis", 0)), one.tensor.ndim)
    index = np.array(whole(places), np.int64).reshape(places.tensor.shape)
    if (
        index.size
        and not -one.tensor.shape[axis] <= index.min() <= index.max() < (one.tensor.shape[axis])
    ):
        raise OtherError("gathers what is beyond a constant's end")
    shape = [*one.tensor.shape[:axis], *index.shape, *one.tensor.shape[axis + 1 :]]
    return [fold.made(node.outputs[0], shape, lambda a: np.take(a, index, axis), one)]


def _expand(fold: Making, node: Node, inputs: list[Known]) -> list[Known]:
    shape = np.broadcast_shapes(inputs[0].tensor.shape, tuple(whole(inputs[1])))
    return [fold.made(node.outputs[0], shape, lambda a: np.broadcast_to(a, shape), inputs[0])]


def _shape(fold: Making, node: Node, inputs: list[Known]) -> list[Known]:
    if inputs[0].loose:
        raise OtherError("is about lengths that only a run tells")
    cut = slice(node.attributes.get("start"), node.attributes.get("end"))
    return [kept(node.outputs[0], np.array(inputs[0].tensor.shape[cut]), "int64")]


def _of_numbers(function: Callable[..., Array]) -> Fold:
    """An operator that goes number by number."""

    def fold_numbers(fold: Making, node: Node, inputs: list[Known]) -> list[Known]:
        shape = np.broadcast_shapes(*(one.tensor.shape for one in inputs))
        ints = all(one.tensor.dtype.startswith("int") for one in inputs)
        dtype = {"Equal": "bool", "Where": inputs[-1].tensor.dtype}.get(node.op, "")

        def numbers(*arrays: Array) -> Array:
            with np.errstate(all="ignore"):
                found = function(*arrays)
            return np.trunc(found) if ints else found

        return [fold.made(node.outputs[0], shape, numbers, *inputs, dtype=dtype)]

    return fold_numbers


def _where(condition: Array, one: Array, other: Array) -> Array:
    return np.asarray(np.where(condition != 0, one, other))


def _product(fold: Making, node: Node, inputs: list[Known]) -> list[Known]:
    """ReduceProd of a list."""
    if inputs[0].tensor.ndim > 1:
        raise OtherError("multiplies along some axes, which is not computed here")
    shape = (1,) * inputs[0].tensor.ndim if node.attributes.get("keepdims", 1) else ()
    one = inputs[0]
    return [fold.made(node.outputs[0], shape, lambda a: np.prod(a).reshape(shape), one)]


FOLDS: dict[str, Fold] = {
    "Constant": _constant,
    "ConstantOfShape": _filled,
    "Identity": _same,
    "Cast": _cast,
    "Transpose": _transpose,
    "Squeeze": _squeeze,
    "Unsqueeze": _unsqueeze,
    "Reshape": _reshape,
    "Slice": _slices,
    "Concat": _concat,
    "Split": _split,
    "Gather": _gather,
    "Expand": _expand,
    "Shape": _shape,
    "Add": _of_numbers(np.add),
    "Sub": _of_numbers(np.subtract),
    "Mul": _of_numbers(np.multiply),
    "Div": _of_numbers(np.divide),
    "Neg": _of_numbers(np.negative),
    "Pow": _of_numbers(np.power),
    "Sqrt": _of_numbers(np.sqrt),
    "Reciprocal": _of_numbers(np.reciprocal),
    "ReduceProd": _product,
    "Equal": _of_numbers(np.equal),
    "Where": _of_numbers(_where),
}
"""What is computed of constants."""
