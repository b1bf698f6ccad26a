"""Files of ONNX with recurrent nodes: every option of RNN, GRU and LSTM, read as ONNX means it.

The numbers are ONNX Runtime's, recorded, and those of ONNX' own node tests.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from conftest import captured
from golden_networks import FILES, TOLERANCE, computed, differs
from golden_networks import golden as document_of

pytest.importorskip("onnx", reason="onnx is not installed")

from onnx import helper
from onnx_made import constants, drawn, golden, proto, recurrent, saved, weights
from onnx_node_tests import NAMES, cases

import rnncalc
from rnncalc import readers
from rnncalc.errors import FileError
from rnncalc.inspecting.inspect import inspect

NETWORKS = [name for name in FILES if name.startswith("onnxruntime/")]
X = np.random.default_rng(7).normal(size=(2, 5, 3)).astype(np.float32)
TORCH = {"producer": "pytorch", "version": "2.10.0"}


def one(folder, arrays=None, *, op="LSTM", outputs=("Y",), shape=("T", "B", 3), more=(), **how):
    """A file of one node."""
    made = {key: how.pop(key) for key in ("opset", "producer", "version") if key in how}
    arrays = weights(op.lower()) if arrays is None else arrays
    node = recurrent("node", arrays, op=op, outputs=outputs, **how)
    shown = [name for name in outputs if name]
    model = proto([node, *more], {"X": shape}, shown, constants("node", arrays), **made)
    return saved(folder, model, f"{len(list(folder.iterdir()))}.onnx")


def final(path, x=X, **how):
    """What a file gives: all timesteps, or of a file that gives one row that row."""
    trace = rnncalc.run(rnncalc.load(path), x, **how)
    if trace.y is not None:
        return trace.y
    return trace.h if trace.ended is None else trace.ended


def message(path, *words):
    """Why a file is refused."""
    screen = captured("run", str(path), "-x", "1 2 3; 4 5 6", *words)
    assert screen.code == 2
    assert not screen.out
    return screen.err


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_of_onnx_runtime(name, tmp_path):
    """Directions, options, activations, lengths and initial states, all of them in the file."""
    document = document_of(name)
    model = readers.load(saved(tmp_path, golden(document)))
    given = {key: value for key, value in document.items() if key not in ("lengths", "h0", "c0")}

    assert not differs(document, computed(given, model), TOLERANCE["float32"])


@pytest.mark.parametrize("name", NAMES)
def test_a_node_test_of_onnx_passes_as_a_file(name, tmp_path):
    """What the test gives as inputs besides X stands in the file."""
    test = cases()[name]
    (node,) = test.model.graph.node
    ((inputs, expected),) = test.data_sets
    tensors = dict(zip([each.name for each in test.model.graph.input], inputs, strict=True))
    x = tensors.pop(node.input[0])
    shown = [each.name for each in test.model.graph.output]
    path = saved(tmp_path, proto([node], {node.input[0]: x.shape}, shown, tensors))
    batch_first = any(each.name == "layout" and each.i for each in node.attribute)
    screen = captured("run", str(path), "-x", "@" + str(array(tmp_path, x, batch_first)), "--json")
    assert screen.code == 0
    trace = rnncalc.run(rnncalc.load(path), x if batch_first else x.swapaxes(0, 1))

    for output, numbers in zip(shown, expected, strict=True):
        got = trace.h if output == "Y" else finals(trace, output[-1], batch_first)
        if output == "Y":
            ways = len(trace.layers[0].directions)
            got = got.reshape(*got.shape[:2], ways, -1)
            got = got if batch_first else got.transpose(1, 2, 0, 3)
        np.testing.assert_allclose(got, numbers, rtol=1e-6, atol=test.atol)


def array(folder, x, batch_first):
    """The input as a file, sequences first."""
    np.save(folder / "x.npy", x if batch_first else x.swapaxes(0, 1))
    return folder / "x.npy"


def finals(trace, state, batch_first):
    """Y_h or Y_c."""
    ways = trace.layers[0].directions.values()
    return np.stack([way.final[state] for way in ways], axis=1 if batch_first else 0)


@pytest.mark.parametrize("opset", [1, 7, 14, 22])
@pytest.mark.parametrize("op", ["RNN", "GRU", "LSTM"])
def test_every_opset_says_the_same(op, opset, tmp_path):
    """What changed from version to version is what a node may say, not what it means."""
    arrays = weights(op.lower())
    config = {"cell": op.lower(), **{key: each[0] for key, each in arrays.items()}}
    config |= {"reset_after": False} if op == "GRU" else {}
    found = final(one(tmp_path, arrays, op=op, opset=opset))
    expected = rnncalc.run(rnncalc.load(config), X, dtype="float32").h

    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_layout_1_has_sequences_first(tmp_path):
    """X and Y (batch, timesteps, ...), initial_h (batch, directions, units)."""
    arrays = weights("gru", ways=2) | {"initial_h": drawn(2, 2, 4)}
    first = one(tmp_path, arrays, op="GRU", direction="bidirectional")
    expected = final(first)
    turned = arrays | {"initial_h": arrays["initial_h"].swapaxes(0, 1)}
    second = one(tmp_path, turned, op="GRU", direction="bidirectional", layout=1,
                 shape=("B", "T", 3))  # fmt: skip

    np.testing.assert_array_equal(final(second), expected)


def test_y_h_is_what_each_direction_computed_last(tmp_path):
    """A file that gives Y_h alone is many-to-one, backward after the first step."""
    arrays = weights(ways=2)
    whole = final(one(tmp_path, arrays, direction="bidirectional"))
    ended = final(one(tmp_path, arrays, direction="bidirectional", outputs=("", "Y_h")))

    np.testing.assert_array_equal(ended, np.hstack([whole[:, -1, :4], whole[:, 0, 4:]]))


def test_lengths_that_are_an_input_are_asked_for(tmp_path):
    """All steps until --lengths says otherwise; the ledger names the input."""
    arrays = weights() | {"sequence_lens": "lens"}
    node = recurrent("node", arrays, outputs=["Y"])
    inputs = {"X": ("T", "B", 3), "lens": ("B",)}
    path = saved(tmp_path, proto([node], inputs, ["Y"], constants("node", arrays)))
    np.save(tmp_path / "x.npy", X)
    plain = final(one(tmp_path, {key: arrays[key] for key in "WRB"}))
    screen = captured("run", str(path), "-x", f"@{tmp_path / 'x.npy'}", "--json")
    told = captured("run", str(path), "-x", f"@{tmp_path / 'x.npy'}", "--lengths", "3,5", "--json")

    assert "lengths=all steps" in screen.err
    assert "lengths=" not in told.err
    np.testing.assert_array_equal(final(path), plain)
    assert not final(path, lengths=[3, 5])[0, 3:].any()
    assert "--lengths" in captured("run", str(path), "--assume", "lengths=3").err


def test_states_that_are_inputs_are_zeros_until_they_are_given(tmp_path):
    """--h0 and --c0 give them."""
    arrays = weights() | {"initial_h": "h", "initial_c": "c"}
    node = recurrent("node", arrays, outputs=["Y"])
    inputs = {"X": ("T", "B", 3), "h": (1, "B", 4), "c": (1, "B", 4)}
    path = saved(tmp_path, proto([node], inputs, ["Y"], constants("node", arrays)))
    screen = captured("run", str(path), "-x", "1 2 3; 4 5 6", "--h0", "1,2,3,4")

    assert "node.c0=0" in screen.err
    assert "h0=0" not in screen.err
    assert screen.code == 0


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"hidden_size": 5}, r"hidden_size 5, expected R \(1, 4 \* units, units\)"),
        ({"direction": "sideways"}, "direction 'sideways', expected forward or reverse or"),
        ({"direction": 1}, "has direction 1, expected forward or reverse or bidirectional"),
        ({"layout": 7}, "has layout 7, expected 0 or 1"),
        ({"layout": "1"}, "has layout '1', expected 0 or 1"),
        ({"layout": 1.0}, r"has layout 1.0, expected 0 or 1"),
        ({"input_forget": -1}, "has input_forget -1, expected 0 or 1"),
        ({"linear_before_reset": 1}, "linear_before_reset, which is not known of LSTM"),
        ({"zero_output_for_mask": 1}, "attribute zero_output_for_mask, which is not known"),
        ({"output_sequence": 1}, "which ONNX has until opset 6, and the file says opset 22"),
        ({"clip": 0.0}, r"has clip 0.0, expected a number above 0"),
        ({"clip": -2.0}, r"has clip -2.0, expected a number above 0"),
        ({"clip": math.nan}, "has clip nan, expected a number above 0"),
        ({"hidden_size": 4.0}, r"has hidden_size 4.0, expected a whole number"),
        ({"activations": "Tanh"}, "has activations 'Tanh', expected texts"),
        ({"activation_alpha": [1]}, r"has activation_alpha \(1,\), expected numbers"),
        ({"activations": ["Sigmoid", "Gelu", "Tanh"]}, "activation 'Gelu', which is not known"),
        ({"activations": ["Tanh"]}, "has 1 activations, expected 3"),
        ({"activations": ["Tanh", "Swish", "Tanh"]}, "activation 'Swish', which is not known"),
        ({"activations": ["Affine", "Tanh", "Tanh"]}, "Affine without alpha: ONNX has no default"),
        ({"activations": ["Tanh", "Affine", "Tanh"], "activation_alpha": [2.0]}, "without beta"),
        ({"activations": ["Tanh", "ScaledTanh", "Tanh"]}, "ScaledTanh without alpha: ONNX has no"),
        (
            {"activations": ["ScaledTanh", "Affine", "Tanh"], "activation_alpha": [2.0, 1.0],
             "activation_beta": [1.0]},
            "Affine without beta: .* Write activation_beta into the node",
        ),
        ({"swing": 1}, "attribute swing, which is not known"),
    ],
)  # fmt: skip
def test_what_a_node_says_and_nobody_computes_is_refused(change, why, tmp_path):
    """By the node's name, with what was expected."""
    with pytest.raises(FileError, match=f"node .*{why}"):
        rnncalc.load(one(tmp_path, **change))


@pytest.mark.parametrize(
    ("arrays", "why"),
    [
        ({"W": drawn(16, 3)}, "W of shape (16, 3), expected (1, 16, features), units being 4 as R"),
        ({"W": drawn(1, 12, 3)}, "W of shape (1, 12, 3), expected (1, 16, features), units being"),
        ({"B": drawn(1, 16)}, "has B of shape (1, 16), expected (1, 32), units being 4 as R says"),
        ({"P": drawn(2, 12)}, "has P of shape (2, 12), expected (1, 12), units being 4 as R says"),
    ],
)
def test_weights_of_other_shapes_are_refused(arrays, why, tmp_path):
    """With what was expected, as far as the node tells."""
    path = one(tmp_path, weights() | arrays, hidden_size=4)

    assert why in " ".join(message(path).split())


def test_a_node_without_weights_is_refused(tmp_path):
    """An input that must be there is left out."""
    arrays = weights()
    node = recurrent("node", arrays)
    node.input[1] = ""
    inputs = {"X": ("T", "B", 3)}
    path = saved(tmp_path, proto([node], inputs, ["node.Y"], constants("node", arrays)))

    assert "node (LSTM) has no W" in " ".join(message(path).split())


def test_outputs_that_need_not_be_there_are_warned_of(tmp_path):
    """Before opset 7 a node could say that its Y is not computed, and its Y is read."""
    path = one(tmp_path, output_sequence=0, opset=1)

    assert "node: says output_sequence 0, so that its Y need not be there" in " ".join(
        captured("run", str(path), "-x", "1 2 3; 4 5 6").err.split()
    )


def test_weights_that_are_inputs_are_refused(tmp_path):
    """By the input's name, with the remedy."""
    arrays = weights() | {"W": "weights"}
    node = recurrent("node", arrays, outputs=["Y"])
    inputs = {"X": ("T", "B", 3), "weights": (1, 16, 3)}
    path = saved(tmp_path, proto([node], inputs, ["Y"], constants("node", arrays)))

    assert "reads its W from the graph's input 'weights': give" in message(path)


def test_an_lstm_with_a_projection_is_refused_with_the_reason(tmp_path):
    """PyTorch's exporter writes one that ONNX has no word for."""
    arrays = {"W": drawn(1, 24, 3), "R": drawn(1, 24, 4), "B": drawn(1, 48)}

    assert "proj_size" in message(one(tmp_path, arrays, **TORCH))


def test_a_gru_of_pytorch_that_lost_its_reset_after_is_warned_of(tmp_path):
    """Its reset gate comes before the product, as the file says and PyTorch never does."""
    screen = captured("run", str(one(tmp_path, op="GRU", **TORCH)), "-x", "1 2 3; 4 5 6")
    right = one(tmp_path, op="GRU", linear_before_reset=1, **TORCH)

    assert "linear_before_reset" in screen.err
    assert "Warning" not in captured("run", str(right), "-x", "1 2 3; 4 5 6").err


def test_a_threshold_that_is_not_written_is_warned_of(tmp_path):
    """ONNX' is 1, ONNX Runtime's 0."""
    path = one(tmp_path, op="RNN", activations=["ThresholdedRelu"])

    assert "ONNX Runtime takes 0" in captured("run", str(path), "-x", "1 2 3; 4 5 6").err


@pytest.mark.frameworks
@pytest.mark.parametrize("function", ["Affine", "ScaledTanh", "ThresholdedRelu"])
def test_a_runtime_takes_0_for_what_is_not_written(function, tmp_path):
    """What messages say of ONNX Runtime: its numbers are those of a node with zeros."""
    runtime = pytest.importorskip("onnxruntime")
    arrays, x = weights("rnn"), np.float32(np.arange(12).reshape(4, 1, 3)) / 7
    zeros = {"activation_alpha": [0.0], "activation_beta": [0.0]}
    found = []
    for said in ({}, zeros):
        node = recurrent("node", arrays, op="RNN", outputs=["Y"], activations=[function], **said)
        file = proto([node], {"X": ("T", "B", 3)}, ["Y"], constants("node", arrays), opset=14)
        file.ir_version = 8
        found += runtime.InferenceSession(file.SerializeToString()).run(None, {"X": x})

    np.testing.assert_array_equal(*found)


def test_two_nodes_of_one_name_are_told_apart(tmp_path):
    """As /a/rnn and a.rnn are; the second gets _1."""
    first, second = weights(), weights(features=4)
    nodes = [
        recurrent("/a/rnn", first, outputs=["first"]),
        helper.make_node("Squeeze", ["first", "one"], ["x"]),
        recurrent("a.rnn", second, x="x", outputs=["second"]),
    ]
    arrays = constants("/a/rnn", first) | constants("a.rnn", second) | {"one": np.array([1])}
    path = saved(tmp_path, proto(nodes, {"X": ("T", "B", 3)}, ["second"], arrays))

    assert [layer.name for layer in rnncalc.load(path).layers] == ["a.rnn", "a.rnn_1"]


def test_names_are_those_of_nodes(tmp_path):
    """Without slashes; a node without a name is called by its first output."""
    first, second = weights(), weights(features=4)
    nodes = [
        recurrent("/enc/forward/LSTM", first, outputs=["a"]),
        helper.make_node("Squeeze", ["a", "one"], ["b"]),
        recurrent("", second, x="b", outputs=["out"]),
    ]
    arrays = constants("/enc/forward/LSTM", first) | constants("", second)
    path = saved(tmp_path, proto(nodes, {"X": ("T", "B", 3)}, ["out"],
                                 arrays | {"one": np.array([1])}))  # fmt: skip

    assert [each.name for each in inspect(path).layers] == ["enc.forward_.LSTM", "out"]
    assert (
        captured("run", str(path), "--layers", "/enc/forward/LSTM", "-x", "1 2 3; 4 5 6").code == 0
    )
