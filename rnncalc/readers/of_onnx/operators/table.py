"""What the operators of ONNX compute, over NumPy's arrays: each of them is written here, once.

Constants are computed with as these say, and read when somebody asks (``constants.py``); so are
lengths, of which some are not known (``lengths.py``); and a step of a recurrence that is taken for
a cell must compute what the cell computes: these are the side of the graph. Numbers of any type
are handled alike, float64 for all that is not whole.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.file import Node
from rnncalc.containers.onnx.limits import Budget
from rnncalc.containers.onnx.tensor import type_of
from rnncalc.containers.tensor import Tensor
from rnncalc.conventions.onnx_activations import OPERATORS, of_operator
from rnncalc.equations.activations import activation
from rnncalc.errors import RnncalcError, printable, with_article
from rnncalc.readers.of_onnx.operators.axes import RULES, product

Numbers = Sequence[Any]
"""The inputs of an operator; None for one that is left out. Arrays of objects are lengths."""

Shape = tuple[int, ...]

_erf: Any = np.frompyfunc(math.erf, 1, 1)


FARTHEST = (1 << 63) - (1 << 10)
"""The largest int64 that is a float64, too."""


class OtherError(RnncalcError):
    """A node that is none of what is computed: the rest of a sentence that begins with its name."""


def not_computed(node: Node, what: str = "") -> OtherError:
    """What a node is said to be that is none of what is computed: ``an Erf of constants``."""
    return OtherError(f"is {with_article(node.title)}{what}, which is not computed here")


class UnknownOperatorError(RnncalcError):
    """An operator that is not in the table."""


def erf(a: Array) -> Array:
    """The error function, number by number."""
    return np.asarray(_erf(a), float)


# Number by number.


def _clip(given: Numbers, says: Mapping[str, Any]) -> Any:
    bounds = [*given[1:], None, None][:2]
    low, high = (
        says.get(key) if bound is None else bound
        for key, bound in zip(("min", "max"), bounds, strict=True)
    )
    return np.clip(given[0], low, high)


def _ours(op: str) -> Callable[[Numbers, Mapping[str, Any]], Any]:
    """An operator that is an activation."""

    def function(given: Numbers, says: Mapping[str, Any]) -> Array:
        numbers = np.asarray(given[0])
        kind = numbers.dtype if numbers.dtype.kind == "i" else float
        made = activation(of_operator(op, says))(np.atleast_1d(numbers).astype(float))
        return np.asarray(made, kind).reshape(numbers.shape)

    return function


def _cast(given: Numbers, says: Mapping[str, Any]) -> Array:
    """Whole numbers as such; those with a point as they are, until a file keeps them."""
    to, number = np.dtype(type_of(says.get("to", 1))), np.asarray(given[0])
    if to == np.float16:
        number = number.astype(to)
    return number.astype({"b": bool, "f": float}.get(to.kind, np.int64), copy=False)


def _divided(given: Numbers, _: Any) -> Array:
    """Whole numbers are cut off towards 0, as in C."""
    a, b = map(np.asarray, given)
    if any(one.dtype.kind not in "iu" for one in (a, b)):
        return np.asarray(a / b)
    return np.asarray(a // b + ((a % b != 0) & ((a < 0) != (b < 0))))


def _power(given: Numbers, _: Any) -> Array:
    base = np.asarray(given[0])
    return np.asarray(base ** given[1]).astype(base.dtype)


ELEMENTWISE: dict[str, Callable[[Numbers, Mapping[str, Any]], Any]] = {
    "Add": lambda given, _: given[0] + given[1],
    "Sub": lambda given, _: given[0] - given[1],
    "Mul": lambda given, _: given[0] * given[1],
    "Div": _divided,
    "Mod": lambda given, says: (np.fmod if says.get("fmod") else np.mod)(given[0], given[1]),
    "Neg": lambda given, _: -given[0],
    "Pow": _power,
    "Sum": lambda given, _: sum(given[1:], given[0]),
    "Min": lambda given, _: np.minimum.reduce(np.broadcast_arrays(*given)),
    "Max": lambda given, _: np.maximum.reduce(np.broadcast_arrays(*given)),
    "Clip": _clip,
    "Where": lambda given, _: np.where(given[0], given[1], given[2]),
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

# What they are told: attributes of old operators, inputs of newer ones.


def whole(numbers: Any) -> tuple[int, ...]:
    """Axes, bounds or a shape, as whole numbers."""
    return tuple(int(one) for one in np.asarray(numbers).reshape(-1))


def _said(node: Node, given: Numbers, place: int, key: str) -> tuple[int, ...] | None:
    if len(given) > place and given[place] is not None:
        return whole(given[place])
    value = node.attributes.get(key)
    return None if value is None else whole(value)


def place(axis: int, rank: int) -> int:
    """An axis counted from the front."""
    if not -rank <= axis < rank:
        raise OtherError(f"is about axis {axis} of {rank}")
    return axis % rank


def axis_of(node: Node, rank: int, default: int | None = 0) -> int:
    """The axis that a node is about, counted from the front."""
    axis = node.attributes.get("axis", default)
    if axis is None:
        raise OtherError("does not say along which axis")
    return place(int(axis), rank)


def axes_of(node: Node, given: Numbers, rank: int) -> list[int] | None:
    """Several of them; None where it does not say which."""
    axes = _said(node, given, 1, "axes")
    return None if axes is None else [place(axis, rank) for axis in axes]


def new_axes_of(node: Node, given: Numbers, rank: int) -> list[int]:
    """Where an Unsqueeze adds axes to so many: places among all that are there then."""
    axes = _said(node, given, 1, "axes") or ()
    return [place(axis, rank + len(axes)) for axis in axes]


def order_of(node: Node, rank: int) -> list[int]:
    """The order into which a Transpose brings the axes."""
    order = [int(axis) for axis in node.attributes.get("perm", range(rank)[::-1])]
    if sorted(order) != list(range(rank)):
        raise OtherError(f"turns {rank} axes to {order[:8]}")
    return order


def slices_of(node: Node, given: Numbers, rank: int) -> dict[int, slice]:
    """Which part of which axis a Slice takes."""
    starts = _said(node, given, 1, "starts") or ()
    ends = _said(node, given, 2, "ends") or ()
    axes = _said(node, given, 3, "axes")
    steps = _said(node, given, 4, "steps") or (1,) * len(starts)
    axes = tuple(range(len(starts))) if axes is None else axes
    found = zip(axes, starts, ends, steps, strict=True)
    return {place(axis, rank): _slice(*bounds) for axis, *bounds in found}


def _slice(start: int, end: int, step: int) -> slice:
    """Python's; ONNX writes a very small number for an end before the first."""
    return slice(start, None if step < 0 and end < -(1 << 30) else end, step)


def pieces_of(node: Node, given: Numbers, length: int) -> list[slice]:
    """The pieces into which a Split cuts an axis."""
    sizes, count = _said(node, given, 1, "split"), len(node.outputs)
    if sizes is None:
        size = -(-length // count)
        sizes = tuple(min(size, length - i * size) for i in range(count))
    if len(sizes) != count or sum(sizes) != length or min(sizes) < 0:
        raise OtherError(f"cuts {length} into {count} pieces that do not fit")
    ends = np.cumsum(sizes).tolist()
    return [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]


def shape_of(node: Node, lengths: Sequence[Any]) -> Sequence[Any]:
    """What of the lengths of a value its Shape gives."""
    return lengths[node.attributes.get("start") : node.attributes.get("end")]


def tensor_of(node: Node) -> Tensor:
    """The numbers of a Constant."""
    ((key, value),) = node.attributes.items()
    if isinstance(value, Tensor):
        return value
    dtype = {"float": "float32", "int": "int64"}.get(key.removeprefix("value_").rstrip("s"))
    if dtype is None:
        raise OtherError("is a Constant that is no tensor of numbers")
    numbers = np.array(value, float)
    return Tensor(node.outputs[0], numbers.shape, dtype, lambda: numbers)


def constant(tensor: Tensor) -> Array:
    """The numbers of a tensor: whole ones as such, the others float64."""
    numbers, kind = tensor.read(), type_in(tensor.dtype)
    if kind is np.int64:  # an end that is beyond everything, which float64 rounds up
        numbers = np.clip(numbers, -FARTHEST, FARTHEST)
    return numbers.astype(kind, copy=False)


def type_in(dtype: str) -> type:
    """The type that numbers of a type of ONNX have here."""
    return bool if dtype == "bool" else np.int64 if "int" in dtype else float


# Numbers in other places, and of several others.


def _filled(node: Node, given: Numbers) -> list[Array]:
    value = node.attributes.get("value")
    number = np.zeros(()) if value is None else constant(value).reshape(-1)[0]
    return [np.broadcast_to(number, whole(given[0]))]


def _sliced(node: Node, given: Numbers) -> list[Array]:
    cuts = slices_of(node, given, given[0].ndim)
    return [given[0][tuple(cuts.get(axis, slice(None)) for axis in range(given[0].ndim))]]


def _split(node: Node, given: Numbers) -> list[Array]:
    axis = axis_of(node, given[0].ndim)
    cuts = pieces_of(node, given, given[0].shape[axis])
    return [given[0][(*[slice(None)] * axis, cut)] for cut in cuts]


def _squeezed(node: Node, given: Numbers) -> list[Array]:
    axes = axes_of(node, given, given[0].ndim)
    return [np.squeeze(given[0], None if axes is None else tuple(axes))]


def _unsqueezed(node: Node, given: Numbers) -> list[Array]:
    return [np.expand_dims(given[0], tuple(new_axes_of(node, given, given[0].ndim)))]


def _reshaped(node: Node, given: Numbers) -> list[Array]:
    shape, old = list(_said(node, given, 1, "shape") or ()), given[0].shape
    if not node.attributes.get("allowzero"):
        shape = [old[i] if size == 0 else size for i, size in enumerate(shape)]
    return [np.reshape(given[0], shape)]


def _expanded(node: Node, given: Numbers) -> list[Array]:
    shape = np.broadcast_shapes(given[0].shape, whole(given[1]))
    return [np.broadcast_to(given[0], shape)]


def _gathered(node: Node, given: Numbers) -> list[Array]:
    return [np.take(given[0], np.asarray(given[1], np.int64), axis_of(node, given[0].ndim))]


def _joined(node: Node, given: Numbers) -> list[Array]:
    return [np.concatenate(given, axis_of(node, given[0].ndim, None))]


def _reduced(function: Callable[..., Any], node: Node, given: Numbers) -> list[Array]:
    axes = axes_of(node, given, given[0].ndim)
    if not axes and node.attributes.get("noop_with_empty_axes"):
        return [given[0]]
    keep = bool(node.attributes.get("keepdims", 1))
    return [function(given[0], axis=tuple(axes) if axes else None, keepdims=keep)]


def _multiplied(a: Array, axis: Any, keepdims: bool) -> Any:
    if a.dtype != object:
        return np.prod(a, axis=axis, keepdims=keepdims)
    return np.frompyfunc(product, 2, 1, identity=1).reduce(a, axis=axis, keepdims=keepdims)


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
    "Constant": lambda node, _: [constant(tensor_of(node))],
    "ConstantOfShape": _filled,
    "Shape": lambda node, given: [np.array(shape_of(node, given[0].shape), np.int64)],
    "Slice": _sliced,
    "Split": _split,
    "Squeeze": _squeezed,
    "Unsqueeze": _unsqueezed,
    "Transpose": lambda node, given: [np.transpose(given[0], order_of(node, given[0].ndim))],
    "Reshape": _reshaped,
    "Expand": _expanded,
    "Concat": _joined,
    "Gather": _gathered,
    "ReduceProd": partial(_reduced, _multiplied),
    "MatMul": lambda _, given: [given[0] @ given[1]],
    "Gemm": _gemm,
}

VIEWS = ("Slice", "Split", "Squeeze", "Unsqueeze", "Transpose", "Reshape")
"""What shows the same numbers otherwise."""

SETTINGS_FROM = {
    "ConstantOfShape": 0,
    "Pad": 1,
    **dict.fromkeys(("Slice", "Split", "Squeeze", "Unsqueeze", "Reshape", "Expand", "Gather"), 1),
    **dict.fromkeys(("ReduceSum", "ReduceMax", "ReduceMean", "ReduceProd"), 1),
}
"""From which input on an operator is told what to do, and not with which numbers."""

# Shapes and costs, before anything is made.


def _joined_shape(node: Node, given: Numbers) -> Shape:
    first, *others = (np.shape(one) for one in given)
    axis = axis_of(node, len(first), None)
    rest = {(*one[:axis], *one[axis + 1 :]) for one in (first, *others)}
    if len(rest) > 1:
        raise OtherError("joins constants of shapes that do not fit")
    return (*first[:axis], sum(one[axis] for one in (first, *others)), *first[axis + 1 :])


def _gathered_shape(node: Node, given: Numbers) -> Shape:
    shape, index = np.shape(given[0]), np.asarray(given[1])
    axis = axis_of(node, len(shape))
    length = shape[axis]
    if index.size and not -length <= index.min() <= index.max() < length:
        raise OtherError("gathers what is beyond a constant's end")
    return (*shape[:axis], *index.shape, *shape[axis + 1 :])


def _reduced_shape(node: Node, given: Numbers) -> Shape:
    shape = np.shape(given[0])
    axes = axes_of(node, given, len(shape))
    if not axes:
        axes = [] if node.attributes.get("noop_with_empty_axes") else list(range(len(shape)))
    kept = (1,) if node.attributes.get("keepdims", 1) else ()
    return tuple(n for i, one in enumerate(shape) for n in (kept if i in axes else (one,)))


MADE: dict[str, Callable[[Node, Numbers], Shape]] = {
    "Concat": _joined_shape,
    "Gather": _gathered_shape,
    "ReduceProd": _reduced_shape,
}
"""The shapes of what is no view of something else, and not made number by number."""


def outlines(node: Node, given: Numbers) -> list[Array]:
    """Arrays of the shapes and types of what a node makes, which take no room and no time.

    Args:
        given: such arrays, too; what the operator is told as it is.
    """
    if node.op in MADE:
        return [np.broadcast_to(np.zeros((), given[0].dtype), MADE[node.op](node, given))]
    if node.op not in ELEMENTWISE:
        return results(node, given)
    ones = [None if one is None else np.ones((), one.dtype) for one in given]
    return [np.broadcast_to(results(node, ones)[0], _broadcast(given))]


def _broadcast(given: Numbers) -> Shape:
    return np.broadcast_shapes(*(np.shape(one) for one in given if one is not None))


SLOWLY = ("Erf", "Gelu")
"""Those that go one number at a time."""


def _cost(node: Node, given: Numbers) -> tuple[int, int]:
    """How many numbers a node makes, and how many it makes, reads or multiplies."""
    if node.op in ELEMENTWISE:
        made = math.prod(_broadcast(given))
        return made, made * (limits.SLOW if node.op in SLOWLY else 1)
    if node.op in ("MatMul", "Gemm"):
        one, other = (np.shape(each) for each in given[:2])
        sizes = [math.prod(one), math.prod(other)]
        rows, columns = sizes[0] // max(one[-1], 1), max(other[-1], *other[-2:])
        made = int(rows * columns)
        return made, int(max(made, *sizes, rows * max(sizes[1], 1) // limits.PRODUCT))
    if node.op in VIEWS or node.op not in OTHERS:
        return 1, 1
    if node.op == "Constant":  # like those in the file itself
        return 0, 0
    made = outlines(node, given)[0].size
    return made, max(made, *(np.size(one) for one in given))


def results(node: Node, given: Numbers) -> list[Array]:
    """What a node makes of its inputs, and nobody pays for.

    Errors: UnknownOperatorError for what is not in the table; OtherError, and NumPy's, for inputs
    that an operator cannot be given.
    """
    if node.op not in ELEMENTWISE and node.op not in OTHERS:
        raise UnknownOperatorError(f"the operator {_shown(node)}")
    with np.errstate(all="ignore"):
        if node.op in OTHERS:
            made = OTHERS[node.op](node, given)
        elif any(isinstance(one, np.ndarray) and one.dtype == object for one in given):
            made = [np.frompyfunc(partial(_length, node), len(given), 1)(*given)]
        else:
            made = [ELEMENTWISE[node.op](given, node.attributes)]
    return [settled_lengths(np.asarray(one)) for one in made]


def _length(node: Node, *given: Any) -> Any:
    """One place of a list of lengths: as everywhere, where all that it is made of are numbers."""
    if node.op == "Cast" or not all(isinstance(one, (int, float)) for one in given):
        return RULES[node.op](*given) if node.op in RULES else None
    return ELEMENTWISE[node.op](list(map(np.asarray, given)), node.attributes).item()


def settled_lengths(array: Array) -> Array:
    """Lengths that are all known, as numbers."""
    if array.dtype != object or not all(isinstance(one, (int, float)) for one in array.flat):
        return array
    return np.array(array.tolist()) if array.size else array.astype(np.int64)


def computed(node: Node, given: Numbers, budget: Budget) -> list[Array]:
    """What a node makes of its inputs, paid for.

    Errors: UnknownOperatorError for an operator that is not in the table; RnncalcError where the
    inputs are nothing that it can be given, or where it takes too much work.
    """
    try:
        made, numbers = _cost(node, given)
        budget.spend(calls=1, numbers=numbers, made=made)
        return results(node, given)
    except OtherError as error:
        raise unclear(node, error.message) from None
    except (ValueError, IndexError, TypeError, AttributeError, OverflowError) as error:
        message = f"{printable(node.title)} of node {printable(node.name)} cannot be computed"
        raise RnncalcError(f"{message} ({printable(str(error), 80)})") from None


def _shown(node: Node) -> str:
    return f"{printable(node.title)} (node {printable(node.name)})"


def unclear(node: Node, what: str) -> RnncalcError:
    """What stands in the way, with the node."""
    return RnncalcError(f"{_shown(node)} {what}")
