"""``plot --kind graph``: which layer reads what, as a figure and as text."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pytest
from conftest import ROOT
from cut_texts import cut
from golden_graphs import model_of
from graphs_made import attending, branches, encoder_decoder
from svg_texts import texts

import rnncalc
from rnncalc import pictures
from rnncalc.errors import RnncalcError
from rnncalc.inspecting.diagram import boxes
from rnncalc.model.graph import Wire
from rnncalc.model.joins import Join
from rnncalc.pictures import figures
from rnncalc.pictures.graph import Graph
from rnncalc.pictures.layering import Layering, bends, depths, layered, placed
from rnncalc.pictures.request import PictureRequest
from rnncalc.pictures.terminal.graph import lines
from rnncalc.trace.selection import Selection
from rnncalc.writers.picture import to_figure

EXAMPLES = ROOT / "rnncalc" / "examples"
GRAPH = PictureRequest(kind="graph")


def graph(model: rnncalc.Model) -> Graph:
    """The picture of a network."""
    made = pictures.of(model, GRAPH)
    assert isinstance(made, Graph)
    return made


def drawn(model: rnncalc.Model) -> bytes:
    """It as SVG."""
    pytest.importorskip("matplotlib")
    out = io.BytesIO()
    to_figure.draw(graph(model), GRAPH, "svg", out)
    return out.getvalue()


def layering(model: rnncalc.Model) -> Layering:
    """Its boxes in ranks."""
    links = [(one.source, one.target) for one in graph(model).arrows]
    return layered(depths(len(graph(model).boxes), links), links)


def test_a_graph_as_text_says_who_reads_what():
    """A line goes down from a layer to the last that reads it; what gives states is named."""
    text = "\n".join(lines(boxes(encoder_decoder()), 80, blocks=True))

    assert text == (
        """\
○    a                       (t, 2)
│ ○  b                       (t, 4)
● │  enc       lstm          (t, 3)  reads a
●─┘  dec       lstm          (t, 3)  reads b; h0, c0 of enc
├─■  first     dense         (t, 2)  reads dec
■─┤  both      join: concat  (t, 5)  reads dec, first
■ │  second    dense         (t, 2)  reads both
│ □  y.first                 (t, 2)  gives first
□    y.second                (t, 2)  gives second"""
    )


def test_a_line_that_goes_on_is_told_from_one_that_passes():
    """What is read has a stub to both sides, what passes by has none."""
    rnn = {"W_x": [[0.5]], "W_h": 0.25}
    model = rnncalc.Model(
        (rnncalc.Layer(rnn, name="a"), rnncalc.Layer(rnn, name="b"), rnncalc.Layer(rnn, name="c")),
        stateless=(Join("add", name="two"), Join("add", name="all")),
        wiring=(Wire("a", ("x",)), Wire("b", ("x",)), Wire("c", ("x",)), Wire("two", ("a", "c")),
                Wire("all", ("a", "b", "c", "two"))),
    )  # fmt: skip
    rows = [*lines(boxes(model), 80, blocks=True)][4:6]

    assert [row.split("  ")[0] for row in rows] == ["├─┼─│─■", "■─┴─┴─┘"]


@pytest.mark.parametrize("wide", [40, 60, 80, 120])
def test_a_graph_as_text_fits(wide):
    """Also without letters for lines; what has no room goes on below, beside the same lines."""
    for model in (attending(), branches(), encoder_decoder()):
        rows = [*lines(boxes(model), wide, blocks=False)]
        words = " ".join(" ".join(rows).replace("|", " ").split())

        assert all(row.isascii() for row in rows)
        assert max(map(len, rows)) <= max(wide, 60)
        assert all(f"reads {', '.join(node.reads)}" in words for node in model.nodes)


def test_a_row_has_its_layers_in_their_order():
    """With what stands in front of them, and what is made of the last timestep."""
    model = rnncalc.load({
        "embedding": {"weights": [[1, 2], [3, 4], [5, 7]]}, "W_x": [[1, 2]], "W_h": 3,
        "output": {"W_y": [[1], [2]], "activation": "softmax"}, "mode": "many-to-one",
    })  # fmt: skip
    found = [(box.name, box.says, box.gives, box.reads) for box in boxes(model)]

    assert found == [
        ("x", "input", "ids (t)", ()),
        ("embedding", "embedding", "(t, 2)", ("x",)),
        ("layer0", "rnn", "(t, 1)", ("embedding",)),
        ("last", "last pooling", "(1)", ("layer0",)),
        ("output", "dense, softmax", "(2)", ("last",)),
        ("y", "output", "(2)", ("output",)),
    ]


@pytest.mark.parametrize("make", [encoder_decoder, branches, attending])
def test_every_name_and_shape_stands_in_a_figure(make):
    """And the roles of what attention reads, and states."""
    model = make()
    found = texts(drawn(model))

    assert {node.name for node in model.nodes} | {*model.inputs} <= {*found}
    assert all(any(box.gives in text for text in found) for box in boxes(model))
    if make is attending:
        assert {"query", "value", "h0, c0 of backward"} <= {*found}


def test_no_label_is_cut_at_an_edge():
    """One that stands at the left of the box furthest left has room, too."""
    pytest.importorskip("matplotlib")
    model = model_of("onnx/torch_dynamo_bahdanau")

    assert cut(figures.figure(graph(model))) == []


def test_the_same_network_gives_the_same_figure():
    """Byte for byte; an SVG tells in words what is drawn."""
    svg = drawn(encoder_decoder())

    assert svg == drawn(encoder_decoder())
    told = ET.fromstring(svg)[1].text
    assert "dec (lstm) reads b, begins with h0, c0 of enc: (t, 3)." in told


@pytest.mark.parametrize("make", [encoder_decoder, branches, attending])
def test_arrows_go_down_and_do_not_cross(make):
    """Each box is below all that it reads, and these graphs can be drawn without a crossing."""
    made = layering(make())
    rank = {item: i for i, items in enumerate(made.ranks) for item in items}

    assert all(rank[below] == rank[above] + 1 for above, below in made.links)
    assert made.crossings == 0


@pytest.mark.parametrize("seed", range(5))
def test_boxes_do_not_overlap(seed):
    """Of drawn graphs of 40 boxes, whose order crosses no more often than the first one."""
    rng = np.random.default_rng(seed)
    links = [(int(rng.integers(max(0, i - 6), i)), i) for i in range(1, 40) for _ in range(2)]
    links = list(dict.fromkeys(links))
    depth = depths(40, links)
    made = layered(depth, links)
    wide = {box: float(rng.uniform(40, 200)) for box in range(40)}
    x = placed(made, wide, 20)

    assert sum(map(len, made.ranks)) == 40 + bends(depth, links)
    for rank in made.ranks:
        for one, other in pairwise(rank):
            apart = (wide.get(one, 0) + wide.get(other, 0)) / 2 + 20
            assert x[other] - x[one] >= apart - 1e-6
    assert min(x[box] - wide[box] / 2 for box in wide) >= -1e-6


def test_a_graph_needs_no_input(cli):
    """The file alone is drawn; what is of runs is refused by its name."""
    words = ["plot", str(EXAMPLES / "stack.yaml"), "--kind", "graph"]

    assert "reads x" in cli(*words).text
    assert cli(*words, "--steps", "2").err == (
        "Error: --steps is for pictures of a run: graph shows the whole network\n"
    )
    assert cli(*words, "-f", "html").err == (
        "Error: --kind graph is for figures: -o FILE.svg, .png or .pdf\n"
    )


def test_what_is_too_large_for_a_figure_is_listed():
    """Long graphs are drawn as text of any length."""
    pytest.importorskip("matplotlib")
    make = rnncalc.Layer({"W_x": 0.5, "W_h": 0.25})
    model = rnncalc.Model((make,) * 310)

    assert len([*lines(boxes(model), 80, blocks=True)]) == 312
    with pytest.raises(RnncalcError, match="graph: 312 boxes and 311 arrows have no room"):
        drawn(model)


def test_a_run_can_draw_its_network():
    """As ``trace.plot("graph")`` does."""
    trace = rnncalc.run(rnncalc.load(EXAMPLES / "vector.yaml"))

    assert pictures.of(trace, GRAPH).title == "A network of 1 layer"
    with pytest.raises(RnncalcError, match="--units is for pictures of a run"):
        pictures.of(trace, PictureRequest(kind="graph", selection=Selection(units=0)))
