"""Layers of a graph that read several timesteps or several layers, told line by line."""

from __future__ import annotations

import golden_graphs
import numpy as np
import pytest
from evaluated import evaluated

from rnncalc import Layer, explain, run
from rnncalc.errors import RnncalcError
from rnncalc.model.attention import Attention, MultiHeadAttention
from rnncalc.model.convolution import Conv1d
from rnncalc.model.graph import Wire
from rnncalc.model.joins import Join
from rnncalc.model.model import Model
from rnncalc.model.reshaping import Repeat, Upsampling
from rnncalc.model.stateless import Flatten, Output, Pooling

RNG = np.random.default_rng(5)


def normal(*shape):
    return RNG.normal(size=shape)


def simple(name, units, features):
    weights = {"W_x": normal(units, features), "W_h": normal(units, units), "bias": normal(units)}
    return Layer(weights, name=name)


STATELESS = (
    Conv1d(normal(4, 1, 3), normal(4), "relu", "same", groups=2, name="conv"),
    Pooling("max", name="pool", size=2),
    Attention("dot", name="dot"),
    Attention("general", scale=0.5, W_a=normal(3, 3), name="general"),
    Attention("additive", W_q=normal(2, 3), W_k=normal(2, 3), b=normal(2), v=1.5,
              causal=True, name="additive"),
    MultiHeadAttention(normal(2, 2, 3), normal(2, 2, 3), normal(2, 2, 3), normal(2, 3, 2),
                       b_q=normal(2, 2), b_v=normal(2, 2), b_o=normal(3), name="heads"),
    *(Join(kind, name=kind) for kind in ("add", "multiply", "average", "maximum", "subtract")),
    Join("concat", name="concat"),
    Output(normal(2, 9), name="out"),
    Flatten(name="flat"),
    Repeat(3, name="again"),
)  # fmt: skip

WIRING = (
    Wire("conv", ("x",)),
    Wire("pool", ("conv",)),
    Wire("enc", ("pool",)),
    Wire("dot", ("enc", "enc")),
    Wire("dec", ("dot",), {"h0": "enc"}),
    Wire("general", ("dec", "enc")),
    Wire("additive", ("dec", "enc")),
    Wire("heads", ("general", "enc")),
    Wire("add", ("general", "additive")),
    Wire("multiply", ("add", "heads")),
    Wire("average", ("multiply", "dec", "additive")),
    Wire("maximum", ("average", "heads")),
    Wire("subtract", ("maximum", "enc")),
    Wire("concat", ("subtract", "dec", "maximum")),
    Wire("out", ("concat",)),
    Wire("flat", ("out",)),
    Wire("again", ("flat",)),
)

MODEL = Model(
    (simple("enc", 3, 4), simple("dec", 3, 3)),
    stateless=STATELESS, wiring=WIRING, results=("out", "again"),
)  # fmt: skip


@pytest.mark.parametrize(("dtype", "near"), [("float64", 1e-12), ("float32", 1e-5)])
def test_every_line_gives_its_value(dtype, near):
    """The numbers in it, computed by Python, are the number that the run gave."""
    trace = run(MODEL, normal(2, 8, 2), dtype=dtype)
    explanation = explain(trace, [1, 2, 4, 8], depth="products", every_product=True)
    told = {line.layer for line in explanation.lines}

    assert told == {"enc", "dec", *(one.name for one in STATELESS)} - {"flat"}
    for line in explanation.lines:
        if line.layer not in ("concat", "again"):
            assert evaluated(line.numbers) == pytest.approx(line.value, abs=near), (
                line.layer,
                line.numbers,
            )


def test_what_a_query_does_not_see_is_said():
    """Causal attention: the keys behind the query's own, whose score counts for nothing."""
    trace = run(MODEL, normal(8, 2))
    (step,) = explain(trace, 2, layer="additive").steps

    assert step.note == "k and values: the 4 timesteps of h of enc; 2 of them are not seen "\
        "(masked, or later)"  # fmt: skip
    weights = [line.value for line in step.lines if line.name == "weights"]
    assert [weight > 0 for weight in weights] == [True, True, False, False]


def test_where_what_a_layer_reads_comes_from_is_said():
    """Of a recurrent layer h, of one without a state what it gives, else the input."""
    trace = run(MODEL, normal(8, 2))

    def origins(layer):
        (step,) = explain(trace, 2, layer=layer).steps
        return dict(step.origins)

    assert origins("conv") == dict.fromkeys(["x_1", "x_2", "x_3"], "the input")
    assert origins("pool") == dict.fromkeys(["x_3", "x_4"], "what conv gives")
    assert origins("subtract") == {"x1_t": "what maximum gives", "x2_t": "h of enc"}
    assert origins("dec")["x_t"] == "what dot gives"


def test_the_edge_of_a_window_is_said():
    """What lies outside of the input is 0, and no part of the sum."""
    trace = run(MODEL, normal(8, 2))
    (first,) = explain(trace, 1, layer="conv").steps

    assert first.note == "1 of the 3 places of the window lie outside: they are 0"
    assert [*first.inputs] == ["x_1", "x_2"]


def test_a_layer_that_there_is_not_is_refused():
    """By its name."""
    with pytest.raises(RnncalcError, match="no layer heds"):
        explain(run(MODEL, normal(8, 2)), layer="heds")


@pytest.mark.parametrize(
    ("pool", "told"),
    [
        (Pooling("last"), "y[0] = h_5"),
        (Pooling("average"), "y[0] = mean(h_1, ..., h_8)"),
        (Pooling("last", size=3, strides=1), "y[0] = x_3"),
        (Pooling("average", size=3, strides=1), "y[0] = mean(x_1, x_2, x_3)"),
    ],
)
def test_pooling_names_the_timesteps_it_takes(pool, told):
    """Of all timesteps, those that are real; of a window, all of it."""
    wiring = (Wire("enc", ("x",)), Wire("pooling", ("enc",)))
    model = Model((simple("enc", 3, 2),), stateless=(pool,), wiring=wiring)
    trace = run(model, normal(1, 8, 2), lengths=[8 if pool.windows else 5])
    lines = [line for line in explain(trace, None).lines if line.layer == "pooling"]

    assert f"y[0] = {lines[0].formula}" == told
    for line in lines:
        np.testing.assert_allclose(evaluated(line.numbers), line.value, rtol=1e-12)


def test_where_numbers_that_are_only_placed_come_from():
    """Each unit of a join, and the row that is repeated."""
    trace = run(MODEL, normal(8, 2))

    def formulas(layer, t=2):
        (step,) = explain(trace, t, layer=layer).steps
        return [line.formula for line in step.lines]

    assert formulas("concat")[2:5] == ["x1_t[2]", "x2_t[0]", "x2_t[1]"]
    assert set(formulas("again")) == {"x"}


def test_a_timestep_that_is_given_twice_is_told_by_its_own():
    """Upsampling: the third timestep is the second of what stands in front."""
    model = Model((simple("enc", 3, 2),), stateless=(Upsampling(2, name="up"),),
                  wiring=(Wire("enc", ("x",)), Wire("up", ("enc",))))  # fmt: skip
    trace = run(model, normal(4, 2))
    (step,) = explain(trace, 3, layer="up").steps

    assert [*step.inputs] == ["x_2"]
    assert step.inputs["x_2"].tolist() == trace.h[1].tolist() == [one.value for one in step.lines]


@pytest.mark.slow
def test_every_line_of_every_golden_graph_gives_its_value():
    """Masked steps, queries and windows among them."""
    for name in golden_graphs.NAMES:
        model = golden_graphs.model_of(name)
        if not model.wiring:
            continue
        trace = run(model, golden_graphs.inputs_of(name), dtype="float64")
        times = sorted({1, min(3, trace.timesteps), trace.timesteps})
        explanation = explain(trace, times, sequence=1, depth="products", every_product=True)
        for line in explanation.lines:
            computed = evaluated(line.numbers)
            assert computed == pytest.approx(line.value, rel=1e-9, abs=1e-9), (name, line)


def test_few_keys_are_shown_with_their_numbers():
    """Each score is of a key that stands among the inputs."""
    trace = run(MODEL, normal(8, 2))
    (step,) = explain(trace, 2, layer="general").steps
    scores = [line.formula for line in step.lines if line.name == "scores"]

    assert [*step.inputs] == ["q_t", "k[0]", "k[1]", "k[2]", "k[3]"]
    assert np.array_equal(step.inputs["k[2]"], trace.given("enc")[2])
    assert step.origins["k[2]"] == "h of enc, its timestep 3"
    assert ["k[2]" in formula for formula in scores] == [False, False, True, False]


def test_a_final_state_that_is_read_is_told_as_that():
    """It is no input of the network."""
    model = Model((simple("a", 2, 2), simple("b", 2, 2)), stateless=(Join("add", name="both"),),
                  wiring=(Wire("a", ("x",)), Wire("b", ("x",)),
                          Wire("both", ("a.forward.final.h", "b.forward.final.h"))))  # fmt: skip
    (step,) = explain(run(model, normal(4, 2)), 4, layer="both").steps

    assert dict(step.origins) == {"x1": "the final h of a", "x2": "the final h of b"}
