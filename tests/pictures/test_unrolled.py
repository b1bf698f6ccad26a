"""The network over time: what stands in a box adds up, and belongs to its step."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import SEED
from drawn_layers import layers
from every_activation import SAME_WIDTH
from hypothesis import given, settings
from hypothesis import strategies as st
from svg_texts import texts

import rnncalc
from rnncalc import Layer, Model, Output, pictures
from rnncalc.numbers.digits import number
from rnncalc.pictures.request import PictureRequest
from rnncalc.pictures.unrolled import BLANK
from rnncalc.trace.selection import Selection

FIVE = rnncalc.load({"W_x": 0.32394445, "W_h": 1, "x": [1, 2, 3, 4, 5]})


def unrolled(model, *, selection=None, **asked):
    """The data of the picture."""
    request = PictureRequest("unrolled", selection or Selection(), **asked)
    return pictures.of(rnncalc.run(model), request)


@settings(max_examples=15)
@given(layers(), st.booleans(), st.integers(0, 2**32 - 1))
def test_what_stands_in_a_box_gives_what_comes_out(layer, turned, seed):
    """Of any cell, with any option: the summands of a, of c, of h; backwards, too."""
    layer = Layer(layer.weights, layer.cell, activation=layer.activation, clip=layer.clip,
                  recurrent_activation=layer.recurrent_activation, reset_after=layer.reset_after,
                  state_activation=layer.state_activation, input_forget=layer.input_forget,
                  direction="backward" if turned else "forward")  # fmt: skip
    x = np.random.default_rng(seed).uniform(-1, 1, (4, layer.features))
    (lane,) = unrolled(Model(layer, x=x)).lanes

    for box in lane.boxes:
        total = sum(row.values for row in box.rows if row.name == "term")
        clipped = layer.clip if layer.clip and layer.cell == "rnn" else np.inf
        out = box.sums[-1] if box.sums else box.h
        np.testing.assert_allclose(np.clip(total, -clipped, clipped), out.values, atol=1e-12)


def test_the_numbers_are_those_of_the_run():
    """Every step's x, terms, a and h, in four digits; labels have the step's own number."""
    trace = rnncalc.run(FIVE)
    (lane,) = unrolled(FIVE).lanes
    forward = trace.layers[0].forward
    third = lane.boxes[2]
    found = {row.label: row.texts for row in (third.x, *third.rows, *third.sums, third.h)}
    values = {
        "x_{3}": 3, r"W_{x}\, x_{3}": forward["x_term"][2, 0],
        r"W_{h}\, h_{2}": forward["h_term"][2, 0], r"\mathrm{bias}": 0, "a_{3}": forward["a"][2, 0],
        "h_{3}": forward["h"][2, 0],
    }  # fmt: skip

    assert found == {label: (number(np.float64(v), 4),) for label, v in values.items()}
    assert [row.reads for row in third.rows] == [(), ("h",), ()]
    assert lane.given == ("W_x = 0.32394445,  W_h = 1,  bias = 0",)


def test_a_number_is_never_1_when_it_is_not():
    """However few digits are asked for."""
    model = rnncalc.load({"W_x": 9, "W_h": 0, "x": [1]})
    (lane,) = unrolled(model, digits=2).lanes

    assert lane.boxes[0].h.texts == ("0.99999997",)


def test_a_long_run_has_its_ends():
    """Eight steps are whole; of more the first and the last four, and it says so."""
    long = rnncalc.load({"W_x": 1, "W_h": 1, "x": list(range(40))})
    picture = unrolled(long)

    assert [box.t for box in picture.lanes[0].boxes] == [1, 2, 3, 4, 37, 38, 39, 40]
    assert picture.gap == 4
    assert "t = 5 to 36 are not shown; --steps chooses." in picture.notes
    assert unrolled(long, selection=Selection(steps=slice(5, 13))).gap is None


def test_what_has_no_room_is_refused_with_the_ways_out(cli):
    """More than four units of a vector."""
    screen = cli("plot", "-x", "1", "--wx", "1 1 1 1 1".replace(" ", ";"), "--wh",
                 ";".join(["0 0 0 0 0"] * 5), "--kind", "unrolled", "-f", "svg")  # fmt: skip

    assert (screen.code, screen.err) == (2, (
        "Error: unrolled: layer0 has 5 units, at most 4 have room: --units 0:4 draws some,"
        " --kind heatmap all\n"
    ))  # fmt: skip


def test_blanks_leave_holes():
    """The numbers of a and h are gone, all others stay."""
    (lane,) = unrolled(FIVE, blank=["a", "h"]).lanes

    for box in lane.boxes:
        rows = (box.x, *box.rows, *box.sums, box.h)
        assert {row.name for row in rows if row.texts == (BLANK,)} == {"a", "h"}
    assert lane.before[0].texts == (BLANK,)


def test_a_masked_step_says_that_the_state_stays():
    """Nothing is added there, and its output stands above it."""
    model = rnncalc.load({"W_x": 0.3, "W_h": 1, "x": [[[1], [2], [3]]], "mask": [[1, 0, 1]]})
    boxes = unrolled(model).lanes[0].boxes

    assert [box.note for box in boxes] == ["", "masked or padded: the state stays", ""]
    assert (boxes[1].rows, boxes[1].h.texts) == ((), boxes[0].h.texts)


def test_layers_and_directions_have_lanes():
    """A backward one reads the state after its step; y stands over the last."""
    cell = {"W_x": [[0.5]], "W_h": [[0.25]]}
    both = Layer(cell, name="a", backward=Layer(cell))
    last = Layer({"W_x": [[0.5, 0.25]], "W_h": [[0.125]]}, name="b")
    model = Model([both, last], output=Output([[2.0]]), mode="many-to-one", x=[[1.0], [2.0]])
    lanes = unrolled(model).lanes

    assert [(lane.title, lane.turned) for lane in lanes] == [
        ("a.forward", False), ("a.backward", True), ("b", False),
    ]  # fmt: skip
    assert lanes[1].boxes[0].rows[1].label == r"W_{h}\, h_{2}"
    assert lanes[1].before[0].label == "h_{3} = h_0"
    assert [box.y is None for box in lanes[2].boxes] == [True, False]


@pytest.mark.parametrize("function", SAME_WIDTH, ids=str)
def test_every_formula_can_be_drawn(function):
    """matplotlib's mathematics reads the formulas of every activation."""
    mathtext = pytest.importorskip("matplotlib.mathtext")
    model = Model(Layer({"W_x": 1, "W_h": 1}, activation=function), x=[1.0])
    (lane,) = unrolled(model).lanes

    for text in (*lane.formulas, lane.into_h):
        mathtext.MathTextParser("path").parse(f"${text}$")


def test_python_draws_into_axes_that_are_given():
    """In the style that is set there; where several axes are needed, it gives the figure."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    trace = rnncalc.run(FIVE)
    with pyplot.rc_context({"text.color": "#123456"}):
        _, ax = pyplot.subplots()
        assert trace.plot("unrolled", ax) is ax
    colors = {text.get_color() for text in ax.texts if text.get_text() == "0.961"}
    stack = rnncalc.load({"layers": [{"W_x": 1, "W_h": 1}, {"W_x": 1, "W_h": 1}], "x": [1, 2]})
    several = rnncalc.run(stack).plot("lines")

    assert colors == {(0x12 / 255, 0x34 / 255, 0x56 / 255)}
    assert len(several.axes) == 2
    with pytest.raises(rnncalc.RnncalcError, match="draws 2 axes here: leave ax out"):
        rnncalc.run(stack).plot("lines", ax=ax)
    pyplot.close("all")


def test_the_picture_has_its_numbers_as_text(cli):
    """An SVG of the five steps."""
    pytest.importorskip("matplotlib")
    screen = cli("plot", "-x", "1,2,3,4,5", *SEED, "--kind", "unrolled", "-f", "svg")

    assert {"0.3131", "0.7447", "0.9374", "0.9773", "0.989", "1.717"} <= {*texts(screen.out)}
