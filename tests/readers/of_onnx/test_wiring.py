"""Graphs that are no row: what is read by several, or reads several, is wired by names.

The numbers are those of ONNX' reference evaluator; recorded exports stand in ``golden/graphs``.
"""

from __future__ import annotations

import numpy as np
import pytest
from conftest import captured

pytest.importorskip("onnx", reason="onnx is not installed")

from onnx import TensorProto, helper, numpy_helper
from onnx_graph import Graph, X, agrees, refusal, result
from onnx_made import constants, drawn, recurrent, weights

import rnncalc
from rnncalc.containers.onnx import limits as limits
from rnncalc.inspecting.inspect import inspect

SQUEEZED = np.array([1])


def cell(graph, x="X", **how):
    """A sequence (timesteps, batch, units)."""
    return graph("Squeeze", graph.cell(x, **how)[0], SQUEEZED)


def channels(graph, value, *axes):
    """Features in front of timesteps."""
    return graph("Transpose", value, perm=axes or (1, 2, 0))


def conv(graph, value, size=3, features=3, outputs=5, group=1, **how):
    kernel = drawn(outputs, features // group, size)
    return graph("Conv", value, kernel, drawn(outputs), group=group, **how)


def behind(graph, value, features):
    """A recurrent node behind what has its features in front."""
    return cell(graph, channels(graph, value, 2, 0, 1), features=features)


def conv_of(**how):
    return lambda g: behind(g, conv(g, channels(g, "X"), **how), how.get("outputs", 5))


def padded(graph):
    pads = graph("Pad", channels(graph, "X"), np.array([0, 0, 3, 0, 0, 1]))
    return behind(graph, conv(graph, pads), 5)


def pooled(op, **how):
    return lambda g: behind(g, g(op, channels(g, "X"), **how), 3)


def resized(graph):
    scales = np.float32([1, 1, 3])
    made = graph("Resize", channels(graph, "X"), "", scales, mode="nearest",
                 nearest_mode="floor", coordinate_transformation_mode="asymmetric")  # fmt: skip
    return behind(graph, made, 3)


def residual(graph):
    first = cell(graph)
    return graph("Add", first, cell(graph, first, features=4))


def two_ends(graph):
    """Both final states of a layer of two directions, as one row."""
    ended = graph("Transpose", graph.cell(ways=2)[1], perm=[1, 0, 2])
    return graph("MatMul", graph("Reshape", ended, np.array([0, 8])), drawn(8, 3))


def repeated(graph):
    """The final state beside every timestep, as many as the input has."""
    h, ended = graph.cell()
    shape = graph("Shape", graph("Squeeze", h, SQUEEZED))
    spread = graph("Tanh", graph("Expand", ended, shape))
    return graph("Add", graph("Squeeze", h, SQUEEZED), graph("MatMul", spread, drawn(4, 4)))


def scored(graph):
    """Attention of one head to itself, scaled."""
    h = graph("Transpose", cell(graph), perm=[1, 0, 2])
    scores = graph("MatMul", h, graph("Transpose", h, perm=[0, 2, 1]))
    shares = graph("Softmax", graph("Div", scores, np.float32(2)), axis=-1)
    return graph("Transpose", graph("MatMul", shares, h), perm=[1, 0, 2])


def additive(graph):
    """Each timestep of a query compared with each of a key by the tanh of their sums."""
    query, key = (graph("Transpose", cell(graph), perm=[1, 0, 2]) for _ in range(2))
    sums = graph("Add", graph("Unsqueeze", query, [2]), graph("Unsqueeze", key, [1]))
    scores = graph("Squeeze", graph("MatMul", graph("Tanh", sums), drawn(4, 1)), [3])
    context = graph("MatMul", graph("Softmax", scores, axis=-1), key)
    return graph("Transpose", context, perm=[1, 0, 2])


def states(graph):
    """Sequences (batch, timesteps, units), and what they end with (batch, units)."""
    Y, Y_h = graph.cell()
    h = graph("Transpose", graph("Squeeze", Y, SQUEEZED), perm=[1, 0, 2])
    return h, graph("Squeeze", Y_h, [0])


def seen(graph, scores, h):
    """What scores (batch, timesteps, 1) make of a sequence: one row."""
    shares = graph("Transpose", graph("Softmax", scores, axis=1), perm=[0, 2, 1])
    return graph("Squeeze", graph("MatMul", shares, h), [1])


def of_the_last(graph):
    """Every timestep multiplied with the last state, scaled by a root."""
    h, last = states(graph)
    scores = graph("MatMul", h, graph("Unsqueeze", last, [2]))
    return seen(graph, graph("Mul", scores, np.float32(0.5)), h)


def with_the_last(graph):
    """Bahdanau's: v tanh(W h + U last + b)."""
    h, last = states(graph)
    query = graph("Unsqueeze", graph("Gemm", last, drawn(4, 5), drawn(5)), [1])
    sums = graph("Add", graph("MatMul", h, drawn(4, 5)), query)
    return seen(graph, graph("MatMul", graph("Tanh", sums), drawn(5, 1)), h)


def with_another(graph):
    """The same with another sequence, timestep by timestep: no attention."""
    h, other = states(graph)[0], states(graph)[0]
    sums = graph("Add", graph("MatMul", h, drawn(4, 5)), graph("MatMul", other, drawn(4, 5)))
    return seen(graph, graph("MatMul", graph("Tanh", sums), drawn(5, 1)), h)


def with_shares(graph):
    """The shares are given, too."""
    h, last = states(graph)
    shares = graph("Softmax", graph("MatMul", h, graph("Unsqueeze", last, [2])), axis=1)
    context = graph("MatMul", graph("Transpose", shares, perm=[0, 2, 1]), h)
    ends = graph("Concat", graph("Squeeze", context, [1]), last, axis=1)
    return graph("MatMul", ends, drawn(8, 2)), graph("Squeeze", shares, [2])


def some_features(graph):
    return cell(graph, graph("Slice", "X", [1], [3], [2]), features=2)


def some_outputs(graph):
    """The parts of a dense layer's output go their own ways."""
    made = graph("Add", graph("MatMul", cell(graph), drawn(4, 6)), drawn(6))
    one, other = graph("Split", made, outputs=2, axis=2, num_outputs=2)
    return graph("Mul", graph("Sigmoid", one), other)


READ = [
    conv_of(pads=[1, 1]), conv_of(pads=[2, 0]), conv_of(strides=[2]), conv_of(dilations=[2]),
    conv_of(pads=[1, 1], strides=[2]), conv_of(group=3, outputs=6, size=2),
    conv_of(auto_pad="SAME_UPPER", size=4), padded,
    pooled("MaxPool", kernel_shape=[2], strides=[2]), pooled("MaxPool", kernel_shape=[3]),
    pooled("AveragePool", kernel_shape=[3], pads=[1, 1]),
    pooled("AveragePool", kernel_shape=[3], pads=[1, 1], count_include_pad=1),
    pooled("MaxPool", kernel_shape=[2], strides=[2], ceil_mode=1), resized, residual, repeated,
    scored, additive, some_features, some_outputs,
]  # fmt: skip


@pytest.mark.parametrize("made", READ, ids=lambda one: one.__name__)
def test_what_is_no_row_is_read(made, tmp_path):
    """Lengths are free; each is computed as the reference does."""
    graph = Graph(tmp_path)
    agrees(graph, made(graph), back=(1, 0, 2))


def test_two_final_states_are_one_row(tmp_path):
    """They are read by their names, side by side."""
    graph = Graph(tmp_path)
    agrees(graph, two_ends(graph), back=(0, 1))


@pytest.mark.parametrize(
    ("made", "kind"),
    [(of_the_last, "dot"), (with_the_last, "additive"), (with_another, None)],
)
def test_attention_of_one_row_is_told_by_what_it_computes(made, kind, tmp_path):
    """By its kind, with scores, weights and context; else its operators are layers."""
    graph = Graph(tmp_path)
    agrees(graph, made(graph), back=(0, 1))
    kinds = [getattr(one, "kind", "") for one in rnncalc.load(tmp_path / "m.onnx").stateless]

    assert [one for one in kinds if one in ("dot", "additive")] == [kind] * bool(kind)


def test_shares_that_others_read_are_a_layer(tmp_path):
    """Of an attention nothing is left out that the graph gives."""
    graph = Graph(tmp_path)
    y, shares = with_shares(graph)
    given = np.transpose(X, (1, 0, 2))
    outputs = rnncalc.run(rnncalc.load(graph.saved(y, shares)), X).outputs

    for ours, name in zip(outputs.values(), (y, shares), strict=True):
        expected = graph.expected(name, X=given)
        np.testing.assert_allclose(np.reshape(ours, expected.shape), expected, rtol=1e-5, atol=1e-6)


def test_states_of_two_directions_are_told_apart(tmp_path):
    """Both of h start h, and both of c start c."""
    graph = Graph(tmp_path)
    own, next_own = weights("lstm", 4, 3, 2), weights("lstm", 8, 3)
    graph.nodes.append(recurrent("a", own, outputs=["Y", "Y_h", "Y_c"], direction="bidirectional"))
    graph.arrays |= constants("a", own)
    given = {}
    for key, name in (("initial_h", "Y_h"), ("initial_c", "Y_c")):
        sides = graph("Reshape", graph("Transpose", name, perm=[1, 0, 2]), np.array([0, 8]))
        given[key] = graph("Unsqueeze", sides, [0])
    y, _ = graph.cell(op="LSTM", units=8, states=next_own | given)
    agrees(graph, graph("Squeeze", y, SQUEEZED), back=(1, 0, 2))


def second_step(g):
    h = cell(g)
    return g("Add", h, g("Gather", h, np.array([1]), axis=0))


def over_batch(g):
    return g("Concat", cell(g), cell(g), axis=1)


def other_order(g):
    return g("Add", cell(g), g("Transpose", cell(g), perm=[1, 0, 2]))


def backward(g):
    turned = g("Slice", cell(g), [-1], [-(2**62)], [0], [-1])
    return g("Mul", turned, cell(g))


def wide(g):
    return g("Conv", g("Unsqueeze", channels(g, cell(g)), [1]), drawn(2, 1, 2, 2))


def mirrored(g):
    return behind(g, g("Pad", channels(g, "X"), np.array([0, 0, 1, 0, 0, 1]), mode="reflect"), 3)


def padded_only(g):
    return behind(g, g("Pad", channels(g, "X"), np.array([0, 0, 1, 0, 0, 1])), 3)


def stretched(g):
    return behind(g, g("Resize", channels(g, "X"), "", np.float32([1, 1, 2]), mode="linear"), 3)


def softmax_of_time(g):
    return g("Mul", cell(g), g("Softmax", cell(g), axis=0))


def einsum(g):
    return g("Einsum", cell(g), cell(g), equation="tbu,tbu->tb")


def read_as_sequence(g):
    h, ended = g.cell()
    spread = g("Expand", ended, g("Shape", g("Squeeze", h, SQUEEZED)))
    return g("Add", cell(g, spread, features=4), cell(g))


def given_lengths(g):
    return g("Add", cell(g, states={"sequence_lens": "lengths"}), cell(g))


REFUSED = [
    (second_step, "takes place 1 of the sequence"),
    (over_batch, "puts values that depend on the input side by side"),
    (other_order, "joins values that are not a forward and a backward direction"),
    (backward, "joins values that are not a forward and a backward direction"),
    (conv_of(auto_pad="SAME_LOWER", strides=[2]), "has auto_pad SAME_LOWER"),
    (wide, "reads windows over more axes than that of time"),
    (mirrored, "pads with something else than zeros (reflect)"),
    (padded_only, "reads what cannot be followed to the input"),
    (pooled("MaxPool", kernel_shape=[2], dilations=[2]), "that are not side by side (dilations)"),
    (pooled("MaxPool", kernel_shape=[3], strides=[2], ceil_mode=1), "beyond the end (ceil_mode)"),
    (stretched, "resizes in another way than repeating timesteps"),
    (softmax_of_time, "reads an axis that is not the features of a step"),
    (einsum, "is an Einsum of tbu,tbu->tb"),
    (read_as_sequence, "reads one step of GRU_0, not its sequence"),
    (given_lengths, "its nodes are told lengths of sequences"),
]  # fmt: skip


@pytest.mark.parametrize(("made", "why"), REFUSED, ids=lambda one: getattr(one, "__name__", ""))
def test_what_is_not_computed_is_refused_by_its_name(made, why, tmp_path):
    """With what stands in the way."""
    graph = Graph(tmp_path, X=("T", "B", 3), **{"lengths": ("B",)} if "length" in why else {})

    assert why in refusal(graph, made(graph))


def detector(name, size, x):
    """A branch of a voice detector: a convolution, a recurrence, a dense layer of each step."""
    own = weights("lstm", 4, 5)
    cell = recurrent("cell", own, x="turned", outputs=["Y", "Y_h"])
    cell.name = f"{name}/lstm"
    nodes = [
        helper.make_node("Conv", [x, "kernel", "bias"], ["c"], f"{name}/conv", pads=[1, 1]),
        helper.make_node("Relu", ["c"], ["relu"], f"{name}/relu"),
        helper.make_node("Transpose", ["relu"], ["turned"], f"{name}/turned", perm=[2, 0, 1]),
        cell,
        helper.make_node("Squeeze", ["Y", "one"], ["h"], f"{name}/h"),
        helper.make_node("MatMul", ["h", "head"], ["logit"], f"{name}/head"),
        helper.make_node("Sigmoid", ["logit"], ["p"], f"{name}/p"),
    ]
    arrays = constants("cell", own) | {
        "kernel": drawn(5, 3, size), "bias": drawn(5), "head": drawn(4, 1), "one": np.array([1]),
    }  # fmt: skip
    kept = [numpy_helper.from_array(np.asarray(one), key) for key, one in arrays.items()]
    shown = helper.make_tensor_value_info("p", TensorProto.FLOAT, None)
    return helper.make_graph(nodes, name, [], [shown], kept)


@pytest.mark.parametrize("rate", [8000, 16000])
def test_a_rate_tells_which_of_two_detectors_runs(rate, tmp_path):
    """A convolution and a recurrence hide in either branch of an If, as silero's do."""
    graph = Graph(tmp_path, X=("B", 3, "T"), rate=())
    condition = graph("Equal", "rate", np.float32(16000))
    y = graph("If", condition, name="which",
              then_branch=detector("wide", 3, "X"),
              else_branch=detector("narrow", 2, "X"))  # fmt: skip
    expected = graph.expected(y, X=np.transpose(X, (0, 2, 1)), rate=np.float32(rate))
    path = graph.saved(y)

    assert [one.cell for one in inspect(path).layers if one.kind == "recurrent"] == ["lstm"] * 2
    assert "the graph's input rate tells which" in captured("run", str(path), "-x", "1 2 3").err
    ours = rnncalc.run(rnncalc.load(path, assume=[f"rate={rate}"]), X).y
    np.testing.assert_allclose(np.transpose(ours, (1, 0, 2)), expected, rtol=1e-5, atol=1e-6)


def test_several_inputs_have_the_graphs_names(tmp_path):
    """A sequence and one row beside it; inspect draws who reads what."""
    graph = Graph(tmp_path, **{"/a/x": ("T", "B", 3), "row": ("B", 2)})
    h = graph("Squeeze", graph.cell("/a/x")[1], [0])
    y = graph("Concat", h, graph("MatMul", "row", drawn(2, 2), name="fc"), axis=1)
    row = drawn(2, 2)
    expected = graph.expected(y, **{"/a/x": np.transpose(X, (1, 0, 2)), "row": row})
    path = graph.saved(y)

    np.testing.assert_allclose(result(path, {"a.x": X, "row": row}), expected, rtol=1e-5)
    assert "row" in captured("inspect", str(path)).text


def test_a_graph_is_written_as_a_config_that_reads_back(tmp_path):
    """Layers keep the names by which they read each other; padding that no word has is written."""
    graph = Graph(tmp_path)
    graph.prefix = "net/"
    h = conv_of(pads=[2, 0])(graph)
    path = graph.saved(graph("Add", h, cell(graph, h, features=4)))
    written = tmp_path / "net.yaml"

    assert captured("convert", str(path), "-o", str(written)).code == 0
    ours, theirs = (rnncalc.run(rnncalc.load(one), X).y for one in (written, path))
    np.testing.assert_array_equal(ours, theirs)


def test_parts_of_a_graph_that_is_not_computed_are_told_apart(tmp_path):
    """What a graph computes is not told as what it does not."""
    graph = Graph(tmp_path)
    graph("Add", graph("Sin", residual(graph), name="wave"), "X")
    layers = inspect(graph.saved(graph.nodes[-1].output[0])).layers

    assert [one.name for one in layers if one.kind == "other"] == ["wave"]


def test_very_many_branches_are_read_in_bounded_work(tmp_path, monkeypatch):
    """Some are more layers than are computed, very many more work than a network takes."""
    graph = Graph(tmp_path)
    h, kernel = cell(graph), graph.constant(drawn(4, 2))
    y = graph("Concat", *(graph("MatMul", h, kernel) for _ in range(1100)), axis=2)
    assert "at most 1,000 are computed" in str(captured("run", str(graph.saved(y)), "-x", "1").err)

    monkeypatch.setattr(limits, "WORK", 500_000)
    assert "takes more work to read" in refusal(graph, y)
