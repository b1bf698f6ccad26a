"""The final states of several layers in one array, PyTorch's h_n: one layer's are taken out of it.

The numbers are those of ONNX' reference evaluator; what takes others is refused.
"""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

from onnx_graph import Graph, agrees, refusal
from onnx_made import drawn

END = 2**62


def two_layers(folder, ways=2):
    """A graph of two layers, one behind the other, and their final states as h_n."""
    graph = Graph(folder)
    y, first = graph.cell(op="LSTM", ways=ways)
    joined = graph("Reshape", graph("Transpose", y, perm=[0, 2, 1, 3]), [0, 0, -1])
    _, second = graph.cell(joined, "LSTM", features=4 * ways, ways=ways)
    return graph, graph("Concat", first, second, axis=0)


def side_by_side(graph, states):
    """(directions, batch, units) as (batch, directions * units)."""
    return graph("Reshape", graph("Transpose", states, perm=[1, 0, 2]), [0, -1])


def split_apart(graph, states):
    """All four states, of which the last two stand side by side."""
    ends = graph("Split", states, axis=0, outputs=4, num_outputs=4)[2:]
    return graph("Concat", *(graph("Squeeze", one, [0]) for one in ends), axis=1)


WAYS = {
    "a slice": lambda g, s: side_by_side(g, g("Slice", s, [2], [4], [0])),
    "a slice to the end": lambda g, s: side_by_side(g, g("Slice", s, [-2], [END], [0])),
    "a half": lambda g, s: side_by_side(g, g("Split", s, axis=0, outputs=2, num_outputs=2)[1]),
    "pieces": split_apart,
}


@pytest.mark.parametrize("taken", WAYS.values(), ids=WAYS)
def test_both_states_of_the_last_layer(taken, tmp_path):
    """h_n[-2:], by a Slice, or by a Split in two or in four."""
    graph, states = two_layers(tmp_path)
    agrees(graph, taken(graph, states), back=(0, 1))


def test_the_state_of_the_last_layer_of_one_direction(tmp_path):
    """h_n[1:2] of two layers."""
    graph, states = two_layers(tmp_path, ways=1)
    agrees(graph, graph("Squeeze", graph("Slice", states, [1], [2], [0]), [0]), back=(0, 1))


def test_a_layer_of_two_directions_and_one_of_one(tmp_path):
    """The last of three states is the second layer's."""
    graph = Graph(tmp_path)
    y, first = graph.cell(ways=2)
    joined = graph("Reshape", graph("Transpose", y, perm=[0, 2, 1, 3]), [0, 0, -1])
    _, second = graph.cell(joined, features=8)
    states = graph("Concat", first, second, axis=0)
    agrees(graph, graph("Gather", states, np.array(-1), axis=0), back=(0, 1))


SEVERAL = "takes the final states of several layers at once, which is not computed here"


@pytest.mark.parametrize(
    ("taken", "why"),
    [
        (lambda g, s: g("Slice", s, [1], [3], [0]), f"Slice_5 (Slice) {SEVERAL}"),
        (lambda g, s: g("Split", s, [1, 3], axis=0, outputs=2)[1], f"Split_5 (Split) {SEVERAL}"),
        (lambda g, s: g("Split", s, [1, 3], axis=2, outputs=2)[1], f"Split_5 (Split) {SEVERAL}"),
        (lambda g, s: g("Slice", s, [3], [1], [0], [-1]), f"Slice_5 (Slice) {SEVERAL}"),
        (lambda g, s: g("MatMul", s, drawn(4, 2)), f"MatMul_5 (MatMul) {SEVERAL}"),
        (lambda g, s: g("MatMul", "X", s), f"MatMul_5 (MatMul) {SEVERAL}"),
        (lambda g, s: g("Gather", s, [2, 3], axis=0), "gathers more than one place of an axis"),
        (lambda g, s: g("Slice", s, [2, 0], [4, 2], [0, 2]), "takes a part of an axis"),
        (lambda g, s: g("Reshape", s, [-1, 4]),
         "Reshape_5 (Reshape) joins the final states of several layers with another axis"),
    ],
)  # fmt: skip
def test_what_takes_states_of_several_layers_is_refused(taken, why, tmp_path):
    """By its name."""
    graph, states = two_layers(tmp_path)

    assert why in refusal(graph, taken(graph, states))


def test_states_of_other_axes_are_no_stack(tmp_path):
    """One has lost the axis of its directions."""
    graph = Graph(tmp_path)
    y, first = graph.cell()
    _, second = graph.cell(graph("Squeeze", y, [1]), features=4)
    joined = graph("Concat", first, graph("Squeeze", second, [0]), axis=0)

    assert "Concat_4 (Concat) puts values that depend on" in refusal(graph, joined)
