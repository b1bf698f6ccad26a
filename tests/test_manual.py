"""The help: it fits a screen, and the same option means the same; manual pages are made of it.

And messages: what a terminal gets of them, and what a pipe."""

from __future__ import annotations

import io
import shutil
import subprocess

import click
import numpy as np
import pytest
from conftest import ROOT, Terminal
from manual import pages
from replay import UPDATE

from rnncalc.cli import program
from rnncalc.cli.commands import COMMANDS, group
from rnncalc.cli.grouped import Command, Group, Option

FOLDER = ROOT / "data" / "share" / "man" / "man1"
DIFFERENT = {
    "--digits": "6 digits, 4 in pictures, .4 on sheets",
    "--weights": "inspect prints an array by its name (interface), the others take a file",
    "--show": "check compares one quantity",
    "--dtype": "convert rounds to one, the others compute in it",
    "--units": "a number of units of an exercise, else a part",
    "--timesteps": "of an exercise a few",
    "--seed": "of an exercise: its numbers, else of what is drawn",
    "--output": "convert must have one, run may have a folder",
    "--json": "convert has no --format: its file has the format of its suffix",
}
"""Options that are not the same everywhere, and why."""


def commands() -> dict[str, tuple[Command, click.Context]]:
    """Every command, with a context in which nothing was asked."""
    above = group.make_context("rnncalc", [], resilient_parsing=True)
    found = {}
    for name in COMMANDS:
        command = group.get_command(above, name)
        context = click.Context(command, info_name=name, parent=above)
        found[name] = (command, context)
    return found


@pytest.mark.parametrize("columns", [80, 60])
def test_the_first_screen_fits(cli, monkeypatch, columns):
    """In 24 lines of 80 columns; of 60 no line is longer but for commands to be typed."""
    monkeypatch.setenv("COLUMNS", str(columns))
    for words in ([], *([name] for name in COMMANDS)):
        lines = cli(*words, "--help").text.splitlines()
        assert len(lines) <= (24 if columns == 80 else 40), words
        assert max(len(line) for line in lines if not line.startswith("    rnn")) <= columns, words


def test_all_options_stand_in_a_group(cli):
    """And --help-all has each of them, with its words; the first screen leads there."""
    for name, (command, context) in commands().items():
        screen = cli(name, "--help-all").text
        for one in command.params:
            assert isinstance(one.group, Group)
            assert all(spelling in screen for spelling in one.opts if spelling.startswith("-"))
        shown = [one for one in command.declared(context) if one.first]
        assert (f"More: rnncalc {name} --help-all" in cli(name, "--help").text) == (
            len(screen.splitlines()) > 24 or len(shown) < len([*command.declared(context)]) > 7
        )


def test_the_same_option_means_the_same():
    """In help, type and what stands for its value, but for those with a reason."""
    seen: dict[str, dict[str, object]] = {}
    for name, (command, _) in commands().items():
        for one in filter(lambda one: isinstance(one, Option), command.params):
            meaning = (one.opts, one.help, type(one.type), one.metavar, one.group, one.required)
            long = next(spelling for spelling in one.opts if spelling.startswith("--"))
            seen.setdefault(long, {})[name] = (*meaning, getattr(one.type, "folder", None))
    different = {option for option, there in seen.items() if len({*map(repr, there.values())}) > 1}

    assert different == {*DIFFERENT}


def test_help_and_version_are_commands(cli):
    """As their options; a file of that name is read by a path."""
    assert cli("help").text == cli("--help").text
    assert cli("help", "run").text == cli("run", "--help").text
    assert cli("help", "run", "--help-all").text == cli("run", "--help-all").text
    assert "help COMMAND" not in cli("help", "--help-all", "plot").text
    assert cli("version").text == cli("-V").text == cli("--version").text
    assert cli("help", "rum").err.startswith("Error: No such command 'rum'. Did you mean 'run'?")


def test_a_file_may_be_called_help(cli, tmp_path, monkeypatch):
    """``./help`` and ``run version`` are files."""
    monkeypatch.chdir(tmp_path)
    for name in ("help", "version"):
        with (tmp_path / name).open("wb") as file:
            np.savez(file, W_x=[[0.5]], W_h=[[1.0]])
        words = ("-x", "1", "--last")
        assert cli(f"./{name}", *words).text == cli("run", name, *words).text != ""


def test_names_come_from_the_tables(cli):
    """Activations, quantities and gates in the help are those that there are."""
    from rnncalc.equations import CELLS
    from rnncalc.equations.activations import ACTIVATIONS

    text = " ".join(cli("run", "--help-all").text.split())
    assert f"There are: {', '.join(ACTIVATIONS)};" in text
    for name, cell in CELLS.items():
        assert f"{name}: {', '.join(cell.quantities)}" in text
        assert not cell.gates or f"{name}: {', '.join(cell.gates)}" in text


def test_the_manual_is_current():
    """Each page is what the commands say now."""
    now = pages()
    if UPDATE:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name, text in now.items():
            (FOLDER / name).write_text(text, encoding="utf-8")

    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()} == now


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is missing")
def test_the_manual_is_set_without_warnings():
    """By groff, all pages at once."""
    paths = sorted(map(str, FOLDER.iterdir()))
    done = subprocess.run(
        ["groff", "-man", "-ww", "-z", "-Tutf8", *paths], capture_output=True, text=True, check=True
    )

    assert done.stderr == ""


MESSAGE = "Error: my data.csv: row 3: this is 'one two three', no number\n    x"
FOLDED = """\
Error: my data.csv: row 3: this is
  'one two three', no number
    x
"""


@pytest.mark.parametrize(
    ("words", "terminal", "env", "colored"),
    [
        ([], True, {}, True),
        ([], True, {"NO_COLOR": "1"}, False),
        ([], True, {"TERM": "dumb"}, False),
        (["run", "--color", "never"], True, {}, False),
        (["run", "--color=always"], True, {"NO_COLOR": "1"}, True),
        (["run", "--color", "always"], False, {}, False),
        ([], False, {"FORCE_COLOR": "1"}, False),
    ],
)
def test_messages_on_a_terminal(monkeypatch, words, terminal, env, colored):
    """Folded at words, never in a quotation, and coloured; a pipe gets them as they are."""
    for name in ("NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ({"TERM": "xterm", "COLUMNS": "40"} | env).items():
        monkeypatch.setenv(name, value)
    out = io.BytesIO()
    stream = (Terminal if terminal else io.TextIOWrapper)(out, "utf-8")
    monkeypatch.setattr("sys.stderr", stream)
    program.heed(words)
    program.say(MESSAGE)
    text = out.getvalue().decode()

    assert text.replace("\x1b[1;31mError:\x1b[0m", "Error:") == (
        FOLDED if terminal else f"{MESSAGE}\n"
    )
    assert ("\x1b" in text) == colored


@pytest.mark.parametrize(
    ("words", "named", "meant"),
    [
        (["--layer", "a"], "--layer", "--layers"),
        (["run", "-f", "Markdwon"], "--format", "markdown"),
        (["run", "-a", "Tahn"], "--activation", "tanh"),
        (["run", "--mode", "manytomany"], "--mode", "many-to-many"),
        (["exercise", "lsmt"], "KIND", "lstm"),
        (["schema", "reslut"], "KIND", "result"),
        (["check", "--against", "Pytorch"], "--against", "torch"),
        (["run", "--show", "X_Term"], "--show", "x_term"),
        (["run", "--show", "hidden"], "--show", "h"),
        (["run", "--dtype", "fp32"], "--dtype", "float32"),
        (["run", "-f", "md"], "--format", "markdown"),
        (["run", "-o", "out.cvs"], "-o out.cvs", ".csv"),
        (["--verson"], "--verson", "--version"),
        (["--hw", "1"], "--hw", "--wh"),
        (["-activation", "relu"], "-activation", "--activation"),
        (["-digits=3"], "-digits", "--digits"),
    ],
)
def test_what_is_near_is_named(cli, words, named, meant):
    """Of options, formats, activations, kinds, cells, quantities; with what asked for them."""
    network = ["-x", "1", "--wx", "1", "--wh", "1"]
    screen = cli(*words, *([] if words[0] in ("exercise", "schema") else network))

    assert (screen.code, screen.text) == (2, "")
    assert named in screen.err
    assert f"Did you mean {meant}?" in screen.err


@pytest.mark.parametrize(
    "message",
    [
        "No such option '--activaton'. Did you mean --activation? See: rnncalc run --help",
        "--format 'yaml' is not known. There are: table, json, ndjson",
    ],
)
def test_a_sentence_is_folded_on_a_narrow_terminal(message, monkeypatch):
    """Only what is quoted, and a file's name in front, stay whole."""
    monkeypatch.setenv("COLUMNS", "40")
    rows = [*program._on_terminal([f"Error: {message}", "Error: my own model.pt: is empty"])]

    assert rows[0].startswith(f"Error: {message[:15]}")
    assert any("Error: my own model.pt:" in row for row in rows)
    assert max(map(len, rows)) <= 40


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["net.yaml", "--against", "t.npy"], "'--against'. It is of rnncalc check. See:"),
        (["exercise", "--difficulty", "hard"], "'--difficulty'. See:"),
        (["plot", "net.yaml", "--json"], "'--json'. See:"),
        (["check", "net.yaml", "--against", "nope.csv"], "nope.csv: there is no such file\n"),
        (["mine", "-x", "1"], "'mine'. Did you mean mine.keras? See:"),
    ],
)
def test_what_is_far_is_not_proposed(cli, tmp_path, monkeypatch, words, said):
    """Beyond two edits nothing; another command that has the option, a file with that stem are."""
    monkeypatch.chdir(tmp_path)
    for name in ("o.csv", "mine.keras"):
        (tmp_path / name).touch()
    (tmp_path / "net.yaml").write_text("W_x: 1\nW_h: 1\nx: [1]\n")

    assert said in cli(*words).err
