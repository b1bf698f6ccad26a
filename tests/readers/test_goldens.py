"""The golden model files (``tests/recorders/record.py torch_files keras_files ...``), as files."""

from __future__ import annotations

import io
import zipfile

import golden_files
import numpy as np
import pytest
from golden_files import FOLDER, TOLERANCE, golden, of

from rnncalc.readers.contents.part import KINDS

SIZES = {"keras": (250, 40_000), "onnx": (250, 40_000), "torch": (130, 20_000)}
"""How many files there are at least, and how many bytes one has at most."""
NAMES = [name for framework in SIZES for name in of(framework)]
COMPUTED = [name for framework in SIZES for name in golden_files.computed(framework)]
HDF5 = b"\x89HDF\r\n\x1a\n"
PLACES = {
    "keras": (b"/home/", b"/tmp/", b"site-packages"),
    "onnx": (b"/tmp/", b"/home/", b"/usr/", b"site-packages", b"stack_trace", b'File "'),
}
"""What would say where a file was recorded: PyTorch's exporter writes it into every node."""


def contents(framework):
    """Every file of a framework that is no document."""
    found = [path for path in (FOLDER / framework).iterdir() if path.suffix != ".json"]
    assert found
    return found


@pytest.mark.parametrize("framework", SIZES)
def test_every_file_has_a_document_and_every_document_a_small_file(framework):
    """Nothing is left over of an earlier recording; weights of ONNX may stand beside their file."""
    least, most = SIZES[framework]
    files = {path.name for path in contents(framework)}
    files = {name for name in files if framework != "onnx" or name.endswith(".onnx")}

    assert files == {golden(name)["file"] for name in of(framework)}
    assert max(path.stat().st_size for path in (FOLDER / framework).iterdir()) < most
    assert len(of(framework)) >= least


@pytest.mark.parametrize("name", of("keras"))
def test_a_file_of_keras_is_what_its_name_says(name):
    """.keras files are zips of a config and weights, all others HDF5."""
    content = golden_files.path(name).read_bytes()
    if not golden(name)["file"].endswith(".keras"):
        assert content.startswith(HDF5)
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        config, metadata, weights = sorted(archive.namelist())
        assert (config, metadata) == ("config.json", "metadata.json")
        assert weights.startswith("model.weights.")


@pytest.mark.frameworks
@pytest.mark.parametrize("name", golden_files.computed("onnx"))
def test_a_file_of_onnx_is_an_onnx_file(name):
    """It holds to the specification, as far as onnx checks it."""
    onnx = pytest.importorskip("onnx")

    onnx.checker.check_model(str(golden_files.path(name)), full_check=True)


@pytest.mark.parametrize("framework", PLACES)
def test_nothing_says_where_or_when_it_was_recorded(framework):
    """No time, no path of a machine, no line of a program."""
    for path in contents(framework):
        data = path.read_bytes()
        assert not [place for place in PLACES[framework] if place in data], path.name
        assert data.count(b"date_saved") == data.count(b"2026-01-01@00:00:00")


@pytest.mark.parametrize("name", NAMES)
def test_a_document_has_either_numbers_or_a_reason(name):
    """What can be computed has an input, an output and finite numbers; the rest a text."""
    document = golden(name)
    expected = document.get("expected", {})

    assert bool(expected) != ("refused" in document)
    assert not expected or "out" in expected
    assert all(np.isfinite(numbers).all() for numbers in expected.values())
    if "h" in expected:
        assert np.shape(document["x"])[:2] == np.shape(expected["h"])[:2]


@pytest.mark.parametrize("name", COMPUTED)
def test_the_numbers_can_tell_mistakes(name):
    """Several sequences of several steps, whose results differ; least behind eleven modules."""
    document, near = golden(name), 1e-4 if name == "torch/eleven_modules" else 1e-3
    x, out = (np.array(numbers) for numbers in (document["x"], document["expected"]["out"]))

    assert len(x) == len(out) >= 2
    assert x.shape[1] >= 4
    assert not np.allclose(out[0], out[1], rtol=0, atol=near)
    assert ("out_float32" in document["expected"]) == (TOLERANCE[document["dtype"]] > 1e-3)


@pytest.mark.parametrize("name", COMPUTED)
def test_parts_are_of_known_kinds(name):
    """A recurrent one says its cell and units; there is at least one."""
    parts = golden(name)["parts"]

    assert {kind for _, kind, _, _ in parts} <= set(KINDS)
    assert any(kind == "recurrent" for _, kind, _, _ in parts)
    for _, kind, cell, units in parts:
        assert (cell is None) == (units is None) == (kind != "recurrent")
