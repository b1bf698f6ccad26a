"""The ONNX files that ``tests/recorders/record_onnx_files.py`` records, as files."""

from __future__ import annotations

import json

import golden_files
import numpy as np
import pytest
from golden_files import FOLDER, TOLERANCE, golden, of

from rnncalc.readers.contents.part import KINDS

NAMES = of("onnx")
COMPUTED = golden_files.computed("onnx")
PLACES = (b"/tmp/", b"/home/", b"/usr/", b"site-packages", b"stack_trace", b'File "')


def contents():
    """Every file that is no document, by its name."""
    folder = FOLDER / "onnx"
    return {path.name: path for path in folder.iterdir() if path.suffix != ".json"}


def test_every_file_has_a_document_and_every_document_a_small_file():
    """Nothing is left over of an earlier recording, and no file has more than 40 kB."""
    models = {name for name in contents() if name.endswith(".onnx")}

    assert models == {golden(name)["file"] for name in NAMES}
    assert max(path.stat().st_size for path in contents().values()) < 40_000
    assert len(NAMES) >= 250


def test_no_file_tells_where_it_was_written():
    """No folder, no line of a program: PyTorch's exporter writes them into every node."""
    for name, path in contents().items():
        data = path.read_bytes()
        assert not [place for place in PLACES if place in data], name


@pytest.mark.parametrize("name", COMPUTED)
def test_the_numbers_can_tell_mistakes(name):
    """Several sequences of several steps, whose results differ."""
    document = golden(name)
    x, out = (np.array(numbers) for numbers in (document["x"], document["expected"]["out"]))

    assert len(x) == len(out) >= 2
    assert x.shape[1] >= 4
    assert np.isfinite(out).all()
    assert not np.allclose(out[0], out[1], rtol=0, atol=1e-3)
    assert ("out_float32" in document["expected"]) == (TOLERANCE[document["dtype"]] > 1e-3)


@pytest.mark.parametrize("name", COMPUTED)
def test_parts_are_of_known_kinds(name):
    """A recurrent one says its cell and units; there is at least one."""
    parts = golden(name)["parts"]

    assert {kind for _, kind, _, _ in parts} <= set(KINDS)
    assert [units for _, kind, _, units in parts if kind == "recurrent"]
    for _, kind, cell, units in parts:
        assert (cell is None) == (units is None) == (kind != "recurrent")


@pytest.mark.frameworks
@pytest.mark.parametrize("name", COMPUTED)
def test_a_file_is_an_onnx_file(name):
    """It holds to the specification, as far as onnx checks it."""
    onnx = pytest.importorskip("onnx")

    onnx.checker.check_model(str(golden_files.path(name)), full_check=True)


def test_documents_are_plain():
    """Whoever reads one needs no more than JSON."""
    for name in NAMES:
        text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
        assert json.loads(text)["file"] == golden(name)["file"]
