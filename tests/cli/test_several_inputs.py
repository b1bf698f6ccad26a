"""``-x NAME=VALUE``: several inputs on the command line."""

from __future__ import annotations

import json

import pytest

CONFIG = """layers:
  - {name: e, input: tokens, embedding: [[0.5, 1], [2, 3], [4, 5]]}
  - {name: r, W_x: [[0.5, -0.2], [0.1, 0.4]], W_h: [[0.1, 0.3], [-0.4, 0.2]]}
  - {name: c, input: [r, dense], join: concat, W_y: [[1, 2, 3]]}
x: {tokens: [1, 2, 0], dense: [1, 2, 4]}
"""
TWO = """layers:
  - {name: a, input: left, W_x: 0.5, W_h: 0.1}
  - {name: b, input: right, W_x: 0.7, W_h: 0.2, h0: {layer: a}}
x: {left: [1, 2, 3], right: [0.5, 0.25]}
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """The config and a table of ids, in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(CONFIG)
    (tmp_path / "ids.csv").write_text("1\n2\n0\n")


@pytest.mark.parametrize(
    "flags",
    [
        ["-x", "tokens=1,2,0", "-x", "dense=1,2,4"],
        ["-x", "dense=1,2,4"],
        ["-x", "tokens=@ids.csv"],
        ["-x", "tokens=ids.csv"],
        ["-x", "dense=9,9,9", "-x", "dense=1,2,4"],
    ],
)
def test_each_input_by_its_name(cli, flags):
    """It takes the place of that input of the file; the last one of a name counts."""
    assert cli("net.yaml", "--last", *flags).out == cli("net.yaml", "--last").out


def test_one_of_them_may_come_on_stdin(cli):
    """As for a network with one input."""
    screen = cli("net.yaml", "--last", "-x", "tokens=-", input=b"1\n2\n0\n")

    assert screen.out == cli("net.yaml", "--last").out


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["-x", "1,2"], "--x: the network has 2 inputs: --x tokens=... --x dense=..."),
        (["-x", "token=1"], "--x: there is no input 'token'. Did you mean tokens?"),
        (["-x", "tokens=1", "-x", "2"], "several inputs are all given by their names"),
        (["-x", "tokens=1,z"], "--x tokens[1]: 'z' is not a number"),
        (["-x", "tokens=-", "-x", "dense=-"], " both read stdin: only one can"),
        (["-x", "tokens=1,2,7"], "net.yaml:2:5: layers[0]: e has 7, expected ids 0 to 2"),
        (["-x", "tokens=1,2"], "net.yaml:4:5: layers[2]: c.join joins 2 timesteps with 3"),
        (["-x", "dense=[[1,2],[3]]"], "--x"),
    ],
)
def test_what_does_not_fit_is_said_by_name(cli, flags, message):
    """One line, and exit code 2."""
    screen = cli("net.yaml", *flags)

    assert screen.code == 2
    assert message in screen.err


def test_the_input_that_does_not_fit_is_named_and_placed_at_its_flag(cli, tmp_path):
    """Not at the line of the file that it replaces, nor at another input."""
    (tmp_path / "two.yaml").write_text(TWO)
    for name, layer in (("left", "a"), ("right", "b")):
        screen = cli("two.yaml", "-x", f"{name}=1 2;3 4")
        assert (
            f"--x {name}: {name} has 2 timesteps of 2 features, but {layer} takes 1" in screen.err
        )


def test_one_id_is_one_timestep(cli):
    """As one number of one feature is."""
    screen = cli("net.yaml", "-x", "tokens=1", "-x", "dense=4", "--json")

    assert json.loads(screen.out)["x"] == {"tokens": [[1]], "dense": [[4]]}


@pytest.mark.parametrize(
    ("lines", "name"),
    [("layers: [{name: a, W_x: 1, W_h: 1}, {name: b, input: x, W_x: 1, W_h: 1}]\n", "x"),
     ("layers: [{name: a, W_x: 1, W_h: 1}]\nx: [1, 2]\n", "x"),
     ("layers: [{name: a, input: left, W_x: 1, W_h: 1}]\n", "left")],
)  # fmt: skip
def test_an_input_that_there_is_not_is_refused_where_x_has_no_names(cli, tmp_path, lines, name):
    """A flag renames nothing."""
    (tmp_path / "one.yaml").write_text(lines)

    assert f"--x: there is no input 'other'. There are: {name}." in cli(
        "one.yaml", "-x", "other=1"
    ).err  # fmt: skip
    assert cli("one.yaml", "-x", f"{name}=1,2").code == 0
