"""What reading an ONNX file costs: counted for the file as a whole, whatever stands in it."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import captured, existing

pytest.importorskip("onnx", reason="onnx is not installed")

from onnx import helper
from onnx_made import constants, drawn, proto, recurrent, saved, weights

from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.limits import Budget
from rnncalc.containers.tensor import Tensor
from rnncalc.inspecting.inspect import inspect
from rnncalc.readers.of_onnx.operators.constants import Making
from rnncalc.readers.of_onnx.operators.table import OtherError

node = helper.make_node
CUT = {"from": np.array([0]), "to": np.array([1])}
STEP = {"Wx": drawn(3, 4), "Wh": drawn(4, 4), "zero": np.zeros((2, 4), np.float32)}


def said(folder, nodes, inputs, outputs, arrays):
    """What inspect says of a graph, in one line."""
    screen = captured("inspect", str(saved(folder, proto(nodes, inputs, outputs, arrays))))
    return " ".join((screen.text + screen.err).split())


def slices(count):
    """A constant that is made, and cut as often; of the pieces the weight of a node."""
    own = weights("rnn", 1, 1) | {"W": "W"}
    nodes = [node("Concat", ["half", "half"], ["made"], axis=0)]
    for i in range(count):
        nodes.append(node("Slice", ["made", "from", "to"], [f"s{i}"]))
        nodes.append(node("Mul", [f"m{i - 1}" if i else "one", f"s{i}"], [f"m{i}"]))
    nodes += [node("Reshape", [f"m{count - 1}", "shape"], ["W"]), recurrent("r", own, op="RNN")]
    half, one = np.ones(1 << 16, np.float32), np.ones(1, np.float32)
    arrays = constants("r", own) | CUT | {"half": half, "one": one, "shape": np.array([1, 1, 1])}
    return nodes, {"X": ("T", "B", 1)}, ["r.Y"], arrays


def loop(name, *more):
    """A recurrence as a loop."""
    body = [
        node("Gather", ["sequence", "step"], ["x"]),
        node("MatMul", ["x", "Wx"], ["a"]),
        node("MatMul", ["h", "Wh"], ["b"]),
        node("Add", ["a", "b"], ["c"]),
        *more,
        node("Tanh", ["c"], ["after"]),
        node("Identity", ["go"], ["goes"]),
    ]
    given = helper.make_tensor_value_info
    inner = [given("step", 7, []), given("go", 9, []), given("h", 1, [None, 4])]
    outer = [given("goes", 9, []), given("after", 1, [None, 4]), given("after", 1, [None, 4])]
    graph = helper.make_graph(body, "body", inner, outer)
    return node("Loop", ["count", "go_on", "zero"], [f"{name}.h", f"{name}.Y"], name, body=graph)


def loops(count):
    """As many loops."""
    nodes = [node("Identity", ["X"], ["sequence"]), *(loop(f"loop{i}") for i in range(count))]
    arrays = STEP | {"count": np.array(5), "go_on": np.array(True)}
    return nodes, {"X": (5, 2, 3)}, [f"loop{i}.Y" for i in range(count)], arrays


def unrolled(count):
    """A recurrence that is written out for so many steps."""
    nodes, h = [], "zero"
    for t in range(count):
        nodes += [
            node("Gather", ["X", f"i{t}"], [f"x{t}"]),
            node("MatMul", [f"x{t}", "Wx"], [f"a{t}"]),
            node("MatMul", [h, "Wh"], [f"b{t}"]),
            node("Add", [f"a{t}", f"b{t}"], [f"c{t}"]),
            node("Tanh", [f"c{t}"], [h := f"h{t}"]),
        ]
    return nodes, {"X": (count, 2, 3)}, [h], STEP | {f"i{t}": np.array(t) for t in range(count)}


def formulas(count):
    """As many layers that are written out, each with three vectors and three numbers of its own."""
    own = weights()
    nodes = [recurrent("node", own, outputs=["Y"]), node("Squeeze", ["Y", "axis"], ["f0"])]
    arrays = constants("node", own) | {"axis": np.array([1])}
    for i in range(count):
        now = f"f{i}"
        for j, size in enumerate([4] * 3 + [1] * 3):
            arrays[f"k{i}.{j}"] = np.abs(drawn(size))
            nodes.append(node("Mul" if j % 2 else "Add", [now, f"k{i}.{j}"], [f"p{i}.{j}"]))
            now = f"p{i}.{j}"
        nodes.append(node("Abs", [now], [f"f{i + 1}"]))
        nodes.append(node("Relu", [f"f{i + 1}"], [f"r{i}"]))
    return nodes, {"X": ("T", "B", 3)}, [f"r{i}" for i in range(count)], arrays


@pytest.mark.parametrize(
    ("made", "few", "many", "work"),
    [
        (slices, 5, 400, 4_000_000),
        (loops, 2, 40, 10_000_000),
        (unrolled, 4, 40, 10_000_000),
        (formulas, 1, 8, 150_000_000),
    ],
)
def test_what_is_done_often_is_paid_for_each_time(made, few, many, work, tmp_path, monkeypatch):
    """Few of a kind are read with a little work; of many nobody goes on, and the file says why."""
    monkeypatch.setattr(limits, "WORK", work)

    assert "takes more work to read" not in said(tmp_path, *made(few))
    assert "its graph takes more work to read than that of any" in said(tmp_path, *made(many))


@pytest.mark.parametrize(
    "path",
    [
        *existing("tests/golden/onnx_shapes/*.onnx"),
        *existing("tests/golden/files/onnx/*torch_lstm*.onnx"),
        *existing("tests/golden/files/onnx/keras2_masked*.onnx"),
    ],
    ids=lambda path: path.stem,
)
def test_exports_cost_a_fraction_of_what_they_may(path, monkeypatch):
    """Loops, unrolled recurrences, masks: the largest files here take no hundredth of it."""
    budgets, own = [], Budget.__init__

    def noted(budget):
        own(budget)
        budgets.append(budget)

    monkeypatch.setattr(Budget, "__init__", noted)
    inspect(path)

    assert budgets
    assert min(one.left for one in budgets) > 0.9 * limits.WORK
    assert min(one.room for one in budgets) > 0.99 * limits.MADE


def test_a_made_constant_is_made_once():
    """And so is one that stands in the file: however many are made of it, it is read once."""
    reads = []

    def numbers():
        reads.append(1)
        return np.arange(1000.0)

    making = Making(1000, Budget())
    one = making.known(Tensor("one", (1000,), "float32", numbers))
    double = making.made("double", (1000,), lambda a: 2 * a, one)
    many = [making.made(f"{i}", (3,), lambda a: a[:3], double, view=True) for i in range(50)]

    assert [many[7].tensor.read()[1], double.tensor.read()[2], len(reads)] == [2, 4, 1]


def test_a_large_constant_is_made_again_only_when_nobody_holds_it(monkeypatch):
    """What has no room to be kept is there as long as somebody computes with it."""
    monkeypatch.setattr(limits, "KEPT", 10)
    reads = []

    def numbers():
        reads.append(1)
        return np.arange(1000.0)

    making = Making(1000, Budget())
    one = making.known(Tensor("one", (1000,), "float32", numbers))
    halves = [
        making.made(f"{i}", (500,), lambda a, i=i: a[i : i + 500], one, view=True) for i in (0, 500)
    ]
    whole = making.made("whole", (1000,), lambda *a: np.concatenate(a), *halves)

    np.testing.assert_array_equal(whole.tensor.read(), np.arange(1000.0))
    assert len(reads) == 1
    whole.tensor.read()
    assert len(reads) == 2


def test_what_must_be_held_at_once_is_bounded():
    """Sums of which each adds another constant to the one before: all of them would be there."""
    making = Making(limits.FROM_NOTHING, Budget())
    one = making.known(Tensor("one", (1 << 20,), "float32", lambda: np.ones(1 << 20)))

    def sum_of(count):
        total = one
        for i in range(count):
            other = making.made(f"other{i}", (1 << 20,), lambda a: a + 1, one)
            total = making.made(f"total{i}", (1 << 20,), lambda a, b: a + b, other, total)
        return total

    assert sum_of(3).tensor.read()[0] == 7
    with pytest.raises(OtherError, match=r"holds 9,437,184 numbers at once"):
        sum_of(40)


def test_constants_one_of_the_other_are_bounded(tmp_path):
    """Seventy of them: the node says that its W is not known, and why."""
    own = weights("rnn", 10, 10) | {"W": "w70"}
    nodes = [node("Add", [f"w{i}", f"w{i}"], [f"w{i + 1}"], f"a{i}") for i in range(70)]
    arrays = constants("r", own) | {"w0": drawn(1, 10, 10)}
    nodes.append(recurrent("r", own, op="RNN"))
    text = said(tmp_path, nodes, {"X": ("T", "B", 10)}, ["r.Y"], arrays)

    assert "r (RNN) reads its W from what is not known: a64 is made of constants that" in text


def test_what_grows_is_bounded(tmp_path):
    """Lists of lengths, constants in front of a loop: doubled forty times they are refused."""
    double = [node("Concat", [f"c{i}"] * 2, [f"c{i + 1}"], f"d{i}", axis=0) for i in range(40)]
    own = weights()
    lengths = [node("Shape", ["X"], ["c0"]), *double, recurrent("node", own, outputs=["Y"]),
               node("Reshape", ["Y", "c40"], ["R"])]  # fmt: skip
    text = said(tmp_path, lengths, {"X": ("T", "B", 3)}, ["R"], constants("node", own))
    assert "Reshape) reshapes to lengths that depend on the input" in text or "is not known" in text

    shapes = [node("Shape", ["X"], ["c0"]), *double, node("Reshape", ["X", "c40"], ["R"])]
    assert "No recurrent layer" in said(tmp_path, shapes, {"X": ("T", "B", 3)}, ["R"], {})

    nodes, inputs, outputs, arrays = loops(1)
    front = [*double, node("Slice", ["c40", "from", "to"], ["n"])]
    nodes[1].input[0] = "n"
    arrays |= CUT | {"c0": np.full(1000, 5)}
    text = said(tmp_path, front + nodes, inputs, outputs, arrays)
    assert "nobody can tell how often it runs over a sequence of 5 timesteps" in text


def test_names_of_inputs_do_not_pile_up(tmp_path):
    """Three thousand inputs that are added up one by one: each value would name all before it."""
    nodes = [node("Add", [f"s{i}" if i else "X0", f"X{i + 1}"], [f"s{i + 1}"]) for i in range(3000)]
    inputs = {f"X{i}": (1, 2) for i in range(3001)}

    assert "No recurrent layer" in said(tmp_path, nodes, inputs, ["s3000"], {})
