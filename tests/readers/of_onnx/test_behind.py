"""What stands behind a recurrent node and is no layer: refused by its name, with the reason; and
ways to write a layer that no recorded exporter has, with the numbers of ONNX' reference.
"""

from __future__ import annotations

import numpy as np
import pytest
from conftest import captured

pytest.importorskip("onnx", reason="onnx is not installed")

from onnx import helper
from onnx.reference import ReferenceEvaluator
from onnx_made import constants, drawn, proto, recurrent, saved, weights

import rnncalc

ARRAYS = {
    "zero": np.array([0]), "one": np.array([1]), "two": np.array([2]), "three": np.array([3]),
    "last": np.array([-1]), "least": np.array([-(1 << 63)]), "most": np.array([(1 << 63) - 1]),
    "four": np.array([4]), "eight": np.array([8]), "at0": np.array(0), "at1": np.array(1),
    "end": np.array(-1), "both": np.array([0, 1]), "true": np.array(True), "half": np.float32(0.5),
    "W": drawn(4, 5), "W8": drawn(8, 5), "W3": drawn(3, 5), "cube": drawn(2, 4, 5),
    "bias": drawn(5), "wide": drawn(2, 5), "slope": np.abs(drawn(4)), "slopes": drawn(2, 4),
    "few": np.array([True, False, True, False]), "nothing": np.float32(0),
    "kept": np.array([0, 0, 1]), "split": np.array([0, -1, 4]), "joined": np.array([0, -1]),
    "nine": np.ones(9, int), "flat": np.array([0, 0, -1]), "rows": np.array([-1, 4]),
    "grown": np.array([2, -1, 4]),
}  # fmt: skip
SEQUENCE = ("Squeeze", "Y one")
TURNED = ("Transpose", "Y", {"perm": [0, 2, 1, 3]})
JOINED = ("Reshape", "t0 flat")


def graph_of(tail, *, ways=1, steps="T", batch="B", outputs=()):
    """A recurrent node, and what stands behind it: each gives ``t0``, ``t1`` ..."""
    own, direction = weights(ways=ways), ["forward", "bidirectional"][ways - 1]
    nodes = [recurrent("node", own, outputs=["Y", "Y_h", "Y_c"], direction=direction)]
    for i, (op, names, *says) in enumerate(tail):
        inputs = ["" if name == "-" else name for name in names.split()]
        given = says[0] if says else {}
        made = [f"t{i}", f"t{i}b"] if op == "Split" else [f"t{i}"]
        nodes.append(helper.make_node(op, inputs, made, f"n{i}", **given))
    read = {name for node in nodes for name in node.input}
    arrays = {name: one for name, one in ARRAYS.items() if name in read}
    outputs = outputs or [f"t{len(tail) - 1}"]
    return proto(nodes, {"X": (steps, batch, 3)}, outputs, constants("node", own) | arrays)


REFUSED = [
    ([("Dropout", "Y half true")], "is a Dropout in training"),
    ([("Squeeze", "Y three")], "squeezes an axis that is longer than 1"),
    ([SEQUENCE, ("Gather", "t0 both", {"axis": 0})], "gathers more than one place of an axis"),
    ([SEQUENCE, ("Gather", "t0 at1", {"axis": 1})], "takes place 1 of the batch"),
    ([SEQUENCE, ("Gather", "t0 at1", {"axis": 0})], "takes place 1 of the sequence"),
    ([SEQUENCE, ("Slice", "t0 zero most zero two")], "takes every 2th place of an axis"),
    ([SEQUENCE, ("Split", "t0", {"axis": 0})], "splits an axis whose length only a run tells"),
    ([SEQUENCE, ("Reshape", "t0 X")], "reshapes to lengths that depend on the input"),
    ([SEQUENCE, ("Reshape", "t0 grown")], "reshapes to axes that are not those it has"),
    ([SEQUENCE, ("Sqrt", "")], "n1 (Sqrt) has inputs or attributes that do not fit each other"),
    ([SEQUENCE, ("Squeeze", "t0 X")], "has bounds or axes that depend on the input"),
    ([("Reshape", "Y rows"), ("Gather", "t0 at0", {"axis": 0})],
     "takes one place of several axes that were joined"),
    ([("Reshape", "Y rows"), ("Slice", "t0 last least zero last")],
     "turns around several axes that were joined"),
    ([SEQUENCE, ("MatMul", "t0 W3")], "takes 3 numbers, and is given 4"),
    ([SEQUENCE, ("MatMul", "t0 cube")], "has weights of shape (2, 4, 5), expected a matrix"),
    ([SEQUENCE, ("MatMul", "W t0")], "is a MatMul of two values that depend on the input"),
    ([SEQUENCE, ("MatMul", "t0 t0")], "is a MatMul of two values that depend on the input"),
    ([SEQUENCE, ("Gemm", "t0 W")], "is a Gemm of a transposed value"),
    ([SEQUENCE, ("MatMul", "t0 W"), ("Add", "t1 wide")], "adds (2, 5), expected one number"),
    ([SEQUENCE, ("Softmax", "t0", {"axis": 0})], "reads an axis that is not the features"),
    ([SEQUENCE, ("LayerNormalization", "t0 slope", {"axis": 1})],
     "normalizes more than the features of a step"),
    ([SEQUENCE, ("LayerNormalization", "t0 slopes")], "has (2, 4) numbers, expected one for each"),
    ([SEQUENCE, ("ReduceSum", "t0")], "reduces other axes than the sequence"),
    ([SEQUENCE, ("ReduceSum", "t0 two")], "reduces another axis than the sequence"),
    ([SEQUENCE, ("Gather", "W t0")], "looks up in a table what is no input of the network"),
    ([SEQUENCE, ("PRelu", "t0 slopes")], "has slopes of shape (2, 4), expected one for each"),
    ([SEQUENCE, ("Div", "t0 Y_h")], "joins two values that depend on the input"),
    ([("Squeeze", "Y_h zero"),
      ("BatchNormalization", "t0 slope slope slope slope", {"training_mode": 1})],
     "normalizes in training, which is not computed here"),
    ([("Squeeze", "Y"), ("Gemm", "W t0")], "a constant where a value that depends on the input"),
    ([SEQUENCE, ("Add", "t0 half"), ("Where", "few t1 t0")], "n2 is a Where, which is not"),
    ([SEQUENCE, ("Clip", "t0 - half")], "n1 is a Clip, which is not computed here"),
    ([SEQUENCE, ("ReduceMean", "t0 three"), ("Sub", "t0 t1")], "(ReduceMean) is about axis 3 of 3"),
    ([("Add", "Y_c half")], "adds a constant to what is no dense layer's output"),
    ([SEQUENCE, ("Reshape", "t0 nine")], "reshapes 3 axes to 9; at most 8 are followed"),
    ([SEQUENCE, ("Erf", "half"), ("Erf", "t0")], "n2 is an Erf, which is not computed here"),
    ([SEQUENCE, ("ReverseSequence", "t0 one", {"time_axis": 0, "batch_axis": 1})],
     "reverses sequences by lengths"),
    ([SEQUENCE, ("Gelu", "t0", {"approximate": "other"})], "with the approximation other"),
    ([SEQUENCE, ("Shrink", "t0", {"bias": 0.2, "lambd": 0.5})], "bias is neither 0 nor lambd"),
]  # fmt: skip
BOTH = [
    ([("Slice", "Y last least one last"), ("Gather", "t0 at0", {"axis": 1})],
     "exchanges the directions of a bidirectional node"),
    ([("Gather", "Y at0", {"axis": 1}), ("Gather", "Y at1", {"axis": 1}),
      ("Slice", "t1 last least zero last"), ("Concat", "t0 t2", {"axis": -1})],
     "joins two directions of which one runs backward in time"),
    ([("Gather", "Y at0", {"axis": 1}), ("Gather", "Y at1", {"axis": 1}),
      ("Transpose", "t1", {"perm": [1, 0, 2]}), ("Concat", "t0 t2", {"axis": -1})],
     "joins two directions whose axes differ, or stand in another order"),
    ([("Tanh", "Y"), ("ReduceSum", "t0 one")], "merges two directions behind another layer"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("tail", "ways", "why"),
    [*((tail, 1, why) for tail, why in REFUSED), *((tail, 2, why) for tail, why in BOTH)],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_is_no_layer_is_refused_by_its_name(tail, ways, why, tmp_path):
    """With what stands in the way; ``inspect`` shows it beside the layers that there are."""
    screen = captured("inspect", str(saved(tmp_path, graph_of(tail, ways=ways))))

    assert why in " ".join((screen.text + screen.err).split())


LAYERS = [
    ([SEQUENCE, ("Add", "t0 t0")], 1),
    ([SEQUENCE, ("MatMul", "t0 W"), ("Add", "bias t1")], 1),
    ([SEQUENCE, ("PRelu", "t0 slope")], 1),
    ([SEQUENCE, ("ReduceMax", "t0 zero", {"keepdims": 0})], 1),
    ([SEQUENCE, ("Slice", "t0 last most zero"), ("Squeeze", "t1 zero")], 1),
    ([("Flatten", "Y_h", {"axis": 2}), ("MatMul", "t0 W")], 1),
    ([("ReduceSum", "Y one", {"keepdims": 0})], 2),
    ([("ReduceMean", "Y one", {"keepdims": 0})], 2),
    ([("ReduceProd", "Y one", {"keepdims": 0})], 2),
    ([TURNED, JOINED, ("Slice", "t1 zero four two"), ("Slice", "t1 four eight two"),
      ("Mul", "t2 t3")], 2),
    ([("Gather", "Y at0", {"axis": 1}), ("Gather", "Y at1", {"axis": 1}), ("Add", "t0 t1")], 2),
    ([TURNED, JOINED, ("MatMul", "t1 W8")], 2),
    ([("Gather", "Y at0", {"axis": 1}), ("Gather", "Y at1", {"axis": 1}),
      ("Gather", "t0 end"), ("Gather", "t1 end"), ("Concat", "t2 t3", {"axis": -1})], 2),
    ([("Gather", "Y_h at0"), ("Gather", "Y at1", {"axis": 1}), ("Gather", "t1 end"),
      ("Concat", "t0 t2", {"axis": -1})], 2),
    ([SEQUENCE, ("Mul", "t0 half"), ("Add", "t1 half")], 1),
    ([SEQUENCE, ("LayerNormalization", "t0 slope -")], 1),
    ([SEQUENCE, ("Slice", "t0 one three two")], 1),
    ([SEQUENCE, ("Concat", "t0 t0", {"axis": 0})], 1),
    ([SEQUENCE, ("Concat", "t0 t0", {"axis": -1})], 1),
    ([SEQUENCE, ("Transpose", "t0", {"perm": [0, 2, 1]}), ("Mul", "t1 half"),
      ("Transpose", "t2", {"perm": [0, 2, 1]})], 1),
    ([("Gather", "Y at0", {"axis": 1}), ("MatMul", "t0 W")], 2),
    ([("Gather", "Y at0", {"axis": 1}), ("Gather", "Y at1", {"axis": 1}),
      ("Concat", "t1 t0", {"axis": -1})], 2),
    ([("Gather", "Y at0", {"axis": 1}), ("Gather", "Y at1", {"axis": 1}),
      ("Concat", "t0 t1", {"axis": 0})], 2),
    ([("Gather", "Y at1", {"axis": 1})], 2),
    ([("Tanh", "Y"), ("Gather", "t0 at0", {"axis": 1}), ("Gather", "t0 at1", {"axis": 1}),
      ("Concat", "t1 t2", {"axis": -1})], 2),
    ([SEQUENCE, ("Transpose", "t0", {"perm": [1, 0, 2]}), ("Reshape", "t1 joined"),
      ("Reshape", "t2 kept"), ("Reshape", "t3 split"), ("Transpose", "t4", {"perm": [1, 0, 2]})],
     1),
]  # fmt: skip


@pytest.mark.parametrize("case", LAYERS, ids=lambda case: "-".join(one[0] for one in case[0]))
def test_a_layer_is_read_in_whatever_way_it_is_written(case, tmp_path):
    """What the network gives is what the reference computes."""
    tail, ways = case
    graph, x = graph_of(tail, ways=ways, steps=5, batch=2), drawn(5, 2, 3)
    (expected,) = ReferenceEvaluator(graph).run(None, {"X": x})

    trace = rnncalc.run(rnncalc.load(saved(tmp_path, graph)), x)
    found = trace.h if trace.y is None else trace.y

    if expected.ndim == 2 < found.ndim:
        found = found[:, -1]
    ours = found.swapaxes(0, 1) if expected.ndim == 3 else found
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-6)
