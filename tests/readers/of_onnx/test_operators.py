"""What operators of ONNX compute is what ONNX says: the table is held against its reference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator
from onnx_made import drawn

from rnncalc.containers.onnx.file import Node
from rnncalc.containers.onnx.limits import Budget
from rnncalc.containers.tensor import Tensor
from rnncalc.errors import RnncalcError
from rnncalc.readers.of_onnx.operators.axes import Atom, Product, row_of
from rnncalc.readers.of_onnx.operators.constants import PRODUCTS, Making
from rnncalc.readers.of_onnx.operators.lengths import Lengths, counted
from rnncalc.readers.of_onnx.operators.table import (
    ELEMENTWISE,
    OTHERS,
    OtherError,
    computed,
    outlines,
    settled_lengths,
    type_in,
)

X, Y = drawn(3, 4), drawn(4)
POSITIVE = np.abs(X) + np.float32(0.5)
SOME = X > 0
WHOLE, OTHER = np.array([7, -7, 6, -1, 0]), np.array([2, 2, -4, -3, 5])


def ints(*numbers):
    return np.array(numbers, np.int64)


CASES = [
    *((op, [X, Y], {}) for op in ("Add", "Sub", "Mul", "Div", "Min", "Max", "Sum")),
    *((op, [X, Y], {}) for op in ("Less", "LessOrEqual", "Greater", "GreaterOrEqual", "Equal")),
    *((op, [WHOLE, OTHER], {}) for op in ("Add", "Sub", "Mul", "Div", "Min", "Max", "Equal")),
    ("Mod", [WHOLE, OTHER], {}),
    ("Mod", [X, Y], {"fmod": 1}),
    *((op, [SOME, ~SOME[:1]], {}) for op in ("And", "Or")),
    *((op, [POSITIVE], {}) for op in ("Log", "Sqrt", "Reciprocal")),
    *((op, [X], {}) for op in ("Neg", "Abs", "Erf", "Identity", "Sign", "Exp", "Tanh", "Sigmoid")),
    *((op, [X], {}) for op in ("Relu", "Softsign", "Softplus", "Selu", "Gelu", "Mish")),
    *((op, [X], {}) for op in ("Elu", "LeakyRelu", "ThresholdedRelu", "Celu", "HardSigmoid")),
    *((op, [X], {}) for op in ("HardSwish", "Shrink", "Swish")),
    ("Elu", [X], {"alpha": 0.3}),
    ("Neg", [WHOLE], {}),
    ("Abs", [WHOLE], {}),
    ("Sign", [WHOLE], {}),
    ("Not", [SOME], {}),
    ("Pow", [POSITIVE, Y], {}),
    ("Pow", [WHOLE, np.array(2.0, np.float32)], {}),
    ("Sum", [X, Y, X], {}),
    ("Clip", [X, np.float32(-0.2), np.float32(0.3)], {}),
    ("Clip", [X, None, np.float32(0.3)], {}),
    ("Clip", [X, np.float32(0.3), np.float32(-0.2)], {}),
    ("Where", [SOME, X, Y], {}),
    ("Where", [SOME, np.float32(1), X], {}),
    *(("Cast", [X * 5], {"to": to}) for to in (1, 6, 7, 9, 10, 11)),
    ("Cast", [WHOLE], {"to": 9}),
    ("Cast", [WHOLE], {"to": 3}),
    ("Cast", [SOME], {"to": 1}),
    ("Constant", [], {"value_floats": [0.5, 0.25]}),
    ("Constant", [], {"value_int": 3}),
    ("Constant", [], {"value": helper.make_tensor("", 7, (2, 1), [3, 4])}),
    ("ConstantOfShape", [ints(2, 3)], {}),
    ("ConstantOfShape", [ints(2)], {"value": helper.make_tensor("", 7, (1,), [5])}),
    ("Shape", [drawn(2, 3, 4)], {}),
    ("Shape", [drawn(2, 3, 4)], {"start": 1}),
    ("Shape", [drawn(2, 3, 4)], {"start": -2, "end": -1}),
    ("Slice", [X, ints(1), ints(3)], {}),
    ("Slice", [X, ints(1), ints(-1), ints(-1)], {}),
    ("Slice", [X, ints(0), ints(1 << 40), ints(1), ints(2)], {}),
    ("Slice", [X, ints(1, 0), ints(2, 2), None, ints(1, 2)], {}),
    ("Slice", [X, ints(-1), ints(-(1 << 31)), ints(0), ints(-1)], {}),
    ("Slice", [X, ints(2), ints(-4), ints(0), ints(-1)], {}),
    ("Split", [drawn(6, 2)], {}),
    ("Split", [drawn(6, 2), ints(1, 2, 3)], {}),
    ("Split", [drawn(2, 6), ints(3, 0, 3)], {"axis": -1}),
    ("Split", [drawn(7, 2)], {"num_outputs": 3}),
    ("Squeeze", [drawn(1, 3, 1)], {}),
    ("Squeeze", [drawn(1, 3, 1), ints(-1)], {}),
    ("Unsqueeze", [X, ints(0, -1)], {}),
    ("Transpose", [drawn(2, 3, 4)], {}),
    ("Transpose", [drawn(2, 3, 4)], {"perm": [1, 2, 0]}),
    ("Reshape", [X, ints(2, -1)], {}),
    ("Reshape", [X, ints(0, 2, 2)], {}),
    ("Reshape", [drawn(0, 4), ints(4, 0)], {"allowzero": 1}),
    ("Expand", [Y, ints(2, 3, 1)], {}),
    ("Expand", [drawn(3, 1), ints(4)], {}),
    ("Concat", [X, drawn(2, 4)], {"axis": 0}),
    ("Concat", [X, drawn(3, 1), X], {"axis": -1}),
    ("Gather", [X, ints(2, 0)], {}),
    ("Gather", [X, np.array(-1)], {"axis": 1}),
    ("Gather", [X, np.array([[0, 1], [2, -3]])], {"axis": 1}),
    ("ReduceProd", [X], {}),
    ("ReduceProd", [X, ints(-1)], {"keepdims": 0}),
    ("ReduceProd", [X, ints()], {"noop_with_empty_axes": 1}),
    ("ReduceProd", [ints(3, 4)], {"keepdims": 0}),
    ("MatMul", [drawn(2, 3, 4), drawn(4, 5)], {}),
    ("Gemm", [X, drawn(3, 5), drawn(5)], {"transA": 1, "alpha": 0.5, "beta": 2.0}),
    ("Gemm", [X, drawn(5, 4)], {"transB": 1}),
]
NEWEST = {"Swish": 24}


def name_of(case):
    return f"{case[0]}-{'-'.join(map(str, case[2].values()))[:20]}"


def node_of(op, given, says, outputs):
    """The node, as the library's and as ours."""
    inputs = ["" if one is None else f"i{i}" for i, one in enumerate(given)]
    theirs = helper.make_node(op, inputs, outputs, **says)
    kept = {one.name: helper.get_attribute_value(one) for one in theirs.attribute}
    for key, value in kept.items():
        if isinstance(value, TensorProto):
            numbers = helper.get_node_attr_value(theirs, key)
            array = np.array(numbers.int64_data or numbers.float_data).reshape(tuple(value.dims))
            kept[key] = Tensor("", array.shape, "int64", lambda array=array: array.astype(float))
        kept[key] = tuple(value) if isinstance(value, list) else kept[key]
    return theirs, Node(op, op, tuple(inputs), tuple(outputs), kept)


def reference(op, given, says, outputs):
    """What ONNX' reference makes of it."""
    node, _ = node_of(op, given, says, outputs)
    there = {f"i{i}": one for i, one in enumerate(given) if one is not None}
    inputs = [
        helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(one.dtype), one.shape)
        for name, one in there.items()
    ]
    results = [helper.make_tensor_value_info(name, 0, None) for name in outputs]
    graph = helper.make_graph([node], "one", inputs, results)
    opset = helper.make_opsetid("", NEWEST.get(op, 20))
    return ReferenceEvaluator(helper.make_model(graph, opset_imports=[opset])).run(None, there)


def outputs_of(op, says, given):
    sizes = given[1] if op == "Split" and len(given) > 1 else range(says.get("num_outputs", 3))
    return [f"o{i}" for i in range(len(sizes))] if op == "Split" else ["o0"]


def as_here(array):
    return array.astype(type_in(array.dtype.name))


def test_every_operator_of_the_table_is_held_against_the_reference():
    """None is left out."""
    assert {op for op, _, _ in CASES} == {*ELEMENTWISE, *OTHERS}


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_an_operator_computes_what_onnx_says(case):
    """Numbers, shapes, and whether they are whole; also of what takes no room."""
    op, given, says = case
    outputs = outputs_of(op, says, given)
    expected = reference(op, given, says, outputs)
    ours = [None if one is None else as_here(np.asarray(one)) for one in given]
    node = node_of(op, given, says, outputs)[1]

    found = computed(node, ours, Budget())
    shown = outlines(node, ours) if op not in PRODUCTS else found

    for one, outline, theirs in zip(found, shown, expected, strict=True):
        np.testing.assert_allclose(one, theirs, rtol=1e-3 if says.get("to") == 10 else 2e-6)
        assert (one.shape, one.dtype) == (theirs.shape, type_in(theirs.dtype.name))
        assert (outline.shape, outline.dtype) == (one.shape, one.dtype)


@pytest.mark.parametrize("case", [one for one in CASES if one[0] not in PRODUCTS], ids=name_of)
def test_a_constant_made_of_constants_is_what_onnx_says(case):
    """To the last bit of its type, where it is not a function that is approximated."""
    op, given, says = case
    outputs = outputs_of(op, says, given)
    making = Making(1000, Budget())
    known = [
        one if one is None else making.known(Tensor(
            f"i{i}", np.shape(one), np.asarray(one).dtype.name,
            lambda one=one: np.asarray(one, float)))
        for i, one in enumerate(given)
    ]  # fmt: skip

    found = making.folded(node_of(op, given, says, outputs)[1], known)

    for one, theirs in zip(found, reference(op, given, says, outputs), strict=True):
        np.testing.assert_allclose(one.tensor.read(), theirs, rtol=2e-7, atol=1e-7)
        assert (one.tensor.shape, one.tensor.dtype) == (theirs.shape, theirs.dtype.name)


TIME, BATCH = Atom(role="time"), Atom(role="batch")
LENGTHS = [
    ("Gather", [[TIME, 2, 3], 0], {}, TIME),
    ("Slice", [[TIME, BATCH, 3], [0], [2]], {}, [TIME, BATCH]),
    ("Concat", [[TIME], [4]], {"axis": 0}, [TIME, 4]),
    ("Squeeze", [[TIME]], {}, TIME),
    ("Unsqueeze", [TIME, [0]], {}, [TIME]),
    ("Reshape", [TIME, [-1]], {}, [TIME]),
    ("Expand", [[TIME], [1]], {}, [TIME]),
    ("Cast", [[TIME, 3]], {"to": 1}, [TIME, 3]),
    ("Add", [[TIME, 2], [0, 3]], {}, [TIME, 5]),
    ("Add", [[TIME], [BATCH]], {}, [None]),
    ("Sub", [[TIME, 2], [0, 3]], {}, [TIME, -1]),
    ("Mul", [[TIME, TIME], [BATCH, 1]], {}, [Product((TIME, BATCH)), TIME]),
    ("Div", [[TIME, -7], [1, 2]], {}, [TIME, -3]),
    ("Equal", [[TIME, TIME, 3], [-1, 3, 3]], {}, [0, None, 1]),
    ("Where", [[1, 0, 1], [TIME, TIME, 4], [5, 6, 7]], {}, [TIME, 6, 4]),
    ("Mul", [[TIME, TIME], [3, 0]], {}, [Product((TIME,), 3), None]),
    ("Max", [[TIME, 2], [3, 3]], {}, [None, 3]),
    ("Max", [[TIME], [TIME]], {}, [TIME]),
    ("ReduceProd", [[TIME, BATCH, 1]], {"keepdims": 0}, Product((TIME, BATCH))),
    ("ReduceProd", [TIME], {"keepdims": 0}, TIME),
]


def entries(value):
    return row_of(value) if isinstance(value, list) else row_of([value]).reshape(())


@pytest.mark.parametrize("case", LENGTHS, ids=name_of)
def test_lengths_that_only_a_run_tells_are_computed_with(case):
    """What is known of them stays: a sum with 0, a product with 1, that none is below 0."""
    op, given, says, expected = case
    values = [Lengths(tuple(entries(one).reshape(-1)), not isinstance(one, list)) for one in given]
    found = counted(node_of(op, given, says, ["o"])[1], values)

    assert isinstance(found, Lengths)
    assert found.entries == tuple(expected if isinstance(expected, list) else [expected])
    assert found.scalar is not isinstance(expected, list)


@pytest.mark.parametrize(
    ("op", "given", "says", "why"),
    [
        ("Concat", [X, X], {}, "does not say along which axis"),
        ("Concat", [X, drawn(3, 5)], {"axis": 0}, "shapes that do not fit"),
        ("Gather", [X, ints(3)], {}, "beyond a constant's end"),
        ("Split", [drawn(6, 2), ints(1, 2)], {}, "pieces that do not fit"),
        ("Transpose", [X], {"perm": [0, 0]}, r"turns 2 axes to \[0, 0\]"),
        ("Squeeze", [X, ints(2)], {}, "is about axis 2 of 2"),
        ("Squeeze", [X, ints(0)], {}, "cannot be computed"),
        ("Constant", [], {"value_string": "text"}, "no tensor of numbers"),
        ("Sin", [X], {}, "the operator Sin"),
    ],
    ids=str,
)  # fmt: skip
def test_what_an_operator_cannot_be_given_is_said(op, given, says, why):
    """With its name, and that of the node."""
    with pytest.raises(RnncalcError, match=why) as caught:
        computed(node_of(op, given, says, ["o0", "o1"])[1], given, Budget())
    assert op in caught.value.message


@pytest.mark.parametrize(
    ("op", "given", "why"),
    [
        ("Reshape", [[TIME, 2, 3], [2, 2]], "makes of lengths what does not fit, or what only a"),
        ("Slice", [[TIME, 2], [0], [TIME]], "makes of lengths what does not fit, or what only a"),
        ("Gather", [[TIME, 2], 5], "makes of lengths what does not fit, or what only a run tells"),
        ("Expand", [[TIME, BATCH], [2, 2]], "repeats a list of lengths"),
    ],
    ids=str,
)  # fmt: skip
def test_lengths_that_cannot_be_computed_with_are_said(op, given, why):
    """What of them must be known is not, or does not fit."""
    values = [Lengths(tuple(entries(one).reshape(-1)), not isinstance(one, list)) for one in given]
    with pytest.raises(OtherError, match=why):
        counted(node_of(op, given, {}, ["o"])[1], values)


SPREAD = [
    ("Expand", drawn(1, 4), [2, BATCH, 4]),
    ("Expand", drawn(2, 1, 4), [2, BATCH, 4]),
    ("Tile", drawn(1, 1, 4), [2, BATCH, 1]),
    ("Tile", drawn(2, 1, 4), [1, BATCH, 1]),
]


@pytest.mark.parametrize("case", SPREAD, ids=lambda case: case[0])
def test_a_constant_that_is_spread_is_what_onnx_says_of_a_batch_of_one(case):
    """Along an axis whose length only a run tells it is the same everywhere."""
    op, array, lengths = case
    known = Making(1000, Budget()).known(Tensor("k", array.shape, "float32", lambda: array))
    node = node_of(op, [array, lengths], {}, ["o"])[1]

    found = counted(node, [known, Lengths(tuple(lengths))])

    of_one = np.array([1 if one is BATCH else one for one in lengths])
    (expected,) = reference(op, [array, of_one], {}, ["o"])
    np.testing.assert_array_equal(found.tensor.read(), expected)
    assert found.loose
    assert found.lengths == (2, BATCH, 4)


@pytest.mark.parametrize(
    ("op", "array", "lengths", "why"),
    [
        ("Tile", drawn(2, 1, 4), [2, BATCH, 1], "repeats an axis of a constant that is longer"),
        ("Tile", drawn(2, 1, 4), [BATCH, 1, 1], "repeats an axis of a constant that is longer"),
        ("Expand", drawn(1, 1), [1 << 21, BATCH], "makes more numbers than the file can mean"),
        ("Expand", None, [1, BATCH], "computes with lengths and something else"),
    ],
)
def test_a_constant_that_cannot_be_spread_is_said(op, array, lengths, why):
    """It is too long, not of one place, or not there."""
    shape = np.shape(array)
    known = Making(1000, Budget()).known(Tensor("k", shape, "float32", lambda: array))
    with pytest.raises(OtherError, match=why):
        counted(node_of(op, [X, lengths], {}, ["o"])[1],
                [None if array is None else known, Lengths(tuple(lengths))])  # fmt: skip


def test_the_shape_of_what_only_a_run_makes_is_not_known():
    """It has as many rows as the batch."""
    one = replace(Making(9, Budget()).known(Tensor("k", (1, 4), "float32", lambda: X)), loose=True)
    with pytest.raises(OtherError, match="is about lengths that only a run tells"):
        Making(9, Budget()).folded(node_of("Shape", [X], {}, ["o"])[1], [one])


def test_what_is_not_made_of_constants_is_said():
    """A product of matrices; axes that are many; lengths that are numbers of something else."""
    making = Making(1000, Budget())
    one = making.known(Tensor("one", (100,), "float32", lambda: np.ones(100)))
    node = node_of("MatMul", [X, X], {}, ["o"])[1]
    with pytest.raises(OtherError, match="is a MatMul of constants"):
        making.folded(node, [one, one])
    with pytest.raises(OtherError, match="not a few numbers"):
        making.folded(node_of("Squeeze", [X, X], {}, ["o"])[1], [one, one])
    with pytest.raises(OtherError, match="is a MatMul of lengths"):
        counted(node, [Lengths((TIME,))] * 2)
    with pytest.raises(OtherError, match="and something else"):
        counted(node_of("Add", [X, X], {}, ["o"])[1], [Lengths((TIME,)), "a flow"])
    assert settled_lengths(row_of([])).dtype == np.int64
