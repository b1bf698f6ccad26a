"""``--sequence``: some sequences of a batch, in every format what the whole batch has of them."""

from __future__ import annotations

import io
import re

import jsonschema
import numpy as np
import orjson
import pytest
from written import written

import rnncalc
from rnncalc.cli.schema import json_schema
from rnncalc.errors import RnncalcError
from rnncalc.writers import FORMATS

RNG = np.random.default_rng(16)
LENGTHS = [3, 1, 2, 3, 2]
X = RNG.normal(size=(5, 3, 2))


def trace_of(mode: str = "many-to-many"):
    """A batch of five through two directions of an LSTM and an output layer."""
    gates = {gate: RNG.normal(size=(2, 2)) for gate in "ifgo"}
    way = {"W_x": gates, "W_h": {gate: one.T for gate, one in gates.items()}}
    model = rnncalc.load(
        {
            "layers": [{"name": "enc", "cell": "lstm", "forward": way, "backward": way}],
            "output": {"W_y": RNG.normal(size=(2, 4))},
            "mode": mode,
            "lengths": LENGTHS,
        }
    )
    return rnncalc.run(model, X)


def rows(text: bytes, form: str) -> list[str]:
    """The rows of a text that belong to sequences 1 and 2."""
    start = {
        "csv": "[12],",
        "csv-wide": "[12],",
        "ndjson": '\\{"sequence":[12],',
        "markdown": r"\|\s+[12] ",
        "latex": r"\$[12]\$ ",
        "table": " +[12]  ",
    }[form]
    found = [line for line in text.decode().splitlines() if re.match(start, line)]
    return [re.sub(" +", " ", line) for line in found]


@pytest.mark.parametrize("form", ["csv", "csv-wide", "ndjson", "markdown", "latex", "table"])
def test_rows_keep_their_numbers(form):
    """Sequence 2 of five is called 2 among the rows that are written, and has its numbers."""
    trace = trace_of()
    whole, part = (written(trace, form, sequence=one) for one in (None, slice(1, 3)))

    assert rows(part, form) == rows(whole, form) != []
    others = re.compile(r'^(\{"sequence":|\| +|\$| +)?[034][,$ ]', re.MULTILINE)
    assert others.search(whole.decode())
    assert not others.search(part.decode())


@pytest.mark.parametrize("mode", ["many-to-many", "many-to-one"])
def test_arrays_are_those_of_the_sequences(mode):
    """npz, npy and JSON: every array, states and y too, is what the whole one has there."""
    trace = trace_of(mode)
    whole, part = (
        np.load(io.BytesIO(written(trace, "npz", sequence=one))) for one in (None, slice(1, 3))
    )
    assert set(whole) == set(part)
    for name in whole:
        np.testing.assert_array_equal(part[name], whole[name][1:3])

    one = np.load(io.BytesIO(written(trace, "npy", sequence=-1)))
    np.testing.assert_array_equal(one, trace.y[-1:])


def test_the_document_says_which():
    """JSON: the key ``sequence``; memory of ``--summary`` is of these sequences only."""
    trace = trace_of()
    whole, part = (
        orjson.loads(written(trace, "json", sequence=one, summary=True))
        for one in (None, slice(1, 3))
    )
    jsonschema.validate(part, json_schema("result"))

    assert part["sequence"] == [1, 2]
    assert "sequence" not in whole
    layer = part["layers"][0]
    for key in ("h0", "c0", "h"):
        assert layer["backward"][key] == whole["layers"][0]["backward"][key][1:3]
    assert layer["forward"]["final"]["c"] == whole["layers"][0]["forward"]["final"]["c"][1:3]
    assert part["y"] == whole["y"][1:3]
    assert part["x"] == whole["x"][1:3]
    memories = [one["memory"] for one in part["summary"]]
    assert memories == [one["memory"][1:3] for one in whole["summary"]]


def test_the_last_numbers():
    """``--last``: a line for each sequence that is chosen."""
    trace = trace_of()

    assert written(trace, "last", sequence=3).splitlines() == [written(trace, "last").split()[3]]


@pytest.mark.parametrize("form", [*(n for n, one in FORMATS.items() if not one.every), "last"])
def test_a_sequence_that_there_is_not(form):
    """The error says how many there are; an input that is no batch is sequence 0."""
    trace, alone = trace_of(), rnncalc.run(rnncalc.load({"W_x": 0.5, "W_h": 0.3}), [1, 2])
    with pytest.raises(RnncalcError, match=r"^--sequence '5': there are sequences 0 to 4$"):
        written(trace, form, sequence=5)
    with pytest.raises(RnncalcError, match=r"^--sequence '1:': there is sequence 0$"):
        written(alone, form, sequence=slice(1, None))

    assert written(alone, form, sequence=0) == written(alone, form)


def test_explain_has_a_sequence():
    """Its lines are those of the whole batch that say ``sequence 2``."""
    trace = trace_of()
    lines = rnncalc.explain(trace, None, sequence=2).lines

    assert lines == [line for line in rnncalc.explain(trace, None).lines if line.sequence == 2]
    assert {line.t for line in lines} == {1, 2, 3}
    with pytest.raises(RnncalcError, match="there is no sequence 5: they are 0 to 4"):
        rnncalc.explain(trace, 1, sequence=5)
