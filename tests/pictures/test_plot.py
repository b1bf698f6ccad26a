"""``rnncalc plot``: what is drawn is what was computed, in every format, the same every time."""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from conftest import ROOT, SEED
from svg_texts import SVG, texts

import rnncalc
from rnncalc import pictures
from rnncalc.numbers.digits import number
from rnncalc.pictures.request import PictureRequest
from rnncalc.trace.selection import Selection

EXAMPLES = ROOT / "rnncalc" / "examples"
FIVE = ["-x", "1,2,3,4,5", *SEED]


@pytest.fixture
def drawn(cli):
    """The bytes of a picture on stdout."""
    pytest.importorskip("matplotlib")

    def bytes_of(*words: str, form: str = "svg", **how) -> bytes:
        screen = cli("plot", *words, "-f", form, **how)
        assert (screen.code, screen.err) == (0, "")
        return screen.out

    return bytes_of


@pytest.mark.parametrize("form", ["svg", "png", "pdf"])
def test_the_same_input_gives_the_same_bytes(form, drawn):
    """No date, no number of this process."""
    assert drawn(*FIVE, form=form) == drawn(*FIVE, form=form)


def test_a_small_heat_map_has_every_number(drawn):
    """In four digits, as texts."""
    trace = rnncalc.run(rnncalc.load(EXAMPLES / "vector.yaml"))
    found = texts(drawn(str(EXAMPLES / "vector.yaml")))

    assert {number(value, 4) for value in trace.h.ravel()} <= {*found}


@pytest.mark.parametrize(
    "name", ["<script>alert(1)", ']]>"><g onload="x">', "$x_1$", "&lt;", "\ub808\uc774\uc5b4"]
)
def test_names_are_text(name, drawn):
    """A layer's name is neither markup nor mathematics."""
    cell = {"W_x": 1, "W_h": 1}
    config = {"layers": [{**cell, "name": name}, {**cell, "name": "b"}], "x": [1]}
    svg = drawn("-", input=json.dumps(config).encode())

    assert f"{name}.forward.h" in texts(svg)
    assert {node.tag for node in ET.fromstring(svg).iter()} & {f"{SVG}script"} == set()


def test_an_svg_says_what_it_shows(drawn):
    """Title and description stand first."""
    root = ET.fromstring(drawn(*FIVE))

    assert [child.tag for child in root[:2]] == [f"{SVG}title", f"{SVG}desc"]
    assert root[0].text == "h over t = 1 to 5"


def test_without_matplotlib_one_line_says_how_to_get_it(cli, monkeypatch):
    """With the pip command; exit code 2."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    screen = cli("plot", *FIVE, "-f", "svg")

    assert screen.code == 2
    assert re.fullmatch(r"Error: .* needs matplotlib: pip install 'rnncalc\[plot\]'\n", screen.err)


def panels(model, **asked):
    """The data of a heat map."""
    part = {
        key: asked.pop(key) for key in ("show", "of", "steps", "units", "sequence") if key in asked
    }
    request = PictureRequest(selection=Selection(**part), **asked)
    return pictures.of(rnncalc.run(model), request).panels


def test_bounded_quantities_have_the_range_of_their_colours():
    """-1 to 1 for tanh and gates; what is not bounded as far as it goes, to both sides."""
    model = rnncalc.load(EXAMPLES / "lstm.yaml")
    trace = rnncalc.run(model)
    largest = float(np.abs(trace.layers[0]["forward"]["c"]).max())
    found = {one.name: one.limits for one in panels(model, kind="gates")}

    assert found == dict.fromkeys("ifgoh", (-1, 1)) | {"c": (-largest, largest)}


def test_masked_steps_are_known_and_do_not_count():
    """Padding is no step, and no saturation."""
    model = rnncalc.load({"W_x": 9, "W_h": 0.5, "x": [[[0.01], [1], [1]], [[1], [1], [1]]],
                          "lengths": [2, 3]})  # fmt: skip
    (one,) = panels(model)

    assert one.real.tolist() == [True, True, False]
    assert one.saturated.tolist() == [0.5]


def test_parts_and_sequences_are_chosen(cli):
    """As in run; one sequence of a batch, and which there are where it is none of them."""
    model = rnncalc.load({"W_x": [[1, 2]] * 3, "W_h": np.eye(3).tolist(), "x": [[[1, 2]] * 4] * 2})
    (one,) = panels(model, steps=slice(2, 4), units=slice(1, 3), sequence=1)

    assert (one.first, one.last, one.index.tolist()) == (2, 3, [1, 2])
    two = ["plot", "-x", "[[[1],[2]],[[3],[4]]]", *SEED, "-f", "svg"]
    assert "there are sequences 0 to 1" in cli(*two, "--sequence", "2").err
    assert cli(*two, "--sequence", "0:2").err == (
        "Error: a picture shows one sequence: --sequence K\n"
    )


@pytest.mark.parametrize("kind", ["unrolled", "cell", "heatmap", "lines", "memory"])
def test_what_is_not_a_number_is_drawn_as_that(kind, drawn):
    """No picture fails for NaN or an infinity."""
    svg = drawn("-x", "1,2", "--wx", "nan", "--wh", "1", "--kind", kind, "-q")

    assert ("nan" in texts(svg)) == (kind in ("unrolled", "cell", "heatmap"))
