"""Model files that the frameworks saved (``tests/golden/files``): read, computed, compared.

Each has a document beside it: what it is, what a reader has to be told, and what its framework
computes of an input.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from conftest import ROOT
from golden_files import TOLERANCE

import rnncalc
from rnncalc import inspection

FOLDER = ROOT / "tests" / "golden" / "files"
DOCUMENTS = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.glob("*/*.json"))


def document(name):
    """A golden document, and the model file beside it."""
    path = FOLDER / name
    told = json.loads(path.read_text(encoding="utf-8"))
    return told, path.parent / told["file"]


def refused(name):
    return "refused" in document(name)[0]


COMPUTED = [name for name in DOCUMENTS if not refused(name)]
REFUSED = [name for name in DOCUMENTS if refused(name)]


def given(name, told):
    """The input as the network reads it: Keras' Input is of float32, also before float64 layers."""
    x = np.asarray(told["x"])
    return x.astype(np.float32) if name.startswith("keras/") and x.dtype.kind == "f" else x


def loaded(told, path):
    """The network of a file, told what the document says that it has to be told."""
    layers = told["layers"].split(",") if "layers" in told else ()
    return rnncalc.load(path, layers=layers, assume=told.get("assume", ()))


def computed(name, told, path):
    """What we compute, by the names of what the framework computed."""
    model = loaded(told, path)
    steps = {key: told[key] for key in ("lengths", "mask") if key in told}
    trace = rnncalc.run(model, given(name, told), **steps)
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
    numbers = computed(name, told, path)
    for key, expected in told["expected"].items():
        key, half, _ = key.partition("_float32")
        tolerance = TOLERANCE["float32" if half else told["dtype"]]
        assert np.shape(numbers[key]) == np.shape(expected), key
        np.testing.assert_allclose(numbers[key], expected, rtol=tolerance, atol=tolerance)


def one_by_one(part, rows):
    """The rows of a part: those of a loop of several cells are one each."""
    name, kind, cell, units = part
    if kind == "nothing":
        return []
    cells = (cell or "").split("+")
    if len(cells) == 1:
        return [part]
    sizes = [row[3] for row in rows if row[0].startswith(f"{name}.")]
    assert sizes[-1] == units
    return [[f"{name}.{i}", kind, one, sizes[i]] for i, one in enumerate(cells)]


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
    expected = [row for part in told["parts"] for row in one_by_one(part, rows)]
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
