"""``--steps`` and ``--of`` of graphs whose layers have timesteps of their own."""

from __future__ import annotations

import csv

import pytest


@pytest.fixture(autouse=True)
def here(cli, tmp_path, monkeypatch):
    """The examples, in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    for name in ("attention", "seq2seq", "cnn-lstm"):
        (tmp_path / f"{name}.yaml").write_bytes(cli("example", name).out)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("run attention.yaml --steps 4", "--steps '4': y has 3 timesteps"),
        ("run attention.yaml --of attention --steps 4", "attention has steps 1 to 3"),
        ("run attention.yaml --of decoder --steps 4:", "'4:': decoder has steps 1 to 3"),
        ("run cnn-lstm.yaml --of output --steps 2", "y of many-to-one is at the last step only"),
        ("explain attention.yaml --of decoder --step 4", "decoder has steps 1 to 3"),
        ("explain cnn-lstm.yaml --of output --step 2", "output is one row, of step 4"),
        ("run seq2seq.yaml --of encoder --show y", "there is no y here"),
    ],
)
def test_what_a_layer_lacks_is_refused(cli, words, said):
    """By its name, with the steps that it has."""
    screen = cli(*words.split())

    assert screen.code == 2
    assert said in " ".join(screen.err.split())


def test_steps_from_the_end_are_each_layers_own(cli):
    """-1 is the last timestep of the encoder, and that of y."""
    shown = cli("run", "attention.yaml", "--steps", "-1", "--show", "h,y", "-f", "csv").out
    rows = list(csv.DictReader(shown.decode().splitlines()))

    assert {(row["layer"] or row["name"], row["t"]) for row in rows} == {
        ("encoder", "4"), ("decoder", "3"), ("y", "3"),
    }  # fmt: skip


def test_one_row_is_explained_where_it_stands(cli):
    """At the last timestep of what made it, as in the table, though other layers go on."""
    screen = cli("explain", "cnn-lstm.yaml", "--of", "output")

    assert "t = 4, output" in screen.out.decode()
    assert "y[1] = softmax(a)" in screen.out.decode()
