"""Sequences that PyTorch sorts by their lengths and brings back: read as if they never moved.

What does not come back, or goes without its length, is refused.
"""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

import onnx
from onnx import helper, numpy_helper
from onnx_files import node_of, proto_of
from onnx_graph import Graph, refusal

import rnncalc
from rnncalc.errors import FileError


def lengths_as_given(proto):
    gru = node_of(proto.graph, "GRU")
    gru.input[4] = "lengths"


def sequences_as_given(proto):
    turned = node_of(proto.graph, "Transpose")
    turned.input[0] = "x"


def left_sorted(proto):
    last = proto.graph.node[-1]
    last.op_type = "Identity"
    del last.input[1:], last.attribute[:]


def sorted_again(proto):
    proto.graph.node[-1].input[1] = node_of(proto.graph, "Cast", 1).output[0]


def shortest_first(proto):
    topk = node_of(proto.graph, "TopK")
    next(one for one in topk.attribute if one.name == "largest").i = 0


def other_places(proto):
    """Not 0, 1, 2: what is scattered is no inverse."""
    scatter = node_of(proto.graph, "ScatterElements")
    node = next(one for one in proto.graph.node if one.output[0] == scatter.input[2])
    places = numpy_helper.from_array(np.array([0, 2, 1], np.int64))
    node.attribute[0].t.CopyFrom(places)


def put(proto, array):
    """A constant, and its name."""
    name = f"put.{len(proto.graph.initializer)}"
    proto.graph.initializer.append(numpy_helper.from_array(array, name))
    return name


def with_a_state(proto):
    """Its rows differ, and stand in the order of the file."""
    state = np.float32(np.arange(12).reshape(1, 3, 4)) / 7
    node_of(proto.graph, "GRU").input[5] = put(proto, state)


def order_computed_with(proto):
    cast = node_of(proto.graph, "Cast", 1)
    cast.op_type = "Neg"
    del cast.attribute[:]


def not_all_of_them(proto):
    node_of(proto.graph, "TopK").input[1] = put(proto, np.array([2]))


def scattered_by_others(proto):
    node_of(proto.graph, "ScatterElements").input[0] = put(proto, np.zeros((1, 3), np.int64))


def added_up(proto):
    attribute = helper.make_attribute("reduction", "add")
    node_of(proto.graph, "ScatterElements").attribute.append(attribute)


def steps_sorted(proto):
    """Along another axis."""
    next(one for one in proto.graph.node[-1].attribute if one.name == "axis").i = 1


def as_many_as_others(proto):
    proto.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 4


def other_values_sorted(proto):
    """Of the numbers of a sequence, not of lengths."""
    topk = node_of(proto.graph, "TopK")
    first = helper.make_node("ReduceMax", ["x"], ["first"], axes=[1, 2], keepdims=0)
    proto.graph.node.insert(0, first)
    topk.input[0] = "first"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (with_a_state, "GRU reads sorted sequences, and states that are not"),
        (order_computed_with, "Neg. does with the order of sequences what is not computed here"),
        (not_all_of_them, "TopK"),
        (scattered_by_others, "scatters by an order what is not known"),
        (added_up, "adds up where it scatters"),
        (steps_sorted, "sorts something else than the sequences of a batch"),
        (as_many_as_others, "sorts another number of sequences than there are lengths"),
        (other_values_sorted, "ReduceMax"),
        (lengths_as_given, "sequences and lengths in different orders"),
        (sequences_as_given, "sequences and lengths in different orders"),
        (left_sorted, "do not come back into their order"),
        (sorted_again, "into another order than their own"),
        (shortest_first, "TopK"),
        (other_places, "is no inverse of the order of sequences"),
    ],
)
def test_what_does_not_come_back_is_refused(change, says, tmp_path):
    """With the reason."""
    proto = proto_of("torch_gru_packed_unsorted")
    change(proto)
    onnx.save(proto, tmp_path / "changed.onnx")

    with pytest.raises(FileError, match=says):
        rnncalc.load(tmp_path / "changed.onnx")


@pytest.mark.parametrize(
    ("front", "behind", "says"),
    [
        (2, 0, "GRU_5 reads rows that are not the features of x"),
        (0, 2, "sorts something else than the sequences of a batch"),
    ],
)
def test_features_are_no_sequences_though_they_are_as_many(front, behind, says, tmp_path):
    """Three sequences of three features and units: sorted along the wrong axis."""
    graph = Graph(tmp_path, x=(3, 4, 3), lens=(3,))
    lengths, order = graph("TopK", "lens", [3], outputs=2)
    places = np.array([0, 1, 2])
    back = graph("ScatterElements", 0 * places, order, places)
    x = graph("Transpose", graph("Gather", "x", order, axis=front), perm=[1, 0, 2])
    lengths = graph("Cast", lengths, to=6)
    y, _ = graph.cell(x, units=3, states={"sequence_lens": lengths})
    y = graph("Transpose", graph("Squeeze", y, [1]), perm=[1, 0, 2])

    assert says in refusal(graph, graph("Gather", y, back, axis=behind))


@pytest.mark.parametrize(
    ("counted", "says"),
    [("lens", "ScatterElements) is no inverse of the order"), ("x", "TopK, which is not computed")],
)
def test_a_batch_of_any_size_is_not_brought_back(counted, says, tmp_path):
    """All of its lengths are sorted, or as many as there are features; three are scattered."""
    graph = Graph(tmp_path, x=("B", 4, "F"), lens=("B",))
    count = graph("Slice", graph("Shape", counted), [-1], [2**62])
    _, order = graph("TopK", "lens", count, outputs=2)
    places = np.array([0, 1, 2])
    back = graph("ScatterElements", 0 * places, order, places)
    x = graph("Transpose", graph("Gather", "x", order), perm=[1, 0, 2])
    y = graph("Transpose", graph("Squeeze", graph.cell(x)[0], [1]), perm=[1, 0, 2])

    assert says in refusal(graph, graph("Gather", y, back))
