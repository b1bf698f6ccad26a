"""Every printed line of an explanation is true: its numbers give its result, to the last digit."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import SEED
from drawn_layers import layers
from evaluated import evaluated
from golden_networks import golden, model_of
from hypothesis import given
from hypothesis import strategies as st

import rnncalc
from rnncalc import Layer, Model, Output
from rnncalc.explaining.explain import explain
from rnncalc.numbers.digits import number
from rnncalc.trace.selection import Selection
from rnncalc.writers import EXPLANATIONS
from rnncalc.writers.style import Style


def trace_of(layer: Layer, dtype: str = "float64", **more: Any):
    rng = np.random.default_rng(3)
    model = Model([layer], Output(rng.normal(size=(2, layer.width)), 0.0, "softmax"))
    return rnncalc.run(model, rng.normal(size=(2, 3, layer.features)), dtype=dtype, **more)


@pytest.mark.filterwarnings("ignore::rnncalc.RnncalcWarning")
@given(layers(), st.sampled_from(["terms", "products"]), st.sampled_from(["float64", "float32"]))
def test_every_digit_of_every_line(layer, depth, dtype):
    """At all digits: the numbers give the value bit for bit, or the line says that they do not."""
    trace = trace_of(layer, dtype)
    lines = explain(trace, None, depth=depth).lines

    assert {line.t for line in lines} == {1, 2, 3}
    for line in lines:
        computed = np.dtype(dtype).type(evaluated(line.numbers))
        if line.exact:
            np.testing.assert_array_equal(computed, line.value)
        else:
            close = 1e-6 if dtype == "float32" else 1e-12
            np.testing.assert_allclose(computed, line.value, rtol=close, atol=close)


DIGITS = st.one_of(st.integers(1, 12), st.integers(1, 12).map(".{}".format))


@pytest.mark.filterwarnings("ignore::rnncalc.RnncalcWarning")
@given(layers(), DIGITS, st.sampled_from(["terms", "products"]))
def test_lines_at_any_number_of_digits(layer, digits, depth):
    """Whatever --digits, or decimals: what is printed left of = gives what is right of it."""
    trace = trace_of(layer)
    for line in explain(trace, None, digits=digits, depth=depth).lines:
        assert line.exact, line
        assert float(number(evaluated(line.numbers), digits)) == float(line.result)  # -0 is 0


@pytest.mark.parametrize("form", ["text", "markdown"])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_what_is_printed_is_true(cell, form):
    """Both directions, a batch, all steps: every line of the page, read off the page."""
    import io

    document = golden(f"torch/{cell}_bidirectional_states_float64")
    trace = rnncalc.run(model_of(document), document["x"])
    explanation = explain(trace, None, digits=6, depth="products")
    out = io.BytesIO()
    EXPLANATIONS[form].writer.write(explanation, Selection(), Style(width=10_000), out)
    found = 0
    for row in out.getvalue().decode().splitlines():
        if match := re.fullmatch(r"\s*(\S+) = (?:.* = )?([^=]*[\d)]) ([=\u2248]) (\S+)", row):
            _, numbers, sign, result = match.groups()
            assert sign == "="
            assert number(evaluated(numbers), 6) == result, row
            found += 1

    assert found == len(explanation.lines) > 50


def test_the_numbers_are_the_trace():
    """Values are the bits of the Trace, of every layer, direction, sequence, step and unit."""
    document = golden("torch/lstm_2_layers_bidirectional_lengths_float64")
    trace = rnncalc.run(model_of(document), document["x"], lengths=document["lengths"])
    names = [layer.name for layer in trace.layers]
    count = 0
    for line in explain(trace, None).lines:
        if line.direction:
            way = trace.layers[names.index(line.layer)].directions[line.direction]
            assert line.value == way[line.name][line.sequence, line.t - 1, line.unit]
            count += 1
    assert count > 500


def test_the_example_of_the_interface(cli):
    """Two lines, formula, numbers and value, as scripts rely on them."""
    done = cli("explain", "-x", "1,2,3,4,5", *SEED, "--step", "2", "--json")
    document = json.loads(done.out)

    assert document["format"] == "rnncalc.explanation"
    assert document["lines"] == [
        {"t": 2, "layer": "layer0", "direction": "forward", "unit": 0, "name": "a",
         "formula": "W_x*x_t + W_h*h_{t-1} + bias",
         "numbers": "0.32394445*2 + 1*0.3130691470988777 + 0", "value": 0.9609580470988777},
        {"t": 2, "layer": "layer0", "direction": "forward", "unit": 0, "name": "h",
         "formula": "tanh(a)", "numbers": "tanh(0.9609580470988777)", "value": 0.7447039015050886},
    ]  # fmt: skip


def test_the_first_question_fits_a_screen(cli):
    """80 columns, 24 lines; without colour nothing but text."""
    text = cli("explain", "-x", "1,2,3,4,5", *SEED, "--step", "2").text

    assert len(text.splitlines()) <= 24
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
    assert (
        "\x1b[1;36m0.744704"
        in cli("explain", "-x", "1,2", *SEED, "--step", "2", "--color", "always").text
    )


def test_a_number_has_its_colour_inside_a_line_too(cli):
    """h_{t-1} of a GRU is cyan and its gate yellow where both are used."""
    config = str(Path(rnncalc.__file__).parent / "examples" / "gru.yaml")
    text = cli("explain", config, "--step", "2", "--unit", "1", "--color", "always").text
    gate, before, new = "\x1b[33m0.662707\x1b[0m", "\x1b[1;36m0.273377\x1b[0m", "\x1b[33m0.166732"

    assert f"{gate}*{before} + (1 - {gate})*{new}" in text


def test_a_wide_layer_shows_its_largest_products():
    """The rest is one number, and the line says of how many."""
    rng = np.random.default_rng(5)
    layer = Layer(
        {"W_x": rng.normal(size=(20, 30)), "W_h": rng.normal(size=(20, 20)) / 9}, name="wide"
    )
    trace = rnncalc.run(Model([layer]), rng.normal(size=(4, 30)))
    lines = explain(trace, 3, units=17, depth="products", digits=6).lines

    assert [line.name for line in lines] == ["x_term", "h_term", "a", "h"]
    assert lines[0].rest == 24
    assert lines[0].numbers.count("*") == 6
    for line in lines:
        assert number(evaluated(line.numbers), 6) == line.result


def test_every_product_of_a_wide_layer():
    """In front of a wide output layer, too: no number stands for several."""
    rng = np.random.default_rng(5)
    layer = Layer({"W_x": rng.normal(size=(12, 30)), "W_h": rng.normal(size=(12, 12)) / 9})
    trace = rnncalc.run(
        Model([layer], Output(rng.normal(size=(1, 12)), 0.0)), rng.normal(size=(3, 30))
    )
    some, every = (
        explain(trace, 2, units=0, depth="products", every_product=all_).lines
        for all_ in (False, True)
    )

    assert [line.numbers.count("*") for line in some if line.rest] == [6, 6, 6]
    assert [line.numbers.count("*") for line in every if "*" in line.numbers] == [30, 12, 12]
    for line in every:
        assert not line.rest
        np.testing.assert_allclose(evaluated(line.numbers), line.value, rtol=1e-12)


def said_last(cli, *words: str) -> str:
    return cli("explain", *words).text.splitlines()[-1]


def test_what_is_passed_on_is_folded(cli, monkeypatch):
    """However many units a state has."""
    monkeypatch.setenv("COLUMNS", "80")
    wh = ";".join([".1 .2 .3 .4 .5 .6"] * 6)
    text = cli("explain", "-x", "1,2", "--wx", "1;2;3;4;5;6", "--wh", wh, "-d", "17").text
    passed = text[text.index("  passed on to t = 2: h = [") :].split("\n\n")[0]

    assert len(passed.splitlines()) > 1
    assert max(map(len, passed.splitlines())) <= 80
    assert passed.endswith(" 6 numbers]")


def test_what_is_not_written_out_is_said(cli):
    """The last line, where a sum hides its products; and how to see more of them."""
    two = ("-x", "1 2; 3 4", "--wx", ".5 .1", "--wh", ".3")
    square = ("-x", "1,2", "--wx", ".5;.1", "--wh", ".3 .4;.5 .6")
    wide = ("-x", "[[1,2,3,4,5,6,7,8,9]]", "--wx", "[[9,8,7,6,5,4,3,2,1]]", "--wh", "2")

    assert said_last(cli, *two) == "x_term is a sum: --depth products shows the products."
    assert said_last(cli, *square) == "h_term is a sum: --depth products shows the products."
    both = "x_term and h_term are sums: --depth products shows the products."
    assert said_last(cli, "-x", "[[1,2]]", "--wx", ".5 1;.1 2", "--wh", ".3 .4;.5 .6") == both
    assert said_last(cli, *two, "-f", "markdown").startswith("x_term is a sum")
    for depth in (["--depth", "products"], ["--show", "x_term"]):
        assert said_last(cli, *wide, *depth) == "--all shows every product of long sums."
        assert said_last(cli, *wide, *depth, "--all").startswith("  passed on to")
    for words in ([*two, "--depth", "products"], ["-x", "1,2", "--wx", "1", "--wh", "1"]):
        assert said_last(cli, *words).startswith("  passed on to")


@pytest.mark.parametrize("merge", ["sum", "mul", "ave", "concat", "none"])
def test_a_merge_is_told(merge):
    """sum, mul and ave have a line of arithmetic; concat and none have none."""
    way = {"W_x": 0.5, "W_h": 0.3}
    model = rnncalc.load(
        {"layers": [{"merge": merge, "forward": way, "backward": {**way, "bias": 1}}]}
    )
    trace = rnncalc.run(model, [1, 2, 3])
    merged = [line for line in explain(trace, 2).lines if line.direction is None]

    assert len(merged) == (merge not in ("concat", "none"))
    for line in merged:
        assert evaluated(line.numbers) == trace.h[1, 0] == line.value


@pytest.mark.parametrize("name", ["gru_bidirectional_many_to_one", "lstm_three_outputs"])
def test_the_outputs_of_networks(name):
    """What they read is what was read: last states of both directions, layers in a row."""
    document = golden(f"keras/{name}")
    trace = rnncalc.run(model_of(document), document["x"], dtype="float64")
    lines = [line for line in explain(trace, None).lines if line.name.startswith("y")]

    assert len(lines) >= 6
    for line in lines:
        np.testing.assert_allclose(evaluated(line.numbers), line.value, rtol=0, atol=1e-15)


def test_masked_and_padded_steps_say_so(cli):
    """Nothing is computed there, and the state goes on."""
    config = cli("example", "lstm").out
    words = ["explain", "-", "-x", "[[[1],[2],[3]]]", "--step", "all"]
    held = cli(*words, "--mask", "1 0 1", input=config).text
    padded = cli(*words, "--lengths", "2", input=config).text

    assert (
        "masked or padded: the state stays as it was, the output is the last output again" in held
    )
    assert "h = last output = 0.234267" in held
    assert "the output is 0" in padded


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--step", "9"], "--step '9': there are steps 1 to 5"),
        (["--unit", "3"], "--unit '3': there is unit 0"),
        (["--show", "a.o"], "--show: there is no a.o here. There are: a.z, a.r, a.n."),
        (
            ["--of", "encoder"],
            "--of: there is no layer encoder. There are: layer0, ",
        ),
        (["-f", "csv"], "--format 'csv' is not known. There are: text"),
        (
            ["-o", "x.csv"],
            "-o x.csv: which format? Give -f, or a suffix of: .txt",
        ),
    ],
)
def test_what_is_not_there(cli, words, message):
    """One line that says which there are."""
    config = b"{cell: gru, kernel: [[1, 2, 3]], recurrent_kernel: [[1, 2, 3]], x: [1, 2, 3, 4, 5]}"
    done = cli("explain", "-", *words, input=config)

    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith(f"Error: {message}")


def test_in_python_the_same_is_refused():
    """Steps, units, layers and quantities by name."""
    trace = rnncalc.run(rnncalc.load({"W_x": 1, "W_h": 1, "x": [1, 2]}))
    for words, message in [
        ({"t": 3}, "there is no step 3"), ({"units": 1}, "there is no unit 1"),
        ({"layer": "b"}, "there is no layer b"), ({"show": ["i"]}, "there is no i here"),
    ]:  # fmt: skip
        with pytest.raises(rnncalc.RnncalcError, match=re.escape(message)):
            rnncalc.explain(trace, **{"t": 1, **words})


@pytest.mark.parametrize("form", ["text", "markdown", "latex", "json"])
def test_why_is_said_in_every_format(cli, form):
    """Shares, saturation and memory of the unit that is told; in JSON with their numbers."""
    config = cli("example", "gru").out
    text = cli("explain", "-", "--step", "3", "--unit", "1", "--why", "-f", form, input=config).text

    assert "h of unit 1 at t = 3 is" in text
    assert "of unit 0" not in text
    if form == "json":
        (why,) = json.loads(text)["why"]
        assert np.shape(why["jacobian"]) == (3, 3)
        assert why["sentences"][-1].startswith("Within 4 steps")
        np.testing.assert_allclose(sum(map(np.array, why["shares"][-1]["shares"].values())), 1)


def test_why_of_masked_steps_and_outputs(cli):
    """A masked step says that the state stays; merges and outputs have no such sentences."""
    config = cli("example", "stack").out
    words = ["explain", "-", "-x", "[[[1],[2],[3]]]", "--mask", "1 0 1", "--step", "2", "--why"]
    text = cli(*words, input=config).text

    assert "t = 2 is padded or masked: the state stays as it is." in text
    assert cli(*words, "--json", "--non-finite", "null", input=config).code == 0


def test_latex_is_an_align_environment(cli):
    """One for each step, its rows aligned at the sign."""
    text = cli("explain", "-x", "1,2", *SEED, "--step", "all", "-f", "latex").text

    assert text.count(r"\begin{align*}") == text.count(r"\end{align*}") == 2
    assert r"&= \tanh (0.960958) \\" in text
    assert text.count("{") == text.count("}")


def test_a_long_run_is_explained_at_any_step():
    """Step 1000 of 2000 of a wide GRU: the kernels' numbers, with the equations' lines."""
    rng = np.random.default_rng(6)
    shapes = {"W_x": (64, 3), "W_h": (64, 64), "bias": (64,)}
    weights = {f"{n}.{g}": rng.normal(size=s) / 9 for n, s in shapes.items() for g in "zrn"}
    trace = rnncalc.run(Model([Layer(weights, "gru")]), rng.normal(size=(2000, 3)))
    lines = explain(trace, 1000, units=17, digits=6).lines

    assert [line.name for line in lines] == ["a.z", "z", "a.r", "r", "a.n", "n", "h"]
    for line in lines:
        assert line.exact
        assert number(evaluated(line.numbers), 6) == line.result
