"""ONNX files that say two things, or what no version of ONNX has: refused by name."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import captured

pytest.importorskip("onnx", reason="onnx is not installed")

import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx_made import constants, drawn, proto, recurrent, saved, weights

from rnncalc.containers.onnx import wire

SHAPE = {"X": ("T", "B", 3)}
X = "1 2 3; 4 5 6"


def lstm():
    """A model of one node."""
    arrays = weights()
    return proto([recurrent("node", arrays)], SHAPE, ["node.Y"], constants("node", arrays))


def refusal(path):
    """Why a file is refused, by ``run``; ``inspect`` says the same, or what is not computed."""
    run, inspect = captured("run", str(path), "-x", X), captured("inspect", "--stats", str(path))
    assert run.code == 2
    assert not run.out
    assert inspect.code in (0, 2)
    return " ".join(run.err.split()), " ".join((inspect.text + inspect.err).split())


def weight(model):
    return next(one for one in model.graph.initializer if one.name == "node.W")


def twice_kept(model):
    weight(model).float_data[:] = drawn(48)


def kept_and_beside(model):
    weight(model).external_data.add(key="location", value="w.bin")


def only_named_beside(model):
    weight(model).ClearField("raw_data")
    kept_and_beside(model)


def beside_and_kept(model):
    kept_and_beside(model)
    weight(model).data_location = TensorProto.EXTERNAL


def nowhere(model):
    weight(model).data_location = TensorProto.EXTERNAL
    return model.SerializeToString().replace(b"\x70\x01", b"\x70\x07")


def of_another_type(model):
    one = weight(model)
    one.ClearField("raw_data")
    one.int32_data[:] = range(48)


def beyond_its_type(model):
    for one in model.graph.initializer:
        array = numpy_helper.to_array(one).astype(np.float16)
        one.CopyFrom(numpy_helper.from_array(array, one.name))
    one = weight(model)
    one.ClearField("raw_data")
    one.int32_data[:] = [70_000] + [1] * 47


def two_attributes(model):
    model.graph.node[0].attribute.append(helper.make_attribute("hidden_size", 4))


def two_kinds(model):
    model.graph.node[0].attribute.append(helper.make_attribute("layout", 1))
    model.graph.node[0].attribute[-1].f = 0.0


def unknown_kind(model):
    model.graph.node[0].attribute.append(helper.make_attribute("layout", 1))
    return model.SerializeToString().replace(b"\x18\x01\xa0\x01\x02", b"\x18\x01\xa0\x01\x63")


def two_values(model):
    one = helper.make_node("Constant", [], ["k"], "one", value_int=1)
    one.attribute.append(helper.make_attribute("value_float", 2.0))
    model.graph.node.append(one)


def two_axes(model):
    model.graph.initializer.append(numpy_helper.from_array(np.array([1]), "one"))
    squeezed = helper.make_node("Squeeze", ["node.Y", "one"], ["S"], "squeeze", axes=[0])
    model.graph.node.append(squeezed)


def another_default(model):
    model.graph.input.append(helper.make_tensor_value_info("node.W", TensorProto.FLOAT, (1, 16, 4)))


def two_inputs(model):
    model.graph.input.append(model.graph.input[0])


def no_operators(model):
    del model.opset_import[:]


def other_operators(model):
    model.opset_import[0].domain = "com.microsoft"


def two_versions(model):
    model.opset_import.append(helper.make_opsetid("ai.onnx", 13))


def of_the_future(model):
    model.opset_import[0].version = 99


def unknown_format(model):
    model.ir_version = 99


def no_format(model):
    model.ClearField("ir_version")


def own_operator(model):
    node = helper.make_node("Tanh", ["x"], ["y"])
    one = helper.make_function("", "LSTM", ["x"], ["y"], [node], model.opset_import)
    model.functions.append(one)


def two_in_one(model):
    return model.SerializeToString() + lstm().SerializeToString()


def of_two_types(model):
    one = weight(model)
    one.CopyFrom(numpy_helper.from_array(drawn(1, 16, 3).astype(np.float64), "node.W"))


def booleans(model):
    for one in model.graph.initializer:
        array = numpy_helper.to_array(one) > 0
        one.CopyFrom(numpy_helper.from_array(array, one.name))


def whole_numbers(model):
    for one in model.graph.initializer:
        array = np.ones(one.dims, np.int8)
        one.CopyFrom(numpy_helper.from_array(array, one.name))


def in_segments(model):
    weight(model).segment.begin = 0


def of_a_function(model):
    size = next(one for one in model.graph.node[0].attribute if one.name == "hidden_size")
    size.ClearField("i")
    size.ref_attr_name = "units"


def texts(model):
    """Axes that are a text."""
    model.graph.initializer.append(helper.make_tensor("axes", TensorProto.STRING, [1], [b"0"]))
    squeezed = helper.make_node("Squeeze", ["node.Y", "axes"], ["S"], "squeeze")
    model.graph.node.append(squeezed)
    model.graph.output[0].name = "S"


TENSOR, NODE = "tensor node.W: ", "node node: "


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (twice_kept, f"{TENSOR}is kept twice: in raw_data and in float_data"),
        (kept_and_beside, f"{TENSOR}is kept twice: in raw_data and in another file"),
        (beside_and_kept, f"{TENSOR}is kept twice: in raw_data and in another file"),
        (only_named_beside, f"{TENSOR}names another file, and says that it is kept in this one"),
        (nowhere, "says data_location 7, which is not known; known are 0 to 1"),
        (of_another_type, "has shape (1, 16, 3), 48 numbers in float_data, and 0 are there"),
        (beyond_its_type, "node.W: has 70000 where float16 has 0 to 65535"),
        (two_attributes, f"{NODE}has two attributes of one name"),
        (two_kinds, f"{NODE}attribute layout: says two things: its kind and values are those of i"),
        (unknown_kind, "says type 99, which is not known; known are 0 to 14"),
        (two_values, "node one: is a Constant of 2 values"),
        (two_axes, "node squeeze: says axes twice: as an attribute and as an input"),
        (another_default, "'node.W' is an input of float32 (1, 16, 4) and a tensor of float32 (1"),
        (two_inputs, "has two inputs of one name"),
        (no_operators, "does not say which version of ONNX' operators it means (opset_import)"),
        (other_operators, "does not say which version of ONNX' operators it means"),
        (two_versions, "says two versions of ONNX' operators (opset_import): 13 and 22"),
        (of_the_future, "says version 99 of ONNX' operators (opset_import); known are 1 to 28"),
        (unknown_format, "says version 99 of the format (ir_version); known are 1 to 14"),
        (no_format, "says version 0 of the format (ir_version); known are 1 to 14"),
        (own_operator, "calls a function of its own as ONNX' operator LSTM"),
        (two_in_one, "is damaged, or two in one: a model says ir_version twice"),
        (of_two_types, "node (LSTM) has W of float64, R of float32, B of float32, where ONNX has"),
        (booleans, "node has node.W, which holds booleans, not the numbers of weights"),
        (in_segments, f"{TENSOR}is kept in segments, which are not read"),
        (of_a_function, f"{NODE}attribute hidden_size: refers to 'units' of a function, and its"),
        (texts, "axes: holds text, not numbers"),
        (whole_numbers, "node has node.W, which holds int8, whole numbers, which weights are only"),
    ],
)  # fmt: skip
def test_a_file_that_contradicts_itself_is_refused(change, why, tmp_path):
    """Nothing of it is computed: which of the two counts, nobody can know."""
    model = lstm()
    path = tmp_path / "m.onnx"
    path.write_bytes(change(model) or model.SerializeToString())
    for said in refusal(path):
        assert why in said


def test_what_agrees_may_stand_there_twice(tmp_path):
    """Operators by both names of their domain; an input whose default is such an array."""
    model = lstm()
    model.opset_import.append(helper.make_opsetid("ai.onnx", 22))
    told = helper.make_tensor_value_info("node.W", TensorProto.FLOAT, ("d", 16, 3))
    model.graph.input.append(told)

    assert captured("run", str(saved(tmp_path, model)), "-x", X).code == 0


def test_functions_that_no_node_calls_are_passed_over(tmp_path):
    """Of another domain than ONNX' own."""
    model = lstm()
    node = helper.make_node("Tanh", ["x"], ["y"])
    model.functions.append(helper.make_function("own", "F", ["x"], ["y"], [node], []))

    assert captured("run", str(saved(tmp_path, model)), "-x", X).code == 0


def test_an_input_that_is_no_tensor_is_no_sequence(tmp_path):
    """A list of tensors; one whose type is left out is one whose axes nobody tells."""
    model = lstm()
    model.graph.input[0].ClearField("type")
    assert captured("run", str(saved(tmp_path, model)), "-x", X).code == 0

    listed = helper.make_tensor_sequence_value_info("X", TensorProto.FLOAT, ("T", "B", 3))
    model.graph.input[0].CopyFrom(listed)
    assert "node reads what cannot be followed to" in refusal(saved(tmp_path, model))[0]


@pytest.mark.parametrize("raw", [b"", None])
def test_numbers_beside_no_raw_bytes_are_read(raw, tmp_path):
    """An empty field is none: some writers write every field."""
    model = lstm()
    one = weight(model)
    numbers = numpy_helper.to_array(one).ravel()
    plain = captured("run", str(saved(tmp_path, model)), "-x", X, "-q").out
    one.ClearField("raw_data")
    one.float_data[:] = numbers
    if raw is not None:
        one.raw_data = raw

    assert captured("run", str(saved(tmp_path, model)), "-x", X, "-q").out == plain


def test_the_first_format_means_the_first_operators(tmp_path):
    """Before version 3 a file did not say which; it is then opset 1."""
    model = lstm()
    model.ir_version = 2
    del model.opset_import[:]
    screen = captured("inspect", str(saved(tmp_path, model)))

    assert (screen.code, "ONNX, opset 1," in " ".join(screen.text.split())) == (0, True)


@pytest.mark.parametrize(
    ("op", "said", "opset", "why"),
    [
        ("LSTM", {"layout": 1}, 13, "layout, which ONNX has since opset 14, and the file says"),
        ("GRU", {"linear_before_reset": 1}, 1, "which ONNX has since opset 3"),
        ("RNN", {"input_forget": 0}, 22, "input_forget, which is not known of RNN"),
    ],
)
def test_attributes_of_other_versions_and_operators_are_refused(op, said, opset, why, tmp_path):
    """What the operator that the file means does not have."""
    arrays = weights(op.lower())
    nodes = [recurrent("node", arrays, op=op, **said)]
    model = proto(nodes, SHAPE, ["node.Y"], constants("node", arrays), opset=opset)

    assert " has the attribute " in refusal(saved(tmp_path, model))[1]
    assert why in refusal(saved(tmp_path, model))[0]


def test_inputs_that_no_operator_has_are_refused(tmp_path):
    """A ninth input of an LSTM, a seventh of a GRU."""
    for op, most in (("LSTM", 8), ("GRU", 6)):
        arrays = weights(op.lower())
        node = recurrent("node", arrays, op=op)
        node.input.extend([""] * (most - len(node.input)) + ["X"])
        model = proto([node], SHAPE, ["node.Y"], constants("node", arrays))
        assert f"has {most + 1} inputs, and {op} has {most}" in refusal(saved(tmp_path, model))[0]


def test_what_is_said_once_is_what_the_format_says():
    """Every field of a message that may not be repeated, as the library knows them."""
    kinds = {
        "model": onnx.ModelProto, "training": onnx.TrainingInfoProto,
        "function": onnx.FunctionProto, "graph": onnx.GraphProto, "node": onnx.NodeProto,
        "attribute": onnx.AttributeProto, "sparse": onnx.SparseTensorProto,
        "tensor": onnx.TensorProto,
    }  # fmt: skip
    empty = {kind: message() for kind, message in kinds.items()}
    once = {
        kind: {one.number: one.name for one in message.DESCRIPTOR.fields
               if not hasattr(getattr(empty[kind], one.name), "append")
               and not hasattr(getattr(empty[kind], one.name), "add")}
        for kind, message in kinds.items()
    }  # fmt: skip

    assert once == wire.ONCE
