"""The numbers: the five of the first question, modes, batches, states, precision."""

from __future__ import annotations

import numpy as np
import pytest
from golden_networks import golden, model_of

import rnncalc
from rnncalc import Layer, Model, Output, RnncalcError, RnncalcWarning, run

FULL = [0.3130691471, 0.7447039015, 0.9374447151, 0.9772847880, 0.9889618877]
KERAS = [0.31306913, 0.7447039, 0.9374446, 0.97728485, 0.98896194]
BY_HAND = [0.3130290532, 0.7446464400, 0.9374215852, 0.9772757616, 0.9889568090]


def seed(W_x: float = 0.32394445) -> Model:
    return Model((Layer({"W_x": W_x, "W_h": 1}),))


def vector(**settings: object) -> Model:
    """3 features, 4 units, 2 outputs; all weights different."""
    rng = np.random.default_rng(5)
    weights = {
        "W_x": rng.uniform(-1, 1, (4, 3)),
        "W_h": rng.uniform(-1, 1, (4, 4)),
        "bias": rng.uniform(-1, 1, 4),
        "bias_h": rng.uniform(-1, 1, 4),
    }
    output = Output(rng.uniform(-1, 1, (2, 4)), rng.uniform(-1, 1, 2), "softmax")
    return Model((Layer(weights, h0=rng.uniform(-1, 1, 4)),), output, **settings)


X = np.random.default_rng(7).normal(size=(2, 5, 3))


@pytest.mark.parametrize(("W_x", "expected"), [(0.32394445, FULL), (0.3239, BY_HAND)])
def test_the_five_numbers(W_x, expected):
    """Full precision and the calculation by hand, both to 1e-9."""
    np.testing.assert_allclose(run(seed(W_x), [1, 2, 3, 4, 5]).h[:, 0], expected, atol=1e-9)


def test_the_five_numbers_in_float32():
    """float32 arithmetic is within 1.2e-7 of the framework's float32."""
    h = run(seed(), [1, 2, 3, 4, 5], dtype="float32").h

    assert h.dtype == np.float32
    np.testing.assert_allclose(h[:, 0], np.float32(KERAS), rtol=0, atol=1.2e-7)


def test_float32_is_rounded_once():
    """float32 results are the float64 results of the float32 weights, rounded."""
    rounded = rnncalc.load({"W_x": float(np.float32(0.32394445)), "W_h": 1, "x": [1, 2, 3, 4, 5]})
    single = run(seed(), [1, 2, 3, 4, 5], dtype="float32")

    np.testing.assert_array_equal(single.h, run(rounded).h.astype(np.float32))
    assert (single.dtype, single.arithmetic) == ("float32", "float64")


def test_large_jobs_compute_in_float32(monkeypatch):
    """Beyond so many numbers the arithmetic is float32, and the Trace says so."""
    monkeypatch.setattr("rnncalc.running.precision.LARGE", 4)
    single = run(seed(), [1, 2, 3, 4, 5], dtype="float32")

    assert single.arithmetic == "float32"
    np.testing.assert_allclose(single.h[:, 0], FULL, atol=2e-7)


def test_float16_is_float16():
    """float16 arithmetic gives float16, a thousandth from the truth."""
    h = run(seed(), [1, 2, 3, 4, 5], dtype="float16").h

    assert h.dtype == np.float16
    np.testing.assert_allclose(h[:, 0], FULL, atol=2e-3)


def test_a_batch_is_its_sequences_one_by_one():
    """Every sequence of a batch gives what it gives alone."""
    together = run(vector(), X)
    for i, x in enumerate(X):
        alone = run(vector(), x)
        np.testing.assert_allclose(together.h[i], alone.h, rtol=0, atol=1e-15)
        np.testing.assert_allclose(together.y[i], alone.y, rtol=0, atol=1e-15)


def test_many_to_one_gives_y_once():
    """y is the last step's, h has every step."""
    every = run(vector(), X)
    last = run(vector(mode="many-to-one"), X)

    assert last.y.shape == (2, 2)
    np.testing.assert_array_equal(last.y, every.y[:, -1])
    np.testing.assert_array_equal(last.last, last.y)
    np.testing.assert_array_equal(last.h, every.h)


def one_to_many(feedback: str, output: bool = True) -> Model:
    layer = Layer({"W_x": [[0.5, -0.4]], "W_h": 0.7, "bias": 0.1}, h0=0.2)
    y = Output([[0.6], [-0.3]], [0.2, 0.1]) if output else None
    return Model((layer,), y, mode="one-to-many", timesteps=3, feedback=feedback)


def test_feedback_y_makes_the_output_the_next_input():
    """From t = 2 on, x_t = y_{t-1}; the trace shows the inputs that were used."""
    trace = run(one_to_many("y"), [1, 2])

    np.testing.assert_array_equal(trace.x[1:], trace.y[:-1])
    again = run(Model(one_to_many("y").layers), trace.x)
    np.testing.assert_array_equal(trace.h, again.h)


@pytest.mark.parametrize(("feedback", "expected"), [("x", [1, 2]), ("zeros", [0, 0])])
def test_the_other_feedbacks(feedback, expected):
    """The same input again, or zeros; neither needs an output layer."""
    trace = run(one_to_many(feedback, output=False), [1, 2])

    np.testing.assert_array_equal(trace.x, [[1, 2], expected, expected])


def test_a_run_goes_on_from_its_state():
    """x[:2], then x[2:] from that state, gives the same bits as x."""
    whole = run(vector(), X[0])
    first = run(vector(), X[0][:2])
    layer = vector().layers[0]
    final = first.layers[0].forward.final["h"]
    rest = run(Model((Layer(layer.weights, h0=final),)), X[0][2:])

    np.testing.assert_array_equal(np.vstack([first.h, rest.h]), whole.h)


def test_initial_states_of_a_batch():
    """h0 may be one for all or one each; (1, batch, units) is the form of a stack."""
    weights = {"W_x": 0.5, "W_h": 0.3}
    x = [[[1.0]], [[1.0]]]
    expected = np.tanh(0.5 + 0.3 * np.array([0.2, 0.4]))
    for h0 in ([[0.2], [0.4]], [[[0.2], [0.4]]]):
        np.testing.assert_allclose(run(Model((Layer(weights, h0=h0),)), x).h[:, 0, 0], expected)
    with pytest.raises(RnncalcError, match="h0 has 2 rows"):
        run(Model((Layer(weights, h0=[[0.2], [0.4]]),)), [1, 2])


def test_every_quantity_adds_up():
    """a = x_term + h_term + bias + bias_h and h = tanh(a), at every step."""
    (forward,) = [layer.forward for layer in run(vector(), X).layers]

    terms = sum(forward[name] for name in ("x_term", "h_term", "bias", "bias_h"))
    np.testing.assert_allclose(forward["a"], terms, atol=1e-15)
    np.testing.assert_array_equal(forward["h"], np.tanh(forward["a"]))


@pytest.mark.parametrize("name", ["bidirectional", "clip", "forward_lengths"])
def test_peepholes_add_up(name):
    """P_term is P times c: the one before the step for i and f, the new one for o; a has it in it,
    within the clip, and padded steps have 0."""
    document = golden(f"onnxruntime/lstm_peepholes_{name}")
    trace = run(model_of(document), document["x"])
    (layer,), (traced,) = trace.model.layers, trace.layers
    for way, here in traced.directions.items():
        own = layer.passes[way]
        for t in range(1, trace.timesteps + 1):
            step = trace.step(t, direction=way)
            real = np.ones(len(trace.x), bool) if trace.mask is None else trace.mask[:, t - 1]
            for gate, c in (("i", "c_prev"), ("f", "c_prev"), ("o", "c")):
                term = np.where(real[:, None], own.weights[f"P.{gate}"] * step[c], 0)
                np.testing.assert_allclose(step[f"P_term.{gate}"], term, rtol=1e-6)
        for gate in "ifo":
            names = (f"{n}.{gate}" for n in ("x_term", "h_term", "P_term", "bias", "bias_h"))
            a = sum(here[n] for n in names if n in here.values)
            bound = own.clip or np.inf
            np.testing.assert_allclose(here[f"a.{gate}"], np.clip(a, -bound, bound), atol=1e-6)


def test_record_keeps_what_was_asked_for():
    """h is always there; of the rest what ``record`` names."""
    trace = run(vector(), X, record=["a"])

    assert list(trace.layers[0].forward.values) == ["a", "h"]


def test_what_is_not_finite_is_warned_of():
    """NaN in, NaN out, and a warning with the count."""
    with pytest.warns(RnncalcWarning, match="2 of the results are NaN"):
        trace = run(seed(), [1, np.nan, 3])

    assert trace.not_finite() == 2


def test_a_number_too_large_for_the_dtype_is_refused():
    """1e39 has no float32; 1e-50 becomes 0, with a warning."""
    with pytest.raises(RnncalcError, match="x has numbers that are too large for float32"):
        run(seed(), [1e39], dtype="float32")
    with pytest.warns(RnncalcWarning, match="too small for float32: they became 0"):
        run(seed(), [1e-50], dtype="float32")


def test_steps_of_a_trace():
    """A Step holds what went in and what came out, (units) each; t counts from 1."""
    trace = run(vector(), X[0])
    step = trace.step(2)

    np.testing.assert_array_equal(step["x"], X[0][1])
    np.testing.assert_array_equal(step["h_prev"], trace.h[0])
    np.testing.assert_array_equal(step["h"], trace.h[1])
    np.testing.assert_array_equal(trace.step(1)["h_prev"], vector().layers[0].h0)
    assert [s.t for s in trace.steps()] == [1, 2, 3, 4, 5]
    with pytest.raises(RnncalcError, match="no step 0: t counts from 1 to 5"):
        trace.step(0)


@pytest.mark.parametrize("direction", ["forward", "backward"])
def test_a_padded_step_has_the_final_state(direction):
    """It is read last in both directions; without any step it is the initial one."""
    weights = {f"{name}.{gate}": 0.5 for name in ("W_x", "W_h") for gate in "ifgo"}
    lstm = Layer(weights, cell="lstm", c0=0.25, direction=direction)
    trace = rnncalc.run(Model([lstm]), np.ones((3, 4, 1)), lengths=[2, 4, 0])
    way = trace.layers[0][direction]

    for sequence, t in ((0, 3), (0, 4), (2, 1)):
        assert trace.step(t)["c_prev"][sequence] == way.final["c"][sequence]
        assert trace.step(t)["c_prev"][sequence] == way["c"][sequence, t - 1]


def test_a_model_brings_its_input_and_dtype():
    """run(model) uses the x and the dtype of the model."""
    model = rnncalc.load({"W_x": 0.5, "W_h": 1, "x": [1, 2], "dtype": "float32"})

    assert run(model).h.dtype == np.float32
