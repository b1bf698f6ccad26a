"""Many sequences in arrays of other libraries: HDF5 datasets, zarr, parquet."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from small_gru import MODEL, NET

import rnncalc
from rnncalc.errors import FileError, RnncalcError
from rnncalc.many import blocks as cutting
from rnncalc.many.run import source_of

X = np.random.default_rng(6).normal(size=(70, 11, 2))


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("m.json").write_text(json.dumps(NET))


@pytest.mark.parametrize(
    "how",
    [{}, {"chunks": (16, 4, 2), "compression": "gzip", "shuffle": True}, {"chunks": (1, 11, 1)}],
    ids=["whole", "gzip", "row by row"],
)
def test_a_dataset_of_hdf5_is_read_by_rows(how, cli):
    """In one run of bytes, or in chunks that filters packed: the numbers of the array."""
    with h5py.File("big.h5", "w") as file:
        file.create_dataset("train/x", data=X.astype("f4"), **how)
    source = source_of(MODEL, "@big.h5:train/x")
    for number in (0, 69, 15, 16, 33):
        assert np.array_equal(source.read(number), X[number].astype("f4"))

    done = cli("m.json", "-x", "@big.h5:train/x", "-o", "h.npy")
    assert (done.code, done.err) == (0, "")
    rnncalc.run_many(MODEL, X.astype("f4").astype(float), "x.npy")
    assert Path("h.npy").read_bytes() == Path("x.npy").read_bytes()


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("big.h5", "big.h5: which dataset? write big.h5:PATH; there are: few, train/x"),
        ("big.h5:y", "big.h5: has no dataset 'y'; write big.h5:PATH; there are: few, train/x"),
        ("big.h5:few", r"has shape \(3,\), expected \(sequences, timesteps, features\)"),
        ("none.h5:x", "none.h5: there is no such file"),
    ],
)
def test_what_is_no_array_of_sequences_is_refused(word, said):
    """By the file's name, with what there is."""
    with h5py.File("big.h5", "w") as file:
        file["train/x"], file["few"] = X, [1.0, 2.0, 3.0]
    with pytest.raises(FileError, match=said.replace("?", r"\?")):
        source_of(MODEL, word)


def test_without_zarr_the_command_that_installs_it_is_said(monkeypatch, cli):
    """One line, whether it is read or written."""
    monkeypatch.setitem(__import__("sys").modules, "zarr", None)
    np.save("x.npy", X)
    Path("x.zarr").mkdir()
    for words in (("-x", "x.npy", "-o", "out.zarr"), ("-x", "x.zarr", "--csv")):
        done = cli("m.json", *words)
        assert done.code == 2
        assert "zarr arrays needs zarr: pip install 'rnncalc[cluster]'\n" in done.err


def test_zarr_holds_what_is_shown_and_reads_back(monkeypatch):
    """Arrays by their names, padded with 0, lengths beside; resumed where one was damaged."""
    zarr = pytest.importorskip("zarr")
    lengths = [11, 3, *[7] * 68]
    monkeypatch.setattr(cutting, "SEQUENCES", 6)
    rnncalc.run_many(MODEL, X, "h.zarr", show=["h", "final"], lengths=lengths)
    group = zarr.open_group("h.zarr", mode="r")
    h, final = group["layer0.forward.h"][:], group["layer0.forward.final.h"][:]
    assert sorted(group) == ["layer0.forward.final.h", "layer0.forward.h", "lengths"]
    assert h.shape == (70, 11, 2)
    assert [*group["lengths"][:]] == lengths
    assert not h[1, 3:].any()
    for number, trace in enumerate(
        rnncalc.together(MODEL, [x[:n] for x, n in zip(X, lengths, strict=True)])
    ):
        assert np.array_equal(h[number, : lengths[number]], trace.h)
        assert np.array_equal(final[number], trace.h[-1])

    source = source_of(rnncalc.load(NET), "h.zarr:layer0.forward.h")
    assert np.array_equal(source.read(66), h[66])
    zarr.open_group("h.zarr")["layer0.forward.h"][5] = 1.0
    again = rnncalc.run_many(MODEL, X, "h.zarr", show=["h", "final"], lengths=lengths, resume=True)
    assert (again.before, again.done) == (64, 6)  # a block, which has one checksum
    assert np.array_equal(zarr.open_group("h.zarr")["layer0.forward.h"][:], h)
    with pytest.raises(RnncalcError, match=r"h.zarr: is there: --resume goes on"):
        rnncalc.run_many(MODEL, X, "h.zarr")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"codecs": [{"name": "pickle"}]}, "went through pickle, which is not undone"),
        ({"data_type": "string"}, "holds string, not real numbers"),
        ({"node_type": "group"}, "name one of its arrays"),
        (
            {"chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [1 << 40]}}},
            "chunks of more than 128 MiB",
        ),
    ],
    ids=["codec", "type", "group", "bomb"],
)
def test_zarr_metadata_are_judged_before_it_is_opened(change, said):
    """What is not on the short list is refused by its name."""
    zarr = pytest.importorskip("zarr")
    zarr.create_array("x.zarr", data=X)
    about = json.loads(Path("x.zarr/zarr.json").read_text())
    Path("x.zarr/zarr.json").write_text(json.dumps(about | change))

    with pytest.raises(FileError, match=said):
        source_of(MODEL, "x.zarr")


def test_parquet_columns_are_features():
    """A file is a sequence; --columns picks; what is none is named."""
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pyarrow.table({"t": ["a", "b"], "p": [0.5, 0.25], "q": [1, 2]})
    parquet.write_table(table, "one.parquet")
    Path("two.parquet").write_bytes(b"PAR1 no")

    source = source_of(MODEL, ["one.parquet", "two.parquet"], columns=["q", "p"])
    assert source.read(0).tolist() == [[1, 0.5], [2, 0.25]]
    with pytest.raises(FileError, match=r"two.parquet: is no readable parquet file"):
        source.read(1)
    with pytest.raises(FileError, match=r"one.parquet: column t holds object, not numbers"):
        source_of(MODEL, ["one.parquet"]).read(0)
