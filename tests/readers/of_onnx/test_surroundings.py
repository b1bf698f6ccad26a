"""What is known of a graph around a recurrence: zeros of any length, choices that are settled."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

from onnx import helper
from onnx_graph import Graph

from rnncalc.containers.onnx.file import model
from rnncalc.readers.of_onnx.operators.known_lengths import fold_lengths
from rnncalc.readers.of_onnx.operators.surroundings import Around

ZEROS, MORE = np.zeros((1, 4), np.float32), np.float32([[0, 1, 0, 0]])
ONE = helper.make_tensor("one", 1, [1], [1.0])


@pytest.mark.parametrize(
    ("made", "zero"),
    [
        (lambda g: g.constant(ZEROS), True),
        (lambda g: g.constant(MORE), False),
        (lambda g: g("Expand", ZEROS, g("Shape", "X")), True),
        (lambda g: g("Tile", g("Cast", MORE, to=1), g("Shape", "X")), False),
        (lambda g: g("ConstantOfShape", g("Shape", "X")), True),
        (lambda g: g("Identity", g("ConstantOfShape", g("Shape", "X"), value=ONE)), False),
        (lambda g: g("Mul", "X", ZEROS), False),
        (lambda g: g("Identity", "X"), False),
    ],
)
def test_what_is_zero_however_long_it_is(made, zero, tmp_path):
    """What is made of zeros alone; of what depends on the input nobody says so."""
    graph = Graph(tmp_path, X=("B", 4))
    name = made(graph)
    file = model(graph.saved(graph("Identity", name)))

    assert Around(file.graph).zeros(name) is zero


@pytest.mark.parametrize("steps", [5, 6])
def test_a_choice_that_is_known_may_be_the_output(steps, tmp_path):
    """Whether there are five steps: then one value comes out, else the other."""
    graph = Graph(tmp_path, X=(5, 4))
    first, second = graph("Tanh", "X"), graph("Neg", "X")
    found = graph("Gather", graph("Shape", "X"), np.array(0))
    chosen = graph("Where", graph("Equal", found, np.array(steps)), first, second)
    nodes = fold_lengths(model(graph.saved(chosen)).graph).nodes

    assert [node.op for node in nodes] == ["Tanh" if steps == 5 else "Neg", "Identity"]
    assert (nodes[1].inputs, nodes[1].outputs) == (nodes[0].outputs, (chosen,))
