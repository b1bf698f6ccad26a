"""A row is true: what stands in it belongs to one step, and its formula names that step's state."""

from __future__ import annotations

import csv
import io
import json
import re

import numpy as np
import pytest
from written import written

import rnncalc
from rnncalc.writers import EXPLANATIONS, FORMATS

X = np.array([[1.0, 2, 3, 4], [5, 6, 7, 8]])[..., None]
LINEAR = {"W_x": 2, "W_h": 0, "activation": "linear"}
TURNED = LINEAR | {"direction": "backward", "order": "processing"}
PADDED = {
    "plain": {},
    "lengths": {"lengths": [4, 2]},
    "mask": {"mask": [[1, 1, 0, 1], [0, 1, 1, 1]]},
}


def processed(batch: bool, padding: str) -> rnncalc.Trace:
    """A layer in processing order, whose a is twice the x that its step read."""
    given = {key: value if batch else value[:1] for key, value in PADDED[padding].items()}
    return rnncalc.run(rnncalc.load(TURNED), X if batch else X[0], **given)


def rows_of(trace: rnncalc.Trace, form: str) -> np.ndarray:
    """x, a and h of each row, as a reader of this format sees them."""
    data = written(trace, form, show=["x", "a", "h"], digits="full")
    keys = len(trace.keys)
    if form == "json":
        document = json.loads(data)
        backward = document["layers"][0]["backward"]
        return np.dstack([document["x"], backward["a"], backward["h"]]).reshape(-1, 3)
    if form == "npz":
        arrays = np.load(io.BytesIO(data))
        names = ("x", "layer0.backward.a", "layer0.backward.h")
        return np.dstack([arrays[name] for name in names]).reshape(-1, 3)
    if form == "ndjson":
        lines = map(json.loads, data.splitlines())
        return np.array([[*line["x"], *line["a"], *line["h"]] for line in lines])
    lines = list(csv.reader(io.StringIO(data.decode()), "excel-tab" if form == "tsv" else "excel"))
    if form == "csv-wide":
        return np.array([[line[keys], *line[-2:]] for line in lines[1:]], float)
    if form in ("csv", "tsv"):
        wanted = [line for line in lines[1:] if line[-3] in "xah"]
        return np.array([line[-1] for line in wanted], float).reshape(-1, 3)
    rows = [line for line in data.decode().splitlines() if not re.search("[a-z]", line)]
    found = [re.findall(r"-?\d+(?:\.\d+)?", row) for row in rows]
    count = keys + 3 + (trace.mask is not None)
    return np.array([[line[keys], *line[-2:]] for line in found if len(line) == count], float)


@pytest.mark.parametrize("form", [form for form in FORMATS if form not in ("npy", "xlsx")])
@pytest.mark.parametrize("padding", PADDED)
@pytest.mark.parametrize("batch", [False, True])
def test_a_row_is_one_step(form, padding, batch):
    """In processing order, too, a is that of the x beside it, and h that of the a."""
    trace = processed(batch, padding)
    rows = rows_of(trace, form)
    real = trace.real(0).ravel()

    assert len(rows) == trace.x.size
    np.testing.assert_array_equal(rows[real, 1], 2 * rows[real, 0])
    np.testing.assert_array_equal(rows[real, 2], rows[real, 1])
    assert rows[0, 0] == 4  # the last timestep was read first


@pytest.mark.parametrize("padding", ["lengths", "mask"])
def test_the_mask_of_a_row_is_its_own(padding):
    """It marks the rows at which nothing was computed."""
    trace = processed(True, padding)
    (mask,) = [part for part in trace.quantities([]) if part.name == "mask"]

    np.testing.assert_array_equal(mask.values[..., 0], trace.real(0))


def test_the_input_of_a_trace_is_as_it_was_given():
    """Only rows are turned: run again on x, it gives the same numbers."""
    trace = processed(True, "plain")

    np.testing.assert_array_equal(trace.x, X)
    np.testing.assert_array_equal(rnncalc.run(trace.model, trace.x).h, trace.h)
    np.testing.assert_array_equal(trace.to_dataframe("x")["x[0]"], trace.h.ravel() / 2)


READ = "layer0 reads x from the last timestep{} to the first:"


@pytest.mark.parametrize("form", ["table", "markdown", "latex"])
def test_the_heading_says_how_it_was_read(form):
    """In processing order; of lengths each sequence from its own end."""
    assert READ.format("") in written(processed(False, "plain"), form).decode()
    text = written(processed(True, "lengths"), form).decode()
    assert READ.format(" of each sequence") in text
    assert "order" not in written(rnncalc.run(rnncalc.load(LINEAR), [1.0]), form).decode()


def test_the_heading_of_a_stack():
    """Each layer that turns its input around is named, and what it reads; a loop but once."""
    config = {"layers": [LINEAR | {"name": "below"}, TURNED | {"name": "above"}, LINEAR]}
    text = written(rnncalc.run(rnncalc.load(config), [1.0, 2.0]), "table").decode()

    assert "above reads h of below from the last timestep to the first" in text
    assert "order: processing, t of above counts its steps, at t = 1 the last timestep" in text
    cells = {"direction": "backward", "order": "processing", "cells": [LINEAR, LINEAR]}
    text = written(rnncalc.run(rnncalc.load({"layers": [cells]}), [1.0, 2.0]), "table").decode()
    assert text.count("reads") == 1


def test_explain_says_which_timestep_was_read():
    """x_t of a step in processing order, by its place in the input."""
    explanation = rnncalc.explain(processed(True, "lengths"), 1)

    assert [told.origins["x_t"] for told in explanation.steps] == [
        "the input, its timestep 4",
        "the input, its timestep 2",
    ]
    assert [line.numbers for line in explanation.lines if line.name == "a"] == [
        "2*4 + 0*0 + 0",
        "2*6 + 0*0 + 0",
    ]


def net(cell: str, **more) -> dict:
    gates = {"rnn": "", "gru": "zrn", "lstm": "ifgo"}[cell]
    weights = {"W_x": 0.5, "W_h": 0.3}
    if gates:
        weights = {name: dict.fromkeys(gates, value) for name, value in weights.items()}
    return {"cell": cell, **weights, **more}


PREVIOUS = re.compile(r"[hc]_\{t([-+]?)1\}")


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize(
    ("more", "sign"),
    [
        ({}, "-"),
        ({"direction": "backward"}, "+"),
        ({"direction": "backward", "order": "processing"}, "-"),
    ],
    ids=["forward", "backward", "processing"],
)
def test_the_state_before_a_step_is_called_by_its_time(cell, more, sign):
    """h_{t+1} and c_{t+1} of a backward layer, in every heading and every line of explain."""
    trace = rnncalc.run(rnncalc.load(net(cell, **more)), [1.0, 2.0, 3.0])
    explanation = rnncalc.explain(trace, 2, why=True)
    texts = [written(trace, form).decode() for form in ("table", "markdown", "latex")]
    for form in EXPLANATIONS:
        out = io.BytesIO()
        rnncalc.write(explanation, out, format=form)
        texts.append(out.getvalue().decode())

    for text in texts:
        assert set(PREVIOUS.findall(text)) == {sign}
    states = {"h", "c"} if cell == "lstm" else {"h"}
    assert {name[0] for name in explanation.steps[0].inputs} == {"x", *states}


@pytest.mark.parametrize("form", ["table", "markdown", "latex"])
def test_two_directions_have_their_own_formulas(form):
    """Each below its name, with the signs of its own time."""
    ways = {"forward": net("lstm"), "backward": net("lstm")}
    text = written(rnncalc.run(rnncalc.load({"layers": [ways]}), [1.0, 2.0]), form).decode()
    forward, backward = text.split("forward:")[1].split("backward:")

    assert set(PREVIOUS.findall(forward)) == {"-"}
    assert set(PREVIOUS.findall(backward)) == {"+"}
