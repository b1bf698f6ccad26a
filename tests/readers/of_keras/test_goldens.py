"""The model files of Keras that ``tests/recorders/record_keras_files.py`` records, as files."""

from __future__ import annotations

import io
import zipfile

import golden_files
import numpy as np
import pytest
from golden_files import FOLDER, TOLERANCE, golden, of

from rnncalc.readers.contents.part import KINDS

NAMES = of("keras")
COMPUTED = golden_files.computed("keras")
HDF5 = b"\x89HDF\r\n\x1a\n"


def test_every_file_has_a_document_and_every_document_a_small_file():
    """Nothing is left over of an earlier recording, and no file has more than 40 kB."""
    folder = FOLDER / "keras"
    files = {path.name for path in folder.iterdir() if path.suffix != ".json"}

    assert files == {golden(name)["file"] for name in NAMES}
    assert max(path.stat().st_size for path in folder.iterdir()) < 40_000
    assert len(NAMES) >= 250


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_what_its_name_says(name):
    """.keras files are zips of a config and weights, all others HDF5."""
    content = golden_files.path(name).read_bytes()
    if not golden(name)["file"].endswith(".keras"):
        assert content.startswith(HDF5)
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        config, metadata, weights = sorted(archive.namelist())
        assert (config, metadata) == ("config.json", "metadata.json")
        assert weights.startswith("model.weights.")


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
    assert any(kind == "recurrent" for _, kind, _, _ in parts)
    assert all((kind == "recurrent") == bool(cell and units) for _, kind, cell, units in parts)


def test_nothing_says_where_or_when_it_was_recorded():
    """No time, and no path of a machine."""
    for name in NAMES:
        content = golden_files.path(name).read_bytes()
        assert not any(place in content for place in (b"/home/", b"/tmp/", b"site-packages"))
        assert content.count(b"date_saved") == content.count(b"2026-01-01@00:00:00")
