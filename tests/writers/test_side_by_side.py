"""``run --dtype float16,float32,float64``: one run in several dtypes, beside each other."""

from __future__ import annotations

import csv
import json

import jsonschema
import numpy as np
import pytest
from conftest import SEED

import rnncalc
from rnncalc.cli.schema import json_schema

DTYPES = ["float16", "float32", "float64"]
X = np.sin(np.arange(24)).reshape(2, 4, 3)


def drawn(cell, **more):
    """A layer of two units and three features whose weights all differ."""
    numbers = np.random.default_rng(5)
    gates = {"rnn": [""], "gru": [".z", ".r", ".n"], "lstm": [".i", ".f", ".g", ".o"]}[cell]
    arrays = {"W_x": (2, 3), "W_h": (2, 2), "bias": (2,)}
    weights = {n + gate: numbers.normal(size=s) for n, s in arrays.items() for gate in gates}
    return rnncalc.Model(rnncalc.Layer(weights, cell=cell, **more))


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize("x", [X, X[0]], ids=["batch", "one"])
def test_each_column_is_the_run_in_its_dtype(cell, x):
    """Values are those of single runs, bit for bit; distances are their differences."""
    both = rnncalc.side_by_side(model := drawn(cell), x, dtypes=DTYPES)
    alone = [rnncalc.run(model, x, dtype=name).h for name in DTYPES]
    found = both.numbers(trace.quantities(["h"]) for trace in both.traces)

    for ours, expected in zip(found.values, alone, strict=True):
        assert ours.dtype == expected.dtype
        np.testing.assert_array_equal(ours, expected.ravel())
    for ours, expected in zip(found.distances, alone, strict=False):
        np.testing.assert_array_equal(ours, np.abs(alone[-1] - expected.astype(float)).ravel())
    assert found.distances[0].max() > 1e-5 > 1e-7 > found.distances[1].max() > 0


def printed(cli, *words):
    return cli("-x", "1,2,3,4,5", *SEED, "--dtype", ",".join(DTYPES), *words)


def test_every_format_says_the_same(cli):
    """json, ndjson and csv hold the same numbers; json is as its schema says."""
    document = json.loads(printed(cli, "--json", "--show", "a,h").out)
    lines = [json.loads(line) for line in printed(cli, "-f", "ndjson", "--show", "a,h").out.split()]
    rows = list(csv.DictReader(printed(cli, "--csv", "--show", "a,h").text.splitlines()))

    jsonschema.validate(document, json_schema("dtypes"))
    assert document["numbers"] == lines
    assert [one["name"] for one in lines[:2]] == ["a", "h"]
    for one, row in zip(lines, rows, strict=True):
        assert [one[key] for key in ("t", "layer", "direction", "name", "index")] == [
            int(row["t"]), row["layer"], row["direction"], row["name"], int(row["index"]),
        ]  # fmt: skip
        assert one["values"]["float64"] == float(row["float64"])
        assert one["distances"]["float32"] == float(row["distance_float32"])
    tops = [max(one["distances"][name] for one in lines) for name in DTYPES[:2]]
    assert [*document["largest"].values()] == tops


def test_the_largest_distance_stands_below(cli):
    """The table ends with it, and with the place where it is."""
    h = [rnncalc.run(rnncalc.load({"W_x": 0.32394445, "W_h": 1}), [[1], [2], [3], [4], [5]],
                     dtype=name).h.astype(float).ravel() for name in DTYPES]  # fmt: skip
    off = np.abs(h[0] - h[2])

    assert f"float16 {off.max():.3g} (h_t, t {off.argmax() + 1})" in printed(cli).text


def test_by_default_it_is_what_the_network_gives(cli):
    """y where there is an output layer, as check compares; --show h is the states."""
    words = ["--wy", "2", "--bias-y", "0.1", "--json"]
    screens = [printed(cli, *words), printed(cli, *words, "--show", "h,y")]
    names = [{one["name"] for one in json.loads(screen.out)["numbers"]} for screen in screens]

    assert names == [{"y"}, {"h", "y"}]


def test_last_prints_each_dtype(cli):
    """--last: the last numbers of each dtype, one below the other."""
    lines = printed(cli, "--last").text.split()

    assert lines == ["0.989", "0.9889619", "0.9889618876751611"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            ["-f", "npz"],
            "several dtypes are printed as table, json, ndjson, csv, tsv, markdown; npz",
        ),
        (["--summary"], "--summary is of a run in one dtype"),
        (["--dtype", "float16,float16"], "each once"),
        (["--dtype", "float16,float8"], "'float8' is not known"),
    ],
)
def test_what_does_not_go_is_refused(cli, words, expected):
    """By what it is, before anything is computed."""
    screen = printed(cli, *words)

    assert (screen.code, screen.out) == (2, b"")
    assert expected in screen.err


def test_other_commands_take_one_dtype(cli):
    """Several are compared by run alone."""
    screen = cli("explain", "-x", "1,2", *SEED, "--dtype", "float16,float64")

    assert screen.code == 2
    assert "several are compared by run" in screen.err


def test_too_many_numbers_are_refused(monkeypatch):
    """All dtypes together are held: their numbers are counted before anything runs."""
    monkeypatch.setattr("rnncalc.running.side_by_side.MOST_HELD", 100)

    with pytest.raises(rnncalc.RnncalcError, match="3 dtypes are about"):
        rnncalc.side_by_side(drawn("lstm"), X, dtypes=DTYPES)
