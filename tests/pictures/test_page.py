"""The page: what is in its file. What it does in a browser: ``test_page_in_a_browser.py``."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import sys

import numpy as np
import pytest
from conftest import SEED
from page_networks import networks

import rnncalc
from rnncalc.pictures.page import page

pytestmark = pytest.mark.filterwarnings("ignore:.* NaN or infinite")

NETWORKS = networks()
FIVE = ["plot", "-x", "1,2,3,4,5", *SEED]
HOSTILE = ["<script>", '"><g onload=alert(1)>', "]]>", "<!--", "{{title}}", "&lt;"]


def parts(text: str, name: str) -> str:
    """What an element of the page holds."""
    return re.search(rf"<{name}>(.*?)</{name.split()[0]}>", text, re.DOTALL)[1]


def held(text: str, name: str) -> dict:
    """The plan or the config of a page."""
    return json.loads(parts(text, f'script type="application/json" id="{name}"'))


def test_the_page_of_five_steps_is_small(cli, tmp_path):
    """At most 100 kB, the same bytes every time, one file."""
    for name in ("one.html", "two.html"):
        assert cli(*FIVE, "-o", str(tmp_path / name)).code == 0
    first, second = (tmp_path / name for name in ("one.html", "two.html"))

    assert first.read_bytes() == second.read_bytes()
    assert len(first.read_bytes()) <= 100_000


def test_a_large_lstm_is_at_most_three_megabytes():
    """64 units and features, 200 steps, every digit of every weight."""
    draw = np.random.default_rng(5).normal
    shapes = {"W_x": (64, 64), "W_h": (64, 64), "bias": (64,)}
    config = {name: {gate: draw(size=shape) for gate in "ifgo"} for name, shape in shapes.items()}
    trace = rnncalc.run(rnncalc.load({"cell": "lstm", **config, "x": draw(size=(200, 64))}))

    assert len(page(trace).encode()) <= 3_000_000


def test_what_is_too_large_is_said_in_one_sentence():
    """With what it has, and the way out: some of the steps; a figure where weights are too many."""
    trace = rnncalc.run(
        rnncalc.load({"W_x": np.ones((1, 1000)), "W_h": [[1]]}), np.ones((121, 1000))
    )
    wide = rnncalc.run(rnncalc.load({"W_x": np.ones((400, 1)), "W_h": np.ones((400, 400))}), [1, 2])

    with pytest.raises(rnncalc.RnncalcError) as said:
        page(trace)
    assert str(said.value) == (
        "a page of 1,002 weights, 121,000 numbers of x and 121 steps of 1 unit is too large: "
        "it has at most 120,000 numbers. --steps A:B makes one of these steps"
    )
    with pytest.raises(rnncalc.RnncalcError, match=r"is too large: .* Draw it as \.svg or \.png$"):
        page(wide, steps=(1, 2))


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_some_steps_of_a_long_run_go_on_from_what_was_handed_to_them(cell, monkeypatch):
    """The page has these steps alone, with the numbers that the whole run has there."""
    monkeypatch.setattr(sys.modules["rnncalc.pictures.page"], "MOST", 100)
    trace = rnncalc.run(rnncalc.load({**NETWORKS[cell], "x": np.full((40, 2), 0.5)}))
    text = page(trace, steps=(20, 22), begin={"t": 21})
    again = rnncalc.run(rnncalc.load(held(text, "config")))
    plan = held(text, "plan")

    assert (plan["before"], plan["timesteps"], plan["begin"]["t"], plan["more"]) == (19, 3, 2, True)
    np.testing.assert_allclose(again.h, trace.h[19:22], rtol=1e-14)


def test_a_part_of_what_needs_all_is_refused():
    """A backward layer begins at the end of the whole."""
    trace = rnncalc.run(rnncalc.load(NETWORKS["backward rnn"]), np.ones((70_000, 2)))

    with pytest.raises(rnncalc.RnncalcError, match="b reads from the end: it needs the whole"):
        page(trace, steps=(1, 2))


def test_the_policy_allows_this_script_and_this_style_alone():
    """By their digests; whatever a name holds, nothing else runs and nothing is asked for."""
    text = page(rnncalc.run(rnncalc.load(NETWORKS["rnn"])))
    policy = html.unescape(re.search(r'Policy" content="([^"]*)"', text)[1])
    digests = {
        name: base64.b64encode(hashlib.sha256(parts(text, name).encode()).digest()).decode()
        for name in ("script", "style")
    }

    assert policy == (
        f"default-src 'none'; script-src 'sha256-{digests['script']}'; "
        f"style-src 'sha256-{digests['style']}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_cannot_leave_its_place(name):
    """Neither the plan nor the config ends early, whatever a layer is called."""
    cell = {"W_x": 1, "W_h": 1}
    name = name.replace("/", "")
    model = rnncalc.load({"layers": [{**cell, "name": name}, {**cell, "name": "b"}], "x": [1, 2]})
    text = page(rnncalc.run(model), command=f"rnncalc run '{name}'")

    assert held(text, "plan")["layers"][0]["name"] == name
    assert held(text, "config")["layers"][0]["name"] == name
    assert text.count("<script") == 3


@pytest.mark.parametrize("name", NETWORKS)
def test_the_config_in_a_page_is_the_run(name):
    """Read back, it gives every number, whatever the network: with its input, marks and states."""
    trace = rnncalc.run(rnncalc.load(NETWORKS[name]))
    again = rnncalc.run(rnncalc.load(held(page(trace), "config")))

    np.testing.assert_array_equal(again.h, trace.h)
    for ours, theirs in zip(again.layers, trace.layers, strict=True):
        for way, one in ours.directions.items():
            for quantity in set(one.values) & set(theirs[way].values):
                np.testing.assert_array_equal(one[quantity], theirs[way][quantity])


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_the_type_of_the_run_is_that_of_the_page(dtype):
    """Not that of the file, where a run was asked for another one."""
    trace = rnncalc.run(rnncalc.load(NETWORKS["float32"]), dtype=dtype)
    again = rnncalc.run(rnncalc.load(held(page(trace), "config")))

    assert again.dtype == dtype
    np.testing.assert_array_equal(again.h, trace.h)


def test_an_embedding_s_rows_are_the_input():
    """What the table gives is shown and may be changed; the table is not carried."""
    table = [[0.5, -1.0], [0.25, 2.0], [1.5, 0.75]]
    config = {"W_x": [[1, 2]], "W_h": [[0.5]], "embedding": {"weights": table, "mask_zero": True}}
    trace = rnncalc.run(rnncalc.load({**config, "x": [2, 0, 1]}))
    text = page(trace)

    assert held(text, "config")["x"] == [[1.5, 0.75], [0.5, -1.0], [0.25, 2.0]]
    assert held(text, "config")["mask"] == [1, 0, 1]
    assert held(text, "plan")["arrays"][0]["name"] == ""


def test_the_command_is_that_of_the_run(cli, tmp_path):
    """Without what is said of the page."""
    out = tmp_path / "p.html"
    cli(*FIVE, "-d", "4", f"--output={out}", "--steps", "2")
    plan = held(out.read_text(), "plan")

    assert plan["command"] == f"rnncalc run -x 1,2,3,4,5 {' '.join(SEED)} --steps 2"
    assert (plan["digits"], plan["begin"]["t"]) == (4, 2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--kind", "lines"], "--kind is for figures"),
        (["--theme", "dark"], "--theme is for figures"),
        (["--steps", "9"], "there are steps 1 to 5"),
        (["--of", "nope"], "there is no layer nope"),
    ],
)
def test_what_has_no_place_in_a_page_is_refused(cli, tmp_path, words, said):
    """Exit code 2, and no file."""
    screen = cli(*FIVE, *words, "-o", str(tmp_path / "p.html"))

    assert (screen.code, (tmp_path / "p.html").exists()) == (2, False)
    assert said in screen.err


@pytest.mark.parametrize(("code", "said"), [(0, ""), (1, "nothing here shows")])
def test_open_shows_the_page(cli, tmp_path, monkeypatch, code, said):
    """By what the machine has for it; where it has nothing, that is said."""
    launched = []
    monkeypatch.setattr("click.launch", lambda path: launched.append(path) or code)
    screen = cli(*FIVE, "--open", "-o", str(tmp_path / "p.html"))

    assert (screen.code, launched) == (0, [str(tmp_path / "p.html")])
    assert said in screen.err
    assert (screen.err == "") == (said == "")


def test_open_needs_a_page(cli, tmp_path):
    """A figure is no page."""
    screen = cli(*FIVE, "--open", "-o", str(tmp_path / "p.svg"))

    assert (screen.code, screen.err) == (2, "Error: --open shows a page: give -o FILE.html\n")
