"""Names that strangers gave to layers, in the formats that people read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt  # Rich needs it, so it is there

import rnncalc

NAMES = [
    "[x](javascript:alert(1))", "![x](data:image.png)", "<img src=x onerror=alert(1)>", "*a*",
    "_a_", "__a__", "`a`", "``", "a`b", "www.example.com", "me@example.com", "a|b", "<!--",
    "&lt;", "x" * 90 + "<i>", "# a", "~~a~~", "$x$", "a_b.c-d 1", "레이어",
]  # fmt: skip
QUIET = {"text", "code_inline", "code_block", "fence", "softbreak"}
"""What may stand in lines: no link, no picture, no HTML, nothing stressed."""


def odd(name: str) -> bytes:
    """A config whose layers, and layers without a state, have such a name."""
    cell = {"W_x": 0.5, "W_h": 0.25}
    first = {**cell, "name": name, "before": [{"activation": "tanh", "name": name + "1"}]}
    output = [{"W_y": 1, "name": f"{name}3"}, {"activation": "tanh", "name": f"{name}4"}]
    layers = [first, {**cell, "name": name + "2"}]
    return json.dumps({"layers": layers, "output": output, "x": [1, 2, 3]}).encode()


RUN = ["-", "--show", "all", "--summary"]
EXPLAIN = ["explain", "-", "--step", "2", "--why"]
CHECK = ["check", "-", "--show", "h", "--against", "1,2,3"]


@pytest.mark.parametrize(
    ("words", "name"),
    [(words, name) for words in (RUN, EXPLAIN) for name in NAMES]
    + [(CHECK, name) for name in (NAMES[0], NAMES[14])],
)
def test_names_in_markdown_are_text(cli, words, name):
    """Whatever a name is, a renderer shows its letters and does nothing else."""
    screen = cli(*words, "-f", "markdown", input=odd(name))
    assert screen.code in (0, 1)
    page = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    inside = [token for block in page.parse(screen.text) for token in block.children or []]
    kinds = {token.type for token in inside}
    verdict = {"strong_open", "strong_close"} if words[0] == "check" else set()

    assert kinds - verdict <= QUIET
    assert not any(block.type == "html_block" for block in page.parse(screen.text))
    shown = "".join(token.content for token in inside)
    assert name.strip("`") in shown or words[0] == "check"


@pytest.mark.parametrize("name", ["=1+1|cmd", "+1", "-a", "@SUM(A1)", "'=a", "''-", "'a'"])
@pytest.mark.parametrize("form", ["csv", "csv-wide", "tsv"])
def test_names_in_csv_are_no_formulas_and_are_read_back(cli, tmp_path, monkeypatch, name, form):
    """Nothing begins as a formula but numbers; what was written is found by its name."""
    monkeypatch.chdir(tmp_path)
    data = json.dumps({"W_x": -0.5, "W_h": 0.25, "name": name, "x": [1, 2]})
    Path("m.json").write_text(data)
    run = ["m.json", "--show", "h", "-f", form]
    Path("h.csv").write_bytes(cli(*run).text.encode())
    cells = re.split("[,\t\n]", Path("h.csv").read_text())

    assert not [cell for cell in cells if cell[:1] in tuple("=+@") or cell[:2] == "-a"]
    assert cli("check", "m.json", "--show", "h", "--against", "h.csv").code == 0
    cli("convert", "m.json", "-o", "w.csv")
    assert not re.search(r"^[=+@-]", Path("w.csv").read_text(), re.MULTILINE)
    assert rnncalc.load("w.csv").layers[0].name == rnncalc.load("m.json").layers[0].name


@pytest.mark.parametrize("name", NAMES)
def test_names_in_latex_are_text(cli, name):
    """No command, no comment and no mathematics that is not ours."""
    text = cli("-", "-f", "latex", "--show", "h", input=odd(name)).text
    heads = next(line for line in text.splitlines() if line.startswith("$t$"))

    for special in "$&#%_":
        escaped = heads.count(f"\\{special}")
        assert name.count(special) == 0 or escaped > 0
    assert heads.count("$") - heads.count("\\$") == 2 * (heads.count(" & ") + 1)
