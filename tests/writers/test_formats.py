"""Every format shows the same bits, and what programs read comes back as it was."""

from __future__ import annotations

import csv
import io
import json
import re

import jsonschema
import numpy as np
import orjson
import pandas
import pytest
from written import table, written

import rnncalc
from rnncalc.cli.schema import json_schema
from rnncalc.writers import FORMATS

RNG = np.random.default_rng(11)
CONFIG = {
    "W_x": RNG.uniform(-1, 1, (3, 2)),
    "W_h": RNG.uniform(-1, 1, (3, 3)),
    "bias": RNG.uniform(-1, 1, 3),
    "bias_h": RNG.uniform(-1, 1, 3),
    "output": {"W_y": RNG.uniform(-1, 1, (2, 3)), "activation": "softmax"},
    "h0": RNG.uniform(-1, 1, 3),
}
X = RNG.normal(size=(2, 4, 2))
NAMES = ["x", "x_term", "h_term", "bias", "bias_h", "a", "h", "y"]


def trace_of(dtype: str = "float64", *, batch: bool = False, mode: str = "many-to-many"):
    model = rnncalc.load({**CONFIG, "dtype": dtype, "mode": mode})
    return rnncalc.run(model, X if batch else X[0])


def numbers(text: str) -> list[str]:
    return re.findall(r"-?(?:\d+\.\d+(?:e-?\d+)?)", text)


def h_of(form: str, trace) -> list[np.ndarray]:
    """h as a reader of this format sees it, (timesteps, units)."""
    kind = trace.h.dtype.type
    if form == "xlsx":
        pytest.importorskip("xlsxwriter")
        openpyxl = pytest.importorskip("openpyxl")
        sheet = openpyxl.load_workbook(io.BytesIO(written(trace, form)), data_only=True)["layer0"]
        rows = [[cell.value for cell in row[-3:]] for row in sheet.iter_rows()][-len(trace.h) :]
        return np.array(rows, kind)
    data = written(trace, form, show=["h"], digits="full")
    if form == "json":
        return np.array(orjson.loads(data)["h"], kind)
    if form == "ndjson":
        return np.array([orjson.loads(line)["h"] for line in data.splitlines()], kind)
    if form == "npy":
        return np.load(io.BytesIO(data))
    if form == "npz":
        return np.load(io.BytesIO(data))["layer0.forward.h"]
    if form in ("csv", "tsv"):
        tabs = "\t" if form == "tsv" else ","
        rows = list(csv.DictReader(io.StringIO(data.decode()), delimiter=tabs))
        return np.array([kind(row["value"]) for row in rows]).reshape(-1, 3)
    if form == "csv-wide":
        rows = list(csv.reader(io.StringIO(data.decode())))[1:]
        return np.array([[kind(cell) for cell in row[1:]] for row in rows])
    lines = data.decode().splitlines()
    rows = [line for line in lines if re.match(r"(\| +|\$)?\d", line) and "timestep" not in line]
    if form == "latex":  # in tables below each other, as wide as a page
        count = len(trace.h)
        rows = [" ".join(rows[t::count]) for t in range(count)]
    return np.array([[kind(text) for text in numbers(row)] for row in rows])


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_holds_the_same_bits(form, dtype):
    """h read back from each format is h, bit for bit, in each precision."""
    trace = trace_of(dtype)
    read = h_of(form, trace)

    assert read.dtype == trace.h.dtype
    np.testing.assert_array_equal(read, trace.h)


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("mode", ["many-to-many", "many-to-one"])
@pytest.mark.parametrize("show", [["h"], ["all"]])
def test_json_is_as_its_schema_says(batch, mode, show):
    """The result validates; it has the terms exactly where they are asked for."""
    trace = trace_of(batch=batch, mode=mode)
    document = orjson.loads(written(trace, "json", show=show))
    jsonschema.validate(document, json_schema("result"))
    forward = document["layers"][0]["forward"]

    assert ("x_term" in forward) == (show == ["all"])
    np.testing.assert_array_equal(document["y"], trace.y)
    np.testing.assert_array_equal(forward["final"]["h"], trace.h[..., -1, :])
    assert document["generator"] == f"rnncalc {rnncalc.__version__}"


def test_the_document_of_the_interface():
    """The seed's first two steps, as interface.md prints them."""
    model = rnncalc.load({"W_x": 0.32394445, "W_h": 1, "x": [1, 2]})
    document = orjson.loads(written(rnncalc.run(model), "json", show=["x_term", "h_term", "a"]))

    h = [[0.3130691470988777], [0.7447039015050886]]
    expected = {
        "format": "rnncalc.result",
        "version": 1,
        "generator": f"rnncalc {rnncalc.__version__}",
        "dtype": "float64",
        "mode": "many-to-many",
        "x": [[1.0], [2.0]],
        "h": h,
        "y": None,
        "layers": [
            {
                "name": "layer0",
                "cell": "rnn",
                "units": 1,
                "features": 1,
                "merge": None,
                "h": h,
                "forward": {
                    "h0": [0.0],
                    "x_term": [[0.32394445], [0.6478889]],
                    "h_term": [[0.0], [0.3130691470988777]],
                    "a": [[0.32394445], [0.9609580470988777]],
                    "h": h,
                    "final": {"h": [0.7447039015050886]},
                },
            }
        ],
        "non_finite": 0,
    }
    assert document == expected


def test_json_says_which_part_it_holds():
    """With --steps and --units, ``t`` and ``units`` tell which; states stay whole."""
    trace = trace_of()
    document = orjson.loads(written(trace, "json", steps=slice(2, 4), units=-1))

    assert (document["t"], document["units"]) == ([2, 3], [2])
    np.testing.assert_array_equal(document["h"], trace.h[1:3, 2:])
    np.testing.assert_array_equal(document["x"], trace.x[1:3])
    assert len(document["layers"][0]["forward"]["final"]["h"]) == 3


@pytest.mark.parametrize("form", ["json", "ndjson"])
@pytest.mark.parametrize(
    ("non_finite", "words"), [("string", ["Infinity", "NaN"]), ("null", [None, None])]
)
def test_what_is_not_finite_in_json(form, non_finite, words):
    """NaN and infinity are words or null; ``error`` refuses them."""
    model = rnncalc.load({"W_x": 1, "W_h": 0, "activation": "linear"})
    with pytest.warns(rnncalc.RnncalcWarning):
        trace = rnncalc.run(model, [np.inf, np.nan])
    data = written(trace, form, non_finite=non_finite)
    h = [row["h"] for row in map(json.loads, data.splitlines())] if form == "ndjson" else None

    assert (h or json.loads(data)["h"]) == [[word] for word in words]
    with pytest.raises(rnncalc.RnncalcError, match="--non-finite error refuses"):
        written(trace, form, non_finite="error")


def test_npz_names():
    """x, h, y, then layer by layer; --show adds terms; finals are (batch, units)."""
    arrays = np.load(io.BytesIO(written(trace_of(batch=True), "npz", show=["a"])))

    names = ["x", "h", "y", "layer0.h"]
    names += [f"layer0.forward.{name}" for name in ("h0", "a", "h", "final.h")]
    assert list(arrays) == names
    assert arrays["layer0.forward.final.h"].shape == (2, 3)


def npy(trace, **options):
    return np.load(io.BytesIO(written(trace, "npy", **options)))


@pytest.mark.parametrize("mode", ["many-to-many", "many-to-one"])
@pytest.mark.parametrize("batch", [False, True])
def test_npy_is_the_quantity_that_is_named(batch, mode):
    """--show names it; else it is what check compares: y where there is an output layer."""
    trace = trace_of(batch=batch, mode=mode)

    np.testing.assert_array_equal(npy(trace), trace.y)
    np.testing.assert_array_equal(npy(trace, of="layer0"), trace.h)
    for name in ("h", "a", "x_term"):
        np.testing.assert_array_equal(npy(trace, show=[name]), trace.layers[0].forward[name])
    np.testing.assert_array_equal(npy(trace, show=["x"]), trace.x)
    np.testing.assert_array_equal(
        npy(trace, show=["h"], steps=slice(2, 4), units=1), trace.h[..., 1:3, 1:2]
    )


def test_npy_holds_one_quantity():
    """Several are refused, with their names; of several layers the last one's is meant."""
    gates = {"cell": "lstm", "W_x": dict.fromkeys("ifgo", 0.5), "W_h": dict.fromkeys("ifgo", 0.1)}
    ways = {"forward": gates, "backward": gates}
    both = rnncalc.run(rnncalc.load({"layers": [gates, ways], "x": [1, 2, 3]}))
    rnn = {"W_x": [[0.5, 0.1]], "W_h": 1}
    last = rnncalc.run(rnncalc.load({"layers": [ways, rnn], "x": [1, 2, 3]}))

    np.testing.assert_array_equal(npy(both), both.h)
    backward = npy(both, show=["c"], of="layer1.backward")
    np.testing.assert_array_equal(backward, both.layers[1].backward["c"])
    for trace, options, message in [
        (both, {"show": ["c", "h"]}, r"--show c,h are 2: name one of c, h; npz holds all"),
        (both, {"show": ["a"]}, r"are 4: name one of a\.i, a\.f, a\.g, a\.o"),
        (both, {"show": ["c"]}, r"layer1 has two of c: --of layer1\.forward or --of layer1\.back"),
        (last, {"show": ["c"]}, r"layer1 has no c: --of names another layer"),
    ]:
        with pytest.raises(rnncalc.RnncalcError, match=message):
            npy(trace, **options)


@pytest.mark.parametrize("width", range(60, 90))
def test_a_table_with_a_head_and_a_tail_fits(width):
    """The dots between them are wider than t is; no line is too long, no number cut."""
    random = np.random.default_rng(3)
    config = {"W_x": random.normal(size=(9, 2)), "W_h": random.normal(size=(9, 9))}
    trace = rnncalc.run(rnncalc.load(config), random.normal(size=(70, 2)))
    text = table(trace, ["all"], width=width).decode()

    rows = [line for line in text.splitlines() if re.match(r" *(\d+|t|\.\.\.) ", line)]
    assert max(map(len, rows)) <= width
    assert "\u2026" not in text


def test_csv_is_tidy():
    """One number a line, sequence in front for a batch, y beside the layers."""
    lines = written(trace_of(batch=True, mode="many-to-one"), "csv").decode().splitlines()

    assert lines[0] == "sequence,t,layer,direction,name,index,value"
    assert sum(",y," in line for line in lines) == 4
    assert lines[1].startswith("0,1,layer0,forward,h,0,")


def test_wide_csv_leaves_missing_numbers_empty():
    """In many-to-one, y has a number in the last row only."""
    rows = list(csv.reader(io.StringIO(written(trace_of(mode="many-to-one"), "csv-wide").decode())))

    assert rows[0] == ["t", "h[0]", "h[1]", "h[2]", "y[0]", "y[1]"]
    assert [row[4] == "" for row in rows[1:]] == [True, True, True, False]


def test_ndjson_has_a_line_per_step():
    """t, layer, direction and what is shown; y only where there is one."""
    rows = [
        json.loads(line)
        for line in written(trace_of(batch=True, mode="many-to-one"), "ndjson").splitlines()
    ]

    assert [(row["sequence"], row["t"]) for row in rows] == [
        (s, t) for s in (0, 1) for t in (1, 2, 3, 4)
    ]
    assert [("y" in row) for row in rows[:4]] == [False, False, False, True]


def test_same_input_same_bytes():
    """Two runs write identical bytes in every format, npz included."""
    for form in FORMATS:
        assert written(trace_of(), form) == written(trace_of(), form)


def test_the_table_never_cuts_a_number():
    """Whatever the width and the network, every number is there, whole."""
    wide = {"W_x": RNG.normal(size=(40, 1)), "W_h": RNG.normal(size=(40, 40)) / 40}
    trace = rnncalc.run(rnncalc.load(wide), [1, -2e-9, 3e12])
    for width in (1, 20, 79, 80, 200):
        for digits in (3, 6, ".3", "full", "hex"):
            text = table(trace, ["h", "x"], width=width, digits=digits).decode()
            assert "\u2026" not in text
            wanted = {written_number(value, digits) for value in trace.h.flat}
            assert wanted <= set(text.split())
            lines = [line for line in text.splitlines() if line[:1] in "t123\u2500"]
            assert width < 80 or max(map(len, lines)) <= width


def written_number(value, digits) -> str:
    from rnncalc.numbers.digits import number

    return number(value, digits)


def test_a_saturated_unit_is_not_shown_as_one():
    """Digits are added until 0.999... does not read as 1."""
    model = rnncalc.load({"W_x": 1, "W_h": 0})
    text = written(rnncalc.run(model, [9.0, -9.0, 40.0]), "table").decode()

    assert "0.99999997" in text
    assert "-0.99999997" in text
    assert text.splitlines()[8].split()[-1] == "1"  # tanh(40) is 1 in float64


def test_a_long_table_shows_head_and_tail(cli, tmp_path):
    """Above 40 rows a terminal has the first 20, the last 20, how many are missing, and how to see
    them; a file and a pipe have every row, below the same heads."""
    words = ["-x", ",".join(map(str, range(1000))), "--wx", "1", "--wh", "1"]
    text = cli(*words, terminal=True).text
    assert "960 rows between are not shown: --steps all shows every row" in text
    assert len(text.splitlines()) < 60

    cli(*words, "-o", str(tmp_path / "run.txt"))
    rows = (tmp_path / "run.txt").read_text()
    assert rows == cli(*words).text
    assert [row.split()[:2] for row in rows.splitlines()[6:-2]] == [
        [str(t), str(t - 1)] for t in range(1, 1001)
    ]
    uncoloured = cli(*words, "--steps", "all", "--color", "never", terminal=True).text
    assert uncoloured == rows


def test_a_wide_network_shows_what_it_gives():
    """y, else h of the last layer, and a line that names the rest; all of it on request."""
    text = written(trace_of(), "table").decode()
    assert "h_t[0]" not in text
    assert "y_t[0]" in text
    told = "Shown is y, which the network gives. --show h: h of layer0; --show all: every quantity."
    assert told in " ".join(text.split())
    assert told in written(trace_of(), "markdown").decode()
    assert f"% {told}" in written(trace_of(), "latex").decode()
    assert "Shown is" not in written(trace_of(), "table", show=["h"]).decode()


def test_a_batch_in_a_table_has_its_sequences():
    """The sequence stands in front of t."""
    text = written(trace_of(batch=True), "table", show=["h"]).decode()

    assert re.search(r"^sequence +t +h_t\[0\]", text, re.MULTILINE)
    assert "2 sequences, 4 timesteps" in text


@pytest.mark.parametrize("encoding", ["ascii", "cp949", "latin-1", "utf-8"])
def test_terminals_without_unicode(encoding):
    """Lines are ASCII where the encoding has no others; nothing is lost."""
    data = table(trace_of(), encoding=encoding)

    assert b"--" in data or "\u2500".encode(encoding) in data


def test_colour():
    """Sixteen colours and no more; the same text without them."""
    colored = table(trace_of(), show=("h", "y"), color=True).decode()
    codes = {code for group in re.findall(r"\x1b\[([\d;]*)m", colored) for code in group.split(";")}

    assert codes <= {"0", "1", "2", "", *map(str, range(30, 38)), *map(str, range(90, 98))}
    assert "36" in codes
    plain = [line.rstrip() for line in re.sub(r"\x1b\[[\d;]*m", "", colored).splitlines()]
    assert plain == written(trace_of(), "table", show=["h", "y"]).decode().splitlines()


def test_last_is_plain_numbers():
    """A line a sequence, commas between, every digit; fit for --h0."""
    model = rnncalc.load({**CONFIG, "output": {"W_y": CONFIG["output"]["W_y"]}})
    trace = rnncalc.run(model, X)
    lines = written(trace, "last", digits="full").decode().splitlines()

    np.testing.assert_array_equal([list(map(float, line.split(","))) for line in lines], trace.last)


def test_latex_has_the_formula_and_numbers():
    """Formula, one row a step, powers of ten."""
    model = rnncalc.load({**CONFIG, "activation": "linear"})
    text = written(rnncalc.run(model, X[0] * 1e-9), "latex").decode()

    assert r"\[ y_{t} = \mathrm{softmax}\left(W_{y}\, h_{t} + b_{y}\right) \]" in text
    text = written(rnncalc.run(model, X[0] * 1e-9), "latex", show=["x"]).decode()
    assert re.search(r"\$-?[\d.]+ \\cdot 10\^\{-\d+\}\$", text)
    assert text.endswith("\\end{longtable}\n")


def test_a_trace_in_a_notebook():
    """repr and HTML are tables; long ones show head and tail; a DataFrame has every number."""
    trace = trace_of(batch=True, mode="many-to-one")
    assert "h[2]" in repr(trace).splitlines()[1]
    assert "<th>sequence</th><th>t</th>" in trace._repr_html_()
    frame = trace.to_dataframe("h", "y")

    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.index.names) == ["sequence", "t"]
    np.testing.assert_array_equal(
        frame[["h[0]", "h[1]", "h[2]"]].to_numpy(), trace.h.reshape(-1, 3)
    )
    assert frame["y[0]"].isna().sum() == 6
    assert "a[0]" in trace.to_dataframe().columns
    long = rnncalc.run(rnncalc.load({"W_x": 1, "W_h": 1}), np.zeros(100))
    assert "..." in repr(long)
    assert len(repr(long).splitlines()) == 43
