"""Recurrences that exporters wrote out, as a Loop or step by step: read as the cells that they are.

The files are those of Keras' and PyTorch's exporters, and changed ones. What is changed in them is
computed by ONNX Runtime where it is installed, operator by operator.
"""

from __future__ import annotations

import re
from time import perf_counter

import numpy as np
import pytest
from golden_files import golden as document_of
from golden_files import of

pytest.importorskip("onnx", reason="onnx is not installed")

import onnx
from onnx import helper, numpy_helper
from onnx_files import body_of, node_of, path_of, proto_of

import rnncalc
from rnncalc.containers.onnx.file import model
from rnncalc.errors import RnncalcError
from rnncalc.readers.of_onnx.loops.recurrences import restore
from rnncalc.readers.of_onnx.operators.known_lengths import fold_lengths

RANDOM = np.random.default_rng(11)
CELLS = ("RNN", "GRU", "LSTM")


def written_out(word):
    """The golden files whose recurrence is written out in this way."""
    return [
        name.split("/")[1].removesuffix(".json")
        for name in of("onnx")
        if word in document_of(name)["about"]
    ]


LOOPS, UNROLLED = written_out("Loop"), written_out("unrolled")


def weights_of(proto, folder):
    """The weights that a changed file is read with."""
    onnx.save(proto, folder / "changed.onnx")
    return rnncalc.load(folder / "changed.onnx").layers[0].weights


def exchanged_z():
    """keras_gru with z and 1 - z exchanged."""
    proto = proto_of("keras_gru")
    minus = node_of(body_of(proto), "Sub").output[0]
    z = node_of(body_of(proto), "Sub").input[1]
    for node in body_of(proto).node:
        if node.op_type == "Mul" and (set(node.input) & {z, minus}):
            node.input[0] = z if node.input[0] == minus else minus
    sort(body_of(proto))
    return proto


def exchanged_gates():
    """keras_gru with the two sigmoids exchanged: what was cut out for z is r."""
    proto = proto_of("keras_gru")
    first, second = (node_of(body_of(proto), "Sigmoid", which) for which in (0, 1))
    first.input[0], second.input[0] = second.input[0], first.input[0]
    sort(body_of(proto))
    return proto


@pytest.mark.frameworks
@pytest.mark.parametrize("changed", [exchanged_z, exchanged_gates])
def test_a_changed_file_gives_the_runtimes_numbers(changed, tmp_path):
    """What was read of another step is what the operators compute."""
    runtime = pytest.importorskip("onnxruntime")
    proto, path = changed(), tmp_path / "changed.onnx"
    onnx.save(proto, path)
    (given,) = proto.graph.input
    shape = [one.dim_value or 2 for one in given.type.tensor_type.shape.dim]
    x = RANDOM.normal(size=shape).astype(np.float32)
    expected = runtime.InferenceSession(str(path)).run(None, {given.name: x})[0]
    trace = rnncalc.run(rnncalc.load(path), x)
    found = trace.h if trace.y is None else trace.y

    assert np.allclose(found, expected, rtol=0, atol=2e-6)


def reasons(proto, folder):
    """Why the recurrences of a changed file are not read."""
    path = folder / "changed.onnx"
    onnx.save(proto, path)
    found = restore(model(path).graph)
    assert not found.nodes
    with pytest.raises(RnncalcError):
        rnncalc.load(path)
    return " ".join(found.reasons.values())


@pytest.mark.parametrize("name", LOOPS + UNROLLED)
def test_what_exporters_write_out_is_read(name):
    """No Loop is left, no reason is given, and the units are those of the document."""
    found = restore(model(path_of(name)).graph)
    nodes = [node for node in found.graph.nodes if node.op in CELLS]
    told = [part for part in document_of(f"onnx/{name}")["parts"] if part[1] == "recurrent"]

    assert found.nodes
    assert not found.reasons
    assert not [node for node in found.graph.nodes if node.op == "Loop"]
    assert {node.attributes["hidden_size"] for node in nodes} == {part[3] for part in told}
    assert {node.op.lower() for node in nodes} == {part[2] for part in told}


def test_there_are_files_of_all_exporters():
    """Loops of Keras 2 and 3, SimpleRNN, GRU and LSTM; unrolled ones of PyTorch."""
    assert len(LOOPS) >= 14
    assert len(UNROLLED) >= 6


def test_weights_keep_their_bits():
    """The matrices of the cell are those of the file, cut and turned."""
    proto = proto_of("keras_gru")
    kernel = next(numpy_helper.to_array(one) for one in proto.graph.initializer
                  if one.dims and list(one.dims)[1:] == [12] and one.dims[0] == 3)  # fmt: skip
    weights = rnncalc.load(path_of("keras_gru")).layers[0].weights

    for i, gate in enumerate("zrn"):
        assert np.array_equal(weights[f"W_x.{gate}"], kernel[:, 4 * i : 4 * i + 4].T)


def test_z_and_1_minus_z_exchanged_is_a_gru(tmp_path):
    """h = (1 - z) h + z n: the weights of z with their signs turned."""
    turned = weights_of(exchanged_z(), tmp_path)
    usual = rnncalc.load(path_of("keras_gru")).layers[0].weights

    assert np.array_equal(turned["W_x.z"], -usual["W_x.z"])
    assert np.array_equal(turned["bias.z"], -usual["bias.z"])
    assert np.array_equal(turned["W_x.r"], usual["W_x.r"])


def test_gates_in_another_order_are_told_by_what_they_do(tmp_path):
    """Whichever comes first in the stacked matrix, the gate that resets is r."""
    exchanged = weights_of(exchanged_gates(), tmp_path)
    usual = rnncalc.load(path_of("keras_gru")).layers[0].weights

    assert np.array_equal(exchanged["W_h.z"], usual["W_h.r"])
    assert np.array_equal(exchanged["W_h.r"], usual["W_h.z"])


def sort(graph):
    """Put nodes behind what they read."""
    waiting, done = list(graph.node), []
    given = {name for node in waiting for name in node.output}
    while waiting:
        ready = [n for n in waiting if not (set(n.input) & given)]
        for node in ready:
            given -= set(node.output)
        waiting = [n for n in waiting if n not in ready]
        done += ready
    del graph.node[:]
    graph.node.extend(done)


@pytest.mark.parametrize(
    ("op", "other", "why"),
    [
        ("Tanh", "Sin", "Sin .* is none that a step of a cell is written with"),
        ("Tanh", "Erf", "a function that is no activation that is known"),
        ("Mul", "Add", "computes something else|as no RNN, GRU or LSTM has them"),
    ],
)
def test_another_operator_is_no_cell(op, other, why, tmp_path):
    """One operator of a GRU's step exchanged."""
    proto = proto_of("keras_gru")
    node_of(body_of(proto), op).op_type = other
    found = reasons(proto, tmp_path)

    assert "is a Loop that is not read as a cell" in found
    assert "Export the model with LSTM, GRU or RNN nodes" in found
    assert re.search(why, found)


def test_a_state_that_is_added_is_no_cell(tmp_path):
    """h + tanh(...): the matrices of a SimpleRNN, and another function."""
    proto = proto_of("keras_simple_rnn")
    body = body_of(proto)
    tanh = node_of(body, "Tanh")
    tanh.output[0], name = "inner", tanh.output[0]
    body.node.insert(list(body.node).index(tanh) + 1,
                     helper.make_node("Add", ["inner", body.input[3].name], [name]))  # fmt: skip

    assert "its matrices are those of a cell" in reasons(proto, tmp_path) or (
        "as no RNN, GRU or LSTM has them" in reasons(proto, tmp_path)
    )


def test_a_loop_that_stops_early_is_refused(tmp_path):
    """It runs fewer times than the sequence has timesteps."""
    proto = proto_of("keras_simple_rnn")
    loop = node_of(proto.graph, "Loop")
    proto.graph.initializer.append(numpy_helper.from_array(np.array(2, np.int64), "most"))
    loop.input[0] = "most"

    assert re.search("it runs 2 times over a sequence of [0-9]", reasons(proto, tmp_path))


def test_a_loop_that_starts_late_is_refused(tmp_path):
    """Its counter begins at 1: it does not read the first timestep."""
    proto = proto_of("keras_simple_rnn")
    loop = node_of(proto.graph, "Loop")
    start = next(one for one in proto.graph.initializer if one.name == loop.input[2])
    start.CopyFrom(numpy_helper.from_array(np.array(1, np.int32), start.name))

    assert "is a Loop that is not read as a cell" in reasons(proto, tmp_path)


def matrix_of_states(proto):
    """The products with the state, step by step."""
    names = [node.input[1] for node in proto.graph.node if node.op_type == "MatMul"]
    name = max(names, key=names.count)
    return [node for node in proto.graph.node if node.op_type == "MatMul" and node.input[1] == name]


@pytest.mark.parametrize("which", [1, 2, -1])
def test_one_weight_that_differs_in_one_step_is_seen(which, tmp_path):
    """Every copy of the step must have the same weights."""
    proto = proto_of("dynamo_rnn")
    node = matrix_of_states(proto)[which]
    given = next(one for one in proto.graph.initializer if one.name == node.input[1])
    numbers = numpy_helper.to_array(given).copy()
    numbers[1, 2] += 1e-3
    proto.graph.initializer.append(numpy_helper.from_array(numbers, "other"))
    node.input[1] = "other"
    found = reasons(proto, tmp_path)

    assert "computes something else than the cell of the others" in found
    assert "dynamo=False" in found


def test_a_step_that_never_runs_is_seen(tmp_path):
    """The sequence is said to end before the third step: the state stays what it was."""
    proto = proto_of("keras_torch_rnn")
    greater = node_of(proto.graph, "Greater", 2)
    limit = next(n for n in proto.graph.node if n.output[0] == greater.input[1])
    limit.attribute[0].t.CopyFrom(numpy_helper.from_array(np.array(100, np.int64)))
    onnx.save(proto, tmp_path / "changed.onnx")

    assert not restore(model(tmp_path / "changed.onnx").graph).nodes
    with pytest.raises(RnncalcError):
        rnncalc.load(tmp_path / "changed.onnx")


def test_lengths_that_are_known_are_constants():
    """No Shape is left in what Keras writes on PyTorch, but for that of the batch."""
    graph = model(path_of("keras_torch_rnn")).graph
    found = fold_lengths(graph)
    chosen = [node.op for node in found.nodes if node.op in ("Where", "Greater")]

    assert not chosen
    assert len(found.nodes) < len(graph.nodes) - 10
    assert fold_lengths(found).nodes == found.nodes


def test_timesteps_in_another_order_are_seen(tmp_path):
    """The second and the third timestep exchanged."""
    proto = proto_of("dynamo_rnn")
    adds = [node for node in proto.graph.node if node.op_type == "Add"]
    steps = [node for node in adds if any(one.startswith("getitem") for one in node.input)]
    second, third = steps[1], steps[2]
    second.input[1], third.input[1] = third.input[1], second.input[1]
    onnx.save(proto, tmp_path / "changed.onnx")

    assert not restore(model(tmp_path / "changed.onnx").graph).nodes
    with pytest.raises(RnncalcError):
        rnncalc.load(tmp_path / "changed.onnx")


def test_states_that_are_put_together_in_another_order_are_seen(tmp_path):
    """The sequence of outputs is not that of the timesteps."""
    proto = proto_of("dynamo_rnn")
    stack = max((n for n in proto.graph.node if n.op_type == "Concat"), key=lambda n: len(n.input))
    stack.input[0], stack.input[1] = stack.input[1], stack.input[0]
    onnx.save(proto, tmp_path / "changed.onnx")

    with pytest.raises(RnncalcError):
        rnncalc.load(tmp_path / "changed.onnx")


def test_what_is_shared_again_and_again_is_refused_at_once(tmp_path):
    """200 operators that each read the one before twice: 2^200 paths."""
    proto = proto_of("keras_simple_rnn")
    body = body_of(proto)
    tanh = node_of(body, "Tanh")
    last, tanh.output[0] = tanh.output[0], "s0"
    at = list(body.node).index(tanh) + 1
    for i in range(200):
        output = last if i == 199 else f"s{i + 1}"
        body.node.insert(at + i, helper.make_node("Mul", [f"s{i}", f"s{i}"], [output]))
    start = perf_counter()
    found = reasons(proto, tmp_path)

    assert "is a Loop that is not read as a cell" in found
    assert perf_counter() - start < 5
