"""How results show themselves where Python prints them and in notebooks, and are saved."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from markdown_it import MarkdownIt

import rnncalc
from rnncalc.writers import CHECKS, EXPLANATIONS, FORMATS

NET = {"W_x": [[0.5], [0.2]], "W_h": [[0.3, 0.6], [-0.5, 0.2]], "x": [1, -2, 3]}
WORDS = ["-x", "1,-2,3", "--wx", ".5;.2", "--wh", ".3 .6;-.5 .2"]
ODD = '<script>alert("1")&amp;'
"""A name that a file may have."""

PLAIN = {"div", "p", "b", "br", "ul", "li", "code", "pre", "table", "tr", "th", "td"}
"""The tags of ours."""


class Page(HTMLParser):
    """What a browser makes of HTML: its tags, attributes and words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.words = ""
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {*attrs}
        self.open += [tag] if tag != "br" else []

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


def shown(kind: str):
    """Each kind of data, of a network whose layer has an odd name."""
    model = rnncalc.load(NET | {"name": ODD})
    trace = rnncalc.run(model)
    below = {"W_x": 0.5, "W_h": 0.1, "name": "below"}
    second = {"W_x": NET["W_x"], "W_h": NET["W_h"], "name": ODD}
    two = rnncalc.load({"layers": [below, second], "x": NET["x"]})
    return {
        "model": lambda: model,
        "trace": lambda: trace,
        "explanation": lambda: rnncalc.explain(rnncalc.run(two), [1, 2], digits=6, why=True),
        "agrees": lambda: rnncalc.check(trace, trace.h),
        "differs": lambda: rnncalc.check(trace, trace.h * 1.5),
        "inspection": lambda: rnncalc.inspect(Path("net.json")),
    }[kind]()


KINDS = ["model", "trace", "explanation", "agrees", "differs", "inspection"]


@pytest.fixture(autouse=True)
def file_of_the_net(tmp_path, monkeypatch):
    """A file of the same network, in the working folder."""
    monkeypatch.chdir(tmp_path)
    text = '{"name": "<script>alert(\\"1\\")&amp;", "W_x": 0.5, "W_h": 0.3}'
    Path("net.json").write_text(text)


@pytest.mark.parametrize("kind", KINDS)
def test_html_is_whole_and_plain(kind):
    """Names are text; nothing has a colour, a class of the page's, or a style beyond its cell."""
    page = Page(shown(kind)._repr_html_())

    assert page.open == []
    assert page.tags <= PLAIN
    assert {key for key, _ in page.attributes} <= {"style", "class"}
    ours = {"text-align:left", "tex2jax_ignore mathjax_ignore"}
    assert {value for _, value in page.attributes} <= ours
    assert ODD in page.words or kind == "agrees"


@pytest.mark.parametrize("kind", KINDS)
def test_markdown_is_text(kind):
    """Names are no HTML there either."""
    tokens = MarkdownIt("commonmark").enable("table").parse(shown(kind)._repr_markdown_())
    inside = {one.type for block in tokens for one in block.children or []}

    assert not {"html_block"} & {block.type for block in tokens}
    assert not {"html_inline", "link_open", "image"} & inside


@pytest.mark.parametrize("kind", KINDS)
def test_every_face_has_the_same_numbers(kind):
    """Those of the text stand in HTML and Markdown, too."""
    what = shown(kind)
    html = Page(what._repr_html_()).words
    for number in set(re.findall(r"\d\.\d{4,}", str(what))):
        assert number in html
        assert number in what._repr_markdown_()


def test_a_verdict_is_printed_as_the_command_prints_it(cli):
    """So are an explanation and an inspection."""
    trace = rnncalc.run(rnncalc.load(NET))
    text = cli("explain", *WORDS, "--step", "2").text
    assert str(rnncalc.explain(trace, 2, digits=6)) + "\n" == text
    checked = cli("check", *WORDS, "--against", str((trace.h * 2).tolist())).text
    assert (
        str(rnncalc.check(trace, (trace.h * 2).tolist())).split("\n")[1:4]
        == (checked.split("\n")[1:4])
    )
    assert str(rnncalc.inspect(Path("net.json"))) + "\n" == cli("inspect", "net.json").text


def test_a_model_prints_its_equations():
    """What each layer is, how it computes, how many numbers it has."""
    model = rnncalc.load(NET | {"output": {"W_y": [[1, 2]], "bias": 0}})

    assert str(model).split("\n") == [
        "layer0: rnn, 1 feature, 2 units",
        "  h_t = tanh(W_x x_t + W_h h_{t-1} + bias)",
        "y_t = W_y h_t + b_y",
        "9 parameters; many-to-many; float64",
    ]


def test_a_model_prints_what_was_assumed():
    """And where that comes from."""
    folder = Path(__file__).parents[2] / "docs" / "models"
    text = str(rnncalc.load(folder / "counter.pt"))

    assert "assumed: fc.activation = linear (nn.Linear's own; a file of weights" in text
    assert "h_t = tanh(" in text


def test_a_long_or_wide_run_shows_its_ends():
    """20 rows and 10 columns at either end, however many there are between."""
    rng = np.random.default_rng(4)
    model = rnncalc.load({"W_x": rng.normal(size=(30, 1)), "W_h": rng.normal(size=(30, 30)) / 9})
    trace = rnncalc.run(model, rng.normal(size=1000))
    rows = [line.split() for line in str(trace).split("\n")[1:]]

    assert rows[0] == ["t", "x[0]", *(f"h[{i}]" for i in range(9)), "...",
                       *(f"h[{i}]" for i in range(20, 30))]  # fmt: skip
    assert [row[0] for row in rows[1:]] == [
        *map(str, range(1, 21)), "...", *map(str, range(981, 1001))
    ]  # fmt: skip
    assert trace._repr_html_().count("<tr>") == 42
    assert trace._repr_markdown_().count("\n|") == 43


def test_a_long_explanation_shows_its_first_steps():
    """40 timesteps, of a wide network fewer; and says that there are more."""
    trace = rnncalc.run(rnncalc.load(NET), np.arange(1000) / 1000)
    explanation = rnncalc.explain(trace, None, digits=6)
    assert str(explanation).count("\nt = ") == 40
    for face in (str(explanation), explanation._repr_html_(), explanation._repr_markdown_()):
        assert "40 of 1,000 steps are shown; save() writes all." in face

    rng = np.random.default_rng(4)
    wide = rnncalc.load({"W_x": rng.normal(size=(99, 1)), "W_h": rng.normal(size=(99, 99)) / 9})
    explanation = rnncalc.explain(rnncalc.run(wide, [1.0, 2, 3]), None, digits=6)
    assert "2 of 3 steps are shown; save() writes all." in explanation._repr_html_()


def test_a_batch_has_its_sequences_in_html():
    """A column tells them apart."""
    trace = rnncalc.run(rnncalc.load(NET), np.ones((2, 3, 1)))

    assert "<th>sequence</th><th>t</th>" in trace._repr_html_()
    assert "| sequence |" in trace._repr_markdown_()


SAVED = [(kind, form) for kind, forms in
         {"run": FORMATS, "explain": EXPLANATIONS, "check": CHECKS}.items()
         for form in forms.values() if form.suffixes]  # fmt: skip


@pytest.mark.parametrize(("command", "form"), SAVED, ids=lambda one: getattr(one, "name", one))
def test_what_is_saved_is_what_the_command_writes(command, form, cli):
    """The same bytes, for every format that a suffix means."""
    trace = rnncalc.run(rnncalc.load(NET))
    suffix = form.suffixes[-1]
    if command == "run":
        what, words = trace, []
    elif command == "explain":
        what = rnncalc.explain(trace, [2, 3], digits=6 if form.people else "full", why=True)
        words = ["--step", "2:4", "--why"]
    else:
        np.save("theirs.npy", trace.h * 1.5)
        what, words = rnncalc.check(trace, Path("theirs.npy")), ["--against", "theirs.npy"]
    what.save(f"python{suffix}")
    assert cli(command, *WORDS, *words, "-o", f"command{suffix}").code in (0, 1)

    ours, theirs = (Path(f"{name}{suffix}").read_bytes() for name in ("python", "command"))
    assert len(ours) > 40
    if command == "check":  # remedies are lines of Python, or of the shell
        ours, theirs = (re.sub(rb"remedy.*", b"", one, flags=re.I) for one in (ours, theirs))
    assert ours == theirs


def test_save_takes_the_options_of_write():
    """And refuses what write refuses, leaving nothing."""
    trace = rnncalc.run(rnncalc.load(NET))
    trace.save("a.csv", show=["a"], steps=2)
    assert [line.split(",")[0] for line in Path("a.csv").read_text().split("\n")[1:-1]] == ["2"] * 2

    with pytest.raises(rnncalc.RnncalcError, match="which format"):
        trace.save("a.xyz")
    with pytest.raises(rnncalc.RnncalcError, match="there is no q here"):
        trace.save("b.csv", show=["q"])
    assert not list(Path().glob("*b.csv*"))
