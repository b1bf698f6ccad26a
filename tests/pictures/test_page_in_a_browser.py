"""The page in a real browser: what it computes, whatever is changed; what people see and press."""

from __future__ import annotations

import json
import shlex
import sys

import numpy as np
import pytest
from browser import CHROMIUM, Browser
from conftest import ROOT, SEED
from every_activation import EVERY
from page_networks import networks

import rnncalc
from rnncalc.equations.activations import ACTIVATIONS
from rnncalc.pictures.page import page
from rnncalc.pictures.page.javascript import Functions

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium"),
    pytest.mark.xdist_group("browser"),
    pytest.mark.filterwarnings("ignore:.* NaN or infinite"),
]

PAGE = ROOT / "rnncalc" / "pictures" / "page"
NETWORKS = networks()
EDITS = 200

SNAPSHOT = """
const plainOf = v => typeof v === "number" ? (Number.isFinite(v) ? asStored(v) : String(v))
  : v == null ? null : Array.from(v, plainOf);
const snapshot = () => Array.from({length: plan.batch ?? 1}, (_, s) => {
  const run = compute(s);
  return {y: plainOf(run.y), layers: run.layers.map(one => Object.fromEntries(
    Object.entries(one.ways).map(([way, {values, final}]) => [way, Object.fromEntries([
      ...Object.entries(values).map(([name, series]) => [name, plainOf(series)]),
      ...Object.entries(final).map(([name, v]) => ["final." + name, plainOf(v)])])])))};
});
"""

CHANGED = """
EDITS.map(([k, at, v]) => {
  const array = arrays[k];
  let index = [], value = array.value;
  while (typeof value !== "number") {
    index.push(Math.floor(at * value.length));
    value = value[index.at(-1)];
  }
  put(array, index, asStored(v));
  const found = {yaml: asYaml(), numbers: snapshot()};
  put(array, index, value);
  return found;
})
"""


LINES = """
[...document.querySelectorAll("#lines ol:first-child li .math + code")].map(one => one.textContent)
"""


@pytest.fixture(scope="module")
def browser():
    """One browser for all."""
    one = Browser()
    yield one
    one.close()


@pytest.fixture
def shown(browser, tmp_path):
    """Open the page of a run; at the end nothing was said and nothing but the file asked for."""

    def open_page(trace, fragment="", **told):
        path = tmp_path / "page.html"
        path.write_text(page(trace, **told), encoding="utf-8")
        browser.open(path, fragment)
        return browser

    yield open_page
    assert browser.console == []
    assert [one for one in browser.requests if "page.html" not in one and one != "data:,"] == []


def assert_same(trace, found):
    """Every quantity, final state and output of a run, to 1e-12 (float32: to its last digit)."""
    near = 1e-12 if trace.dtype == "float64" else 1.2e-7
    for sequence, one in enumerate(found):
        at = (sequence,) if trace.batched else ()
        if trace.y is not None:
            y = one["y"][0] if trace.model.mode == "many-to-one" else one["y"]
            np.testing.assert_allclose(np.array(y, float), trace.y[at], near, near)
        for layer, ways in zip(trace.layers, one["layers"], strict=True):
            for way, values in ways.items():
                real = {f"final.{name}": v for name, v in layer[way].final.items()}
                real |= layer[way].values
                assert {*values} == {*real}
                for name, series in values.items():
                    np.testing.assert_allclose(
                        np.array(series, float), real[name][at], near, near, err_msg=name
                    )


@pytest.mark.parametrize("name", NETWORKS)
def test_every_number_is_that_of_run(name, shown):
    """Of every cell, option, direction and shape of use."""
    trace = rnncalc.run(rnncalc.load(NETWORKS[name]))
    found = shown(trace).run(SNAPSHOT + "snapshot()")

    assert_same(trace, found)


def test_every_activation_is_numpy_s(browser):
    """Printed as JavaScript, of numbers near kinks and far out; those that take all units, too."""
    a = np.array([-88.0, -3.5, -1.0, -0.3, -1e-6, 0.0, 1e-3, 0.25, 1.0, 1.9, 2.75, 40.0])
    functions, calls, expected = Functions(), {}, {}
    for one in EVERY:
        together = one.definition.together
        printed = functions.name(str(one), len(a) if together else 0, several=False)
        calls[one.name] = f"{printed}(a)" if together else f"a.map({printed})"
        expected[one.name] = one(a[:, None])[:, 0]
    scripts = [(PAGE / f"{name}.js").read_text() for name in ("numbers", "erfc")]
    sources = [f"const {name} = {source};" for name, source in functions.sources.items()]
    given = [f"{name}: Array.from({call}, Number)" for name, call in calls.items()]
    lines = [*scripts, *sources, f"const a = Float64Array.from({a.tolist()});"]
    found = browser.run("(() => {" + "\n".join(lines) + f"return {{{', '.join(given)}}}; }})()")

    assert {*found} == {*ACTIVATIONS}
    for name, values in found.items():
        np.testing.assert_allclose(values, expected[name], 1e-13, 1e-18, err_msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("name", NETWORKS)
def test_a_change_is_that_of_the_yaml(name, shown, tmp_path):
    """After each of 200 random changes, the network copied as YAML runs to the page's numbers."""
    draw = np.random.default_rng(sum(map(ord, name)))
    opened = shown(rnncalc.run(rnncalc.load(NETWORKS[name])))
    count = opened.run("arrays.length")
    edits = [[int(draw.integers(count)), draw.random(), draw.normal()] for _ in range(EDITS)]
    found = opened.run(SNAPSHOT + CHANGED.replace("EDITS", json.dumps(edits)))

    file = tmp_path / "changed.yaml"
    for one in found:
        file.write_text(one["yaml"])
        assert_same(rnncalc.run(rnncalc.load(file)), one["numbers"])


@pytest.mark.parametrize("name", ["rnn", "backward rnn", "lstm, peepholes and clip", "gru"])
def test_the_arithmetic_is_that_of_explain(name, shown):
    """Line by line, with the same digits, for every unit of a step."""
    trace = rnncalc.run(rnncalc.load(NETWORKS[name]))
    lines = [
        f"{one.name}[{one.unit}] = {one.numbers} = {one.result}"
        for one in rnncalc.explain(trace, 2, digits=6).lines
    ]
    opened = shown(trace, digits=6)
    found = []
    for unit in range(trace.layers[0].h.shape[-1]):
        opened.run(f"choose({{t: 2, unit: {unit}}})")
        opened.settle()
        found += opened.run(LINES)

    assert sorted(found) == sorted(lines)


def test_names_are_text(shown):
    """A layer called like markup is read as it is called, and runs nothing."""
    names = ["<script>", '"><g onload=alert(1)>', "]]>"]
    cell = {"W_x": 1, "W_h": 1}
    model = rnncalc.load({"layers": [{**cell, "name": one} for one in names], "x": [1, 2]})
    opened = shown(rnncalc.run(model))

    text = opened.run("document.querySelector('header').innerText")
    assert all(f"{name}: rnn, 1 feature, 1 unit" in text for name in names)
    assert opened.run("document.querySelectorAll('g[onload], body script:not([type])').length") == 1


@pytest.mark.slow
def test_keys_alone_move_choose_and_change(shown):
    """Arrows move in time; Tab reaches every control; a number is reached, changed and undone."""
    trace = rnncalc.run(rnncalc.load(NETWORKS["lstm"]))
    opened = shown(trace)
    opened.press("ArrowRight")
    opened.press("ArrowRight")
    assert opened.run("view.t") == 3

    reached = set()
    for _ in range(120):
        opened.press("Tab")
        reached.add(opened.run(
            "[...document.querySelectorAll('button, input, select, canvas')]"
            ".indexOf(document.activeElement)"
        ))  # fmt: skip
    wanted = opened.run(
        "[...document.querySelectorAll('button, input, select, canvas')].map((one, k) => "
        "one.offsetParent && !one.disabled && one.tabIndex >= 0 ? k : -1)"
        ".filter(k => k >= 0)"
    )
    assert set(wanted) <= reached

    opened.run("document.querySelector('[role=grid][aria-label=\"W_x.i\"] button').focus()")
    opened.press("ArrowDown")
    opened.press("ArrowRight")
    opened.press("Enter")
    assert opened.run("document.activeElement.id") == "value"
    opened.write("0.5")
    opened.press("Enter")
    weights = {**NETWORKS["lstm"]["W_x"], "i": [*NETWORKS["lstm"]["W_x"]["i"]]}
    weights["i"][1] = [weights["i"][1][0], 0.5]
    changed = rnncalc.run(rnncalc.load({**NETWORKS["lstm"], "W_x": weights}))
    assert_same(changed, opened.run(SNAPSHOT + "snapshot()"))
    assert opened.run("document.querySelectorAll('#sums button.changed').length") > 1

    opened.run("$('undo').click()")
    opened.settle()
    assert_same(trace, opened.run("snapshot()"))
    assert opened.run("document.querySelectorAll('.changed').length") == 0


CLICKED = """
(() => {
  const wrong = [];
  for (let sequence = 0; sequence < (plan.batch ?? 1); sequence++)
    plan.layers.forEach((layer, index) => Object.keys(layer.ways).forEach(way => {
      for (let t = 1; t <= plan.timesteps; t++) {
        Object.assign(view, {layer: index, way, sequence, t});
        recompute();
        draw(true);
        for (const button of document.querySelectorAll("#sums button[data-edit]")) {
          button.click();
          const found = whole(numberAt(selected.array, selected.index));
          if (!button.title.endsWith(` = ${found}`)) wrong.push([way, sequence, t, button.title]);
        }
      }
    }));
  return wrong;
})()
"""  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_clicked_is_what_is_changed(name, shown):
    """Every cell of every matrix of every step: an input, a weight, a state of its sequence."""
    trace = rnncalc.run(rnncalc.load(NETWORKS[name]))

    assert shown(trace).run(CLICKED) == []


def test_what_is_no_number_is_refused_in_words(shown):
    """The number stays as it was."""
    opened = shown(rnncalc.run(rnncalc.load(NETWORKS["rnn"])))
    opened.run("select(arrays[1], [0, 0]); $('value').value = '1,5'; $('put').click()")

    assert opened.run("$('said').textContent") == "'1,5' is not a number: write 0.5, -2 or 1e-3"
    assert opened.run("edits.size") == 0


def test_a_link_carries_the_changes(shown):
    """The address has them; opened again, they are there, and marked."""
    trace = rnncalc.run(rnncalc.load(NETWORKS["gru"]))
    opened = shown(trace)
    opened.run("change(arrays[0], [1, 0], 0.75); change(arrays[1], [0, 1], -0.5)")
    fragment = opened.run("location.hash")
    again = shown(trace, fragment)

    x = [[*row] for row in NETWORKS["gru"]["x"]]
    x[1][0] = 0.75
    weights = {**NETWORKS["gru"]["W_x"], "z": [[*row] for row in NETWORKS["gru"]["W_x"]["z"]]}
    weights["z"][0][1] = -0.5
    changed = rnncalc.run(rnncalc.load({**NETWORKS["gru"], "x": x, "W_x": weights}))
    assert_same(changed, again.run(SNAPSHOT + "snapshot()"))
    assert again.run("edits.size") == 2
    assert again.run("document.querySelectorAll('#sums button.changed').length") > 0


def test_the_command_copied_gives_the_numbers(shown, cli):
    """Every change as a word of the command line: an input, a weight, a state."""
    words = ["-x", "1,2,3,4,5", *SEED]
    trace = rnncalc.run(rnncalc.load(NETWORKS["one unit"]))
    opened = shown(trace, command=f"rnncalc run {' '.join(words)}")
    opened.run("for (const k of [0, 1, 4]) change(arrays[k], k ? (k > 1 ? [0] : [0, 0]) : [2, 0],"
               " -0.25 * (k + 1))")  # fmt: skip
    command = shlex.split(opened.run("command()"))

    assert command[: len(words) + 2] == ["rnncalc", "run", *words]
    last = opened.run("view.run.layers[0].ways.forward.values.h.at(-1)[0]")
    assert float(cli(*command[1:], "--last").out) == pytest.approx(last, rel=1e-12)


def test_every_quantity_is_shown_over_time(shown):
    """States, gates, sums, what was read, and what the output layer gives."""
    opened = shown(rnncalc.run(rnncalc.load(NETWORKS["float32"])))
    names = opened.run("[...document.querySelectorAll('#quantity option')].map(one => one.value)")
    assert names == ["h", "a.z", "a.r", "a.n", "z", "r", "n", "x", "y"]
    for name in names:
        opened.run(f"choose({{quantity: '{name}'}})")
        opened.settle()
        label = opened.run("document.querySelector('#over .map canvas').getAttribute('aria-label')")
        assert label.startswith(f"{name} over time, 2 by 4")


def test_masked_steps_say_so(shown):
    """Nothing is computed in them, and no number is shown as if it were."""
    trace = rnncalc.run(rnncalc.load(NETWORKS["bidirectional lstm, coupled"]))
    opened = shown(trace, begin={"t": 2})

    assert "masked or padded" in opened.run("$('lines').textContent")
    assert "masked or padded" in opened.run("$('cell').textContent")


def test_steps_of_a_long_run_keep_their_numbers(shown, monkeypatch):
    """In the bar, in what is told, and in the command."""
    monkeypatch.setattr(sys.modules["rnncalc.pictures.page"], "MOST", 100)
    trace = rnncalc.run(rnncalc.load({**NETWORKS["rnn"], "x": np.full((40, 2), 0.5)}))
    opened = shown(trace, steps=(20, 22), begin={"t": 20}, command="rnncalc run")

    assert opened.run("$('when').textContent") == "t = 20 of 22"
    assert "h_{t-1} = [" in opened.run("$('lines').textContent")
    assert "(after t = 19)" in opened.run("$('lines').textContent")
    opened.run("change(arrays[0], [1, 0], 0.25)")
    assert opened.run("command()") == "rnncalc run --set 'x[20,0]=0.25'"


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["lstm", "stack to one"])
def test_nothing_is_wider_than_the_screen(name, width, shown):
    """On a desk and on a phone: only what has its own bar is scrolled sideways."""
    opened = shown(rnncalc.run(rnncalc.load(NETWORKS[name])))
    opened.look(width, 900)
    opened.settle()

    assert opened.run("document.documentElement.scrollWidth") <= width
    opened.look(1280, 900)
