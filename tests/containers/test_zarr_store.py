"""Zarr from strangers: what a chunk claims, unpacks to, and leads to is seen before it is read."""

from __future__ import annotations

import bz2
import gzip
import json
import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from rnncalc.containers import zarr_store
from rnncalc.errors import FileError

pytestmark = pytest.mark.skipif(find_spec("zarr") is None, reason="zarr is not installed")
ROWS = np.arange(40.0).reshape(4, 5, 2)
ZEROS = bytes(1 << 20)


def stored(path: Path, packed: str = "zstd", version: int = 3) -> Path:
    """ROWS in chunks of two; the folder."""
    import zarr

    known = {"zstd": zarr.codecs.ZstdCodec(), "gzip": zarr.codecs.GzipCodec(),
             "blosc": zarr.codecs.BloscCodec()}  # fmt: skip
    how = {"compressors": known[packed]} if packed in known else {}
    array = zarr.create_array(
        str(path), shape=ROWS.shape, chunks=(2, 5, 2), dtype="f8", zarr_format=version, **how
    )
    array[:] = ROWS
    return path


def claimed(path: Path, **words: object) -> None:
    """Other words in the metadata."""
    about = path / "zarr.json"
    about.write_text(json.dumps({**json.loads(about.read_text()), **words}))


def chunk(path: Path) -> Path:
    return path / "c" / "0" / "0" / "0"


@pytest.mark.parametrize("packed", ["zstd", "gzip", "blosc"])
def test_what_was_packed_is_read(packed, tmp_path):
    """By whichever of the packings that are known; row by row, and several at once."""
    rows = zarr_store.opened(stored(tmp_path / "a.zarr", packed))

    assert np.array_equal(rows[3], ROWS[3])
    assert np.array_equal(rows[1:4], ROWS[1:4])
    old = zarr_store.opened(stored(tmp_path / "old.zarr", "", version=2))
    assert np.array_equal(old[0:4], ROWS)


def bombs() -> dict[str, bytes]:
    import numcodecs

    return {"zstd": numcodecs.Zstd().encode(ZEROS), "gzip": gzip.compress(ZEROS, mtime=0),
            "blosc": numcodecs.Blosc().encode(np.zeros(1 << 20, np.uint8))}  # fmt: skip


@pytest.mark.parametrize("packed", ["zstd", "gzip", "blosc"])
def test_a_chunk_that_unpacks_to_more_is_not_unpacked(packed, tmp_path):
    """It claims 160 bytes, and would be a million."""
    path = stored(tmp_path / "a.zarr", packed)
    chunk(path).write_bytes(bombs()[packed])

    with pytest.raises(FileError, match="unpacks to more numbers than it should have"):
        zarr_store.opened(path)[0]
    chunk(path).write_bytes(bombs()[packed][:3])
    with pytest.raises(FileError, match="damaged"):
        zarr_store.opened(path)[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"shape": [2, 3 * 10**8, 2]}, "its sequences are too long: 512 MiB"),
        ({"shape": [1 << 40, 5, 2]}, "no shape that can be"),
        ({"shape": [-4, 5, 2]}, "no shape that can be"),
        ({"codecs": [{"name": "bytes"}, {"name": "pickle"}]}, "went through pickle"),
        ({"codecs": [{"name": "bytes"}, *[{"name": "gzip"}] * 2]}, "packed more than once"),
        ({"data_type": "string"}, "holds string, not real numbers"),
        ({"node_type": "group"}, "is a group of zarr: name one of its arrays"),
    ],
)
def test_claims_are_judged_before_anything_is_made(words, said, tmp_path):
    """By the metadata alone, in one line."""
    path = stored(tmp_path / "a.zarr")
    claimed(path, **words)

    with pytest.raises(FileError, match=said):
        zarr_store.opened(path)


@pytest.mark.parametrize("what", ["link", "pipe", "long"])
def test_a_chunk_is_a_file_inside_of_the_folder(what, tmp_path):
    """No link out, no pipe, and no more than its numbers are."""
    path = stored(tmp_path / "a.zarr")
    one = chunk(path)
    one.unlink()
    if what == "link":
        (tmp_path / "secret").write_bytes(bytes(160))
        one.symlink_to(tmp_path / "secret")
    elif what == "pipe":
        os.mkfifo(one)
    else:
        one.write_bytes(bytes(1 << 18))
    said = {"link": "somewhere outside", "pipe": "is not a file", "long": "is larger than"}[what]

    with pytest.raises(FileError, match=said):
        zarr_store.opened(path)[0]


def test_a_group_of_others_is_not_resumed(tmp_path):
    """One with links, or with an array that is not read."""
    group = tmp_path / "g.zarr"
    group.mkdir()
    stored(group / "h")
    zarr_store.refuse_group(group)
    (group / "old").mkdir()
    (group / "old" / ".zarray").write_text(
        json.dumps({"dtype": "|O", "chunks": [1], "shape": [1], "compressor": {"id": "pickle"}})
    )
    with pytest.raises(FileError, match=r"holds \|O, not real numbers"):
        zarr_store.refuse_group(group)
    (group / "out").symlink_to(tmp_path)
    with pytest.raises(FileError, match="has links in it"):
        zarr_store.refuse_group(group)


def test_packings_of_zarr_2_that_claim_nothing_are_not_undone(tmp_path):
    """bz2 says nowhere what it unpacks to."""
    path = stored(tmp_path / "old.zarr", "", version=2)
    about = path / ".zarray"
    words = json.loads(about.read_text()) | {"compressor": {"id": "bz2", "level": 1}}
    about.write_text(json.dumps(words))
    (path / "0.0.0").write_bytes(bz2.compress(ZEROS))

    with pytest.raises(FileError, match="went through bz2, which is not undone"):
        zarr_store.opened(path)
