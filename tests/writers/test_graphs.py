"""Results of graphs: several inputs and outputs, one row or many, layers without a state."""

from __future__ import annotations

import csv
import io

import jsonschema
import numpy as np
import orjson
import pytest
from graph_networks import GRAPHS, branches, described, masked, translator, windows
from written import written

import rnncalc
from rnncalc.cli.schema import json_schema
from rnncalc.readers.state import addressed, continued
from rnncalc.writers import FORMATS

BATCHES = {"one": (), "batch": (2,)}


def trace_of(name, batch=()):
    model, x = GRAPHS[name](batch)
    return rnncalc.run(model, x)


def of_trace(trace):
    """Every quantity of a run by the names of the interface."""
    called = {"x": trace.inputs, "y": trace.outputs}
    named = {
        letter if len(arrays) == 1 else f"{letter}.{name}": array
        for letter, arrays in called.items()
        for name, array in arrays.items()
    }
    for name, values in trace.stateless.items():
        named |= {f"{name}.{key}": array for key, array in values.items()}
    for layer in trace.layers:
        for way, one in layer.directions.items():
            named |= {f"{layer.name}.{way}.{key}": array for key, array in one.values.items()}
            named |= {f"{layer.name}.{way}.final.{key}": a for key, a in one.final.items()}
    return named


def of_npz(trace):
    return dict(np.load(io.BytesIO(written(trace, "npz", show=["all"]))))


def of_json(trace):
    document = orjson.loads(written(trace, "json", show=["all"]))
    several = {"x": document["x"], "y": document.get("outputs")}
    named = {"x": document["x"], "y": document["y"]}
    for letter, arrays in several.items():
        if isinstance(arrays, dict):
            named |= {f"{letter}.{name}": array for name, array in arrays.items()}
    for layer in document["layers"]:
        named |= {f"{layer['name']}.{key}": array for key, array in layer.items()}
        for way in ("forward", "backward"):
            values = layer.get(way, {})
            named |= {f"{layer['name']}.{way}.{key}": array for key, array in values.items()}
            final = values.get("final", {})
            named |= {f"{layer['name']}.{way}.final.{key}": array for key, array in final.items()}
    return named


def of_csv(trace):
    rows = csv.DictReader(io.StringIO(written(trace, "csv", show=["all", "final"]).decode()))
    return _flat((row["layer"], row["direction"], row["name"], row["value"]) for row in rows)


def of_ndjson(trace):
    lines = map(orjson.loads, written(trace, "ndjson", show=["all", "final"]).splitlines())
    return _flat(
        (line["layer"], line["direction"], name, value)
        for line in lines
        for name, values in line.items()
        if isinstance(values, list)
        for value in values
    )


def _flat(numbers):
    """Numbers one after another, by the name of their quantity."""
    found = {}
    for layer, direction, name, value in numbers:
        key = ".".join(filter(None, [layer, direction, name]))
        found.setdefault(key, []).append(float(value))
    return found


@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
@pytest.mark.parametrize("read", [of_npz, of_json, of_csv, of_ndjson])
@pytest.mark.parametrize("name", GRAPHS)
def test_every_format_holds_every_number(name, read, batch):
    """All that was computed reads back bit for bit, by its name."""
    trace = trace_of(name, batch)
    found = read(trace)
    for key, array in of_trace(trace).items():
        assert np.array_equal(np.ravel(found[key]), array.ravel()), key


@pytest.mark.parametrize("how", [{}, {"show": ["all"], "steps": slice(3, None)}], ids=str)
@pytest.mark.parametrize("name", GRAPHS)
def test_every_format_has_a_place_for_a_graph(name, how):
    """Whatever part is asked for is written; JSON fits its schema; each shows itself in Python."""
    trace = trace_of(name)
    for form in FORMATS:
        if form != "xlsx" and not (form == "npy" and "show" in how):
            written(trace, form, **how)
    jsonschema.validate(orjson.loads(written(trace, "json", **how)), json_schema("result"))
    assert "<table" in trace._repr_html_()
    assert all(one.name in str(trace.model) for one in (*trace.layers, *trace.model.stateless))
    assert "y" in str(trace) or "h" in str(trace)


def test_a_workbook_is_for_layers_in_a_row():
    """xlsx is refused, with what holds a graph."""
    with pytest.raises(rnncalc.RnncalcError, match=r"layers in a row.*-f csv or -f npz"):
        written(trace_of("translator"), "xlsx")


def test_one_row_stands_at_the_last_timestep():
    """Of outputs of different rank the one row is in the last row of the table."""
    model, x = branches()
    trace = rnncalc.run(model, x)
    rows = list(csv.DictReader(io.StringIO(written(trace, "csv-wide", show=["y"]).decode())))

    assert [row["y.whole[0]"] for row in rows[:4]] == [""] * 4
    assert float(rows[4]["y.whole[0]"]) == trace.outputs["whole"][0]
    assert [float(row["y.each[1]"]) for row in rows] == trace.outputs["each"][:, 1].tolist()


def test_many_to_one_is_of_the_output_that_is_one_row():
    """An output of every timestep stays that beside a first one that is one row."""
    trace = trace_of("turned")

    assert trace.model.mode == "many-to-one"
    assert trace.outputs["whole"].shape == (1,)
    assert trace.outputs["each"].shape == (5, 2)


def test_the_h_of_a_graph_is_what_it_gives():
    """h is that of the layer that is given, though another one is computed behind it."""
    model, x = masked()
    trace = rnncalc.run(model, x)

    assert trace.y is None
    assert np.array_equal(trace.h, trace.layers[0].h)
    assert written(trace, "last").decode().strip() == ",".join(map(repr, map(float, trace.h[-1])))
    assert "mask" in written(trace, "table").decode()


def test_what_belongs_to_a_layer_is_asked_for_by_its_name():
    """--of a layer without a state shows all that it computes, and npy what it gives."""
    model, x = translator((2,))
    trace = rnncalc.run(model, x)
    read = {
        show: np.load(io.BytesIO(written(trace, "npy", of="att", show=show)))
        for show in ((), ("weights",))
    }
    head = written(trace, "csv-wide", of="att").splitlines()[0].decode()

    assert np.array_equal(read[()], trace.stateless["att"]["context"])
    assert np.array_equal(read["weights",], trace.stateless["att"]["weights"])
    assert head.startswith("sequence,t,scores[0]")
    assert "weights[4],context[0]" in head
    assert written(trace, "last", of="att").count(b"\n") == 2


def test_the_heading_says_what_each_layer_reads():
    """Layers, what they read and begin with, sizes of inputs and outputs, own timesteps."""
    model, x = translator()
    table = written(rnncalc.run(model, x), "table").decode()

    assert "enc: gru, 2 features, 3 units <- source\n" in table
    assert "dec: gru, 4 features, 3 units <- target; h0 from enc\n" in table
    assert "both: join concat, 6 wide <- att, dec\n" in table
    assert "tags: dense, 2 wide <- both\n  y_t = softmax(W_y x_t + b_y)\n" in table
    assert "timesteps: enc 5, dec 4, att 4, both 4, tags 4\n" in table
    assert "x.source: 5 timesteps, 2 features; x.target: 4 timesteps, 4 features;" in table


def test_sizes_of_rows_are_not_called_timesteps():
    """One row has no timesteps, as an input, of a layer and as an output."""
    model, x = described()
    table = written(rnncalc.run(model, x), "table").decode()

    assert "words: lstm, 2 features, 3 units, one row <- text\n" in table
    assert "x.facts: 4 features; y: 2 outputs; float64" in table
    assert "y = W_y x + b_y" in table


def test_what_is_not_finite_is_counted_everywhere():
    """Layers without a state and outputs count, each number once."""
    model, x = windows()
    x[4, 0] = np.inf
    with pytest.warns(rnncalc.RnncalcWarning):
        trace = rnncalc.run(model, x)
    arrays = [trace.layers[0].forward["h"], *(y["y"] for y in trace.stateless.values())]
    wrong = sum(int((~np.isfinite(array)).sum()) for array in arrays)

    assert 0 < wrong == trace.not_finite()
    assert orjson.loads(written(trace, "json"))["non_finite"] == wrong


def test_a_dataframe_has_all_of_a_graph():
    """to_dataframe has a column for every number of every layer."""
    pytest.importorskip("pandas")
    model, x = translator()
    frame = rnncalc.run(model, x).to_dataframe()

    assert {"x.source[1]", "att.weights[4]", "dec.forward.h[2]", "y[1]"} <= {*frame.columns}
    assert frame.shape[0] == 5


def test_what_a_layer_ends_with_is_read_by_state(tmp_path):
    """The npz of a graph has the final states of its layers, from which --state goes on."""
    model, x = windows()
    trace = rnncalc.run(model, x)
    trace.save(tmp_path / "run.npz")
    lstm = rnncalc.Model(model.layers)
    end = trace.layers[0].forward.final
    start = continued(lstm, *addressed(f"{tmp_path}/run.npz:lstm")).layers[0]

    assert np.array_equal(start.h0, end["h"])
    assert np.array_equal(start.c0, end["c"])
