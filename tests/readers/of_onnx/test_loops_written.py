"""Loops as no recorded exporter writes them: read as the cells that they are, with the numbers of
ONNX' reference; or refused, each with its reason.
"""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

from onnx import TensorProto
from onnx_graph import Graph, agrees, refusal
from onnx_loops import UNITS, looped
from onnx_made import drawn

import rnncalc

STEPS = 5
W, U, B = drawn(3, UNITS), drawn(UNITS, UNITS), drawn(UNITS)


def of_x(folder, step, *, steps=STEPS, inputs=(), **how):
    """A Loop over X of so many steps."""
    graph = Graph(folder, X=(steps, 2, 3), **dict(inputs))
    return graph, looped(graph, step, **{"most": STEPS} | how)


def rnn(body, **how):
    return body("Tanh", body.sums(**how))


def rnn_of_a_number(body):
    """A bias that is one number, beside that of every unit."""
    return body("Tanh", body("Add", body.sums(), np.float32(0.3)))


def rnn_by_the_counter(body):
    """The number of the step is cast, and copied."""
    return rnn(body, x=body.x(index=body("Identity", body("Cast", "i", to=TensorProto.INT32))))


def rnn_of_copies(body):
    """What is multiplied is a copy of the timestep, and of the state."""
    return rnn(body, x=body("Identity", body.x()), h=body("Identity", "h"))


def gru(body, of_z="Sigmoid", of_r="Sigmoid"):
    z, r = body.sums(2)
    z, r = body(of_z, z), body(of_r, r)
    reset = body("MatMul", body("Mul", r, "h"), U)
    n = body("Tanh", body("Add", body("MatMul", body.x(), W), reset))
    return body("Add", body("Mul", z, "h"), body("Mul", body("Sub", np.float32(1), z), n))


def one_timestep(function):
    """A step that reads its timestep once."""

    def step(body):
        x = body.x()
        body.x = lambda *_: x
        return function(body)

    return step


def lstm(body, of_g="Tanh", of_c="Tanh", of_i="Sigmoid"):
    i, f, g, o = body.sums(4, x=body.x())
    c = body("Mul", body("Sigmoid", f), "c")
    c = body("Add", c, body("Mul", body(of_i, i), body(of_g, g)))
    of_c = of_c if callable(of_c) else lambda body, c, op=of_c: body(op, c)
    return body("Mul", body("Sigmoid", o), of_c(body, c)), c


@pytest.mark.parametrize(
    ("step", "cell"),
    [
        (rnn, "rnn"), (rnn_of_a_number, "rnn"), (rnn_by_the_counter, "rnn"),
        (rnn_of_copies, "rnn"), (one_timestep(gru), "gru"),
        (one_timestep(lambda body: gru(body, "Relu", "Relu")), "gru"),
        (lstm, "lstm"), (lambda body: lstm(body, of_c="Softsign"), "lstm"),
    ],
)  # fmt: skip
def test_a_loop_is_the_cell_that_it_computes(step, cell, tmp_path):
    """Its numbers are the reference's."""
    states = ("h", "c") if cell == "lstm" else ("h",)
    graph, outputs = of_x(tmp_path, step, states=states)
    agrees(graph, outputs[-1], back=(1, 0, 2))

    assert rnncalc.load(tmp_path / "m.onnx").layers[0].cell == cell


def test_the_last_state_alone(tmp_path):
    """A Loop that keeps no sequence."""
    graph, outputs = of_x(tmp_path, rnn, scans=0)
    agrees(graph, outputs[0], back=(0, 1))


def test_a_state_that_is_kept_twice(tmp_path):
    """Both are the sequence of outputs."""
    graph, (_, first, second) = of_x(tmp_path, rnn, scans=2)
    agrees(graph, graph("Add", first, second), back=(1, 0, 2))


SUMMED = "adds up more than any step of a cell does"


def added_up(body):
    """Forty biases."""
    total = body.sums()
    for _ in range(40):
        total = body("Add", total, drawn(UNITS))
    return body("Tanh", total)


def twice_read(body):
    return body("Tanh", body("Add", body.sums(), body("MatMul", body.x(), W)))


def of_sequences(*others):
    def step(body):
        total = body.sums()
        for name in others:
            total = body("Add", total, body("MatMul", body.x(name), W))
        return body("Tanh", total)

    return step


def joined(body):
    both = body("Concat", body.x(), "h", axis=1)
    return body("Tanh", body("MatMul", both, drawn(3 + UNITS, UNITS)))


def of_each_other(body):
    return body("Tanh", body("MatMul", body.x(), body("Transpose", "h")))


def both_multiplied(body):
    x = body.x()
    return rnn(body, x=x, h="c"), rnn(body, x=x)


def one_twice(body):
    h = body("Tanh", body("Add", body.sums(), "c"))
    return h, h


def of_outside(body):
    return body("Tanh", body("Add", body.sums(), "mean"))


def narrow(body):
    """The state of four columns becomes one of one, which is spread."""
    product = body("Add", body("MatMul", body.x(), W), body("MatMul", "h", drawn(UNITS, 1)))
    return body("Tanh", product)


def twice_the_states(count):
    def step(body):
        x = body.x()
        return [rnn(body, x=x, h=f"h{i}") for i in range(count)]

    return step


def with_c(body):
    h, c = lstm(body)
    return h, c, body("Identity", c)


def moved(body, c):
    return body("Tanh", body("Add", c, np.float32(0.5)))


def plus_itself(body, c):
    return body("Add", c, body("Tanh", c))


@pytest.mark.parametrize(
    ("step", "how", "why"),
    [
        (lambda b: [b("Tanh", b.x())], {"states": ()}, "it carries no state"),
        (twice_the_states(25), {"states": [f"h{i}" for i in range(25)]},
         "it carries 25 states, more than are told apart here"),
        (twice_read, {}, "it reads its sequence more than once a step"),
        (of_sequences("Z"), {"inputs": {"Z": (5, 2, 3)}},
         "it reads two sequences, and none of them is a mask of the other's steps"),
        (of_sequences("Z", "Y"), {"inputs": {"Z": (5, 2, 3), "Y": (5, 2, 3)}},
         "it reads 3 sequences"),
        (both_multiplied, {"states": ("h", "c")}, "carries two states and multiplies both, or"),
        (one_twice, {"states": ("h", "c")}, "it carries one state twice"),
        (of_outside, {"inputs": {"mean": (2, UNITS)}}, "it reads 'mean', which is no constant"),
        (joined, {}, "its input, or its state, is not multiplied with a matrix by itself"),
        (of_each_other, {}, "it multiplies two things that both depend on the input"),
        (narrow, {}, "its matrices are those of a cell, and it computes something else than any"),
        (added_up, {}, SUMMED),
        (one_timestep(lambda b: gru(b, "Sigmoid", "HardSigmoid")), {},
         "its matrices are those of a cell, and its activations of none"),
        (lambda b: b("Sub", np.float32(1), rnn(b)), {},
         "its matrices are those of a cell, and its activations of none"),
        (lambda b: b("Reciprocal", b.sums()), {}, "a function that is no activation that is known"),
        (lambda b: b("Add", rnn(b), B), {}, "those of a cell, and it computes something else than"),
        (lambda b: lstm(b, of_g="Sigmoid"), {"states": ("h", "c")},
         "which of its gates is which can be told in more than one way"),
        (lambda b: lstm(b, of_i="HardSigmoid"), {"states": ("h", "c")},
         "its matrices are those of a cell, and its activations of none"),
        (lambda b: lstm(b, of_c=moved), {"states": ("h", "c")},
         "it applies a function that is no activation that is known"),
        (lambda b: lstm(b, of_c=plus_itself), {"states": ("h", "c")},
         "it applies a function that is no activation that is known"),
        (with_c, {"states": ("h", "c")}, "it keeps the sequence of c, which no LSTM gives"),
        (rnn, {"most": None}, "it runs on when it has read all over a sequence of 5 timesteps"),
        (rnn, {"most": 3}, "it runs 3 times over a sequence of 5 timesteps"),
        (rnn, {"steps": 20_001, "most": 20_001},
         "it runs more than 20,000 times, which is not counted"),
        (rnn, {"condition": lambda b: b("Cast", b("ReduceMax", "h", keepdims=0), to=9)},
         "nobody can tell how often it runs over a sequence of 5 timesteps"),
    ],
)  # fmt: skip
def test_a_loop_that_is_no_cell_is_refused(step, how, why, tmp_path):
    """By its name, with the reason and the way out."""
    graph, outputs = of_x(tmp_path, step, **how)
    said = refusal(graph, outputs[-1])

    assert "loop is a Loop that is not read as a cell: " in said
    assert why in said
    assert "Export the model with LSTM, GRU or RNN nodes" in said


def no_body(loop):
    del loop.attribute[:]


def one_state_less(loop):
    del loop.input[-1]


@pytest.mark.parametrize(
    ("change", "why"),
    [(no_body, "it has no body"), (one_state_less, "it carries other values than it is given")],
)
def test_a_loop_that_is_none_is_refused(change, why, tmp_path):
    """What it needs is left out."""
    graph, outputs = of_x(tmp_path, rnn)
    change(graph.nodes[-1])

    assert why in refusal(graph, outputs[-1])
