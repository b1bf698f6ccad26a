"""Steps of a recurrence as no recorded exporter writes them: joined products, gates cut after their
activation, two timesteps alone. What a graph computes is computed by ONNX' own reference.
"""

from __future__ import annotations

import re

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

from onnx import helper
from onnx.reference import ReferenceEvaluator
from onnx_made import drawn, proto, saved

import rnncalc
from rnncalc.containers.onnx.file import Node
from rnncalc.containers.onnx.limits import Budget
from rnncalc.errors import FileError, RnncalcError
from rnncalc.readers.of_onnx.loops.sums import leaf
from rnncalc.readers.of_onnx.loops.timeline import Sequenced, results_of

UNITS, FEATURES, BATCH = 4, 3, 5
ARRAYS = {
    "Wx": drawn(FEATURES, UNITS), "Wh": drawn(UNITS, UNITS), "b": drawn(UNITS),
    "W4": drawn(FEATURES + UNITS, 4 * UNITS), "b4": drawn(4 * UNITS),
    "W2": drawn(FEATURES + UNITS, 2 * UNITS), "b2": drawn(2 * UNITS),
    "W1": drawn(FEATURES + UNITS, UNITS), "b1": drawn(UNITS),
    "Wx4": drawn(FEATURES, 4 * UNITS), "Wh4": drawn(4 * UNITS, UNITS),
    "one": np.float32(1), "zero": np.zeros((BATCH, UNITS), np.float32), "first": np.array([0]),
    "axis0": np.array([0]), "axis1": np.array([1]), "far": np.array([1 << 40]),
    "ones": np.ones((BATCH, 1), np.float32), "W1more": drawn(FEATURES + UNITS + 1, UNITS),
    "whole": np.ones((1, 1), np.float32), "parts": drawn(4 * UNITS), "b1x4": drawn(4 * UNITS),
    "last": np.array([-1]), "four": np.array([UNITS] * 4), "two": np.array([UNITS] * 2),
    **{f"at{i}": np.array([i * UNITS]) for i in range(5)},
}  # fmt: skip


class Graph:
    """A graph that grows by one node a call, which gives the name of what it makes."""

    def __init__(self):
        self.nodes = []

    def __call__(self, op, *inputs, count=1, **says):
        names = [f"v{len(self.nodes)}.{i}" for i in range(count)]
        self.nodes.append(helper.make_node(op, list(inputs), names, names[0], **says))
        return names[0] if count == 1 else names

    def activated(self, op, inputs):
        return [self(op, one) for one in inputs]


def rnn(g, x, h, c):
    product = g("Add", g("MatMul", x, "Wx"), g("MatMul", h, "Wh"))
    return g("Tanh", g("Add", product, "b")), c


def of_lstm(g, i, f, candidate, o, c):
    c = g("Add", g("Mul", f, c), g("Mul", i, candidate))
    return g("Mul", o, g("Tanh", c)), c


def lstm_joined(g, x, h, c):
    """One product of the input and the state side by side; its gates are split off."""
    a = g("Add", g("MatMul", g("Concat", x, h, axis=-1), "W4"), "b4")
    i, f, candidate, o = g("Split", a, "four", axis=1, count=4)
    i, f, o = g.activated("Sigmoid", [i, f, o])
    return of_lstm(g, i, f, g("Tanh", candidate), o, c)


def lstm_cut(g, x, h, c, scale=""):
    """All gates are activated, then cut; the candidate is cut of what was not."""
    of_x = g("Gemm", x, "Wx4", "b4")
    a = g("Add", of_x, g("Gemm", h, "Wh4", transB=1))
    every = g("Mul", g("Sigmoid", a), scale) if scale else g("Sigmoid", a)
    i, f, o = (g("Slice", every, f"at{n}", f"at{n + 1}", "last") for n in (0, 1, 3))
    return of_lstm(g, i, f, g("Tanh", g("Slice", a, "at2", "at3", "last")), o, c)


def lstm_cut_of_1(g, x, h, c):
    """Before the cut the gates are multiplied with one number, 1."""
    return lstm_cut(g, x, h, c, "whole")


def gru_joined(g, x, h, c):
    """Both gates in one product, and the candidate of what the reset gate leaves."""
    a = g("Add", g("MatMul", g("Concat", x, h, axis=1), "W2"), "b2")
    z, r = g("Split", g("Sigmoid", a), "two", axis=-1, count=2)
    left = g("Concat", x, g("Mul", r, h), axis=1)
    n = g("Tanh", g("Add", g("MatMul", left, "W1"), "b1"))
    return g("Add", g("Mul", z, h), g("Mul", g("Sub", "one", z), n)), c


def gru_regrouped(g, x, h, c):
    """The gates are put side by side once more, and cut out of that."""
    a = g("Add", g("MatMul", g("Concat", x, h, axis=1), "W2"), "b2")
    z, r = g("Split", a, "two", axis=-1, count=2)
    every = g("Concat", *g.activated("Sigmoid", [r, z]), axis=1)
    r, z = (g("Slice", every, f"at{n}", f"at{n + 1}", "last") for n in (0, 1))
    left = g("Concat", x, g("Mul", r, h), axis=1)
    n = g("Tanh", g("Add", g("MatMul", left, "W1"), "b1"))
    return g("Add", g("Mul", z, h), g("Mul", g("Sub", "one", z), n)), c


STEPS = {"rnn": rnn, "lstm": lstm_joined, "lstm_cut": lstm_cut, "lstm_cut_of_1": lstm_cut_of_1,
         "gru": gru_joined, "gru_regrouped": gru_regrouped}  # fmt: skip


def unrolled(step, count, *, backward=False, whole=True, cut=None, axis=0, **inputs):
    """The step, written out for so many timesteps; all states, or the last one.

    Args:
        cut: what the timesteps are cut of, made of X.
        axis: along which the states are put side by side.
    """
    g, states, h, c = Graph(), {}, "zero", "zero"
    x = cut(g) if cut else "X"
    for t in range(count)[:: -1 if backward else 1]:
        h, c = step(g, g("Gather", x, f"t{t}", axis=0), h, c)
        states[t] = h
    rows = [g("Unsqueeze", states[t], f"axis{axis}") for t in range(count)] if whole else []
    output = g("Concat", *rows, axis=axis) if whole else h
    arrays = ARRAYS | {f"t{t}": np.array(t) for t in range(count)}
    return proto(g.nodes, {"X": (count, BATCH, FEATURES), **inputs}, [output], arrays)


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
@pytest.mark.parametrize(
    ("name", "count"),
    [*((name, 3) for name in STEPS), ("rnn", 2), ("gru", 2), ("gru_regrouped", 2)],
)
def test_a_step_is_read_in_whatever_way_it_is_written(name, count, backward, tmp_path):
    """The cell is the one that it computes, and the numbers are the reference's."""
    graph = unrolled(STEPS[name], count, backward=backward)
    x = drawn(count, BATCH, FEATURES)
    (expected,) = ReferenceEvaluator(graph).run(None, {"X": x})

    model = rnncalc.load(saved(tmp_path, graph))

    assert model.layers[0].cell == name.split("_")[0]
    np.testing.assert_allclose(
        rnncalc.run(model, x).h, expected.swapaxes(0, 1), rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("name", ["lstm", "lstm_cut"])
def test_two_timesteps_do_not_tell_the_states_of_an_lstm(name, tmp_path):
    """Which value is c after the last one, nothing shows: the reason is given, and the way out."""
    with pytest.raises(FileError, match="its two timesteps are those of no cell"):
        rnncalc.load(saved(tmp_path, unrolled(STEPS[name], 2)))


def all_of_it(g):
    return g("Slice", "X", "axis0", "far", "axis0")


@pytest.mark.parametrize("cut", [None, all_of_it], ids=["as it is", "cut before"])
def test_states_that_stand_behind_the_batch(cut, tmp_path):
    """Side by side along the second axis: sequences first."""
    graph, x = unrolled(rnn, 3, axis=1, cut=cut), drawn(3, BATCH, FEATURES)
    (expected,) = ReferenceEvaluator(graph).run(None, {"X": x})

    found = rnncalc.run(rnncalc.load(saved(tmp_path, graph)), x).h

    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_the_last_of_states_that_stand_behind_the_batch(tmp_path):
    """Taken along the second axis."""
    graph, x = unrolled(rnn, 3, axis=1), drawn(3, BATCH, FEATURES)
    last = helper.make_node("Gather", [graph.graph.output[0].name, "t2"], ["end"], axis=1)
    graph.graph.node.append(last)
    graph.graph.output[0].name = "end"
    (expected,) = ReferenceEvaluator(graph).run(None, {"X": x})

    found = rnncalc.run(rnncalc.load(saved(tmp_path, graph)), x)

    np.testing.assert_allclose(found.ended, expected, rtol=1e-5, atol=1e-6)


def test_a_sequence_that_is_cut_out_of_four_axes(tmp_path):
    """What is cut along an axis that no sequence has stands in no one's way."""

    def cut(g):
        return g("Squeeze", g("Gather", "X", "at0", axis=3), "last")

    graph, x = unrolled(rnn, 3, cut=cut, X=(3, BATCH, FEATURES, 1)), drawn(3, BATCH, FEATURES)
    (expected,) = ReferenceEvaluator(graph).run(None, {"X": x[..., None]})

    found = rnncalc.run(rnncalc.load(saved(tmp_path, graph)), x.swapaxes(0, 1)).h

    np.testing.assert_allclose(found, expected.swapaxes(0, 1), rtol=1e-5, atol=1e-6)


def scaled(g, x, h, c):
    return g("Tanh", g("Gemm", g("Concat", x, h, axis=1), "W1", alpha=0.5)), c


def uneven(g, x, h, c):
    return g("Tanh", g("MatMul", g("Concat", x, h, g("Neg", x), axis=1), "W1")), c


def both_sides(g, x, h, c):
    return g("Tanh", g("MatMul", g("MatMul", x, "Wx"), g("Transpose", h))), c


def rows_cut(g, x, h, c):
    a = g("Add", g("MatMul", x, "Wx"), g("MatMul", h, "Wh"))
    return g("Tanh", g("Slice", a, "first", "at1", "first")), c


def rows_split(g, x, h, c):
    a = g("Add", g("MatMul", x, "Wx"), g("MatMul", h, "Wh"))
    return g("Tanh", g("Split", a, axis=0, count=2)[0]), c


def rows_joined(g, x, h, c):
    a = g("Add", g("MatMul", x, "Wx"), g("MatMul", h, "Wh"))
    return g("Tanh", g("Concat", a, a, axis=0)), c


@pytest.mark.parametrize(
    "step", [scaled, uneven, both_sides, rows_cut, rows_split, rows_joined],
    ids=lambda one: one.__name__,
)  # fmt: skip
def test_a_step_that_no_cell_has_is_not_read_as_one(step, tmp_path):
    """The file is refused: none of these is an RNN, and no number is made up."""
    with pytest.raises(FileError, match="no recurrent layer that can be computed"):
        rnncalc.load(saved(tmp_path, unrolled(step, 3, whole=False)))


def joined_with_ones(g, x, h, c):
    return g("Tanh", g("MatMul", g("Concat", x, h, "ones", axis=1), "W1more")), c


def gru_joined_with_ones(g, x, h, c):
    """The candidate's product has a column of ones beside the input and the state."""
    a = g("Add", g("MatMul", g("Concat", x, h, axis=1), "W2"), "b2")
    z, r = g("Split", g("Sigmoid", a), "two", axis=-1, count=2)
    n = g("Tanh", g("MatMul", g("Concat", x, g("Mul", r, h), "ones", axis=1), "W1more"))
    return g("Add", g("Mul", z, h), g("Mul", g("Sub", "one", z), n)), c


def added_up(g, x, h, c):
    a = g("Add", g("MatMul", x, "Wx"), g("MatMul", h, "Wh"))
    for _ in range(33):
        a = g("Add", a, "b")
    return g("Tanh", a), c


def scaled_gates(g, x, h, c):
    return lstm_cut(g, x, h, c, "parts")


def three_states(g, x, h, c):
    b, d = ("zero", "zero") if c == "zero" else c
    i, f = (g("Sigmoid", rnn(g, x, h, "")[0]) for _ in range(2))
    b = g("Add", g("Mul", f, b), g("Mul", i, d))
    d = g("Tanh", g("Mul", d, b))
    return g("Mul", i, g("Tanh", g("Add", b, d))), (b, d)


def other_at_first(g, x, h, c):
    return rnn(g, x, h, c) if h != "zero" else (g("Tanh", g("Gemm", x, "Wx", "b1")), c)


def of_others(g, x, h, c):
    a = g("Add", g("MatMul", x, "Wx"), g("MatMul", h, "Wh"))
    return g("Tanh", g("Add", a, "Z")), c


def of_the_start(g, x, h, c):
    """Every step reads the state before the first one, too."""
    h = "Z" if h == "zero" else h
    return of_others(g, x, h, c)


def from_three(g, x, h, c):
    first = h == "zero"
    h, c = ("H", "C") if first else (h, c)
    a = g("Add", g("MatMul", x, "Wx"), g("MatMul", h, "Wh"))
    i, f, o = (g("Sigmoid", g("Add", a, one)) for one in ("b", "b1", "Z" if first else "b"))
    return of_lstm(g, i, f, g("Tanh", a), o, c)


def odd(g, x, h, c):
    return g("Sin", g("Add", g("MatMul", x, "Wx"), g("MatMul", h, "Wh"))), c


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (gru_joined_with_ones, "multiplies an input that is joined with a constant"),
        (added_up, "adds up more than any step of a cell does"),
        (scaled_gates, "its matrices are those of a cell, and it computes something else than any"),
        (three_states, "more than two states go on from one timestep to the next"),
        (other_at_first, "timestep 1 computes something else than the cell of the others"),
        (of_others, "reads 'Z', which is neither the sequence nor a state"),
        (of_the_start, "reads something else than the sequence and the states"),
        (from_three, "more than two states go into its first timestep"),
        (odd, "Sin (node v4.0) is none that a step of a cell is written with"),
        (joined_with_ones, "no recurrent layer that can be computed"),
    ],
    ids=lambda one: one.__name__ if callable(one) else "",
)
def test_steps_that_are_those_of_no_cell_are_refused(step, why, tmp_path):
    """With the reason: what stands in the way, or which timestep is another one."""
    state = (BATCH, UNITS)
    graph = unrolled(step, 4, Z=state, H=state, C=state)

    with pytest.raises(FileError, match=re.escape(why)):
        rnncalc.load(saved(tmp_path, graph))


def test_one_recurrence_that_is_read_beside_one_that_is_not(tmp_path):
    """The first gives its reason once; the second, from the end, is a layer that can be picked."""
    g, outputs = Graph(), []
    for step, times in ((three_states, range(4)), (rnn, range(4)[::-1])):
        h = c = "zero"
        for t in times:
            h, c = step(g, g("Gather", "X", f"t{t}", axis=0), h, c)
        outputs.append(h)
    arrays = ARRAYS | {f"t{t}": np.array(t) for t in range(4)}
    graph = proto(g.nodes, {"X": (4, BATCH, FEATURES)}, outputs, arrays)

    with pytest.raises(FileError, match="more than two states go on from one") as error:
        rnncalc.load(saved(tmp_path, graph))
    assert str(error.value).count("belongs to an unrolled recurrence") == 1
    assert str(error.value).endswith(",rnn")


def test_a_damaged_turn_ends_in_an_error(tmp_path):
    """A Transpose that names one axis of three, in front of what is cut."""

    def step(g, x, h, c):
        return rnn(g, g("Gather", g("Transpose", "X", perm=[0]), "t0", axis=1), h, c)

    with pytest.raises(FileError, match="no recurrent layer that can be computed"):
        rnncalc.load(saved(tmp_path, unrolled(step, 3)))


@pytest.mark.parametrize(
    ("op", "says", "given", "why"),
    [
        ("Transpose", {"perm": (0, 2, 1)}, [], "turns more than time and batch"),
        ("Squeeze", {"axes": (1,)}, [], "squeezes another axis than that of one timestep"),
        ("Gather", {"axis": 1}, [np.array(0)], "gathers something else than one timestep"),
        ("Slice", {"starts": (0,), "ends": (2,), "axes": (2,)}, [],
         "cuts another axis than that of the timesteps"),
        ("Softmax", {}, [], "is none that a sequence goes through"),
    ],
)  # fmt: skip
def test_what_no_sequence_goes_through_is_said(op, says, given, why):
    """By the node."""
    node = Node(op, "n", ("x", *"i" * len(given)), ("o",), says)
    with pytest.raises(RnncalcError, match=re.escape(f"{op} (node n) {why}")):
        results_of(node, [Sequenced(leaf("x", 3, 2), 0, (0, 1, 2)), *given], Budget())
