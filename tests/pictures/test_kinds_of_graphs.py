"""``plot`` of graphs: layers have timesteps of their own; what is of rows is refused by name."""

from __future__ import annotations

import re

import pytest
from graphs_made import Maker, attending, branches, encoder_decoder, inputs

import rnncalc
from rnncalc import pictures
from rnncalc.errors import RnncalcError
from rnncalc.model.graph import Wire
from rnncalc.model.reshaping import Upsampling
from rnncalc.numbers.digits import number
from rnncalc.pictures import KINDS, terminal
from rnncalc.pictures.request import PictureRequest
from rnncalc.pictures.terminal.screen import Screen
from rnncalc.trace.selection import Selection
from rnncalc.writers.picture import to_page
from rnncalc.writers.style import Style

MODELS = {"encoder_decoder": encoder_decoder, "branches": branches, "attending": attending}
TRACES = {
    f"{name}{'_batch' * bool(batch)}": (make, batch)
    for name, make in MODELS.items()
    for batch in (0, 2)
}


def ran(make, batch: int = 0) -> rnncalc.Trace:
    """A run of drawn input."""
    model = make()
    return rnncalc.run(model, inputs(model, batch=batch))


def drawn(trace: rnncalc.Trace, kind: str | None = None, **chosen: object) -> list[str]:
    """The rows of a picture."""
    request = PictureRequest(kind, Selection(**chosen), plain=True)
    return [row.plain for row in terminal.rows(pictures.of(trace, request), Screen())]


@pytest.mark.parametrize("name", TRACES)
def test_every_kind_draws_any_graph_or_says_why_not(name):
    """For each layer that can be chosen, in text; no other error than one that names the kind."""
    trace = ran(*TRACES[name])
    for kind in KINDS:
        for of in ["", *(node.name for node in trace.model.nodes)]:
            try:
                said = "".join(drawn(trace, kind, of=of))
            except RnncalcError as error:
                said = str(error) if re.match(rf"--of is for|{kind}: ", str(error)) else ""
            assert said, (kind, of)


def test_a_layer_has_timesteps_of_its_own():
    """5 of the encoder, 4 of the decoder: each number in its column."""
    trace = ran(encoder_decoder)
    rows = drawn(trace)
    found = [row.split()[1:-1] for row in rows if "h[0]" in row.split()]

    assert rows[0].endswith("over t = 1 to 5")
    assert found == [[number(value, 4) for value in layer.h[:, 0]] for layer in trace.layers]


def test_an_output_may_be_longer_than_any_layer():
    """Every timestep of it has its column."""
    make = Maker()
    model = rnncalc.Model(
        (make.layer("enc", 2, 3),), stateless=(Upsampling(3, name="up"),),
        wiring=(Wire("enc", ("x",)), Wire("up", ("enc",))),
    )  # fmt: skip
    request = PictureRequest(selection=Selection(show=["y"]))
    (panel,) = pictures.of(rnncalc.run(model, inputs(model)), request).panels

    assert (panel.first, panel.last, panel.real.all()) == (1, 15, True)


def test_an_unrolled_layer_of_a_graph_has_no_y():
    """What it gives goes elsewhere first, perhaps."""
    trace = ran(encoder_decoder)
    made = pictures.of(trace, PictureRequest("unrolled", Selection(of="dec")))

    assert [box.y for lane in made.lanes for box in lane.boxes] == [None] * 4
    assert made.title == "dec over t = 1 to 4"


def test_what_a_layer_without_a_state_gives_is_drawn():
    """By --of its name; it is called as nothing else is."""
    trace = ran(attending)
    rows = drawn(trace, of="conv")
    found = [row.split()[1:] for row in rows if row.startswith(" y[")]

    assert rows[0] == "conv.y over t = 1 to 5"
    assert found == [[number(v, 4) for v in row] for row in trace.stateless["conv"]["y"].T]


def test_the_state_that_was_handed_over_stands_before_the_first_step():
    """And what a step read is what its layer reads, not x."""
    trace = ran(encoder_decoder)
    text = "\n".join(drawn(trace, "cell", of="dec"))
    h0 = ", ".join(number(value, 4) for value in trace.layers[0].forward.final["h"])
    x = ", ".join(number(value, 4) for value in trace.inputs["b"][0])

    assert f"h_{{t-1}} = [{h0}]" in text
    assert f"x_t = [{x}]" in text


@pytest.mark.parametrize(
    ("kind", "chosen", "said"),
    [
        ("unrolled", {}, "unrolled: in a graph one layer is drawn: --of enc or dec"),
        ("unrolled", {"of": "conv"}, "unrolled: conv has no state: --of takes enc or dec"),
        ("saturation", {"of": "conv"}, "saturation: conv has no state"),
        ("cell", {"of": "dec", "steps": 5}, "--steps '5': there are steps 1 to 4"),
        ("gates", {"of": "out"}, "gates: out has no state: --of takes enc or dec"),
    ],
)
def test_what_is_of_one_layer_says_which_there_are(kind, chosen, said):
    """With the way out."""
    with pytest.raises(RnncalcError, match=re.escape(said)):
        drawn(ran(attending), kind, **chosen)


def test_masked_steps_are_hatched_where_a_layer_knows_them():
    """Of what has no state it is said that they are not marked."""
    model = branches()
    x = inputs(model, batch=2)["x"]
    trace = rnncalc.run(model, x, lengths=[5, 3])
    rows = drawn(trace, sequence=1)

    assert "/: masked or padded" in rows or "( ): masked or padded" in rows
    assert any(row.startswith("Masked or padded steps are not marked of") for row in rows)


def test_a_page_is_of_rows():
    """It says what draws a graph."""
    trace = ran(branches)
    with pytest.raises(RnncalcError, match=r"a page is of layers in a row.*--kind graph"):
        to_page.write(trace, PictureRequest(), "html", Style(), None)
