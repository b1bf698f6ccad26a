"""How far two computations are apart: what is drawn is what the check found."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, SEED
from svg_texts import texts

import rnncalc
from rnncalc import Layer, Model
from rnncalc.pictures import difference

FIVE = rnncalc.load({"W_x": 0.32394445, "W_h": 1, "x": [1, 2, 3, 4, 5]})
STACK = ROOT / "rnncalc" / "examples" / "stack.yaml"


def test_each_timestep_has_its_difference_and_its_bound():
    """A line is above the tolerance where a number differs, and only there."""
    h = rnncalc.run(FIVE).h
    theirs = h + np.array([[0], [1e-13], [0.5], [0], [-0.25]])
    picture = difference.make(rnncalc.check(FIVE, theirs))
    (course,) = picture.courses

    np.testing.assert_allclose(course.far, np.abs(h - theirs)[:, 0], atol=1e-15)
    np.testing.assert_allclose(course.bound, 1e-12 + 1e-9 * np.abs(theirs)[:, 0])
    assert (course.far > course.bound).tolist() == [False, False, True, False, True]
    assert picture.first == (3, pytest.approx(0.5), "layer0.forward h[0]: 0.5")
    assert 0 < picture.floor < 1e-13


def test_a_small_number_beyond_its_bound_is_not_hidden_by_a_large_one_within():
    """Of each timestep the number that is worst against its own tolerance."""
    model = Model(Layer({"W_x": [[1e9], [1e-3]], "W_h": np.zeros((2, 2))}, activation="linear"),
                  x=[1.0])  # fmt: skip
    theirs = np.array([[1e9 + 0.5, 1e-3 + 1e-6]])
    (course,) = difference.make(rnncalc.check(model, theirs)).courses

    assert course.far == pytest.approx([1e-6])


def test_layers_of_two_models_have_a_line_each():
    """Up to the first that differs."""
    ours, theirs = rnncalc.load(STACK), rnncalc.load(STACK, set=["decoder.bias.z=0.3"])
    picture = difference.make(rnncalc.check(ours, theirs))

    assert [one.name for one in picture.courses] == ["encoder", "decoder"]
    assert (picture.courses[0].far == 0).all()
    assert (picture.courses[1].far > picture.courses[1].bound).all()


def test_a_batch_has_the_worst_of_its_sequences():
    """Which one that is, the first difference says."""
    model = rnncalc.load({"W_x": 1, "W_h": 1, "x": [[[1], [2]], [[3], [4]]]})
    theirs = rnncalc.run(model).h + np.array([[[0], [1e-3]], [[1e-4], [0]]])
    (course,) = difference.make(rnncalc.check(model, theirs)).courses

    np.testing.assert_allclose(course.far, [1e-4, 1e-3])


def test_check_draws_what_it_finds(cli, tmp_path):
    """Beside the verdict, whose exit code stays; the picture names the first difference."""
    pytest.importorskip("matplotlib")
    file = tmp_path / "apart.svg"
    words = ["check", "-x", "1,2", *SEED, "--plot", str(file), "--against"]

    assert cli(*words, "0.313069,0.75").code == 1
    found = texts(file.read_bytes())
    assert "|ours - theirs|: differs from the numbers given" in found
    assert "first: t = 2, layer0.forward h[0]: 0.0053" in found
    assert cli(*words, "0.3131,0.7447").code == 0


def test_what_cannot_be_drawn_is_said(cli, tmp_path):
    """The verdict is there all the same; another suffix is refused before anything is computed."""
    words = ["check", "-x", "1,2", *SEED, "--against", "1,2,3", "--plot"]
    screen = cli(*words, str(tmp_path / "a.svg"))

    assert screen.code == 1
    assert "there is nothing to draw over time: the shapes differ" in screen.err
    assert not (tmp_path / "a.svg").exists()
    assert cli(*words, "a.txt").err == "Error: --plot a.txt: expected .svg, .png or .pdf\n"


def test_python_draws_what_a_check_found():
    """Into axes that are given."""
    pyplot = pytest.importorskip("matplotlib.pyplot")
    _, ax = pyplot.subplots()

    assert rnncalc.check(FIVE, rnncalc.run(FIVE).h + 0.1).plot(ax) is ax
    assert ax.get_title(loc="left") == "|ours - theirs|: differs from the expected numbers"
    pyplot.close("all")


def test_a_report_is_one_page_that_asks_for_nothing(cli, tmp_path, monkeypatch):
    """The verdict and the picture; a name of a file is text; the same bytes every time."""
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    theirs = Path("<b>&.csv")
    theirs.write_text("0.313\n0.75\n")
    page = Path("report.html")
    words = ["check", "-x", "1,2", *SEED, "--against", str(theirs), "-o", str(page)]
    assert cli(*words).code == 1
    first = page.read_text()
    cli(*words)

    assert page.read_text() == first
    assert "<b>" not in first
    assert "&lt;b&gt;&amp;.csv" in first
    assert first.count("<svg") == 1
    assert "first: t = 2, layer0.forward" in first
    assert "default-src 'none'" in first
    assert not re.search(r"<script|src=|@import|url\((?!#)", first)


def test_a_report_without_a_picture_says_why(cli):
    """Here shapes differ."""
    page = cli("check", "-x", "1,2", *SEED, "--against", "1,2,3", "-f", "html").text

    assert "No picture: there is nothing to draw over time: the shapes differ." in page


def test_a_picture_of_a_check_has_a_file(cli):
    """On stdout stands the verdict: nothing is drawn there, and nothing is left out silently."""
    screen = cli("check", "-x", "1,2", *SEED, "--against", "1,2", "--plot", "-")

    assert (screen.code, screen.out) == (2, b"")
    assert screen.err == "Error: --plot -: the verdict may stand there: give a file\n"
