"""Two recurrent nodes, one of which goes backward, as the directions of one layer; and sequences
that graphs turn around. The numbers are those of ONNX' reference evaluator.
"""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

from onnx_graph import Graph, X, agrees, refusal, result
from onnx_made import constants, recurrent, weights

import rnncalc


def node(graph, x="X", **how):
    """The outputs of a node of one direction."""
    return graph("Squeeze", graph.cell(x, **how)[0], [1])


def turned(graph, x, axis=0):
    """From its end."""
    return graph("Slice", x, [-1], [-(2**62)], [axis], [-1])


def last(graph, x):
    return graph("Gather", x, np.array(-1), axis=0)


def test_directions_of_unequal_widths_stand_side_by_side(tmp_path):
    """Four units forward, five backward."""
    graph = Graph(tmp_path)
    ways = node(graph), node(graph, direction="reverse", units=5)
    agrees(graph, graph("Concat", *ways, axis=2), back=(1, 0, 2))


def test_a_backward_direction_by_turning_twice(tmp_path):
    """A node that goes forward over the sequence from its end, turned around again."""
    graph = Graph(tmp_path)
    backward = turned(graph, node(graph, turned(graph, "X")))
    agrees(graph, graph("Concat", node(graph), backward, axis=2), back=(1, 0, 2))

    assert len(rnncalc.load(tmp_path / "m.onnx").layers) == 1


def test_two_nodes_at_the_last_step(tmp_path):
    """output[:, -1]: the backward node has read but one step there."""
    graph = Graph(tmp_path)
    ends = [last(graph, node(graph, direction=way)) for way in ("forward", "reverse")]
    agrees(graph, graph("Concat", *ends, axis=1), back=(0, 1))

    assert rnncalc.load(tmp_path / "m.onnx").mode == "many-to-one"


def test_a_backward_layer_in_processing_order(tmp_path):
    """What it gives is turned around for the next one: Keras' go_backwards, twice."""
    graph = Graph(tmp_path)
    first = node(graph, direction="reverse")
    agrees(graph, node(graph, turned(graph, first), features=4), back=(1, 0, 2))

    assert [one.order for one in rnncalc.load(tmp_path / "m.onnx").layers] == [
        "processing", "input",
    ]  # fmt: skip


def test_a_backward_node_over_a_turned_sequence_goes_forward(tmp_path):
    """Turned around again behind it."""
    graph = Graph(tmp_path)
    second = node(graph, turned(graph, node(graph)), features=4, direction="reverse")
    agrees(graph, turned(graph, second), back=(1, 0, 2))

    assert [one.direction for one in rnncalc.load(tmp_path / "m.onnx").layers] == ["forward"] * 2


def other_sequence(graph):
    return graph("Concat", node(graph), node(graph, "Z", direction="reverse"), axis=2)


def other_order(graph):
    backward = graph("Transpose", node(graph, direction="reverse"), perm=[1, 0, 2])
    return graph("Concat", node(graph), backward, axis=2)


def one_left_turned(graph):
    return graph("Concat", node(graph), node(graph, turned(graph, "X")), axis=2)


def unequal(graph):
    return graph("Add", node(graph), node(graph, direction="reverse", units=5))


def half_of_one(graph):
    half = graph("Gather", graph.cell(ways=2)[0], np.array(0), axis=1)
    return graph("Concat", half, node(graph, direction="reverse"), axis=2)


def halves_of_two(graph):
    halves = [graph("Gather", graph.cell(ways=2)[0], np.array(i), axis=1) for i in (0, 1)]
    return graph("Concat", *halves, axis=2)


@pytest.mark.parametrize("joined", [half_of_one, halves_of_two])
def test_what_is_no_layer_of_two_directions_is_joined_behind_several(joined, tmp_path):
    """Directions of several nodes, side by side."""
    graph = Graph(tmp_path)
    squeezed = joined(graph)
    agrees(graph, squeezed, back=(1, 0, 2))


def test_two_directions_of_two_sequences_are_two_layers(tmp_path):
    """Each reads an input of its own."""
    graph = Graph(tmp_path, X=("T", "B", 3), Z=("T", "B", 3))
    output, z = other_sequence(graph), X[::-1] * 0.5
    turned_x, turned_z = (np.transpose(one, (1, 0, 2)) for one in (X, z))
    expected = graph.expected(output, X=turned_x, Z=turned_z)
    ours = result(graph.saved(output), {"X": X, "Z": z})

    np.testing.assert_allclose(np.transpose(ours, (1, 0, 2)), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("joined", "why"),
    [
        (other_order, "joins two directions whose axes differ, or stand in another order"),
        (one_left_turned, "joins two directions of which one runs backward in time"),
        (unequal, "merges a direction of 4 units with one of 5"),
    ],
)
def test_what_is_no_layer_of_two_directions_is_refused(joined, why, tmp_path):
    """By the node that joins them."""
    graph = Graph(tmp_path, X=("T", "B", 3), Z=("T", "B", 3))

    assert why in refusal(graph, joined(graph))


def cell_state(graph):
    arrays = weights()
    graph.nodes.append(recurrent("lstm", arrays, outputs=["Y", "Y_h", "Y_c"]))
    graph.arrays |= constants("lstm", arrays)
    return "Y_c"


def rows_in_one(graph):
    return graph("Reshape", node(graph), [1, 10, 4])


def test_weights_that_depend_on_the_input_are_refused(tmp_path):
    """A matrix that a layer gives."""
    graph = Graph(tmp_path, X=(12, 1, 3))
    y = graph("Transpose", node(graph), perm=[1, 0, 2])

    assert "reads its R from what depends on the input" in refusal(
        graph, graph.cell(states={"R": y}, hidden_size=4)[0]
    )


@pytest.mark.parametrize(
    ("read", "ways", "why"),
    [
        (lambda g: turned(g, "X"), 2, "a reversed sequence in both directions, which is not"),
        (lambda g: turned(g, "X", 1), 1, "GRU_1 reads a batch or features in reverse"),
        (lambda g: g("Unsqueeze", "X", [0]), 1, "GRU_1 reads a value of 4 axes, expected 3"),
        (cell_state, 1, "GRU_1 reads a cell state of lstm, not its sequence"),
        (lambda g: g.cell()[1], 1, "GRU_1 reads one step of GRU_0, not its sequence"),
        (rows_in_one, 1, "GRU_3 reads as time or batch an axis that several were joined to"),
    ],
)  # fmt: skip
def test_what_is_no_sequence_is_refused(read, ways, why, tmp_path):
    """By the node that reads it, and what it reads."""
    graph = Graph(tmp_path, X=(5, 2, 3))
    x = read(graph)
    features = 3 if "X" in graph.nodes[-1].input and len(graph.nodes) == 1 else 4

    assert why in refusal(graph, graph.cell(x, features=features, ways=ways)[0])
