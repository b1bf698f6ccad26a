"""Where a graph is fed and read: the names of its inputs, and what each of their axes is."""

from __future__ import annotations

import golden_files
import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

from onnx_graph import Graph

from rnncalc.readers.of_onnx.walk.ports import ports


@pytest.mark.parametrize(
    ("file", "axes"),
    [
        ("tagger", ("TBF", "TBF")),
        ("tagger_batch_first", ("BTF", "BTF")),
        ("gru_layout_1_lengths", ("BTF", "BT1F")),
        ("rnn_final", ("TBF", "DBF")),
        ("classifier_final", ("TBF", "BF")),
        ("embedding_batch_first", ("BT", "BTF")),
    ],
)
def test_the_axes_of_a_graph_are_known(file, axes):
    """What each axis of its input and its output is."""
    found = ports(golden_files.path(f"onnx/{file}"))

    assert (found.x_axes, found.out_axes) == axes


def test_the_other_inputs_of_a_graph_are_known():
    """Lengths and initial states by their names."""
    found = ports(golden_files.path("onnx/stack_lengths_states"))

    assert (found.x, found.lengths) == ("x", "lengths")
    assert found.states == ("rnn_0.initial_h", "gru_1.initial_h")


def test_lengths_that_stand_in_a_file_are_no_input(tmp_path):
    """A runtime is fed with no others."""
    graph = Graph(tmp_path)
    y, _ = graph.cell(states={"sequence_lens": np.array([5, 3], np.int32)})
    found = ports(graph.saved(y))

    assert found.lengths == ""
    assert found.fixed.tolist() == [5, 3]
