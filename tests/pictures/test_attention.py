"""``plot --kind attention``: how much of each key each query takes."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from cut_texts import cut
from graphs_made import attending, encoder_decoder, inputs
from svg_texts import texts

import rnncalc
from rnncalc import pictures
from rnncalc.errors import RnncalcError
from rnncalc.numbers.digits import number
from rnncalc.pictures import figures, terminal
from rnncalc.pictures.panels import Panels
from rnncalc.pictures.request import PictureRequest
from rnncalc.pictures.terminal.screen import Screen
from rnncalc.trace.selection import Selection
from rnncalc.writers.picture import to_figure


def ran(model: rnncalc.Model, **how: int) -> rnncalc.Trace:
    """A run of drawn input."""
    return rnncalc.run(model, inputs(model, **how))


def picture(trace: rnncalc.Trace, **chosen: object) -> Panels:
    """Its weights as data."""
    request = PictureRequest(kind="attention", selection=Selection(**chosen))
    made = pictures.of(trace, request)
    assert isinstance(made, Panels)
    return made


def test_rows_are_queries_and_columns_keys():
    """Every number in its place, as text; each row adds up to 1."""
    trace = ran(attending())
    weights = trace.stateless["attention"]["weights"]
    rows = [row.plain.split() for row in terminal.rows(picture(trace), Screen())]
    found = [row[2:] for row in rows if row[0] == "dec"]

    assert weights.shape == (4, 5)
    assert np.allclose(weights.sum(axis=1), 1)
    assert found == [[number(value, 4) for value in row] for row in weights]


def test_notes_that_are_wide_go_on_in_another_line():
    """Nothing is cut at the edges; every word is there."""
    note = "Down: timesteps of a layer (query); " * 4
    pytest.importorskip("matplotlib")
    for heads in (1, 3):
        made = replace(picture(ran(attending(heads=heads))), notes=(note.strip(),))
        drawn = figures.figure(made)
        assert cut(drawn) == []
        below = drawn.axes[heads - 1].get_xlabel()
        assert note.strip() in below.replace("\n", " ")


def test_each_head_has_a_panel():
    """On one scale; --show picks some, and scores."""
    trace = ran(attending(heads=3))
    values = trace.stateless["attention"]
    made = picture(trace)

    assert [one.name for one in made.panels] == ["weights.0", "weights.1", "weights.2"]
    for i, one in enumerate(made.panels):
        assert np.array_equal(one.values.T, values[f"weights.{i}"])
    assert len({one.limits for one in made.panels}) == 1
    shown = picture(trace, show=["weights.1", "scores.0"]).panels
    assert [one.name for one in shown] == ["scores.0", "weights.1"]


def test_a_figure_has_every_number():
    """And which timesteps are whose; a heat map each."""
    pytest.importorskip("matplotlib")
    trace, out = ran(attending(heads=2)), io.BytesIO()
    to_figure.draw(picture(trace), PictureRequest(), "svg", out)
    found = texts(out.getvalue())

    for i in range(2):
        weights = trace.stateless["attention"][f"weights.{i}"]
        assert {number(value, 4) for value in weights.ravel()} <= {*found}
    assert found.count("t of dec") == 2
    assert "t of enc" in found


def test_what_no_query_takes_is_marked():
    """Keys behind the last query of a causal attention; not those of which one takes a share."""
    made = picture(ran(attending(causal=True)))
    rows = [row.plain for row in terminal.rows(made, Screen())]

    assert made.panels[0].real.tolist() == [True, True, True, True, False]
    assert np.array_equal(made.panels[0].unseen, np.arange(5)[:, None] > np.arange(4))
    assert rows.count("( ): no query takes anything of it (just 0)") == 1
    assert [row.count("(0)") for row in rows if row.startswith(" dec")] == [1] * 4


def test_a_score_of_0_is_one_like_others():
    """Only of weights 0 is nothing."""
    trace = ran(attending())
    trace.stateless["attention"]["scores"][:] = 0

    assert picture(trace, show=["scores"]).panels[0].real.all()


def test_steps_are_those_of_the_query():
    """A batch shows one sequence."""
    trace = ran(attending(), batch=3)
    made = picture(trace, steps=slice(2, 4), sequence=2)

    assert made.panels[0].index.tolist() == [2, 3]
    weights = trace.stateless["attention"]["weights"][2, 1:3]
    assert np.array_equal(made.panels[0].values.T, weights)
    assert "sequence 2 (of 0 to 2)" in made.title


@pytest.mark.parametrize(
    ("model", "chosen", "said"),
    [
        (encoder_decoder(), {}, "attention: this network has none"),
        (attending(), {"of": "enc"}, "enc has no weights: --of attention"),
        (attending(), {"units": 1}, "--units is for layers: --steps chooses"),
        (attending(), {"show": ["context"]}, "--show: attention draws scores, weights, not"),
    ],
)
def test_what_cannot_be_drawn_is_said(model, chosen, said):
    """With what there is."""
    with pytest.raises(RnncalcError, match=re.escape(said)):
        picture(ran(model), **chosen)
