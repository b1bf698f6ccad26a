"""Lengths of sequences in ONNX graphs: in the file, in an input of their own, or not at all; and
inputs whose axes nobody tells.
"""

from __future__ import annotations

import numpy as np
import pytest
from conftest import captured

pytest.importorskip("onnx", reason="onnx is not installed")

from onnx_graph import Graph, agrees, refusal, result

import rnncalc

LENGTHS = np.array([5, 3], np.int32)
INPUTS = {"X": ("T", "B", 3), "lens": ("B",), "others": ("B",)}
X = np.random.default_rng(13).normal(size=(2, 5, 3)).astype(np.float32)


def told(graph, lengths, x="X", features=3, **how):
    """The sequence that a node gives, which is told these lengths."""
    states = {} if lengths is None else {"sequence_lens": lengths}
    return graph("Squeeze", graph.cell(x, features=features, states=states, **how)[0], [1])


def test_lengths_that_are_told_twice(tmp_path):
    """Two layers whose lengths agree: behind its end a sequence gives 0, and before as alone."""
    graph = Graph(tmp_path)
    path = graph.saved(told(graph, LENGTHS.copy(), told(graph, LENGTHS), features=4))
    ours = result(path, X)

    assert not ours[1, 3:].any()
    np.testing.assert_array_equal(ours[1, :3], result(path, X[1:, :3], lengths=[3])[0])


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (LENGTHS, LENGTHS - 1, "its nodes are told different lengths of sequences"),
        ("lens", LENGTHS, "some of its nodes have the lengths of sequences in the file, and others "
                          "from its input lens"),
        ("lens", "others", "the graph has several inputs of lengths: lens, others"),
        (LENGTHS, None, "some recurrent nodes are told the lengths of sequences, and others are"),
        (LENGTHS[None], None, "tensor GRU_0.sequence_lens: has lengths of shape (1, 2), expected"),
        (LENGTHS[:0], None, "tensor GRU_0.sequence_lens: has lengths of shape (0,), expected one"),
        ("X", None, "lengths (sequence_lens) that stand neither in the file nor in an input of"),
        (np.ones(65_537, np.int32), None, "has 65,537 lengths (sequence_lens), at most 65,536 are"),
    ],
)  # fmt: skip
def test_lengths_that_nobody_can_follow_are_refused(first, second, why, tmp_path):
    """With what does not agree."""
    graph = Graph(tmp_path, **INPUTS)

    assert why in refusal(graph, told(graph, second, told(graph, first), features=4))


def test_lengths_that_the_graph_computes_are_refused(tmp_path):
    """They are neither in the file nor an input."""
    graph = Graph(tmp_path, **INPUTS)

    assert "that stand neither in the file nor" in refusal(graph, told(graph, graph("Abs", "lens")))


@pytest.mark.parametrize("ways", [1, 2])
def test_the_last_step_of_a_padded_sequence_is_warned_of(ways, tmp_path):
    """The graph gives the padding's 0, of a backward direction too; here each sequence's own."""
    graph = Graph(tmp_path)
    y, ended = graph.cell(ways=ways, states={"sequence_lens": LENGTHS})
    ends = graph("Gather", graph("Gather", y, np.array(ways - 1), axis=1), np.array(-1), axis=0)
    if ways == 2:
        ends = graph("Concat", graph("Gather", ended, np.array(0), axis=0), ends, axis=1)
    path = graph.saved(ends)
    np.save(tmp_path / "x.npy", X)
    screen = captured("run", str(path), "-x", str(tmp_path / "x.npy"), "--last", "-d", "full")
    own = rnncalc.run(rnncalc.load(path), X).h

    assert "GRU_0: the graph takes the last step of the padded sequence, which is 0" in screen.err
    rows = np.loadtxt(screen.text.splitlines(), np.float32, delimiter=",")
    np.testing.assert_array_equal(rows, own[[0, 1], [4, 2]])
    assert own[1, 2].all()


def test_a_sequence_whose_axes_nobody_tells(tmp_path):
    """An input without a shape, which a recurrent node reads, has three."""
    graph = Graph(tmp_path, X=None)
    agrees(graph, told(graph, None), back=(1, 0, 2))


@pytest.mark.parametrize("shape", [None, (1,) * 9], ids=["none", "nine axes"])
def test_an_input_that_cannot_be_followed_is_refused(shape, tmp_path):
    """Its axes are not told before something else reads it, or are too many."""
    graph = Graph(tmp_path, X=shape)
    x = graph("Reshape", "X", [1, 1, 1])

    assert "GRU_1 reads what cannot be followed to the input" in refusal(
        graph, graph.cell(x, features=1)[0]
    )
