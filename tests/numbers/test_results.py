"""Results of rnncalc's own, read back: as an input, and as expected numbers."""

from __future__ import annotations

import re

import numpy as np
import pytest

import rnncalc
from rnncalc.checking.expected_file import expected
from rnncalc.errors import RnncalcError
from rnncalc.numbers import values
from rnncalc.numbers.input_file import Source

SUFFIXES = {
    "csv": ".csv",
    "csv-wide": ".csv",
    "ndjson": ".ndjson",
    "markdown": ".md",
    "table": ".txt",
}
X = np.array([[1.5, -2.0], [0.25, 0.5], [-1.0, 3.0]])


def network(x):
    side = {"W_x": [[0.5, 0.1], [0.3, -0.2]], "W_h": [[0.3, 0.7], [0.2, -0.1]]}
    other = {"W_x": [[0.2, 0.3], [-0.4, 0.6]], "W_h": [[-0.3, 0.1], [0.5, 0.4]]}
    return rnncalc.load({
        "layers": [
            {"merge": "sum", "forward": side, "backward": other},
            {"name": "top", "W_x": [[0.3, 0.2], [0.9, -0.8]], "W_h": [[0.4, 0.6], [-0.7, 0.1]]},
        ],
        "output": {"W_y": [[1.0, 0.5], [2.0, -1.0]]},
        "x": x,
    })  # fmt: skip


def written(tmp_path, form, batched, **options):
    x = np.stack([X, X * 0.5]) if batched else X
    trace = rnncalc.run(network(x))
    path = tmp_path / f"r{SUFFIXES.get(form, '.json')}"
    rnncalc.write(trace, path, format=form, digits="full", **options)
    return trace, path


@pytest.mark.parametrize("batched", [False, True], ids=["one", "batch"])
@pytest.mark.parametrize("form", [*SUFFIXES, "json"])
def test_a_result_is_read_as_expected_numbers(tmp_path, form, batched):
    """h, y and the h of each layer and direction, bit for bit."""
    trace, path = written(tmp_path, form, batched, show=["x", "h", "y"])

    found = expected(str(path))
    np.testing.assert_array_equal(found.one("y"), trace.y)
    np.testing.assert_array_equal(found.one("h"), trace.h)
    backward = found.named["layer0.backward.h"]
    np.testing.assert_array_equal(backward, trace.layers[0].backward["h"])
    assert rnncalc.check(trace, found)


@pytest.mark.parametrize("batched", [False, True], ids=["one", "batch"])
@pytest.mark.parametrize("form", [*SUFFIXES, "json"])
def test_a_result_is_read_as_an_input(tmp_path, form, batched):
    """The quantity that is asked for, where there are several."""
    trace, path = written(tmp_path, form, batched, show=["x", "h"])

    for asked, array in [("x", trace.x), ("h", trace.h)]:
        with Source(path, [asked]) as source:
            assert source.whole(ids=False)
            np.testing.assert_array_equal(source.read(), array)
    with pytest.raises(RnncalcError, match=r"several quantities: .*Say which is x, as with"):
        values.parse(f"@{path}")


@pytest.mark.parametrize("form", SUFFIXES)
def test_the_only_quantity_is_the_input(tmp_path, form):
    """y alone need not be asked for; a part of the timesteps is what there is."""
    trace, path = written(tmp_path, form, batched=False, show=["y"], steps=slice(2, None))

    np.testing.assert_array_equal(values.parse(f"@{path}"), trace.y[1:])


def test_a_narrow_table_is_read(cli, monkeypatch):
    """From a pipe, in several blocks; its numbers are judged by the digits that they have."""
    monkeypatch.setenv("COLUMNS", "30")
    words = ["-x", "1,2,3", "--wx", "0.3;0.2", "--wh", "0.1 0.5;-0.3 0.7"]
    table = cli(*words, "--show", "all").out
    assert table.count("\u2500\n".encode()) > 3

    done = cli("check", *words, "--against", "-", input=table)
    assert (done.code, done.text.split(":")[0]) == (0, "agrees")
    wrong = cli("check", "-x", "1,2,4", *words[2:], "--against", "-", input=table)
    assert wrong.code == 1


def test_a_table_of_markdown_is_read(tmp_path):
    """Its columns by name, whoever wrote it."""
    (tmp_path / "t.md").write_text("# A page\n\n| a | b\\|c |\n|---|--:|\n| 1 | 2 |\n| 3 | 4 |\n")

    with Source(tmp_path / "t.md", ["b|c", "a"]) as source:
        assert source.read().tolist() == [[2, 1], [4, 3]]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("r.csv", "t,h[0],h[1]\n1,0.5\n", "r.csv: line 2: 2 cells, where line 1 has 3"),
        ("r.csv", "t,h[0],h[1]\n1,0.5,\n2,0.5,1\n", "r.csv: h has 3 numbers of 4"),
        ("r.csv", "t,h[0]\n1,0.5\n1,0.5\n", "r.csv: t = 1 is there twice"),
        ("r.csv", "t,layer,direction,name,index,value\n1,,,x,o,1\n", "'o' where a whole number"),
        ("r.csv", "t,h[0]\n1,x\n", "r.csv: line 2: 'x' is not a number"),
        ("r.ndjson", '{"t":1,"h":[0.5]}\n{"t":2,"h":0.5}\n', "line 2: is no line of a result"),
        ("r.ndjson", '{"t":1,"h":[0.5]}\n{"t":2,\n', "line 2: is no line of a result"),
        (
            "r.txt",
            "h_t = tanh(x_t)\n\n t   h_t\n------\n 1   0.5\n...\n",
            "line 6: rows are left out",
        ),
        (
            "r.txt",
            "y_t = h_t\n\nt   h_t   y_t\n---\n1   0.5\n",
            "line 5: 2 cells, where the names are 3",
        ),
        ("r.md", "no table\n", "r.md: there are no numbers in it"),
    ],
)
def test_results_that_are_refused(tmp_path, name, text, message):
    """Rows that are missing, doubled or cut are told by file and line."""
    (tmp_path / name).write_text(text)

    with pytest.raises(RnncalcError, match=re.escape(message)):
        values.parse(f"@{name}", tmp_path)
