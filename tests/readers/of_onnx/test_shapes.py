"""ONNX files whose axes are fixed, squeezed, joined or in another order: numbers of ONNX Runtime.

``tests/recorders/record_onnx_shapes.py`` exports them: unbatched input, a batch of one, time first.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from conftest import ROOT, captured, existing

pytest.importorskip("onnx", reason="onnx is not installed")

from onnx import helper
from onnx_made import constants, drawn, proto, recurrent, saved, weights

import rnncalc
from rnncalc.errors import FileError

FOLDER = ROOT / "tests" / "golden" / "onnx_shapes"
LENGTHS = [path.stem for path in existing("*_length_0.json", FOLDER)]
NAMES = sorted({path.stem for path in existing("*.json", FOLDER)} - {*LENGTHS})
TIME_FIRST = ("gru_time_first_both", "lstm_time_first", "gru_not_optimized", "lstm_not_optimized")


def told(name):
    """What a file is given and what comes out, as the graph has the axes."""
    document = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return document, np.array(document["x"], np.float32), np.array(document["expected"])


def result(trace):
    """What the network gives."""
    if trace.y is not None:
        return trace.y
    return trace.h if trace.ended is None else trace.ended


@pytest.mark.parametrize("name", NAMES)
def test_an_export_of_fixed_shapes(name):
    """Its own input, and what ONNX Runtime computes of it, number by number."""
    document, x, expected = told(name)
    got = result(rnncalc.run(rnncalc.load(FOLDER / document["file"]), x))
    if name in TIME_FIRST:
        got = got.swapaxes(0, 1)

    assert got.size == expected.size
    np.testing.assert_allclose(got.ravel(), expected.ravel(), rtol=1e-5, atol=2e-6)


@pytest.mark.parametrize("name", LENGTHS)
def test_a_sequence_of_length_0(name):
    """Its outputs are 0 in both directions, and the others are what they are without it."""
    document, x, expected = told(name)
    trace = rnncalc.run(rnncalc.load(FOLDER / document["file"]), x)
    joined = expected.transpose(2, 0, 1, 3).reshape(trace.h.shape)

    np.testing.assert_allclose(trace.h, joined, rtol=1e-5, atol=2e-6)
    assert not trace.h[0].any()
    assert trace.h[1:].any()


@pytest.mark.parametrize("name", ["gru_2_unbatched", "lstm_time_first", "gru_not_optimized"])
def test_the_final_states_of_all_layers(name):
    """PyTorch's h_n and c_n, beside the sequence."""
    document, x, _ = told(name)
    trace = rnncalc.run(rnncalc.load(FOLDER / document["file"]), x)
    ways = [way for layer in trace.layers for way in layer.directions.values()]
    for key, expected in zip("hc", document["more"], strict=False):
        got = np.stack([way.final[key] for way in ways])
        np.testing.assert_allclose(got.ravel(), np.ravel(expected), rtol=1e-5, atol=2e-6)


def graph(folder, shape, name="m.onnx", more=(), outputs=("Y",), arrays=None, **given):
    """A file of one LSTM, whose input has this shape, time first."""
    own = weights()
    nodes = [recurrent("node", own, outputs=["Y"]), *more]
    every = constants("node", own) | (arrays or {})
    return saved(folder, proto(nodes, {"X": shape, **given}, list(outputs), every), name)


@pytest.mark.parametrize(
    ("shape", "given", "read"),
    [
        ((4, 5, 3), (4, 5, 3), (5, 4)),
        ((4, 5, 3), (5, 4, 3), (5, 4)),
        ((4, "B", 3), (4, 5, 3), (5, 4)),
        ((4, "B", 3), (5, 4, 3), (5, 4)),
        (("T", 5, 3), (4, 5, 3), (5, 4)),
        (("T", 1, 3), (6, 1, 3), (1, 6)),
        (("T", "B", 3), (4, 5, 3), (4, 5)),
        ((4, 4, 3), (4, 4, 3), (4, 4)),
        ((4, 5, 3), (7, 6, 3), (7, 6)),
    ],
)
def test_x_with_the_axes_of_a_graph_that_has_time_first(shape, given, read, tmp_path):
    """It is turned where it can only be that: where the batch first is what the graph rules out."""
    path = graph(tmp_path, shape)
    x = drawn(*given)
    np.save(tmp_path / "x.npy", x)
    screen = captured(
        "run", str(path), "-x", str(tmp_path / "x.npy"), "-o", str(tmp_path / "o.npz")
    )
    turned = x if x.shape[:2] == read else x.swapaxes(0, 1)
    found = np.load(tmp_path / "o.npz")

    assert f"x is read as {read[0]} sequence{'s' * (read[0] > 1)} of {read[1]}" in screen.err
    np.testing.assert_array_equal(found["x"], turned)
    np.testing.assert_array_equal(found["h"], rnncalc.run(rnncalc.load(path), turned).h)
    np.testing.assert_array_equal(rnncalc.run(rnncalc.load(path), x).h, found["h"])


def test_which_axis_comes_first_is_told(tmp_path):
    """By inspect in words and in JSON, by run where a batch is given; nothing where it is usual."""
    path = graph(tmp_path, (4, "B", 3))
    screen = " ".join(captured("inspect", str(path)).text.split())
    own = json.loads(captured("inspect", str(path), "--json").text)["input"]
    x = ("run", str(path), "-x", "[[[1,2,3],[4,5,6],[7,8,9],[1,3,5]]]")

    assert "Input X (timesteps 4, batch, features 3): time first. x has the batch first" in screen
    assert own == {"name": "X", "axes": ["timesteps", "batch", "features"], "shape": [4, None, 3]}
    assert "takes time first, (timesteps, batch, features)" in captured(*x).err
    assert captured(*x, "-q").err == ""
    assert captured("run", str(path), "-x", "1 2 3; 4 5 6").err == ""


def test_the_usual_order_is_not_told_but_in_json(tmp_path):
    """Behind a Transpose the batch comes first; a batch of one too, where a Reshape stands."""
    own = weights()
    for first, shape in (
        (helper.make_node("Transpose", ["X"], ["S"], perm=(1, 0, 2)), (1, 5, 3)),
        (helper.make_node("Reshape", ["X", "shape"], ["S"]), (1, 5, 3)),
    ):
        nodes = [first, recurrent("node", own, x="S", outputs=["Y"])]
        arrays = constants("node", own) | {"shape": np.array([5, 1, 3])}
        path = saved(tmp_path, proto(nodes, {"X": shape}, ["Y"], arrays))
        own_axes = json.loads(captured("inspect", str(path), "--json").text)["input"]

        assert own_axes["axes"] == ["batch", "timesteps", "features"]
        assert "time first" not in captured("inspect", str(path)).text
        assert rnncalc.run(rnncalc.load(path), drawn(1, 5, 3)).h.shape == (1, 5, 4)


def test_ids_and_masks_are_turned_with_each_other(tmp_path):
    """Ids of a graph that has time first: (timesteps, batch)."""
    own = weights()
    nodes = [helper.make_node("Gather", ["table", "ids"], ["S"]), recurrent("node", own, x="S")]
    path = saved(tmp_path, proto(nodes, {"ids": (5, 2)}, ["node.Y"],
                                 constants("node", own) | {"table": drawn(7, 3)}))  # fmt: skip
    model, ids = rnncalc.load(path), np.array([[1, 2], [3, 4], [5, 6], [2, 3], [4, 1]])

    np.testing.assert_array_equal(rnncalc.run(model, ids).h, rnncalc.run(model, ids.T).h)
    assert rnncalc.run(model, ids).h.shape == (2, 5, 4)


def test_layers_that_are_picked_keep_the_order(tmp_path):
    """As long as the first of them is the graph's."""
    own, over = weights(), weights("gru", 2, 4)
    nodes = [
        recurrent("one", own, outputs=["Y"]),
        helper.make_node("Squeeze", ["Y", "axis"], ["S"]),
        recurrent("other", over, x="S", op="GRU"),
    ]
    arrays = constants("one", own) | constants("other", over) | {"axis": np.array([1])}
    path = saved(tmp_path, proto(nodes, {"X": (4, 5, 3)}, ["other.Y"], arrays))

    assert rnncalc.load(path, layers=["one"]).entry == rnncalc.load(path).entry
    assert rnncalc.load(path, layers=["other"]).entry is None


def test_numbers_in_the_own_order_of_the_graph_agree(tmp_path):
    """check reads x and the expected numbers as the graph has them, and says so."""
    document, x, expected = told("lstm_time_first")
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", expected)
    screen = captured("check", str(FOLDER / document["file"]), "-x", str(tmp_path / "x.npy"),
                      "--against", str(tmp_path / "y.npy"))  # fmt: skip

    assert screen.code == 0
    assert "axes: time first" in screen.text


@pytest.mark.parametrize(
    ("behind", "why"),
    [
        ([("Softmax", ["Q"], {"axis": -1})], "reads an axis that is not the features of a step"),
    ],
)
def test_a_squeezed_feature_is_no_reason_to_take_another_axis_for_it(behind, why, tmp_path):
    """(timesteps, batch) behind a dense layer of one output: a softmax goes over the batch."""
    nodes = [
        helper.make_node("Squeeze", ["Y", "one"], ["H"]),
        helper.make_node("MatMul", ["H", "kernel"], ["D"], "dense"),
        helper.make_node("Squeeze", ["D", "last"], ["Q"]),
        *(helper.make_node(op, names, ["out"], op, **how) for op, names, how in behind),
    ]
    arrays = {"one": np.array([1]), "last": np.array([2]), "kernel": drawn(4, 1)}
    path = graph(tmp_path, ("T", "B", 3), more=nodes, outputs=["out"], arrays=arrays)

    with pytest.raises(FileError, match=why):
        rnncalc.load(path)


def test_the_features_that_were_squeezed_come_back(tmp_path):
    """Unsqueezed again, a dense layer reads them."""
    nodes = [
        helper.make_node("Squeeze", ["Y", "one"], ["H"]),
        helper.make_node("MatMul", ["H", "kernel"], ["D"], "dense"),
        helper.make_node("Squeeze", ["D", "last"], ["Q"]),
        helper.make_node("Unsqueeze", ["Q", "last"], ["U"]),
        helper.make_node("MatMul", ["U", "other"], ["out"], "second"),
    ]
    arrays = {"one": np.array([1]), "last": np.array([2]), "kernel": drawn(4, 1),
              "other": drawn(1, 2)}  # fmt: skip
    model = rnncalc.load(graph(tmp_path, ("T", "B", 3), more=nodes, outputs=["out"], arrays=arrays))

    trace = rnncalc.run(model, drawn(2, 5, 3))
    expected = trace.h @ arrays["kernel"] @ arrays["other"]
    np.testing.assert_allclose(trace.y, expected, rtol=1e-6, atol=1e-7)


def test_a_fixed_shape_behind_a_free_length_settles_it(tmp_path):
    """PyTorch's exporter leaves time open and reshapes to six steps: the graph runs with no other.

    The entry says so; a shape that no length comes to is refused.
    """
    node = helper.make_node("Reshape", ["Y", "shape"], ["H"])
    for shape, fits in (((6, 4, 4), True), ((6, 5, 4), False)):
        path = graph(tmp_path, ("T", 4, 3), more=[node], outputs=["H"],
                     arrays={"shape": np.array(shape)})  # fmt: skip
        if fits:
            assert rnncalc.load(path).entry.shape == (6, 4, 3)
        else:
            with pytest.raises(FileError, match="reshapes to axes that are not those it has"):
                rnncalc.load(path)


def test_the_states_of_layers_are_not_the_result(tmp_path):
    """Where nothing else comes out, that is said."""
    own, over = weights(), weights("lstm", 4, 4)
    nodes = [
        recurrent("one", own, outputs=["Y", "H1"]),
        helper.make_node("Squeeze", ["Y", "axis"], ["S"]),
        recurrent("other", over, x="S", outputs=["Y2", "H2"]),
        helper.make_node("Concat", ["H1", "H2"], ["H"], axis=0),
        helper.make_node("Transpose", ["H"], ["out"], perm=(1, 0, 2)),
    ]
    arrays = constants("one", own) | constants("other", over) | {"axis": np.array([1])}
    path = saved(tmp_path, proto(nodes, {"X": ("T", "B", 3)}, ["out"], arrays))

    with pytest.raises(FileError, match="gives the final states of several layers, and no seq"):
        rnncalc.load(path)
