"""Sequences that PyTorch sorts by their lengths and brings back: read as if they never moved.

What does not come back, or goes without its length, is refused.
"""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

import onnx
from onnx import numpy_helper
from onnx_files import node_of, proto_of

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


@pytest.mark.parametrize(
    ("change", "says"),
    [
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
