"""Where a state came from, how far it is saturated, what it remembers; what stands out in a run.

The derivatives behind it are tested in ``test_derivatives.py``.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from conftest import SEED
from drawn_layers import layers
from hypothesis import given
from hypothesis import strategies as st

import rnncalc
from rnncalc import Layer, Model, RnncalcError
from rnncalc.cli.schema import json_schema
from rnncalc.explaining.insight import Insight, Standing, summary, why
from rnncalc.explaining.insight.course import course
from rnncalc.explaining.insight.parts import activations
from rnncalc.writers.explanation import to_json
from rnncalc.writers.numbers import dumps
from rnncalc.writers.result.standout import of_one

X = np.random.default_rng(12).normal(size=(4, 2))


@given(layers(features=2), st.integers(1, 4))
def test_shares_sum_to_1(layer, t):
    """Or are 0 where nothing was added; and the summands to the quantity, before it is clipped."""
    trace = rnncalc.run(Model([layer]), X)
    found = why(trace, t)
    step = trace.step(t)

    assert {one.name for one in found.shares} >= {name for name in step.values if name[:2] == "a."}
    for one in found.shares:
        added = np.any([*one.values.values()], axis=0)
        np.testing.assert_allclose(sum(one.shares.values()), added, rtol=1e-12)
        whole = sum(one.values.values())
        clipped = np.clip(whole, -layer.clip, layer.clip) if layer.clip else whole
        expected = clipped if one.name[0] == "a" else whole
        np.testing.assert_allclose(step[one.name], expected, rtol=0, atol=1e-12)


@given(layers())
def test_every_activation_of_a_cell_is_looked_at(layer):
    """Gates, candidate and the LSTM's c_t, each once and with what it is of."""
    expected = {
        "rnn": [("h", "a")],
        "gru": [("z", "a.z"), ("r", "a.r"), ("n", "a.n")],
        "lstm": [("i", "a.i"), ("f", "a.f"), ("g", "a.g"), ("o", "a.o"), ("h", "c")],
    }[layer.cell]
    if layer.input_forget:
        expected.remove(("f", "a.f"))
    found = [
        (name if argument != "c" else "h", argument) for name, argument, _ in activations(layer)
    ]

    assert sorted(found) == sorted(expected)


SMALL = {"W_x": 0.32394445, "W_h": 1, "x": [1, 2, 3, 4, 5]}


def gru(bias_z: float, bias_r: float) -> dict:
    """A GRU of one unit with these biases."""
    weights = {"W_x": dict.fromkeys("zrn", 0.5), "W_h": dict.fromkeys("zrn", 0.3)}
    return {"cell": "gru", **weights, "bias": {"z": bias_z, "r": bias_r, "n": 0}}


def test_memory_by_hand():
    """A unit's products are those of W_h (1 - h**2)."""
    trace = rnncalc.run(rnncalc.load(SMALL))
    slopes = 1 - trace.h[:, 0] ** 2
    insight = Insight(trace)

    np.testing.assert_allclose(insight.memory.norms, slopes, rtol=1e-12)
    np.testing.assert_allclose(insight.memory.of_h0, np.cumprod(slopes), rtol=1e-12)
    of_x1 = 0.32394445 * np.cumprod(slopes)
    np.testing.assert_allclose(insight.memory.of_x1, of_x1, rtol=1e-12)
    assert insight.memory.length == 5
    assert insight.at(5).felt == pytest.approx(np.prod(slopes[1:]))
    assert insight.at(1).felt == 1


def test_every_kind_in_one_sentence_each():
    """Shares, saturation, the Jacobian, h0, x_1, memory length."""
    assert why(rnncalc.run(rnncalc.load(SMALL)), 5).sentences() == [
        "a of unit 0 at t = 5 is 62 % from x_term, 38 % from h_term, 0 % from bias.",
        "h of unit 0 at t = 5 is 0.011 from its bound: it moves 0.022 times as much as a.",
        "From t = 4 to t = 5 a small change of h is multiplied by at most 0.022.",
        "Of a small change of h0 at most 0.0048 % is still felt at t = 5.",
        "Of x_1 0.0053 % is still felt at t = 5.",
        "After 5 steps less than 0.1 % of a change of the state is still felt.",
    ]


def test_the_past_of_a_gru():
    """How much of h is the old one, and the gate that says so."""
    model = rnncalc.load(gru(3, 0) | {"h0": 0.5})
    sentences = why(rnncalc.run(model, [0.1, 0.1]), 1).sentences()

    assert "h of unit 0 at t = 1 is 99 % from its own past: z = 0.961." in sentences


def test_what_pulls_the_other_way_is_said():
    """A summand of another sign than the sum."""
    trace = rnncalc.run(rnncalc.load({"W_x": 1, "W_h": 1, "bias": -0.5, "x": [2]}))

    text = "a of unit 0 at t = 1 is 80 % from x_term, 0 % from h_term, 20 % from bias"
    assert why(trace, 1).sentences()[0] == f"{text} (bias against it)."


def test_a_frozen_step_changes_nothing():
    """Its Jacobian is the identity, and as much is felt as before; the products leave it out."""
    model = rnncalc.load(SMALL)
    masked = Insight(rnncalc.run(model, [1, 9, 2], mask=[1, 0, 1]))
    plain = Insight(rnncalc.run(model, [1, 2]))

    assert masked.at(2).step is None
    np.testing.assert_array_equal(masked.at(2).jacobian, np.eye(1))
    assert masked.at(2).of_x1 == masked.at(1).of_x1
    np.testing.assert_array_equal(masked.memory.of_h0, plain.memory.of_h0)
    assert masked.at(2).sentences() == ["t = 2 is padded or masked: the state stays as it is."]


@given(layers(features=2), st.sampled_from(["input", "processing"]), st.integers(1, 4))
def test_backward_goes_from_the_end(layer, order, length):
    """A backward direction is a forward one on the flipped sequence; also with lengths."""
    back = replace(layer, direction="backward", order=order)
    ours = Insight(rnncalc.run(Model([back]), X, lengths=[length]))
    theirs = Insight(rnncalc.run(Model([layer]), X[:length][::-1]))

    turned = order == "input"
    assert list(ours.course.t) == [*range(1, length + 1)][:: -1 if turned else 1]
    np.testing.assert_allclose(ours.memory.of_x1, theirs.memory.of_x1, rtol=1e-9, atol=1e-15)
    assert ours.memory.length == theirs.memory.length


@given(layers(features=2), layers(features=2), st.integers(0, 15))
def test_what_went_into_a_step_is_what_the_trace_says(forward, backward, bits):
    """x and the states before, of masked batches and stacks, in both directions and orders."""
    mask = np.array([list(f"{bits:04b}"), [1, 1, 0, 1]], int)
    above = replace(forward, backward=backward)
    below = Layer({"W_x": np.eye(2), "W_h": np.eye(2)}, direction="backward", order="processing")
    trace = rnncalc.run(Model([below, above]), np.stack([X, X[::-1]]), mask=mask)
    for index, layer in enumerate(trace.layers):
        for direction in layer.directions:
            for sequence in (0, 1):
                one = course(trace, index, direction, sequence)
                for k, t in enumerate(one.t):
                    step = trace.step(int(t), index, direction)
                    np.testing.assert_array_equal(one.x[k], step["x"][sequence])
                    for name, state in one.before.items():
                        np.testing.assert_array_equal(state[k], step[f"{name}_prev"][sequence])


def test_a_sequence_without_a_real_step():
    """It has no memory, and ends nothing; the other one is as ever."""
    trace = rnncalc.run(rnncalc.load(SMALL), np.ones((2, 9, 1)), mask=[[0] * 9, [1] * 9])
    (one,) = summary(trace)

    assert (one.memory[0], one.steps) == (None, [0, 9])
    assert one.memory[1] == Insight(trace, sequence=1).memory.length
    assert why(trace, 1).of_x1 == 0
    assert to_json.document(why(trace, 1))["jacobian"] == [[1]]


def test_refusals():
    """What there is not, and what was not recorded."""
    trace = rnncalc.run(rnncalc.load(SMALL))
    with pytest.raises(RnncalcError, match="no step 6"):
        why(trace, 6)
    with pytest.raises(RnncalcError, match="no direction backward"):
        why(trace, 1, direction="backward")
    with pytest.raises(RnncalcError, match="no sequence 1"):
        why(trace, 1, sequence=1)
    with pytest.raises(RnncalcError, match="record=None"):
        summary(rnncalc.run(rnncalc.load(SMALL), record=["h"]))


def test_what_is_not_finite_ends_no_run():
    """A state that overflows is never forgotten, and nothing is raised."""
    model = rnncalc.load({"W_x": 1, "W_h": 1e200, "activation": "linear", "x": [1] * 5})
    with pytest.warns(rnncalc.RnncalcWarning):
        trace = rnncalc.run(model)

    assert summary(trace)[0].memory == [None]
    assert Insight(trace).at(5).sentences()


def test_memory_length_is_that_of_the_whole_product():
    """The summary stops where the state is forgotten, at the same step."""
    rng = np.random.default_rng(3)
    weights = {f"{w}.{g}": rng.uniform(-0.6, 0.6, (5, 5)) for w in ("W_x", "W_h") for g in "ifgo"}
    trace = rnncalc.run(Model([Layer(weights, "lstm")]), rng.normal(size=(2, 60, 5)))
    (one,) = summary(trace)

    assert one.memory == [Insight(trace, sequence=i).memory.length for i in (0, 1)]
    assert None not in one.memory


def test_what_stands_out():
    """A saturated, a dead and a lively unit; a gate that is always open, one that is shut."""
    rows = {"W_x": [[5.0], [0.0], [0.2]], "W_h": np.zeros((3, 3))}
    (one,) = summary(rnncalc.run(rnncalc.load({**rows, "x": [1, 2, -3]})))
    assert (one.saturated, one.dead) == ([0], [1])
    relu = {**rows, "activation": "relu", "bias": [0, -1, 0]}
    (one,) = summary(rnncalc.run(rnncalc.load({**relu, "x": [1, 2, 3]})))
    assert (one.saturated, one.dead) == ([], [1])
    (one,) = summary(rnncalc.run(rnncalc.load({**gru(9, -9), "x": [1, 2, -3]})))
    assert (one.open, one.shut) == ({"z": [0]}, {"r": [0]})
    assert one.memory == [None]


STACK = """
layers:
  - {name: one, forward: {W_x: 1, W_h: 1}, backward: {W_x: 2, W_h: .5}, merge: sum}
  - {name: two, cell: gru, W_x: {z: 1, r: 1, n: 1}, W_h: {z: 1, r: 1, n: 1}}
"""
BATCH = "[[[1],[2],[3]],[[4],[5],[6]]]"


def test_the_summary_in_json(cli):
    """One entry a direction, as the schema says; nothing else in the document changes."""
    words = ["-", "-x", "1,2,3", "--json"]
    plain = json.loads(cli(*words, input=STACK.encode()).out)
    document = json.loads(cli(*words, "--summary", input=STACK.encode()).out)
    jsonschema.validate(document, json_schema("result"))
    standings = document.pop("summary")

    assert document == plain
    assert [(one["layer"], one["direction"]) for one in standings] == [
        ("one", "forward"),
        ("one", "backward"),
        ("two", "forward"),
    ]
    assert all(one["memory"] is None or one["memory"] > 0 for one in standings)


def test_the_summary_of_a_batch_in_json(cli):
    """A memory for each sequence, and only what --of shows."""
    done = cli("-", "-x", BATCH, "--json", "--summary", "--of", "two", input=STACK.encode())
    document = json.loads(done.out)
    jsonschema.validate(document, json_schema("result"))
    (one,) = document["summary"]

    assert one["layer"] == "two"
    assert len(one["memory"]) == 2


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_the_summary_stands_below_the_table(cli, form):
    """A few plain lines; what is above them is as without."""
    words = ["-x", "1,2,3,4,5", *SEED, "-f", form]
    plain, told = cli(*words).text, cli(*words, "--summary").text
    lines = [line for line in told.splitlines() if line not in plain.splitlines()]

    assert [line.strip().split(" (")[0] for line in lines] == [
        "Saturated units",
        "Dead units",
        "Memory: after 5 steps less than 0.1 % of a change of the state is still felt.",
    ]
    assert set(plain.splitlines()) <= set(told.splitlines())


@pytest.mark.parametrize(
    "words", [["--csv"], ["-f", "ndjson"], ["-f", "npz"], ["-f", "latex"], ["--last"]], ids=" ".join
)
def test_other_formats_have_no_place_for_it(cli, words):
    """They say in one line which ones have."""
    done = cli("-x", "1,2", *SEED, "--summary", *words)

    assert (done.code, done.out) == (2, b"")
    text = r"Error: --summary is for table, markdown and json, not for [\w-]+\n"
    assert re.fullmatch(text, done.err)


def test_a_summary_reads_a_file_as_a_whole(cli, tmp_path):
    """An input file is not gone through in parts, and its end counts."""
    (tmp_path / "x.csv").write_text("0\n" * 3 + "9\n" * 5)
    done = cli("-x", str(tmp_path / "x.csv"), *SEED, "--show", "h", "--summary")

    assert (
        "Saturated units (h within 1 % of a bound on more than half of the steps): 0" in done.text
    )


def test_too_many_numbers_for_a_summary(cli):
    """Refused before anything is computed, with the way out."""
    words = ["--mode", "one-to-many", "--feedback", "x", "--timesteps", "1000000000"]
    done = cli("-x", "1", *SEED, *words, "--summary")

    assert done.code == 2
    assert "too many for --summary: leave it out" in done.err


@given(layers(features=2), st.integers(1, 4))
def test_every_cell_and_option_has_its_sentences(layer, t):
    """One for each summed quantity and activation of a unit, four on memory; and as JSON."""
    found = why(rnncalc.run(Model([layer]), X), t)
    sentences = found.sentences([0])

    assert len(sentences) == len(found.shares) + len(found.saturation) + 4
    assert all(text.endswith(".") for text in sentences)
    read = json.loads(dumps(to_json.document(found, [0])))
    assert read["sentences"] == sentences
    assert len(read["shares"]) == len(found.shares)


@pytest.mark.parametrize(
    ("memory", "text"),
    [
        ([7, 7], "after 7 steps less than 0.1 % of a change of the state is still felt."),
        ([9, 7, None], "after 7 to 9 steps less than 0.1 % of a change of the state is still felt; "
         "more than 0.1 % of a change of the state is still felt at the end of 1 of 3 sequences."),
    ],
)  # fmt: skip
def test_the_memories_of_a_batch(memory, text):
    """From the shortest to the longest, and how many have none."""
    units = list(range(14))
    one = Standing("one", "forward", "if", units, [], {"i": [3], "f": [0, 1]}, {}, memory, [20] * 3)

    assert list(of_one(one)) == [
        "Saturated units (h within 1 % of a bound on more than half of the steps): "
        "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 4 more",
        "Dead units (h never changes): none",
        "Gates always open (> 0.99): i of unit 3; f of units 0, 1",
        "Gates always shut (< 0.01): none",
        f"Memory: {text}",
    ]
