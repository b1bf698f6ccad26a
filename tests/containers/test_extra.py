"""A library that is missing: what installs it, or which Python it needs."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from rnncalc.containers import extra, zarr_store
from rnncalc.errors import FileError


@pytest.mark.parametrize(
    ("version", "remedy"),
    [
        ((3, 10, 13), "reading zarr arrays needs zarr, which needs Python 3.11; this is 3.10"),
        ((3, 11, 0), "reading zarr arrays needs zarr: pip install 'rnncalc[cluster]'"),
    ],
)
def test_nobody_is_sent_for_what_their_python_cannot_have(monkeypatch, version, remedy):
    """Zarr 3 is not to be had on Python 3.10."""
    monkeypatch.setitem(sys.modules, "zarr", None)
    monkeypatch.setattr(extra, "sys", SimpleNamespace(version_info=version))

    with pytest.raises(FileError) as told:
        zarr_store.library("reading")
    assert str(told.value) == remedy
