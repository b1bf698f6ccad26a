"""``rnncalc.write``: what a command prints, from Python."""

from __future__ import annotations

import io

import numpy as np
import pytest

import rnncalc
from rnncalc.running import recurrence

NET = {"W_x": [[0.5], [0.2]], "W_h": [[0.3, 0.6], [-0.5, 0.2]], "x": [1, -2, 3]}
WORDS = ("-x", "1,-2,3", "--wx", ".5;.2", "--wh", ".3 .6;-.5 .2")


def made(command: str, digits: int | str):
    """What a command writes, and the words that it takes besides the network."""
    trace = rnncalc.run(rnncalc.load(NET))
    if command == "explain":
        return rnncalc.explain(trace, 2, digits=digits), ["--step", "2"]
    if command == "check":
        return rnncalc.check(trace, trace.h), ["--against", str(trace.h.tolist())]
    return trace, []


@pytest.mark.parametrize("form", ["json", "markdown", None])
@pytest.mark.parametrize("command", ["run", "explain", "check"])
def test_a_command_and_python_write_the_same(command, form, cli):
    """Every kind of result, by the name of its format and by default."""
    what, words = made(command, "full" if form == "json" else 6)
    rnncalc.write(what, text := io.StringIO(), format=form)
    printed = cli(command, *WORDS, *words, *(["-f", form] if form else [])).text

    if command == "check":  # numbers of Python have another name
        printed = printed.replace("the numbers given", "the expected numbers")
    assert text.getvalue() == printed


def test_an_inspection_is_written_as_inspect_prints_it(cli, tmp_path):
    """Its file's name says what it is."""
    path = tmp_path / "net.npz"
    np.savez(path, W_x=[[0.5], [0.2]], W_h=[[0.3, 0.6], [-0.5, 0.2]])
    rnncalc.write(rnncalc.inspect(path), tmp_path / "out.json")

    assert (tmp_path / "out.json").read_text() == cli("inspect", str(path), "--json").text


def test_the_part_is_chosen_as_by_options(cli):
    """show, steps, units and of are the options of their names."""
    trace = rnncalc.run(rnncalc.load(NET))
    part = {"show": ["a"], "steps": slice(2, 4), "units": 1}
    rnncalc.write(trace, text := io.StringIO(), format="csv", **part)

    words = ["--show", "a", "--steps", "2:4", "--units", "1", "--csv"]
    assert text.getvalue() == cli(*WORDS, *words).text


def test_parts_of_a_stream_are_one_file(tmp_path, monkeypatch):
    """As the command line writes an input of any length."""
    monkeypatch.setattr(recurrence, "PART", (2, 1 << 20))
    model, x = rnncalc.load(NET), np.arange(5.0)[:, None]
    rnncalc.write(rnncalc.stream(model, [x[:2], x[2:4], x[4:]]), tmp_path / "h.npy")

    np.testing.assert_array_equal(np.load(tmp_path / "h.npy"), rnncalc.run(model, x).h)


@pytest.mark.parametrize(
    ("what", "to", "options", "message"),
    [
        ("trace", "out.xyz", {}, r"out.xyz: which format\? Give format, or a suffix of: .txt"),
        ("trace", None, {"format": "jsno"}, "format 'jsno' is not known. Did you mean json"),
        ("trace", None, {"format": "npy"}, "npy is not text: open the file for bytes"),
        ("trace", None, {"format": "csv", "summary": True}, "--summary is for table, markdown"),
        ("parts", None, {"format": "json"}, "json holds a whole run: give what run gives"),
        ("model", None, {}, "Model cannot be written; known are Trace, SideBySide, Explanation"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(what, to, options, message):
    """Before anything is written."""
    model = rnncalc.load(NET)
    given = {"model": model, "trace": rnncalc.run(model), "parts": rnncalc.stream(model, [])}[what]

    with pytest.raises(rnncalc.RnncalcError, match=message):
        rnncalc.write(given, to or io.StringIO(), **options)


def test_what_fails_leaves_no_file(tmp_path):
    """A file is written whole or not at all."""
    trace = rnncalc.run(rnncalc.load(NET))

    with pytest.raises(rnncalc.RnncalcError, match="--show: there is no q here"):
        rnncalc.write(trace, tmp_path / "out.csv", show=["q"])
    assert list(tmp_path.iterdir()) == []
