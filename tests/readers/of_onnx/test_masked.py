"""Keras' masks in ONNX files: loops that leave their states as they are at masked steps.

The files are those of tf2onnx, and changed ones: a mask that is not quite Keras' is refused.
"""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

import onnx
from onnx import helper, numpy_helper
from onnx_files import body_of, node_of, path_of, proto_of
from onnx_graph import Graph, agrees, refusal
from onnx_loops import looped
from onnx_made import constants, recurrent, weights

import rnncalc
from rnncalc.errors import FileError

LSTM, GRU = "keras2_masked_lstm", "keras2_masked_gru"


def message(proto, folder):
    """What a changed file is refused for."""
    onnx.save(proto, folder / "changed.onnx")
    with pytest.raises(FileError) as error:
        rnncalc.load(folder / "changed.onnx")
    return str(error.value)


def loop_of(proto):
    return node_of(proto.graph, "Loop")


@pytest.mark.parametrize(
    ("name", "masking", "mask_zero"), [(LSTM, 0.0, False), (GRU, None, True)]
)  # fmt: skip
def test_a_masked_loop_is_a_masked_network(name, masking, mask_zero):
    """The mask is Keras', of the input or of ids, and not a part of the cell."""
    model = rnncalc.load(path_of(name))

    assert model.masking == masking
    assert bool(model.embedding and model.embedding.mask_zero) == mask_zero
    assert not model.layers[0].zero_output_for_mask


def test_outputs_of_masked_steps_may_be_zero():
    """As Keras' zero_output_for_mask, which Bidirectional has too."""
    assert rnncalc.load(path_of("keras_masked_zeros")).layers[0].zero_output_for_mask
    assert rnncalc.load(path_of("keras2_masked_both")).layers[0].zero_output_for_mask


def test_cells_of_one_loop_are_layers(tmp_path):
    """Each reads what the one before gives; their states are told apart by what they depend on."""
    model = rnncalc.load(path_of("keras2_masked_cells"))

    assert [(layer.cell, layer.units, layer.features) for layer in model.layers] == [
        ("lstm", 4, 3), ("gru", 3, 4),
    ]  # fmt: skip


def test_cells_that_depend_on_each_other_are_refused(tmp_path):
    """The first cell reads the state of the last one."""
    proto = proto_of("keras2_cells_alike")
    body = body_of(proto)
    products = [node for node in body.node if node.op_type == "MatMul"]
    states = {one.name for one in body.input}
    own = [node for node in products if node.input[0] in states]
    names = sorted({node.input[0] for node in own})
    for node in own:
        node.input[0] = names[names.index(node.input[0]) - 1]

    assert "states that depend on each other: a cell that is not known" in message(proto, tmp_path)


def test_a_state_that_changes_at_masked_steps_is_seen(tmp_path):
    """c goes on whatever the mask says."""
    proto = proto_of(LSTM)
    body = body_of(proto)
    body.output[4].name = node_of(body, "Tanh", 1).input[0]

    assert "it changes its states at masked steps" in message(proto, tmp_path)


def test_outputs_that_are_neither_held_nor_zero_are_seen(tmp_path):
    """Before the first step that is real, Keras gives 0; here it is 1."""
    proto = proto_of(LSTM)
    body, loop = body_of(proto), loop_of(proto)
    scan = body.output[-1].name
    (held,) = (i for i, one in enumerate(body.output) if one.name == "while/SelectV2:0")
    assert scan != "while/SelectV2:0"
    zeros = next(node for node in proto.graph.node if node.output[0] == loop.input[held + 1])
    del zeros.attribute[:]
    one = numpy_helper.from_array(np.float32([1]))
    zeros.attribute.append(helper.make_attribute("value", one))

    assert "its outputs at masked steps are neither 0 nor those before" in message(proto, tmp_path)


def test_what_is_held_must_be_the_output_before(tmp_path):
    """At masked steps c comes out, and h at the others."""
    proto = proto_of(LSTM)
    body = body_of(proto)
    (held,) = (i for i, one in enumerate(body.output) if one.name == "while/SelectV2:0")
    body.output[held].name = node_of(body, "Tanh", 1).input[0]

    assert "its outputs at masked steps are neither 0 nor those before" in message(proto, tmp_path)


def test_the_last_output_is_not_the_last_state(tmp_path):
    """What was held is read: of a sequence without a real step it is 0, and the state is not."""
    proto = proto_of(LSTM)
    loop = loop_of(proto)
    last = proto.graph.node[-1]
    last.op_type, last.input[0] = "Identity", loop.output[1]
    del last.attribute[:]

    assert "its last output is read, and not its last state" in message(proto, tmp_path)


def test_a_mask_that_is_computed_with_is_none(tmp_path):
    """The cell itself reads it."""
    proto = proto_of(LSTM)
    body = body_of(proto)
    mask = node_of(body, "Cast").output[0]
    node_of(body, "Mul", 0).op_type = "Add"

    assert mask
    assert "none of them is a mask of the other's steps" in message(proto, tmp_path)


def constant_of(proto, node):
    """The constant that a node compares with."""
    return next(one for one in proto.graph.initializer if one.name in node.input)


def other_id(proto):
    equal = node_of(proto.graph, "Equal")
    proto.graph.initializer.append(numpy_helper.from_array(np.array(2, np.int32), "two"))
    equal.input[1] = "two"


def backwards(proto):
    bounds = {"at": [-1], "end": [-(1 << 31)], "axis": [0], "step": [-1]}
    for name, numbers in bounds.items():
        array = np.array(numbers, np.int64)
        proto.graph.initializer.append(numpy_helper.from_array(array, f"cut.{name}"))
    turned = next(n for n in proto.graph.node if "transpose_1" in n.output[0])
    names = [f"cut.{name}" for name in bounds]
    cut = helper.make_node("Slice", [turned.output[0], *names], ["turned"], "turned")
    at = list(proto.graph.node).index(loop_of(proto))
    proto.graph.node.insert(at, cut)
    for node in body_of(proto).node:
        node.input[:] = ["turned" if n == turned.output[0] else n for n in node.input]


def turned_over(proto):
    """What is blank is real."""
    negated = node_of(proto.graph, "Not")
    negated.op_type = "Identity"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (other_id, "reads a mask that is no Masking's and no Embedding's"),
        (backwards, "reads a mask in another order than its sequence"),
        (turned_over, "reads a mask that is computed in the graph"),
    ],
)
def test_a_mask_that_is_not_kerases_is_refused(change, says, tmp_path):
    """By the loop's name."""
    proto = proto_of(GRU)
    change(proto)

    assert says in message(proto, tmp_path)


def with_a_node(proto, features=4):
    """A recurrent node behind the network, which knows no mask."""
    (last,) = proto.graph.output
    arrays = weights("lstm", 3, features)
    turned = helper.make_node("Transpose", [last.name], ["T"], "T", perm=[1, 0, 2])
    node = recurrent("behind", arrays, x="T", outputs=["Y"])
    proto.graph.node.extend([turned, node])
    held = constants("behind", arrays)
    proto.graph.initializer.extend(numpy_helper.from_array(a, n) for n, a in held.items())
    del proto.graph.output[:]
    proto.graph.output.append(helper.make_tensor_value_info("Y", 1, None))


def test_layers_of_which_one_is_masked_are_refused(tmp_path):
    """A mask is the whole network's."""
    proto = proto_of(LSTM)
    with_a_node(proto)

    assert "some recurrent nodes read a mask, and others do not" in message(proto, tmp_path)


def test_a_masking_that_nobody_reads_is_refused(tmp_path):
    """Zeros instead of some numbers are no mask of the steps."""
    proto = proto_of(LSTM)
    at = next(i for i, n in enumerate(proto.graph.node) if n.op_type == "Mul")
    masked = proto.graph.node[at].output[0]
    del proto.graph.node[at + 1 :]
    proto.graph.output[0].name = masked
    with_a_node(proto, features=3)

    assert "no recurrent node reads the mask of" in message(proto, tmp_path)


def masking(graph, x="X", axes=(2,), keep=1):
    """Which steps differ from -1.5 in some feature, as numbers."""
    real = graph("Cast", graph("Not", graph("Equal", x, np.float32(-1.5))), to=1)
    some = graph("ReduceMax", real, list(axes), keepdims=keep)
    return graph("Cast", graph("Greater", some, np.float32(0)), to=1)


def turned(graph, x):
    return graph("Slice", x, [-1], [-(2**62)], [1], [-1])


NO_MASK = "(Mul) does with a mask what is not computed here"


@pytest.mark.parametrize(
    ("masked", "why"),
    [
        (lambda g: g("Sub", "X", masking(g)), "(Sub) does with a mask what is not computed here"),
        (lambda g: g("Mul", "X", masking(g, keep=0)), NO_MASK),
        (lambda g: g("Mul", "X", g("Mul", masking(g), np.float32(0))), NO_MASK),
        (lambda g: g("Mul", "X", g("Not", g("Equal", "X", np.float32(0)))), NO_MASK),
        (lambda g: g("Mul", "X", masking(g, axes=(1,))),
         "(ReduceMax) reduces a mask along another axis than the features"),
        (lambda g: g("Mul", "X", masking(g, turned(g, "X"))),
         "Equal_1 is an Equal, which is not computed here"),
        (lambda g: g("Mul", "X", masking(g)), "no recurrent node reads the mask of Mul_6"),
    ],
)  # fmt: skip
def test_what_is_no_masking_is_refused(masked, why, tmp_path):
    """By its name; so is a Masking whose mask no layer is told."""
    graph = Graph(tmp_path, X=("B", "T", 3))
    x = graph("Transpose", masked(graph), perm=[1, 0, 2])

    assert why in refusal(graph, graph.cell(x)[0])


def test_nothing_is_added_of_a_mask(tmp_path):
    """What a masked step is filled with, 0 times the mask, is 0 at the others."""
    graph = Graph(tmp_path, X=("B", "T", 3))
    nothing = graph("Mul", masking(graph), np.float32(0))
    x = graph("Transpose", graph("Add", "X", nothing), perm=[1, 0, 2])
    agrees(graph, graph("Squeeze", graph.cell(x)[0], [1]), front=(0, 1, 2), back=(1, 0, 2))


def other_axes(proto):
    """The mask's axes as they were: the batch for time."""
    turned = next(n for n in proto.graph.node if "transpose_1" in n.output[0])
    turned.op_type = "Identity"
    del turned.attribute[:]


def other_ids(proto):
    """They are turned around twice, and the mask is that of what they were before."""
    bounds = {"at": [-1], "end": [-(1 << 31)], "axis": [1], "step": [-1]}
    for name, numbers in bounds.items():
        proto.graph.initializer.append(numpy_helper.from_array(np.array(numbers), name))
    for i, (name, made) in enumerate((("x", "once"), ("once", "twice"))):
        proto.graph.node.insert(i, helper.make_node("Slice", [name, *bounds], [made], made))
    node_of(proto.graph, "Gather").input[1] = "twice"


def nobody_between(proto):
    """The loop reads the input itself, where the mask is that of a Masking."""
    masked = node_of(proto.graph, "Mul").output[0]
    for node in proto.graph.node:
        node.input[:] = ["x" if name == masked else name for name in node.input]


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        (GRU, other_axes, "reads a mask whose axes are not those of its sequence"),
        (GRU, other_ids, "reads a mask of something else than what its sequence is made of"),
        (LSTM, nobody_between, "reads a mask that is no Masking's and no Embedding's"),
    ],
)
def test_a_mask_of_something_else_is_refused(name, change, says, tmp_path):
    """By the loop's name."""
    proto = proto_of(name)
    change(proto)

    assert says in message(proto, tmp_path)


def masked_loop(folder, step):
    """A Masking, and a Loop whose body has the timestep and whether it is real."""
    graph = Graph(folder, X=(2, 5, 3))
    real = graph("Cast", graph("Not", graph("Equal", "X", np.float32(-1.5))), to=1)
    some = graph("Greater", graph("ReduceMax", real, [2]), np.float32(0))
    x = graph("Mul", "X", graph("Cast", some, to=1))
    x, some = (graph("Transpose", one, perm=[1, 0, 2]) for one in (x, some))
    return graph, looped(graph, lambda body: step(body, body.x(x), body.x(some)), most=5)


def next_of(body, x):
    return body("Tanh", body.sums(x=x))


def chosen(body, x, mask):
    """Where says which state goes on; the output is 0 elsewhere, by a product."""
    h = body("Where", body("Identity", mask), next_of(body, x), "h")
    return h, body("Mul", body("Cast", body("Unsqueeze", mask, [0]), to=1), h)


def chosen_zeros(body, x, mask):
    """The output of a masked step is a number times the mask's opposite, which is 0 then."""
    h = body("Where", mask, next_of(body, x), "h")
    nothing = body("Mul", body("Cast", mask, to=1), np.float32(0))
    return h, body("Where", mask, h, nothing)


def weighed(body, x, mask):
    """One or the other by products and a sum."""
    real, other = body("Cast", mask, to=1), body("Cast", body("Not", mask), to=1)
    h = body("Add", body("Mul", real, next_of(body, x)), body("Mul", other, "h"))
    return h, body("Mul", real, h)


@pytest.mark.parametrize("step", [chosen, chosen_zeros, weighed], ids=lambda one: one.__name__)
def test_a_mask_is_read_in_whatever_way_it_is_written(step, tmp_path):
    """The masked steps, in front, in the midst and behind, leave the state; their outputs are 0."""
    graph, outputs = masked_loop(tmp_path, step)
    x = np.random.default_rng(3).normal(size=(2, 5, 3)).astype(np.float32)
    x[0, [0, 4]] = x[1, 2] = -1.5
    agrees(graph, outputs[1], x=x, front=(0, 1, 2), back=(1, 0, 2))

    assert rnncalc.load(tmp_path / "m.onnx").layers[0].zero_output_for_mask


def some_are_zero(body, x, mask):
    h = body("Where", mask, next_of(body, x), "h")
    return h, body("Mul", body("Cast", mask, to=1), h), body("Identity", h)


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (some_are_zero, "some of its outputs are 0 at masked steps, and others are not"),
        (lambda b, x, m: b("Sub", next_of(b, x), b("Cast", m, to=1)), "none of them is a mask of"),
    ],
)
def test_a_loop_that_is_no_masked_cell_is_refused(step, why, tmp_path):
    """With the reason."""
    graph, outputs = masked_loop(tmp_path, step)

    assert why in refusal(graph, outputs[-1])
