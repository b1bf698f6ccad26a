"""The operators of ONNX that a step of a recurrence is written with, as NumPy computes them.

A step that is taken for a cell must compute what the cell computes: this is the side of the graph.
Numbers of any type are handled alike, float64 for all that is not whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.file import Node
from rnncalc.containers.onnx.limits import Budget
from rnncalc.containers.tensor import Tensor
from rnncalc.conventions.onnx_functions import OPERATORS, of_operator
from rnncalc.equations.activations import activation
from rnncalc.errors import RnncalcError, printable

Numbers = Sequence[Any]
"""The inputs of an operator; None for one that is left out."""

_erf: Any = np.frompyfunc(math.erf, 1, 1)

WHOLE = (2, 3, 4, 5, 6, 7, 12, 13)
"""TensorProto.DataType of whole numbers."""
BOOLEAN = 9


class UnknownOperatorError(RnncalcError):
    """An operator that no step of a cell is written with."""


def erf(a: Array) -> Array:
    """The error function, number by number."""
    result: Array = _erf(a).astype(float)
    return result


def _clip(given: Numbers, says: Mapping[str, Any]) -> Any:
    bounds = [*given[1:], None, None][:2]
    low, high = (
        says.get(key) if bound is None else bound
        for key, bound in zip(("min", "max"), bounds, strict=True)
    )
    return np.clip(given[0], low, high)


def _where(given: Numbers, _: Any) -> Any:
    return np.where(given[0], given[1], given[2])


def _ours(op: str) -> Callable[[Numbers, Mapping[str, Any]], Any]:
    """An operator that is an activation."""
    return lambda given, says: activation(of_operator(op, says))(np.asarray(given[0], float))


def _cast(given: Numbers, says: Mapping[str, Any]) -> Any:
    kind = says.get("to", 1)
    if kind not in (*WHOLE, BOOLEAN, 1, 11):
        raise ValueError("a cast to half precision")
    types = {BOOLEAN: np.dtype(bool), **dict.fromkeys(WHOLE, np.dtype(np.int64))}
    number = np.asarray(given[0])
    if kind in WHOLE and not np.all(np.isfinite(number)):
        return number  # a length that nobody knows
    if kind not in types and number.dtype.kind == "f":
        return number
    return number.astype(types.get(kind, np.dtype(float)))


def _divided(given: Numbers, _: Any) -> Array:
    whole = all(np.asarray(one).dtype.kind == "i" for one in given)
    result: Array = given[0] // given[1] if whole else given[0] / given[1]
    return result


ELEMENTWISE: dict[str, Callable[[Numbers, Mapping[str, Any]], Any]] = {
    "Add": lambda given, _: given[0] + given[1],
    "Sub": lambda given, _: given[0] - given[1],
    "Mul": lambda given, _: given[0] * given[1],
    "Div": _divided,
    "Neg": lambda given, _: -given[0],
    "Pow": lambda given, _: given[0] ** given[1],
    "Sum": lambda given, _: sum(given[1:], given[0]),
    "Min": lambda given, _: np.minimum.reduce(np.broadcast_arrays(*given)),
    "Max": lambda given, _: np.maximum.reduce(np.broadcast_arrays(*given)),
    "Clip": _clip,
    "Where": _where,
    "Cast": _cast,
    "Identity": lambda given, _: given[0],
    **{op: _ours(op) for op in OPERATORS},
    "Log": lambda given, _: np.log(given[0]),
    "Sqrt": lambda given, _: np.sqrt(given[0]),
    "Abs": lambda given, _: np.abs(given[0]),
    "Erf": lambda given, _: erf(given[0]),
    "Reciprocal": lambda given, _: 1 / given[0],
    "Less": lambda given, _: given[0] < given[1],
    "LessOrEqual": lambda given, _: given[0] <= given[1],
    "Greater": lambda given, _: given[0] > given[1],
    "GreaterOrEqual": lambda given, _: given[0] >= given[1],
    "Equal": lambda given, _: given[0] == given[1],
    "And": lambda given, _: np.logical_and(given[0], given[1]),
    "Or": lambda given, _: np.logical_or(given[0], given[1]),
    "Not": lambda given, _: np.logical_not(given[0]),
}
"""Those that make every number of numbers in the same place."""


def whole(numbers: Any) -> tuple[int, ...]:
    """Axes, bounds or a shape, as whole numbers."""
    return tuple(int(one) for one in np.asarray(numbers).reshape(-1))


def said(node: Node, given: Numbers, place: int, key: str) -> tuple[int, ...] | None:
    """What is an input since some version of an operator, and was an attribute before."""
    if len(given) > place and given[place] is not None:
        return whole(given[place])
    value = node.attributes.get(key)
    return None if value is None else whole(value)


def bounds(node: Node, given: Numbers) -> list[tuple[int, slice]]:
    """The axes that a Slice cuts, and how."""
    starts = said(node, given, 1, "starts") or ()
    ends = said(node, given, 2, "ends") or ()
    axes = said(node, given, 3, "axes") or tuple(range(len(starts)))
    steps = said(node, given, 4, "steps") or (1,) * len(starts)
    return [
        (axis, slice(start, None if step < 0 and end < -(1 << 30) else end, step))
        for axis, start, end, step in zip(axes, starts, ends, steps, strict=True)
    ]


def _sliced(node: Node, given: Numbers) -> list[Array]:
    result = given[0]
    for axis, cut in bounds(node, given):
        index: list[Any] = [slice(None)] * result.ndim
        index[axis] = cut
        result = result[tuple(index)]
    return [result]


def lengths(node: Node, given: Numbers, length: int) -> tuple[int, ...]:
    """How long the pieces of a Split are."""
    sizes = said(node, given, 1, "split")
    if sizes is None:
        count = node.attributes.get("num_outputs", len(node.outputs))
        size = -(-length // count)
        sizes = tuple(min(size, length - size * i) for i in range(count))
    return sizes


def _split(node: Node, given: Numbers) -> list[Array]:
    axis = node.attributes.get("axis", 0)
    sizes = lengths(node, given, given[0].shape[axis])
    return np.split(given[0], np.cumsum(sizes)[:-1], axis)


def _squeezed(node: Node, given: Numbers) -> list[Array]:
    return [np.squeeze(given[0], said(node, given, 1, "axes"))]


def _unsqueezed(node: Node, given: Numbers) -> list[Array]:
    return [np.expand_dims(given[0], said(node, given, 1, "axes") or ())]


def _concatenated(node: Node, given: Numbers) -> list[Array]:
    return [np.concatenate(given, node.attributes.get("axis", 0))]


def _gathered(node: Node, given: Numbers) -> list[Array]:
    index = np.asarray(given[1]).astype(np.int64)
    return [np.take(given[0], index, node.attributes.get("axis", 0))]


def _transposed(node: Node, given: Numbers) -> list[Array]:
    return [np.transpose(given[0], node.attributes.get("perm"))]


def _reshaped(node: Node, given: Numbers) -> list[Array]:
    shape = list(said(node, given, 1, "shape") or ())
    shape = [given[0].shape[i] if size == 0 else size for i, size in enumerate(shape)]
    return [np.reshape(given[0], shape)]


def _gemm(node: Node, given: Numbers) -> list[Array]:
    says = node.attributes
    a, b = (
        np.swapaxes(one, -1, -2) if says.get(key, 0) else one
        for one, key in zip(given, ("transA", "transB"), strict=False)
    )
    result = says.get("alpha", 1.0) * (a @ b)
    has_bias = len(given) > 2 and given[2] is not None
    return [result + says.get("beta", 1.0) * given[2] if has_bias else result]


OTHERS: dict[str, Callable[[Node, Numbers], list[Array]]] = {
    "MatMul": lambda _, given: [given[0] @ given[1]],
    "Gemm": _gemm,
    "Slice": _sliced,
    "Split": _split,
    "Squeeze": _squeezed,
    "Unsqueeze": _unsqueezed,
    "Concat": _concatenated,
    "Gather": _gathered,
    "Transpose": _transposed,
    "Reshape": _reshaped,
}


VIEWS = ("Slice", "Split", "Squeeze", "Unsqueeze", "Transpose", "Reshape")
"""What shows the same numbers otherwise."""


def _cost(node: Node, given: Numbers) -> tuple[int, int]:
    """How many numbers a node makes, and how many it makes, reads or multiplies."""
    shapes = [np.shape(one) for one in given if one is not None]
    sizes = [math.prod(shape) for shape in shapes]
    if node.op in ELEMENTWISE:
        made = math.prod(np.broadcast_shapes(*shapes))
        return made, made * (limits.SLOW if node.op in SLOWLY else 1)
    if node.op in ("MatMul", "Gemm"):
        one, other = shapes[:2]
        rows, columns = sizes[0] // max(one[-1], 1), max(other[-1], *other[-2:])
        made = int(rows * columns)
        return made, int(max(made, *sizes, rows * max(sizes[1], 1) // limits.PRODUCT))
    if node.op == "Gather":
        length = shapes[0][node.attributes.get("axis", 0)]
        made = sizes[0] // max(length, 1) * sizes[1]
        return made, made
    return (1, 1) if node.op in VIEWS else (sum(sizes), sum(sizes))


SLOWLY = ("Erf", "Gelu")
"""Those that go one number at a time."""


def computed(node: Node, given: Numbers, budget: Budget) -> list[Array]:
    """What a node makes of its inputs.

    Errors: UnknownOperatorError for an operator that is not in the tables; RnncalcError where the
    inputs are nothing that it can be given, or where it takes too much work.
    """
    try:
        made, numbers = _cost(node, given)
        budget.spend(calls=1, numbers=numbers, made=made)
        with np.errstate(all="ignore"):
            if node.op in ELEMENTWISE:
                return [np.asarray(ELEMENTWISE[node.op](given, node.attributes))]
            if node.op in OTHERS:
                return list(OTHERS[node.op](node, given))
    except (ValueError, IndexError, TypeError, AttributeError, OverflowError) as error:
        message = f"{printable(node.op)} of node {printable(node.name)} cannot be computed"
        raise RnncalcError(f"{message} ({printable(str(error), 80)})") from None
    message = f"the operator {printable(node.op)} (node {printable(node.name)})"
    raise UnknownOperatorError(message)


def constant(tensor: Tensor) -> Array:
    """The numbers of a tensor: whole ones as such, the others float64."""
    numbers = tensor.read()
    if tensor.dtype == "bool":
        return numbers.astype(bool)
    return numbers.astype(np.int64) if "int" in tensor.dtype else numbers
