"""What each operator is as nodes of ``of_onnx``; one that is not in the table is told by its name.

Shapes stand in the file, so that a RESHAPE that only moves axes of length 1 is read as what it
does: the converter writes a Transpose of one sequence so.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from rnncalc.containers.onnx.file import Node
from rnncalc.containers.tflite.file import ABSENT
from rnncalc.conventions import tflite as words
from rnncalc.errors import FileError, RnncalcError
from rnncalc.readers.of_onnx.operators.table import OtherError
from rnncalc.readers.of_tflite.loops import loop
from rnncalc.readers.of_tflite.recurrent import recurrent
from rnncalc.readers.of_tflite.scope import Scope

Shape = tuple[int | None, ...]
END = (1 << 31) - 1
"""An end that is beyond every length."""

FLEX = (
    "is an operator of TensorFlow itself (SELECT_TF_OPS), which is not computed here: give rnncalc "
    "the model itself (.keras, .h5)"
)
OF_ITS_OWN = "is an operator of its own, which only its writer can compute"
VARIABLES = "keeps numbers in a variable from call to call, which is not computed here"


def run(scope: Scope) -> None:
    """Make the nodes of a subgraph's operators."""
    for operator in scope.graph.operators:
        scope.begin(operator)
        made = len(scope.nodes)
        try:
            _translate(scope)
        except OtherError as error:
            del scope.nodes[made:]
            _told(scope, error.message)
        except (FileError, RecursionError):
            raise
        except RnncalcError as error:
            del scope.nodes[made:]
            _told(scope, f"is a loop that is not read as a cell: {error.message}")
        except (LookupError, ValueError, TypeError):
            del scope.nodes[made:]
            _told(scope, "has inputs or options that do not fit each other")


def _translate(scope: Scope) -> None:
    op = scope.called
    if op in words.DIRECTIONS:
        return recurrent(scope)
    if op == "WHILE":
        return loop(scope, run)
    if op not in TABLE:
        problem = FLEX if op.startswith("CUSTOM Flex") else ""
        problem = problem or (OF_ITS_OWN if op.startswith("CUSTOM") else "")
        return _told(scope, problem or (VARIABLES if op in VARIABLE else ""))
    for index in range(len(scope.operator.inputs if scope.operator else ())):
        if scope.has(index):
            scope.refuse_whole(index)
            if scope.value(index) in scope.rows and op not in (*EACH, "RESHAPE"):
                raise OtherError("takes a row that was cut out of its batch")
    given = TABLE[op](scope)
    return scope.give([given] if isinstance(given, str) else given)


def _told(scope: Scope, problem: str) -> None:
    """A node that is not computed, and why where that is known."""
    operator = scope.operator
    assert operator is not None
    inputs = tuple(scope.of(one) for one in operator.inputs if one != ABSENT and scope.there(one))
    outputs = tuple(scope.shared.values.unique(f"{scope.name}.lost") for _ in operator.outputs)
    scope.nodes.append(Node(scope.called, scope.own(), inputs, outputs, {}, scope.called, problem))
    scope.give(outputs)


VARIABLE = ("VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE")

# Number by number.


def _fused(scope: Scope, name: str) -> str:
    """What a fused activation makes of it."""
    kind = scope.told.get("FusedActivationFunction", 0)
    function = words.ACTIVATIONS.get(kind)
    if function is None:
        raise OtherError(f"has a fused activation that is not known ({kind})")
    nodes: dict[int, tuple[str, dict[str, Any]]] = {
        1: ("Relu", {}), 2: ("Clip", {"min": -1.0, "max": 1.0}),
        3: ("Clip", {"min": 0.0, "max": 6.0}), 4: ("Tanh", {}),
    }  # fmt: skip
    return scope.add(nodes[kind][0], name, **nodes[kind][1]) if kind in nodes else name


def _each(op: str, **attributes: Any) -> Callable[[Scope], str]:
    """An operator of numbers in the same place."""

    def made(scope: Scope) -> str:
        count = len(scope.operator.inputs if scope.operator else ())
        values = [scope.value(i) for i in range(count)]
        result = _fused(scope, scope.add(op, *values, **attributes))
        if scope.rows.intersection(values) and len(scope.output.shape) < 2:
            scope.rows.add(result)
        return result

    return made


def _square(scope: Scope) -> str:
    return scope.add("Mul", scope.value(0), scope.value(0))


def _squared_difference(scope: Scope) -> str:
    difference = scope.add("Sub", scope.value(0), scope.value(1))
    return scope.add("Mul", difference, difference)


def _rsqrt(scope: Scope) -> str:
    return scope.add("Reciprocal", scope.add("Sqrt", scope.value(0)))


def _leaky(scope: Scope) -> str:
    return scope.add("LeakyRelu", scope.value(0), alpha=float(scope.told.get("Alpha", 0.0)))


def _gelu(scope: Scope) -> str:
    way = "tanh" if scope.told.get("Approximate") else "none"
    return scope.add("Gelu", scope.value(0), approximate=way)


def _softmax(scope: Scope) -> str:
    beta = scope.told.get("Beta", 1.0)
    if beta != 1:
        raise OtherError(
            f"is a softmax of numbers times {beta:g} (beta), which is not computed here"
        )
    return scope.add("Softmax", scope.value(0), axis=-1)


def _cast(scope: Scope) -> str:
    to = scope.output.dtype
    numbers = {"float32": 1, "int32": 6, "int64": 7, "bool": 9, "float16": 10, "float64": 11}
    if to not in numbers:
        raise OtherError(f"makes {to}, which is not computed here")
    return scope.add("Cast", scope.value(0), to=numbers[to])


def _dequantize(scope: Scope) -> str:
    """Numbers of a file that are kept short: they are read as what they stand for."""
    return scope.kept(scope.stored(0))


# Matrices.


def _fully_connected(scope: Scope) -> str:
    if scope.told.get("WeightsFormat"):
        raise OtherError("has weights that are shuffled, which are not read")
    weights = scope.stored(1)
    if weights.ndim != 2:
        raise OtherError(f"has weights of shape {weights.shape}, expected (units, features)")
    x, shape = scope.value(0), scope.tensor(0).shape
    if len(shape) != 2 and not scope.told.get("KeepNumDims"):
        x = _reshaped(scope, x, shape, (-1, weights.shape[1]))
    matrix = scope.kept(weights.made(weights.shape[::-1], np.transpose))
    y = scope.add("MatMul", x, matrix)
    if scope.has(2) and scope.stored(2).read().any():
        y = scope.add("Add", y, scope.value(2))
    return _fused(scope, y)


def _batch_matmul(scope: Scope) -> str:
    one, other = scope.value(0), scope.value(1)
    if scope.told.get("AdjX"):
        one = _turned(scope, one, len(scope.tensor(0).shape))
    if scope.told.get("AdjY"):
        other = _turned(scope, other, len(scope.tensor(1).shape))
    return scope.add("MatMul", one, other)


def _turned(scope: Scope, name: str, rank: int) -> str:
    axes = list(range(rank))
    return scope.add("Transpose", name, perm=(*axes[:-2], axes[-1], axes[-2]))


def _embedding(scope: Scope) -> str:
    return scope.add("Gather", scope.value(1), scope.value(0), axis=0)


def _gather(scope: Scope) -> str:
    if scope.told.get("BatchDims"):
        raise OtherError("gathers from each row by itself (batch_dims), which is not computed here")
    return scope.add("Gather", scope.value(0), scope.value(1), axis=scope.told.get("Axis", 0))


# Shapes.


def _reshaped(scope: Scope, name: str, old: Shape, new: tuple[int, ...]) -> str:
    """A value in another shape; where only axes of length 1 come, go or move, that is said."""
    if None not in old and -1 not in new:
        if list(old) == list(new):
            return scope.add("Identity", name)
        longer = [one for one in old if one != 1] == [one for one in new if one != 1]
        if longer and len(old) == len(new):
            return scope.add("Transpose", name, perm=_moved(list(old), list(new)))
        if longer and len(old) > len(new):
            return scope.add("Squeeze", name, axes=_added(list(new), list(old)))
        if longer:
            return scope.add("Unsqueeze", name, axes=_added(list(old), list(new)))
    return scope.add("Reshape", name, scope.constant(new))


def _moved(old: list[Any], new: list[Any]) -> tuple[int, ...]:
    """The order of axes that brings those of length 1 to their places."""
    ones = iter([i for i, one in enumerate(old) if one == 1])
    longer = iter([i for i, one in enumerate(old) if one != 1])
    return tuple(next(ones) if one == 1 else next(longer) for one in new)


def _added(few: list[Any], many: list[Any]) -> tuple[int, ...]:
    """The first axes of length 1 without which many lengths are the few."""
    left, axes = len(many) - len(few), list[int]()
    for i, one in enumerate(many):
        place = i - len(axes)
        if (
            left
            and one == 1
            and not (
                place < len(few)
                and many[i + 1 :] == few[place + 1 :]
                and few[place] == 1
                and len(axes) == len(many) - len(few)
            )
        ):
            axes.append(i)
            left -= 1
    return tuple(axes)


def _reshape(scope: Scope) -> str:
    """RESHAPE: to the shape that the file says, for the lengths that it was converted with."""
    told, old = scope.output.shape, scope.tensor(0).shape
    if one := _row(scope, told, old):
        return one
    if None not in told and None not in old:
        return _reshaped(scope, scope.value(0), old, tuple(one or 0 for one in told))
    if scope.has(1):
        if scope.tensor(1).numbers is None:
            return scope.add("Reshape", scope.value(0), scope.value(1))
        return scope.add("Reshape", scope.value(0), scope.constant(scope.few(1)))
    return scope.add("Reshape", scope.value(0), scope.constant(scope.told.get("NewShape", ())))


def _row(scope: Scope, told: Shape, old: Shape) -> str:
    """The row of a batch of one, without the axis of the batch or with it again, as it is."""
    name = scope.value(0)
    less = old == (1, *told) and len(told) == 1 and scope.operator is not None
    if less and scope.operator:
        less = set(scope.readers(scope.operator.outputs[0])) <= {*EACH, "RESHAPE"}
    more = told == (1, *old) and name in scope.rows
    if not less and not more:
        return ""
    same = scope.add("Identity", name)
    scope.rows |= {same} if less else set()
    return same


def _transpose(scope: Scope) -> str:
    return scope.add("Transpose", scope.value(0), perm=scope.few(1))


def _expand_dims(scope: Scope) -> str:
    return scope.add("Unsqueeze", scope.value(0), axes=scope.few(1))


def _squeeze(scope: Scope) -> str:
    axes = scope.told.get("SqueezeDims", ())
    return scope.add("Squeeze", scope.value(0), **({"axes": axes} if axes else {}))


def _strided_slice(scope: Scope) -> str:
    """STRIDED_SLICE: what its masks say is taken whole, or as one place."""
    told = scope.told
    if told.get("EllipsisMask") or told.get("NewAxisMask") or told.get("Offset"):
        raise OtherError("slices with an ellipsis or new axes, which is not computed here")
    begins, ends, steps = scope.few(1), scope.few(2), scope.few(3)
    if not len(begins) == len(ends) == len(steps) or 0 in steps:
        raise OtherError("has bounds that do not fit each other")
    bounds, single = [], []
    for axis, (begin, end, step) in enumerate(zip(begins, ends, steps, strict=True)):
        if told.get("ShrinkAxisMask", 0) >> axis & 1:
            single.append(axis)
            bounds.append((axis, begin, begin + 1 if begin != -1 else END, 1))
            continue
        begin = begin if not told.get("BeginMask", 0) >> axis & 1 else 0 if step > 0 else -1
        end = end if not told.get("EndMask", 0) >> axis & 1 else END if step > 0 else -END
        bounds.append((axis, begin, end, step))
    value = _sliced(scope, scope.value(0), bounds, scope.tensor(0).shape)
    return scope.add("Squeeze", value, axes=tuple(single)) if single else value


def _sliced(scope: Scope, name: str, bounds: list[tuple[int, int, int, int]], shape: Shape) -> str:
    """A Slice of the axes that are not taken whole."""
    cut = [one for one in bounds
           if one[1:] != (0, END, 1) and one[1:] != (0, shape[one[0]], 1)]  # fmt: skip
    if not cut:
        return scope.add("Identity", name)
    axes, starts, ends, steps = zip(*cut, strict=True)
    return scope.add("Slice", name, *(scope.constant(one) for one in (starts, ends, axes, steps)))


def _slice(scope: Scope) -> str:
    """SLICE: a begin and a size along every axis, which a loop may compute."""
    shape = scope.tensor(0).shape
    if scope.tensor(1).numbers is not None and scope.tensor(2).numbers is not None:
        begins, sizes = scope.few(1), scope.few(2)
        bounds = [(i, begin, END if size == -1 else begin + size, 1)
                  for i, (begin, size) in enumerate(zip(begins, sizes, strict=True))]  # fmt: skip
        return _sliced(scope, scope.value(0), bounds, shape)
    begin, size = scope.value(1), scope.value(2)
    end = scope.add("Where", scope.add("Equal", size, scope.constant(-1)), scope.constant(END),
                    scope.add("Add", begin, size))  # fmt: skip
    return scope.add("Slice", scope.value(0), begin, end)


def _split(scope: Scope) -> tuple[str, ...]:
    (axis,), pieces = scope.few(0), len(scope.operator.outputs if scope.operator else ())
    return scope.several("Split", scope.value(1), outputs=pieces, axis=axis)


def _split_sizes(scope: Scope) -> tuple[str, ...]:
    sizes, (axis,) = scope.constant(scope.few(1)), scope.few(2)
    pieces = len(scope.operator.outputs if scope.operator else ())
    return scope.several("Split", scope.value(0), sizes, outputs=pieces, axis=axis)


def _concatenation(scope: Scope) -> str:
    count = len(scope.operator.inputs if scope.operator else ())
    values = [scope.value(i) for i in range(count)]
    return _fused(scope, scope.add("Concat", *values, axis=scope.told.get("Axis", 0)))


def _pack(scope: Scope) -> str:
    count, axis = len(scope.operator.inputs if scope.operator else ()), scope.told.get("Axis", 0)
    rows = [scope.add("Unsqueeze", scope.value(i), axes=(axis,)) for i in range(count)]
    return scope.add("Concat", *rows, axis=axis)


def _unpack(scope: Scope) -> list[str]:
    pieces, axis = len(scope.operator.outputs if scope.operator else ()), scope.told.get("Axis", 0)
    found = scope.several("Split", scope.value(0), outputs=pieces, axis=axis)
    return [scope.add("Squeeze", one, axes=(axis,)) for one in found]


def _reverse(scope: Scope) -> str:
    bounds = [(axis, -1, -END, -1) for axis in scope.few(1)]
    return _sliced(scope, scope.value(0), bounds, scope.tensor(0).shape)


def _fill(scope: Scope) -> str:
    return scope.add("Expand", scope.value(1), scope.value(0))


def _shape(scope: Scope) -> str:
    return scope.add("Shape", scope.value(0))


def _zeros(scope: Scope) -> str:
    return scope.add("Mul", scope.value(0), scope.constant(0.0, "float32"))


def _reduced(op: str, scope: Scope) -> str:
    return scope.add(op, scope.value(0), axes=scope.few(1),
                     keepdims=int(bool(scope.told.get("KeepDims"))))  # fmt: skip


EACH: dict[str, Callable[[Scope], str]] = {
    **{name: _each(op) for name, op in {
        "ADD": "Add", "SUB": "Sub", "MUL": "Mul", "DIV": "Div", "POW": "Pow", "MINIMUM": "Min",
        "MAXIMUM": "Max", "NEG": "Neg", "ABS": "Abs", "SQRT": "Sqrt", "EXP": "Exp", "LOG": "Log",
        "LESS": "Less", "LESS_EQUAL": "LessOrEqual", "GREATER": "Greater", "EQUAL": "Equal",
        "GREATER_EQUAL": "GreaterOrEqual", "LOGICAL_AND": "And", "LOGICAL_OR": "Or",
        "LOGICAL_NOT": "Not", "SELECT": "Where", "SELECT_V2": "Where", "TANH": "Tanh",
        "LOGISTIC": "Sigmoid", "RELU": "Relu", "HARD_SWISH": "HardSwish", "PRELU": "PRelu",
        "SIGN": "Sign",
    }.items()},
    "RELU6": _each("Clip", min=0.0, max=6.0), "RELU_N1_TO_1": _each("Clip", min=-1.0, max=1.0),
    "RELU_0_TO_1": _each("Clip", min=0.0, max=1.0), "ELU": _each("Elu", alpha=1.0),
}  # fmt: skip
"""What makes each number of numbers in the same place."""

TABLE: dict[str, Callable[[Scope], Any]] = {
    **EACH, "LOG_SOFTMAX": _each("LogSoftmax", axis=-1), "SQUARE": _square, "RSQRT": _rsqrt,
    "SQUARED_DIFFERENCE": _squared_difference, "LEAKY_RELU": _leaky, "GELU": _gelu,
    "SOFTMAX": _softmax, "CAST": _cast, "DEQUANTIZE": _dequantize,
    "FULLY_CONNECTED": _fully_connected, "BATCH_MATMUL": _batch_matmul,
    "EMBEDDING_LOOKUP": _embedding, "GATHER": _gather, "RESHAPE": _reshape,
    "TRANSPOSE": _transpose, "EXPAND_DIMS": _expand_dims, "SQUEEZE": _squeeze,
    "STRIDED_SLICE": _strided_slice, "SLICE": _slice, "SPLIT": _split, "SPLIT_V": _split_sizes,
    "CONCATENATION": _concatenation, "PACK": _pack, "UNPACK": _unpack, "REVERSE_V2": _reverse,
    "FILL": _fill, "SHAPE": _shape, "ZEROS_LIKE": _zeros, "MEAN": partial(_reduced, "ReduceMean"),
    "SUM": partial(_reduced, "ReduceSum"), "REDUCE_MAX": partial(_reduced, "ReduceMax"),
    "REDUCE_PROD": partial(_reduced, "ReduceProd"),
}  # fmt: skip
"""What makes nodes of an operator; the names of what it gives."""
