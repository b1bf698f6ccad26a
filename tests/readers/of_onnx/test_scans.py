"""Scans of ONNX: read as the cells that they run, or refused by name with the way out.

The files are those of PyTorch's newer exporter, and changed ones.
"""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

import onnx
from onnx import helper
from onnx_files import node_of, path_of, proto_of

import rnncalc
from rnncalc.errors import FileError

X = np.random.default_rng(17).normal(size=(3, 4, 2)).astype(np.float32)


def scan_of(proto):
    return node_of(proto.graph, "Scan")


def say(node, key, value):
    """One attribute, in place of what there was."""
    kept = [one for one in node.attribute if one.name != key]
    del node.attribute[:]
    node.attribute.extend([*kept, helper.make_attribute(key, value)])


def body_of(proto):
    return next(one.g for one in scan_of(proto).attribute if one.name == "body")


def saved(proto, folder):
    onnx.save(proto, folder / "changed.onnx")
    return folder / "changed.onnx"


def test_a_scan_from_the_end_is_a_backward_layer():
    """Its outputs stand where its inputs do."""
    (layer,) = rnncalc.load(path_of("dynamo_scan_gru_reverse")).layers

    assert (layer.direction, layer.order) == ("backward", "input")


@pytest.mark.frameworks
@pytest.mark.parametrize(("read", "given"), [(0, 1), (1, 0), (1, 1)])
@pytest.mark.parametrize("name", ["dynamo_scan_lstm", "dynamo_scan_lstm_batch_first"])
def test_directions_of_a_scan(name, read, given, tmp_path):
    """What is read and what is given from the end are apart; the numbers are the runtime's."""
    runtime = pytest.importorskip("onnxruntime")
    proto = proto_of(name)
    say(scan_of(proto), "scan_input_directions", [read])
    say(scan_of(proto), "scan_output_directions", [given])
    path = saved(proto, tmp_path)
    expected = runtime.InferenceSession(str(path)).run(None, {"x": X})[0]
    if (read, given) == (0, 1):
        with pytest.raises(FileError, match="turned around"):
            rnncalc.load(path)
    else:
        found = rnncalc.run(rnncalc.load(path), X).h
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["dynamo_scan_lstm", "dynamo_scan_lstm_batch_first"])
def test_a_scan_from_its_end_is_the_scan_of_the_sequence_turned_around(name, tmp_path):
    """Its states stand where its inputs do; what it gives in reverse alone is refused."""
    proto = proto_of(name)
    forward = rnncalc.run(rnncalc.load(path_of(name)), X[:, ::-1]).h
    say(scan_of(proto), "scan_output_directions", [1])
    with pytest.raises(FileError, match="turned around"):
        rnncalc.load(saved(proto, tmp_path))
    say(scan_of(proto), "scan_input_directions", [1])

    backward = rnncalc.run(rnncalc.load(saved(proto, tmp_path)), X).h

    np.testing.assert_allclose(backward, forward[:, ::-1], rtol=1e-6, atol=1e-7)


def other_function(proto):
    node_of(body_of(proto), "Tanh").op_type = "Sin"


def no_count(proto):
    node = scan_of(proto)
    kept = [one for one in node.attribute if one.name != "num_scan_inputs"]
    del node.attribute[:]
    node.attribute.extend(kept)


def opset_8(proto):
    say(scan_of(proto), "directions", [0])


def third_axis(proto):
    say(scan_of(proto), "scan_input_axes", [2])


def everything_scanned(proto):
    say(scan_of(proto), "num_scan_inputs", len(scan_of(proto).input))


def half_of_the_state(proto):
    """What is kept is no state."""
    body = body_of(proto)
    kept = body.output[-1].name
    copy = next(node for node in body.node if kept in node.output)
    copy.op_type = "Neg"


def one_input_more(proto):
    """The body takes another value than it is given."""
    body_of(proto).input.append(helper.make_tensor_value_info("more", 1, None))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (one_input_more, "it gives its body other values than that takes"),
        (other_function, "Sin (node "),
        (no_count, "does not say how many sequences it reads"),
        (opset_8, "it is a Scan of opset 8"),
        (third_axis, "its scan_input_axes has 2, expected 0 or 1"),
        (everything_scanned, "it is a Scan of opset 8, or carries no state"),
        (half_of_the_state, "it keeps something else than its states"),
    ],
)
def test_a_scan_that_is_no_cell_is_refused(change, says, tmp_path):
    """By its name, with the reason and the way out."""
    proto = proto_of("dynamo_scan_rnn")
    change(proto)
    with pytest.raises(FileError) as error:
        rnncalc.load(saved(proto, tmp_path))

    assert "node_scan__" in str(error.value)
    assert "is a Scan that is not read as a cell" in str(error.value)
    assert says in str(error.value)
    assert "Export the model with LSTM, GRU or RNN nodes" in str(error.value)
