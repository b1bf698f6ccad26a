"""Model files that the frameworks saved (``tests/golden/files``): read, computed, compared.

Each has a document beside it: what it is, what a reader has to be told, and what its framework
computes of an input.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from conftest import ROOT

import rnncalc
from rnncalc import inspection

FOLDER = ROOT / "tests" / "golden" / "files"
DOCUMENTS = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*.json"))
TOLERANCE = {"float64": 1e-12, "float32": 2e-6, "float16": 2e-6, "bfloat16": 2e-6}


def document(name):
    """A golden document, and the model file beside it."""
    path = FOLDER / name
    told = json.loads(path.read_text(encoding="utf-8"))
    return told, path.parent / told["file"]


def refused(name):
    return "refused" in document(name)[0]


COMPUTED = [name for name in DOCUMENTS if not refused(name)]
REFUSED = [name for name in DOCUMENTS if refused(name)]


def loaded(told, path):
    """The network of a file, told what the document says that it has to be told."""
    layers = told["layers"].split(",") if "layers" in told else ()
    return rnncalc.load(path, layers=layers, assume=told.get("assume", ()))


def computed(told, path):
    """What we compute, by the names of what the framework computed."""
    model = loaded(told, path)
    steps = {key: told[key] for key in ("lengths", "mask") if key in told}
    trace = rnncalc.run(model, told["x"], **steps)
    numbers = {"h": trace.h, "out": trace.h if trace.y is None else trace.y}
    if trace.y is None and model.mode == "many-to-one":
        numbers["out"] = trace.last
    for layer in trace.layers:
        for way, one in layer.directions.items():
            for state, final in one.final.items():
                numbers[f"{layer.name}.{way}.final.{state}"] = final
    return numbers


@pytest.mark.parametrize("name", COMPUTED)
def test_a_file_gives_its_frameworks_numbers(name):
    """Every number within the rounding of the type that the framework computed in."""
    told, path = document(name)
    numbers = computed(told, path)
    tolerance = told.get("tolerance", TOLERANCE[told["dtype"]])
    for key, expected in told["expected"].items():
        assert np.shape(numbers[key]) == np.shape(expected), key
        np.testing.assert_allclose(numbers[key], expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", COMPUTED)
def test_inspect_names_the_layers(name):
    """Names, kinds, cells and sizes, in the order in which the layers run."""
    told, path = document(name)
    found = inspection.inspect(path, assume=tuple(told.get("assume", ())))
    rows = [
        [one.name, one.kind, one.cell or None, one.units or None]
        for one in found.layers
        if one.kind != "nothing"
    ]
    expected = [row for row in told["parts"] if row[1] != "nothing"]
    if "layers" in told:  # the document lists what runs
        rows = sorted((row for row in rows if row in expected), key=expected.index)
    assert rows == expected


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_computed_is_refused_by_name(name):
    """A clear error that says what it is."""
    told, path = document(name)
    with pytest.raises(rnncalc.RnncalcError) as error:
        loaded(told, path)
    assert told["refused"] in str(error.value)
    assert len(str(error.value)) < 1000
