"""Nodes If: the branch that runs is read, where constants, lengths or somebody tell which one.

The numbers are those of ONNX' reference evaluator.
"""

from __future__ import annotations

import numpy as np
import pytest
from conftest import captured

pytest.importorskip("onnx", reason="onnx is not installed")

from onnx import TensorProto, helper, numpy_helper
from onnx_graph import Graph, X, agrees, refusal
from onnx_made import constants, recurrent, weights

import rnncalc
from rnncalc.containers.onnx import limits as limits
from rnncalc.errors import FileError
from rnncalc.inspecting.inspect import inspect

TURNED = np.transpose(X, (1, 0, 2))


def branch(name, nodes, arrays, output):
    """A graph inside a node."""
    kept = [numpy_helper.from_array(np.asarray(one), key) for key, one in arrays.items()]
    shown = helper.make_tensor_value_info(output, TensorProto.FLOAT, None)
    return helper.make_graph(nodes, name, [], [shown], kept)


def network(name, x="X", units=4):
    """A branch that is a recurrent node and what leaves its directions out; its values have the
    same names in each."""
    own = weights("gru", units)
    arrays = constants("cell", own) | {"one": np.array([1])}
    cell = recurrent("cell", own, x=x, op="GRU", outputs=["Y", "Y_h"])
    cell.name = name
    squeezed = helper.make_node("Squeeze", ["Y", "one"], ["y"], f"{name}_squeezed")
    return branch(name, [cell, squeezed], arrays, "y")


def either(graph, condition, *, name="", then="then", other="other", x="X"):
    """A node If of two networks."""
    return graph("If", condition, name=name, then_branch=network(then, x),
                 else_branch=network(other, x))  # fmt: skip


@pytest.mark.parametrize("truth", [True, False])
def test_a_constant_tells_the_branch(truth, tmp_path):
    """It takes the place of the node; names that both branches have are apart."""
    graph = Graph(tmp_path)
    y = either(graph, np.array(truth))

    agrees(graph, y, back=(1, 0, 2))


def test_branches_stand_in_a_row_with_what_is_around(tmp_path):
    """Two nodes If, one behind the other, whose values have the same names, and a dense layer."""
    graph = Graph(tmp_path)
    first = either(graph, np.array(True))
    behind = branch("cell", [helper.make_node("Tanh", [first], ["y"])], {}, "y")
    second = graph("If", graph("Not", np.array(True)), then_branch=network("never", first),
                   else_branch=behind)  # fmt: skip

    agrees(graph, graph("MatMul", second, np.eye(4, 5, dtype=np.float32)), back=(1, 0, 2))


@pytest.mark.parametrize(("steps", "then"), [(5, True), (6, False)])
def test_a_length_tells_the_branch(steps, then, tmp_path):
    """As PyTorch's exporter asks whether an axis may be left out."""
    graph = Graph(tmp_path, X=(steps, "B", 3))
    length = graph("Gather", graph("Shape", "X"), np.array(0))
    path = graph.saved(either(graph, graph("Equal", length, np.array(5))))

    assert [layer.name for layer in inspect(path).layers] == ["then" if then else "other"]


def test_a_branch_inside_a_branch_is_read(tmp_path):
    """Its values are those of the graphs around it."""
    graph = Graph(tmp_path)
    true = graph.constant(np.array(True))
    deep = helper.make_node("If", [true], ["deep"], "inner", then_branch=network("a"),
                            else_branch=network("b"))  # fmt: skip
    tanh = helper.make_node("Tanh", ["deep"], ["t"], "tanh")
    y = graph("If", true, then_branch=branch("outer", [deep, tanh], {}, "t"),
              else_branch=network("c"))  # fmt: skip

    agrees(graph, y, back=(1, 0, 2))


def test_what_is_in_both_branches_is_told(tmp_path):
    """Where an input of the graph tells which one runs, it is named; each layer runs alone."""
    _, path = asked(tmp_path)
    screen = captured("run", str(path), "-x", "1 2 3; 4 5 6")

    assert [layer.name for layer in inspect(path).layers] == ["then", "other"]
    assert "which (If) runs one of two branches, and the graph's input rate tells" in screen.err
    assert "--assume rate=NUMBER says it. --layers picks what to run: then,other" in screen.err
    assert captured("run", str(path), "-x", "1 2 3; 4 5 6", "--layers", "other").code == 0


def asked(folder):
    """A graph that asks an input which branch it takes, and its file."""
    graph = Graph(folder, X=("T", "B", 3), rate=())
    either(graph, graph("Equal", "rate", np.float32(16000)), name="/vad/which")
    return graph, graph.saved(graph.nodes[-1].output[0])


@pytest.mark.parametrize(
    ("word", "rate"),
    [
        ("rate=16000", 16000),
        ("rate=8000", 8000),
        ("vad.which=true", 16000),
        ("vad.which=false", 8000),
    ],
)
def test_what_is_assumed_takes_a_branch(word, rate, tmp_path):
    """By the number of the graph's input, or of the node itself; it is told as assumed."""
    graph, path = asked(tmp_path)
    expected = graph.expected(graph.nodes[-1].output[0], X=TURNED, rate=np.float32(rate))
    trace = rnncalc.run(rnncalc.load(path, assume=[word]), X)

    np.testing.assert_allclose(np.transpose(trace.h, (1, 0, 2)), expected, rtol=1e-5, atol=1e-6)
    assert f"{word}: as --assume says" in captured("inspect", str(path), "--assume", word).text


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("vad.which=maybe", "true or false was expected"),
        ("vad.which=1", "true or false was expected"),
        ("rate=high", "a number was expected"),
        ("hertz=1", "there is no such assumption"),
    ],
)
def test_what_cannot_be_assumed_is_refused(word, why, tmp_path):
    """With what was expected."""
    _, path = asked(tmp_path)
    screen = captured("run", str(path), "-x", "1 2 3", "--assume", word)

    assert screen.code == 2
    assert f"--assume {word}" in screen.err
    assert why in screen.err


def test_a_condition_inside_a_branch_is_asked_for_when_the_branch_is_known(tmp_path):
    """One word after the other."""
    graph = Graph(tmp_path, X=("T", "B", 3), a=(), b=())
    inner = helper.make_node("If", ["small"], ["deep"], "inner", then_branch=network("one"),
                             else_branch=network("two"))  # fmt: skip
    less = helper.make_node("Less", ["b", "zero"], ["small"], "less")
    deep = branch("deep", [less, inner], {"zero": np.float32(0)}, "deep")
    y = graph("If", graph("Less", "a", np.float32(0)), name="outer", then_branch=deep,
              else_branch=network("three"))  # fmt: skip
    path = graph.saved(y)

    assert rnncalc.load(path, assume=["a=1"]).layers[0].name == "three"
    assert rnncalc.load(path, assume=["a=-1", "b=1"]).layers[0].name == "two"
    with pytest.raises(FileError, match=r"inner \(If\) runs one of two .* --assume b=NUMBER"):
        rnncalc.load(path, assume=["a=-1"])


def test_what_depends_on_the_numbers_of_the_sequence_is_asked_by_the_nodes_name(tmp_path):
    """No input of one number tells it."""
    graph = Graph(tmp_path)
    loud = graph("Greater", graph("ReduceMax", "X", keepdims=0), np.float32(1))
    path = graph.saved(either(graph, loud, name="loud"))

    with pytest.raises(FileError, match="only a run tells which: --assume loud=true says it"):
        rnncalc.load(path)
    assert rnncalc.load(path, assume=["loud=true"]).layers[0].name == "then"


def chained(folder, count):
    """Nodes If, of which each makes the condition of the next."""
    graph = Graph(folder)
    condition = graph("Not", np.array(True))
    for name in map(str, range(count)):
        given = [helper.make_tensor_value_info(f"o{name}", TensorProto.BOOL, None)]
        both = [
            helper.make_graph([helper.make_node(op, [condition], [f"o{name}"])], op, [], given)
            for op in ("Identity", "Not")
        ]
        condition = graph("If", condition, then_branch=both[0], else_branch=both[1])
    return graph, either(graph, condition)


def test_nodes_that_ask_what_the_one_before_makes_are_read_in_bounded_work(tmp_path, monkeypatch):
    """A few are read; very many take more work than any network does."""
    graph, y = chained(tmp_path, 9)
    assert rnncalc.load(graph.saved(y)).layers[0].name == "then"

    monkeypatch.setattr(limits, "WORK", 1_000_000)
    assert "takes more work to read" in refusal(*chained(tmp_path, 40))
