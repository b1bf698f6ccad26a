"""What stands around the recurrent nodes of ONNX graphs: layouts, heads, embeddings, directions.

The numbers are those of ONNX' reference evaluator.
"""

from __future__ import annotations

import numpy as np
import pytest
from conftest import captured

pytest.importorskip("onnx", reason="onnx is not installed")

from onnx import TensorProto, helper
from onnx_graph import Graph, X, agrees, refusal
from onnx_made import constants, drawn, recurrent, weights

import rnncalc
from rnncalc.errors import FileError
from rnncalc.inspecting.inspect import inspect

IDS = np.array([[3, 1, 4, 1, 5], [9, 2, 6, 5, 0]])


def test_sequences_first_by_transposes(tmp_path):
    """Transpose in front, Squeeze and Transpose behind: PyTorch's batch_first."""
    graph = Graph(tmp_path, X=("B", "T", 3))
    turned = graph("Transpose", "X", perm=[1, 0, 2])
    squeezed = graph("Squeeze", graph.cell(turned)[0], [1])
    agrees(graph, graph("Transpose", squeezed, perm=[1, 0, 2]), front=(0, 1, 2), back=(0, 1, 2))


def test_two_bidirectional_nodes_in_a_row(tmp_path):
    """Transpose and Reshape put the directions side by side."""
    graph = Graph(tmp_path)
    y, _ = graph.cell(ways=2)
    joined = graph("Reshape", graph("Transpose", y, perm=[0, 2, 1, 3]), [0, 0, -1])
    y, _ = graph.cell(joined, features=8, units=5, ways=2)
    agrees(graph, graph("Reshape", graph("Transpose", y, perm=[0, 2, 1, 3]), [0, 0, -1]),
           back=(1, 0, 2))  # fmt: skip


def test_directions_the_wrong_way_round_are_seen(tmp_path):
    """Without the Transpose, sequences and directions are mixed."""
    graph = Graph(tmp_path, X=(5, 2, 3))
    joined = graph("Reshape", graph.cell(ways=2)[0], [5, 2, 8])
    y, _ = graph.cell(joined, features=8)

    with pytest.raises(FileError, match="GRU_2 reads rows that are not the features of GRU_0"):
        rnncalc.load(graph.saved(y))


def test_a_batch_that_is_read_as_time_is_seen(tmp_path):
    """A forgotten Transpose between nodes of two layouts."""
    graph = Graph(tmp_path)
    squeezed = graph("Squeeze", graph.cell()[0], [1])
    y, _ = graph.cell(squeezed, features=4, layout=1)

    with pytest.raises(FileError, match="GRU_2 reads as time what GRU_0 has as batch"):
        rnncalc.load(graph.saved(y))


def test_halves_that_are_sliced_and_joined(tmp_path):
    """Slice, Squeeze and Concat: tf2onnx' way of putting directions side by side."""
    graph = Graph(tmp_path)
    y, _ = graph.cell(ways=2)
    halves = [graph("Squeeze", graph("Slice", y, [i], [i + 1], [1]), [1]) for i in (0, 1)]
    agrees(graph, graph("Concat", *halves, axis=2), back=(1, 0, 2))


@pytest.mark.parametrize(("op", "merge"), [("Add", "sum"), ("Mul", "mul"), ("half", "ave")])
def test_halves_that_are_merged(op, merge, tmp_path):
    """Sum, product and average of two directions."""
    graph = Graph(tmp_path)
    y, _ = graph.cell(ways=2)
    halves = graph("Split", y, outputs=2, axis=1, num_outputs=2)
    merged = graph("Add" if op == "half" else op, *halves)
    merged = graph("Mul", merged, np.float32(0.5)) if op == "half" else merged
    agrees(graph, graph("Squeeze", merged, [1]), back=(1, 0, 2))

    assert inspect(tmp_path / "m.onnx").layers[0].settings["merge"] == merge


def test_halves_in_the_other_order_are_joined_behind_their_layer(tmp_path):
    """Backward before forward: each direction is read by its own name."""
    graph = Graph(tmp_path)
    halves = graph("Split", graph.cell(ways=2)[0], outputs=2, axis=1, num_outputs=2)
    halves = [graph("Squeeze", half, [1]) for half in halves]
    agrees(graph, graph("Concat", halves[1], halves[0], axis=2), back=(1, 0, 2))

    assert rnncalc.load(tmp_path / "m.onnx").layers[0].merge == "none"


def test_two_nodes_are_the_directions_of_one_layer(tmp_path):
    """A forward and a reverse node of one sequence, side by side."""
    graph = Graph(tmp_path)
    ways = [graph("Squeeze", graph.cell(direction=way)[0], [1]) for way in ("forward", "reverse")]
    agrees(graph, graph("Concat", *ways, axis=2), back=(1, 0, 2))

    assert len(rnncalc.load(tmp_path / "m.onnx").layers) == 1


def reversed_in_time(graph, x):
    """ReverseSequence over all steps, whose number is taken from the input's shape."""
    steps = graph("Slice", graph("Shape", x), [0], [1])
    sequences = graph("Slice", graph("Shape", x), [1], [2])
    lengths = graph("Expand", graph("Cast", steps, to=TensorProto.INT64), sequences)
    return graph("ReverseSequence", x, lengths, time_axis=0, batch_axis=1)


@pytest.mark.parametrize("back", [False, True])
def test_a_reversed_sequence_is_a_backward_layer(back, tmp_path):
    """tf2onnx' go_backwards: the outputs are turned back, or left in processing order."""
    graph = Graph(tmp_path)
    y = graph("Squeeze", graph.cell(reversed_in_time(graph, "X"))[0], [1])
    agrees(graph, reversed_in_time(graph, y) if back else y, back=(1, 0, 2))
    (layer,) = rnncalc.load(tmp_path / "m.onnx").layers

    assert (layer.direction, layer.order) == ("backward", "input" if back else "processing")


def test_two_directions_that_end_apart(tmp_path):
    """A forward node's last step and a backward one's: Keras' Bidirectional in tf2onnx' graphs."""
    graph = Graph(tmp_path)
    forward = graph("Squeeze", graph.cell()[0], [1])
    backward = graph(
        "Squeeze", graph.cell(graph("Slice", "X", [-1], [-(2**62)], [0], [-1]))[0], [1]
    )
    ends = [graph("Gather", one, np.array(-1), axis=0) for one in (forward, backward)]
    agrees(graph, graph("Concat", *ends, axis=1), back=(0, 1))

    assert rnncalc.load(tmp_path / "m.onnx").layers[0].return_sequences is False


def test_the_last_step_of_both_directions(tmp_path):
    """output[:, -1] of a bidirectional layer: backward has read but one step there."""
    graph = Graph(tmp_path)
    y = graph("Transpose", graph.cell(ways=2)[0], perm=[2, 0, 1, 3])
    last = graph("Squeeze", graph("Slice", y, [-1], [2**62], [1]), [1])
    head = graph("Gemm", graph("Reshape", last, [-1, 8]), drawn(2, 8), drawn(2), transB=1)
    agrees(graph, head, back=(0, 1))


def test_the_states_of_two_directions_side_by_side(tmp_path):
    """h_n[-2] and h_n[-1] of PyTorch, out of the states of two layers."""
    graph = Graph(tmp_path)
    y, first = graph.cell(op="LSTM", ways=2)
    joined = graph("Reshape", graph("Transpose", y, perm=[0, 2, 1, 3]), [0, 0, -1])
    _, second = graph.cell(joined, "LSTM", features=8, ways=2)
    states = graph("Concat", first, second, axis=0)
    ends = [graph("Gather", states, np.array(i), axis=0) for i in (-2, -1)]
    agrees(graph, graph("Concat", *ends, axis=1), back=(0, 1))


def test_an_embedding_two_layers_and_a_classifier(tmp_path):
    """Gather, two nodes, MatMul + Add with its activation, Softmax."""
    graph = Graph(tmp_path, ids=("B", "T"))
    rows = graph("Gather", drawn(10, 3), "ids", name="emb")
    x = graph("Transpose", rows, perm=[1, 0, 2])
    y = graph("Squeeze", graph.cell(x, "LSTM")[0], [1])
    y = graph("Squeeze", graph.cell(y, "RNN", features=4, units=6)[0], [1])
    dense = graph("Add", drawn(5), graph("MatMul", y, drawn(6, 5)))
    dense = graph("Softmax", graph("Relu", dense), axis=-1)
    agrees(graph, graph("Transpose", dense, perm=[1, 0, 2]), x=IDS, name="ids", front=(0, 1),
           back=(0, 1, 2))  # fmt: skip
    kinds = [layer.kind for layer in inspect(tmp_path / "m.onnx").layers]

    assert kinds == ["embedding", "recurrent", "recurrent", "output", "output"]


@pytest.mark.parametrize(
    ("op", "attributes"),
    [
        ("Tanh", {}), ("Sigmoid", {}), ("Relu", {}), ("Softplus", {}), ("Softsign", {}),
        ("Exp", {}), ("Elu", {"alpha": 0.7}), ("LeakyRelu", {"alpha": 0.2}), ("Selu", {}),
        ("ThresholdedRelu", {"alpha": 0.1}), ("HardSigmoid", {}),
        ("HardSigmoid", {"alpha": 1 / 6, "beta": 0.5}), ("Gelu", {}),
        ("HardSigmoid", {"alpha": 0.25, "beta": 0.375}), ("LogSoftmax", {"axis": -1}),
    ],
)  # fmt: skip
def test_an_activation_behind_a_node(op, attributes, tmp_path):
    """By itself, with its parameters."""
    graph = Graph(tmp_path)
    agrees(graph, graph(op, graph("Squeeze", graph.cell()[0], [1]), **attributes), back=(1, 0, 2))


@pytest.mark.parametrize("whole", [True, False])
def test_ids_that_may_be_negative(whole, tmp_path):
    """Keras counts them from the end of the table, which exporters write out in two ways."""
    graph = Graph(tmp_path, ids=("B", "T"))
    raised = graph("Add", "ids", np.array(10))
    negative = graph("Less", "ids", np.array(0))
    if whole:
        ids = graph("Where", negative, raised, "ids")
    else:
        sound = graph("Cast", graph("Not", negative), to=TensorProto.INT64)
        below = graph("Mul", graph("Cast", negative, to=TensorProto.INT64), raised)
        ids = graph("Add", below, graph("Mul", "ids", sound))
    x = graph("Transpose", graph("Gather", drawn(10, 3), ids), perm=[1, 0, 2])
    agrees(graph, graph("Squeeze", graph.cell(x)[0], [1]), x=IDS, name="ids", front=(0, 1),
           back=(1, 0, 2))  # fmt: skip


def test_ids_that_are_raised_are_other_ids(tmp_path):
    """An addition alone is no such thing."""
    graph = Graph(tmp_path, ids=("B", "T"))
    rows = graph("Gather", drawn(12, 3), graph("Add", "ids", np.array(2)), name="table")
    y, _ = graph.cell(graph("Transpose", rows, perm=[1, 0, 2]))

    with pytest.raises(FileError, match="table is a Gather, which is not computed here"):
        rnncalc.load(graph.saved(y))


def test_rows_counted_by_a_product(tmp_path):
    """Keras' Tensordot: the product of the lengths, a MatMul of rows, and the lengths again."""
    graph = Graph(tmp_path)
    y = graph("Squeeze", graph.cell()[0], [1])
    lengths = graph("Gather", graph("Shape", y), np.array([0, 1]), axis=0)
    count = graph("ReduceProd", lengths, keepdims=0)
    rows = graph("Reshape", y, graph("Concat", graph("Unsqueeze", count, [0]), [4], axis=0))
    dense = graph("MatMul", rows, drawn(4, 6))
    agrees(graph, graph("Reshape", dense, graph("Concat", lengths, [6], axis=0)), back=(1, 0, 2))


def test_a_width_that_does_not_fit_is_refused(tmp_path):
    """W against what the graph says of its input."""
    graph = Graph(tmp_path)

    with pytest.raises(FileError, match="GRU_0 has a W of 2 features, and what it reads has 3"):
        rnncalc.load(graph.saved(graph.cell(features=2)[0]))


def test_a_cell_state_is_read_by_a_dense_layer(tmp_path):
    """Y_c, the final one."""
    graph = Graph(tmp_path)
    arrays = weights()
    graph.nodes.append(recurrent("lstm", arrays, outputs=["Y", "Y_h", "Y_c"]))
    graph.arrays |= constants("lstm", arrays)
    dense = graph("MatMul", graph("Squeeze", "Y_c", [0]), drawn(4, 2), name="fc")

    agrees(graph, dense, back=(0, 1))


def test_normalizations(tmp_path):
    """LayerNormalization of the features; BatchNormalization of what has them second."""
    graph = Graph(tmp_path)
    y = graph("Squeeze", graph.cell()[0], [1])
    y = graph("LayerNormalization", y, drawn(4), drawn(4), axis=-1, epsilon=1e-3)
    y = graph("Transpose", y, perm=[1, 2, 0])
    moments = drawn(4), drawn(4), drawn(4), np.abs(drawn(4)) + 0.1
    agrees(graph, graph("BatchNormalization", y, *moments), back=(0, 2, 1))


@pytest.mark.parametrize("op", ["ReduceMean", "ReduceMax"])
def test_pooling_of_all_timesteps(op, tmp_path):
    """One row of all steps."""
    graph = Graph(tmp_path)
    y = graph("Squeeze", graph.cell()[0], [1])
    agrees(graph, graph(op, y, [0], keepdims=0), back=(0, 1))


def test_all_timesteps_in_one_row(tmp_path):
    """Reshape to (batch, timesteps * units), and a dense layer that takes them."""
    graph = Graph(tmp_path, X=(5, 2, 3))
    y = graph("Transpose", graph("Squeeze", graph.cell()[0], [1]), perm=[1, 0, 2])
    agrees(graph, graph("MatMul", graph("Reshape", y, [2, -1]), drawn(20, 3)), back=(0, 1))


def test_a_dense_layer_over_all_rows_at_once(tmp_path):
    """Reshape to rows, Gemm, and back: Keras' TimeDistributed."""
    graph = Graph(tmp_path, X=(5, 2, 3))
    y = graph("Squeeze", graph.cell()[0], [1])
    rows = graph("Gemm", graph("Reshape", y, [-1, 4]), drawn(4, 6), alpha=0.5)
    agrees(graph, graph("Reshape", rows, [5, 2, 6]), back=(1, 0, 2))


def test_what_the_input_goes_through_first(tmp_path):
    """A dense layer with its activation in front of a node."""
    graph = Graph(tmp_path)
    x = graph("Tanh", graph("Add", graph("MatMul", "X", drawn(3, 6)), drawn(6)))
    agrees(graph, graph("Squeeze", graph.cell(x, features=6)[0], [1]), back=(1, 0, 2))


def test_weights_in_pieces(tmp_path):
    """PyTorch's weights as they are, cut and joined to ONNX' order of gates in the graph."""
    graph = Graph(tmp_path)
    theirs = {"W": drawn(16, 3), "R": drawn(16, 4)}
    names = {}
    for key, array in theirs.items():
        pieces = [graph("Slice", array, [4 * i], [4 * i + 4], [0]) for i in (0, 3, 1, 2)]
        names[key] = graph("Unsqueeze", graph("Concat", *pieces, axis=0), [0])
    graph.nodes.append(recurrent("lstm", names, outputs=["Y"], hidden_size=4))
    agrees(graph, graph("Squeeze", "Y", [1]), back=(1, 0, 2))


def test_zeros_of_the_batch_are_no_state(tmp_path):
    """Shape, Gather, Concat and ConstantOfShape or Expand make them, whatever the batch is."""
    graph = Graph(tmp_path)
    size = graph("Unsqueeze", graph("Gather", graph("Shape", "X"), np.array(1)), [0])
    shape = graph("Concat", [1], size, [4], axis=0)
    zeros = graph("ConstantOfShape", shape)
    learned = graph("Expand", drawn(1, 1, 4), shape)
    y, _ = graph.cell(op="LSTM", states={"initial_h": learned, "initial_c": zeros})
    agrees(graph, graph("Squeeze", y, [1]), back=(1, 0, 2))
    (layer,) = rnncalc.load(tmp_path / "m.onnx").layers

    assert layer.h0.any()
    assert not layer.c0.any()


def encoder_decoder(folder):
    """Two nodes, the second of which starts where the first ended."""
    graph = Graph(folder)
    y, ended = graph.cell()
    decoder, _ = graph.cell(graph("Squeeze", y, [1]), features=4, states={"initial_h": ended})
    return graph.saved(decoder)


def test_a_decoder_starts_from_what_its_encoder_ends_with(tmp_path):
    """Both read the sequence; each runs alone, too."""
    path = encoder_decoder(tmp_path)
    (wire,) = [wire for wire in rnncalc.load(path).wiring if wire.states]

    assert wire.states == {"h0": "GRU_0"}
    assert captured("run", str(path), "-x", "1 2 3; 4 5 6").code == 0
    assert captured("run", str(path), "-x", "1 2 3; 4 5 6", "--layers", "GRU_0").code == 0


def test_an_operator_that_is_not_computed_is_refused_by_name(tmp_path):
    """With its node; the layers in front of it and behind it can be run."""
    graph = Graph(tmp_path)
    strange = graph("Sin", graph("Squeeze", graph.cell()[0], [1]), name="/wave")
    dense = graph("Add", graph("MatMul", strange, drawn(4, 2), name="fc"), drawn(2))
    path = graph.saved(dense)
    screen = captured("run", str(path), "-x", "1 2 3; 4 5 6")

    assert "/wave is a Sin, which is not computed here. --layers picks" in screen.err
    assert [each.name for each in inspect(path).layers] == ["GRU_0", "wave", "fc"]
    assert captured("run", str(path), "-x", "1 2 3; 4 5 6", "--layers", "GRU_0").code == 0


def test_of_many_operators_that_are_not_computed_the_first_are_listed(tmp_path):
    """And how many of each kind there are besides."""
    graph = Graph(tmp_path)
    y = graph("Squeeze", graph.cell()[0], [1])
    for op in ["Sin"] * 23 + ["Cos"] * 2:
        y = graph(op, y)
    layers = inspect(graph.saved(y)).layers

    assert len(layers) == 1 + 20 + 1
    assert layers[-1].problem == "are not computed here: Sin (3), Cos (2)"


def test_graphs_inside_a_node_are_not_read(tmp_path):
    """Of a node that is no If, no loop and no scan."""
    graph = Graph(tmp_path)
    y = graph("Squeeze", graph.cell()[0], [1])
    given = helper.make_tensor_value_info("a", TensorProto.FLOAT, None)
    inner = helper.make_graph([helper.make_node("Identity", [y], ["a"])], "a", [], [given])
    made = graph("SequenceMap", y, body=inner)

    why = "SequenceMap_2 (SequenceMap) has graphs of its own inside, which are not read"
    assert why in refusal(graph, made)


@pytest.mark.parametrize(
    ("table", "axis", "why"),
    [
        (drawn(10, 3), 1, "in a table of shape (10, 3) along axis 1, expected the rows of a"),
        (drawn(10, 3, 1), 0, "in a table of shape (10, 3, 1), expected the rows of a matrix"),
    ],
)
def test_another_table_is_no_embedding(table, axis, why, tmp_path):
    """Ids are looked up in the rows of a matrix."""
    graph = Graph(tmp_path, ids=("B", "T"))
    y, _ = graph.cell(graph("Gather", table, "ids", axis=axis))

    assert f"Gather_0 (Gather) looks up ids {why}" in refusal(graph, y)


def test_an_old_softmax_of_more_than_the_features_is_refused(tmp_path):
    """Before opset 13 it was taken over all axes from one on."""
    graph = Graph(tmp_path)
    y = graph("Squeeze", graph.cell()[0], [1])
    agrees(graph, graph("Softmax", y, axis=2), back=(1, 0, 2), opset=11)

    assert "is taken over an axis that is not the features of a step" in refusal(
        graph, graph("Softmax", y, axis=1), opset=11
    )


def test_a_layer_of_more_constants_than_any_has_is_refused(tmp_path):
    """A factor for each feature that seventy numbers are added up to."""
    graph = Graph(tmp_path)
    y, factor = graph("Squeeze", graph.cell()[0], [1]), np.ones(4, np.float32)
    for i in range(70):
        factor = graph("Add", factor, np.float32(i / 7))

    assert "is a Mul with a constant, which is not computed here" in refusal(
        graph, graph("Mul", y, factor)
    )


def test_a_graph_without_recurrence_says_what_it_holds(tmp_path):
    """Its operators, and how often each."""
    graph = Graph(tmp_path)
    path = graph.saved(graph("Sin", graph("Sin", graph("Cos", "X"))))
    screen = captured("run", str(path), "-x", "1 2 3; 4 5 6")

    assert "has no node RNN, GRU or LSTM that is computed; its operators are: Sin (2), Cos (1)" in (
        screen.err
    )


def test_a_loop_is_refused_as_what_it_is(tmp_path):
    """A recurrence that is written out in operators."""
    step = helper.make_node("Tanh", ["h"], ["next"])
    body = helper.make_graph(
        [helper.make_node("Identity", ["going"], ["on"]), step],
        "body",
        [helper.make_tensor_value_info("i", TensorProto.INT64, ()),
         helper.make_tensor_value_info("going", TensorProto.BOOL, ()),
         helper.make_tensor_value_info("h", TensorProto.FLOAT, None)],
        [helper.make_tensor_value_info("on", TensorProto.BOOL, ()),
         helper.make_tensor_value_info("next", TensorProto.FLOAT, None)],
    )  # fmt: skip
    graph = Graph(tmp_path)
    path = graph.saved(graph("Loop", np.array(3), np.array(True), "X", name="while", body=body))

    screen = captured("run", str(path), "-x", "1 2 3; 4 5 6")

    assert (
        "while is a Loop that is not read as a cell: it reads no sequence step by step"
        in screen.err
    )


def test_two_heads_are_two_outputs(tmp_path):
    """By the names of their layers; one of them is picked."""
    graph = Graph(tmp_path)
    y = graph("Squeeze", graph.cell()[0], [1])
    heads = [graph("Tanh", graph("MatMul", y, drawn(4, 2), name=name)) for name in ("a", "b")]
    expected = [graph.expected(head, X=np.transpose(X, (1, 0, 2))) for head in heads]
    path = graph.saved(*heads)
    outputs = rnncalc.run(rnncalc.load(path), X).outputs

    assert list(outputs) == ["a", "b"]
    for ours, theirs in zip(outputs.values(), expected, strict=True):
        np.testing.assert_allclose(np.transpose(ours, (1, 0, 2)), theirs, rtol=1e-5, atol=1e-6)
    assert captured("run", str(path), "-x", "1 2 3; 4 5 6", "--layers", "GRU_0,b").code == 0
