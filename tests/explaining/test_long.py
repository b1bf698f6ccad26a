"""Many steps are explained while they are made: none is kept, and a screen gets but the first."""

from __future__ import annotations

import io
import json
import sys
import weakref
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import SEED

import rnncalc
from rnncalc.cli import progress
from rnncalc.writers import EXPLANATIONS

LONG = ["-x", ",".join(map(str, range(300))), *SEED]


@pytest.fixture(scope="module")
def trace() -> rnncalc.Trace:
    model = rnncalc.load({"W_x": 0.32394445, "W_h": 1})
    return rnncalc.run(model, np.random.default_rng(5).normal(size=120))


@pytest.mark.parametrize("why", [False, True], ids=["lines", "why"])
@pytest.mark.parametrize("form", EXPLANATIONS)
def test_every_format_writes_while_steps_are_made(form, why, trace):
    """When half of the steps are made, a part is written, and next to none of them are held."""
    explanation = rnncalc.explain(trace, None, digits=6, why=why)
    out, alive, most, written = io.BytesIO(), weakref.WeakSet(), 0, 0

    def watched():
        nonlocal most, written
        for number, step in enumerate(explanation.made()):
            written = out.tell() if number == 60 else written
            alive.add(step)
            most = max(most, len(alive))
            yield step

    rnncalc.write(replace(explanation, made=watched), out, format=form)

    assert 0 < written < out.tell() * 0.6
    assert most < 5


def test_ndjson_has_the_lines_of_json(trace):
    """Each as the document has it, and behind a step why it is as it is."""
    explanation = rnncalc.explain(trace, [3, 1], why=True)
    document, lines = io.BytesIO(), io.BytesIO()
    rnncalc.write(explanation, document, format="json")
    rnncalc.write(explanation, lines, format="ndjson")

    whole = json.loads(document.getvalue())
    found = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [line for line in found if "why" not in line] == whole["lines"]
    assert [line["why"] for line in found if "why" in line] == whole["why"]
    assert ["why" in line for line in found] == [False, False, True] * 2


def test_a_terminal_gets_the_first_40_steps(cli):
    """And is told how to see the others; a range that ends is written to its end."""
    text = cli("explain", *LONG, "--steps", "all", terminal=True).text
    assert text.count("\x1b[1mt = ") == 40
    assert "40 of 300 steps are shown; a file (-o) and a pipe get all." in text
    assert "--steps 41:81 shows" in text

    assert cli("explain", *LONG, "--steps", "41:", terminal=True).text.count("\x1b[1mt = ") == 40
    ended = cli("explain", *LONG, "--steps", "41:301", terminal=True).text
    assert ended.count("\x1b[1mt = ") == 260
    assert "are shown" not in ended
    assert cli("explain", *LONG, "--steps", "all").text.count("\nt = ") == 300


def test_of_a_batch_all_steps_count(cli):
    """40 of those of all sequences."""
    x = json.dumps(np.arange(90).reshape(3, 30, 1).tolist())
    text = cli("explain", "-x", x, *SEED, "--steps", "all", terminal=True).text

    assert text.count("\x1b[1msequence ") == 40
    assert "40 of 90 steps are shown; a file (-o) and a pipe get all." in text
    assert "next ones" not in text


def test_a_file_has_every_step(cli, tmp_path):
    """The same bytes as a pipe."""
    path = tmp_path / "all.txt"
    cli("explain", *LONG, "--steps", "all", "-o", str(path), terminal=True)

    assert path.read_text() == cli("explain", *LONG, "--steps", "all").text


def test_a_document_that_is_refused_is_not_begun(cli):
    """With --non-finite error nothing is on stdout before every number is known."""
    words = ["explain", "-x", "1,inf", *SEED, "-a", "relu", "--steps", "all", "--json"]
    done = cli(*words, "--non-finite", "error")

    assert (done.code, done.out) == (2, b"")
    assert "NaN or infinite" in done.err


def test_progress_is_shown_on_stderr(monkeypatch, cli):
    """On a terminal, where the steps do not go there themselves; in timesteps of all sequences."""
    seen: list[tuple[int, int]] = []

    def followed(parts, total, done):
        for part in parts:
            seen.append((done(part), total()))
            yield part

    monkeypatch.setattr(progress, "followed", followed)
    x = json.dumps(np.arange(8).reshape(2, 4, 1).tolist())
    cli("explain", "-x", x, *SEED, "--steps", "2:4")
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]

    cli("explain", "-x", x, *SEED, terminal=True)
    cli("explain", "-x", x, *SEED, "-q")
    assert len(seen) == 4


def test_the_bar_is_drawn_now_and_then(monkeypatch, capsys):
    """Parts that come faster than an eye sees are drawn ten times a second at most."""
    monkeypatch.setattr(progress, "AFTER", -1.0)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    clock = iter(np.arange(0, 10, 0.01))
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    list(progress.followed(iter(range(1, 101)), lambda: 100, lambda part: part))

    shown = capsys.readouterr().err
    assert 8 <= shown.count(" a second") <= 13
