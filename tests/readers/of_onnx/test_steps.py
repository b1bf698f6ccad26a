"""Steps of a recurrence as no recorded exporter writes them: joined products, gates cut after their
activation, two timesteps alone. What a graph computes is computed by ONNX' own reference.
"""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

from onnx import helper
from onnx.reference import ReferenceEvaluator
from onnx_made import drawn, proto, saved

import rnncalc
from rnncalc.errors import FileError

UNITS, FEATURES, BATCH = 4, 3, 5
ARRAYS = {
    "Wx": drawn(FEATURES, UNITS), "Wh": drawn(UNITS, UNITS), "b": drawn(UNITS),
    "W4": drawn(FEATURES + UNITS, 4 * UNITS), "b4": drawn(4 * UNITS),
    "W2": drawn(FEATURES + UNITS, 2 * UNITS), "b2": drawn(2 * UNITS),
    "W1": drawn(FEATURES + UNITS, UNITS), "b1": drawn(UNITS),
    "Wx4": drawn(FEATURES, 4 * UNITS), "Wh4": drawn(4 * UNITS, UNITS),
    "one": np.float32(1), "zero": np.zeros((BATCH, UNITS), np.float32), "first": np.array([0]),
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


def lstm_cut(g, x, h, c):
    """All gates are activated, then cut; the candidate is cut of what was not."""
    of_x = g("Gemm", x, "Wx4", "b4")
    a = g("Add", of_x, g("Gemm", h, "Wh4", transB=1))
    every = g("Sigmoid", a)
    i, f, o = (g("Slice", every, f"at{n}", f"at{n + 1}", "last") for n in (0, 1, 3))
    return of_lstm(g, i, f, g("Tanh", g("Slice", a, "at2", "at3", "last")), o, c)


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


STEPS = {"rnn": rnn, "lstm": lstm_joined, "lstm_cut": lstm_cut, "gru": gru_joined,
         "gru_regrouped": gru_regrouped}  # fmt: skip


def unrolled(step, count, *, backward=False, whole=True):
    """The step, written out for so many timesteps; all states, or the last one."""
    g, states, h, c = Graph(), {}, "zero", "zero"
    for t in range(count)[:: -1 if backward else 1]:
        h, c = step(g, g("Gather", "X", f"t{t}", axis=0), h, c)
        states[t] = h
    rows = [g("Unsqueeze", states[t], "first") for t in range(count)] if whole else []
    output = g("Concat", *rows, axis=0) if whole else h
    arrays = ARRAYS | {f"t{t}": np.array(t) for t in range(count)}
    return proto(g.nodes, {"X": (count, BATCH, FEATURES)}, [output], arrays)


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
