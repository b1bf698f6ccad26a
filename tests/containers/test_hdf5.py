"""HDF5 files: what is read is what was written, and what is dangerous is refused by name."""

from __future__ import annotations

import json
import os
import sys
import tracemalloc
from pathlib import Path

import h5py
import hdf5_made
import numpy as np
import pytest
from conftest import existing
from golden_files import CONTAINERS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnncalc.containers.hdf5 import fork, walk
from rnncalc.containers.hdf5.tree import Group, tree
from rnncalc.errors import FileError

FOLDER = CONTAINERS / "keras"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
FILES = [path.name for path in existing("*.h5", FOLDER)]
RNG = np.random.default_rng(3)


def tensors(group: Group) -> dict:
    """Every tensor below a group, by its whole name."""
    found = {tensor.name: tensor for tensor in group.tensors.values()}
    for inner in group.groups.values():
        found |= tensors(inner)
    return found


@pytest.fixture
def made(tmp_path):
    """Write a file by the maker given, and give its path."""

    def make(maker, **options) -> Path:
        path = tmp_path / "made.h5"
        with h5py.File(path, "w", **options) as file:
            maker(file)
        return path

    return make


@pytest.mark.parametrize("name", FILES)
def test_what_keras_saved_is_read(name):
    """Every number, at its path, with its shape; nothing else is there."""
    found = tensors(tree(FOLDER / name))

    assert set(found) == set(EXPECTED[name])
    for path, expected in EXPECTED[name].items():
        array = found[path].read()
        assert array.dtype == np.float64
        assert found[path].shape == array.shape
        assert array.tolist() == expected


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("keras3.h5", "float32"),
        ("keras3_bfloat16.h5", "bfloat16"),
        ("keras3_float16.weights.h5", "float16"),
    ],
)
def test_the_type_in_the_file_is_named(name, dtype):
    """bfloat16 has no name in HDF5: two opaque bytes are it."""
    assert {tensor.dtype for tensor in tensors(tree(FOLDER / name)).values()} == {dtype}


def test_attributes_of_a_legacy_file():
    """The model's config is a text, the names of the layers and of no weights are lists."""
    root = tree(FOLDER / "keras3.h5")

    assert json.loads(root.attributes["model_config"])["class_name"] == "Sequential"
    assert root.attributes["keras_version"] == EXPECTED["recorded_with"]["keras"]
    assert root.group("model_weights").texts("layer_names") == ["enc", "head"]
    assert root.group("model_weights/top_level_model_weights").texts("weight_names") == []
    assert root.texts("layer_names") is None


def test_a_long_attribute_is_joined():
    """Keras keeps what is too long for HDF5 in attributes with numbers behind their name."""
    group = tree(FOLDER / "tf_keras_chunked.h5").group("enc")
    names = [f"enc/lstm_cell/{name}:0" for name in ("kernel", "recurrent_kernel", "bias")]

    assert set(group.attributes) == {"weight_names0", "weight_names1", "weight_names2"}
    assert group.texts("weight_names") == names
    assert [group.tensor(name).shape for name in names] == [(2, 12), (3, 12), (12,)]


def test_eleven_parts_are_joined_by_number(made):
    """names10 comes behind names2, though not in the alphabet."""

    def write(file):
        for index in range(11):
            file.attrs[f"names{index}"] = [f"n{index}", f"m{index}"]

    expected = [f"{letter}{index}" for index in range(11) for letter in "nm"]
    assert tree(made(write)).texts("names") == expected


def test_a_way_to_nothing_is_nothing():
    """Neither a group nor a tensor where there is the other or none."""
    root = tree(FOLDER / "tf_keras.h5")
    way = "model_weights/head/head"

    assert root.group("") is root
    assert root.group(f"{way}/kernel:0") is None
    assert root.tensor(way) is None
    assert root.tensor("nowhere/at/all") is None
    assert root.tensor(f"{way}/kernel:0").shape == (3, 1)


def test_attributes_of_every_kind(made):
    """Fixed and variable texts, lists of them, numbers, truth values, nothing."""
    values = {
        "text": "é",
        "bytes": np.bytes_("é".encode()),
        "texts": ["a", "bc"],
        "fixed": np.array([b"a", b"bcd"]),
        "variable": np.array([b"q", b"rs"], object),
        "integer": -3,
        "float": 0.1,
        "float32": np.float32(0.5),
        "truth": True,
        "numbers": np.array([1.5, 2.5]),
        "none": np.array([]),
        "null": h5py.Empty("f4"),
    }
    expected = {
        "text": "é",
        "bytes": "é",
        "texts": ["a", "bc"],
        "fixed": ["a", "bcd"],
        "variable": ["q", "rs"],
        "integer": -3,
        "float": 0.1,
        "float32": 0.5,
        "truth": True,
        "numbers": [1.5, 2.5],
        "none": [],
        "null": [],
    }

    assert tree(made(lambda file: file.attrs.update(values))).attributes == expected


TYPES = ["<f2", ">f2", "<f4", ">f4", "<f8", ">f8", "i1", "<i4", ">i8", "u1", "<u8", "?"]


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("shape", [(), (6,), (2, 3), (2, 3, 2, 2), (0, 4)], ids=str)
def test_numbers_of_every_type_and_shape(dtype, shape, made):
    """They come out as h5py reads them, as float64."""
    numbers = (RNG.normal(size=shape) * 50).astype(dtype)
    tensor = tree(made(lambda file: file.create_dataset("a", data=numbers))).tensors["a"]

    assert tensor.shape == shape
    assert tensor.dtype == np.dtype(dtype).name
    np.testing.assert_array_equal(tensor.read(), numbers.astype(np.float64))


FILTERS = [
    {},
    {"compression": "gzip"},
    {"compression": "gzip", "shuffle": True},
    {"fletcher32": True},
    {"compression": "lzf"},
    {"compression": "gzip", "shuffle": True, "fletcher32": True},
    {"compression": "lzf", "shuffle": True, "fletcher32": True},
]


@pytest.mark.parametrize("libver", ["earliest", "latest"])
@pytest.mark.parametrize("filters", FILTERS, ids=lambda f: "-".join(map(str, f.values())))
@pytest.mark.parametrize("kind", ["random", "repeated"])
def test_chunks_and_filters_are_undone(filters, kind, libver, made):
    """Chunks that do not divide the shape, of numbers that can be packed and that cannot."""
    numbers = RNG.normal(size=(23, 31)).astype("f4")
    numbers = numbers if kind == "random" else np.round(numbers)

    def write(file):
        file.create_dataset("a", data=numbers, chunks=(7, 11), **filters)
        file.create_dataset("b", data=np.arange(41, dtype="i1"), chunks=(41,), **filters)

    root = tree(made(write, libver=libver))
    np.testing.assert_array_equal(root.tensors["a"].read(), numbers)
    np.testing.assert_array_equal(root.tensors["b"].read(), np.arange(41))


def test_a_chunk_may_have_skipped_a_filter(made):
    """HDF5 leaves a chunk as it is where a filter would not make it smaller."""
    numbers = RNG.normal(size=10)

    def write(file):
        options = {"chunks": (10,), "compression": "gzip", "shuffle": True}
        dataset = file.create_dataset("a", (10,), "f8", **options)
        dataset.id.write_direct_chunk((0,), numbers.tobytes(), filter_mask=0b11)

    np.testing.assert_array_equal(tree(made(write)).tensors["a"].read(), numbers)


def test_filters_are_undone_in_their_own_order(made):
    """A checksum that is shuffled together with the numbers leaves four bytes over."""
    numbers = RNG.normal(size=10)

    def write(file):
        plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plan.set_chunk((10,))
        plan.set_fletcher32()
        plan.set_shuffle()
        plan.set_deflate(4)
        space = h5py.h5s.create_simple((10,))
        dataset = h5py.h5d.create(file.id, b"a", h5py.h5t.IEEE_F64LE, space, plan)
        h5py.Dataset(dataset)[...] = numbers

    np.testing.assert_array_equal(tree(made(write)).tensors["a"].read(), numbers)


def test_numbers_in_the_header_are_read(made):
    """HDF5 can keep small datasets beside their shape."""

    def write(file):
        plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plan.set_layout(h5py.h5d.COMPACT)
        space = h5py.h5s.create_simple((2, 3))
        h5py.Dataset(h5py.h5d.create(file.id, b"a", h5py.h5t.IEEE_F32BE, space, plan))[...] = [
            [1, 2, 3],
            [4, 5, 6],
        ]

    assert tree(made(write)).tensors["a"].read().tolist() == [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize("size", [512, 4096])
def test_a_user_block_may_stand_in_front(size, made):
    """MATLAB and others put one there."""
    path = made(lambda file: file.create_dataset("a", data=hdf5_made.NUMBERS), userblock_size=size)
    np.testing.assert_array_equal(tree(path).tensors["a"].read(), hdf5_made.NUMBERS)


def test_chunks_behind_a_user_block_are_refused(made):
    """Old versions of HDF5 tell their places wrongly."""
    path = made(
        lambda file: file.create_dataset("a", data=hdf5_made.NUMBERS, chunks=(5, 7)),
        userblock_size=512,
    )
    with pytest.raises(FileError, match="has chunks behind a user block: not read"):
        tree(path)


@pytest.mark.parametrize(
    ("dtype", "told"),
    [
        (h5py.string_dtype(), "text"),
        ("S5", "text"),
        (np.longdouble, "float128|float96|longdouble"),
        ("V3", "opaque bytes"),
        (h5py.vlen_dtype("i4"), "lists"),
        (np.dtype(("f4", (2,))), "arrays"),
        (h5py.Empty("f4"), "nothing"),
    ],
    ids=str,
)
def test_other_kinds_are_refused_when_they_are_read(dtype, told, made):
    """A file may hold them beside the weights; their name is told."""

    def write(file):
        given = {"data": dtype} if isinstance(dtype, h5py.Empty) else {"shape": 3, "dtype": dtype}
        file.create_dataset("b/a", **given)
        file["b/c"] = hdf5_made.NUMBERS

    group = tree(made(write)).group("b")
    np.testing.assert_array_equal(group.tensors["c"].read(), hdf5_made.NUMBERS)
    with pytest.raises(FileError, match=rf"^b/a: holds ({told}), not real numbers"):
        group.tensors["a"].read()


def test_numbers_of_an_unusual_format_are_not_taken_for_usual_ones(made):
    """A float of 32 bits with another exponent: h5py would convert it, we do not."""

    def write(file):
        kind = h5py.h5t.IEEE_F32LE.copy()
        kind.set_ebias(100)
        dataset = h5py.h5d.create(file.id, b"a", kind, h5py.h5s.create_simple((3,)))
        h5py.Dataset(dataset)[...] = [1, 2, 3]

    with pytest.raises(FileError, match=r"^a: holds numbers of an unusual format \(32 bits\)"):
        tree(made(write)).tensors["a"].read()


@pytest.mark.parametrize(
    ("maker", "told"), hdf5_made.REFUSED, ids=lambda v: getattr(v, "__name__", "")
)
def test_what_is_dangerous_is_refused_by_name(maker, told, made, tmp_path, capfd):
    """Before anything is followed: the other file is a pipe, at which who opens it waits."""
    secret = tmp_path / "secret"
    os.mkfifo(secret)
    path = made(lambda file: maker(file, secret))
    with pytest.raises(FileError) as caught:
        tree(path)

    assert str(caught.value).startswith(f"{path}: {told}")
    assert len(str(caught.value)) < 400
    assert capfd.readouterr() == ("", "")
    assert sorted(tmp_path.iterdir()) == [path, secret]


@pytest.mark.parametrize(
    ("maker", "told"),
    [
        (hdf5_made.chunk_of_a_bomb, "a: is damaged: a chunk unpacks to more bytes than it has"),
        (hdf5_made.wrong_checksum, "a: is damaged: a chunk does not have the checksum"),
        (hdf5_made.chunk_too_short, "a: is damaged: a chunk has 8 bytes, expected 40"),
        (hdf5_made.no_gzip, "a: is damaged: a chunk cannot be unpacked"),
        (hdf5_made.no_lzf, "a: is damaged: a chunk cannot be unpacked"),
        (hdf5_made.lzf_bomb, "a: is damaged: a chunk has "),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_a_damaged_chunk_is_an_error_of_its_tensor(maker, told, made):
    """Also a bomb within one: it is not unpacked further than the chunk is long."""
    tensor = tree(made(lambda file: maker(file, Path()))).tensors["a"]
    tracemalloc.start()
    try:
        with pytest.raises(FileError) as caught:
            tensor.read()
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
    assert str(caught.value).startswith(told)


def test_too_many_objects_are_refused(made, monkeypatch):
    """Groups and datasets are counted before they are opened."""
    monkeypatch.setattr(walk, "MOST_OBJECTS", 10)
    path = made(lambda file: [file.create_group(str(index)) for index in range(11)])
    with pytest.raises(FileError, match="holds more than 10 groups and datasets"):
        tree(path)


def test_too_many_chunks_are_refused(made, monkeypatch):
    """They are listed one by one; those of all datasets count."""
    monkeypatch.setattr(walk, "MOST_CHUNKS", 10)
    a, b = {"data": np.arange(7.0), "chunks": (1,)}, {"data": np.arange(4.0), "chunks": (1,)}
    path = made(lambda file: [file.create_dataset("a", **a), file.create_dataset("b", **b)])
    with pytest.raises(FileError, match="has datasets of more than 10 chunks"):
        tree(path)


def test_too_much_text_is_refused(made, monkeypatch):
    """All attributes together, though HDF5 keeps equal texts only once."""
    monkeypatch.setattr(walk, "MOST_TEXT", 1 << 20)
    path = made(lambda file: file.attrs.update({f"a{i}": "x" * 50_000 for i in range(30)}))
    with pytest.raises(FileError, match="has more than 1 MiB of attributes"):
        tree(path)


def test_datasets_that_share_their_bytes_are_refused(made):
    """Many names for one dataset, which would be read again for each."""

    def write(file):
        file["a"] = np.zeros(100_000)
        for index in range(50):
            file[f"b{index}"] = file["a"]

    with pytest.raises(FileError, match="a and b0 share their bytes"):
        tree(made(write))


@pytest.mark.parametrize("data", [b"", b"PK\3\4", b"version https://git-lfs", bytes(5000)])
def test_what_is_no_hdf5_file_is_said_to_be_none(data, tmp_path):
    """Whatever it is instead."""
    path = tmp_path / "a.h5"
    path.write_bytes(data)
    with pytest.raises(FileError) as caught:
        tree(path)
    assert str(caught.value) == f"{path}: is not an HDF5 file"


def test_what_is_no_file_is_said_to_be_none(tmp_path):
    """None, a folder, a pipe: nobody waits for it."""
    with pytest.raises(FileError, match=r"a\.h5: there is no such file$"):
        tree(tmp_path / "a.h5")
    with pytest.raises(FileError, match=r"is a folder, not a file$"):
        tree(tmp_path)
    with pytest.raises(FileError, match=r"is a device or a pipe; a file was expected$"):
        tree(Path("/dev/zero"))


def test_a_file_that_becomes_shorter_is_an_error_of_the_tensor(made):
    """The numbers are read later than the tree; also where the file is gone by then."""
    path = made(lambda file: file.create_dataset("a", data=hdf5_made.NUMBERS))
    tensor = tree(path).tensors["a"]
    os.truncate(path, path.stat().st_size - 10)
    with pytest.raises(FileError, match=r"^a: is truncated"):
        tensor.read()
    path.unlink()
    with pytest.raises(FileError, match=r"^a: there is no such file"):
        tensor.read()


def test_without_the_library_the_remedy_is_told(monkeypatch):
    """h5py comes with an extra."""
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(FileError) as caught:
        tree(FOLDER / "keras3.h5")
    remedy = "reading HDF5 files needs h5py: pip install 'rnncalc[models]'"
    assert str(caught.value) == f"{FOLDER / 'keras3.h5'}: {remedy}"


def test_where_there_is_no_fork_the_same_is_read(monkeypatch):
    """Only the guard is missing."""
    monkeypatch.delattr(os, "fork")
    found = tensors(tree(FOLDER / "keras3.h5"))
    for path, expected in EXPECTED["keras3.h5"].items():
        assert found[path].read().tolist() == expected


MUTATION = st.tuples(
    st.sampled_from(FILES),
    st.integers(0, 30_000),
    st.lists(st.tuples(st.integers(0, 30_000), st.integers(0, 255)), max_size=8),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MUTATION, st.booleans())
def test_a_damaged_file_is_an_error_or_a_result(tmp_path, monkeypatch, mutation, cut):
    """Never another exception, a crash, or a file written."""
    monkeypatch.setattr(fork, "SECONDS", 1)
    name, length, changes = mutation
    data = bytearray((FOLDER / name).read_bytes())
    for place, value in changes:
        data[place % len(data)] = value
    path = tmp_path / "a.h5"
    path.write_bytes(data[:length] if cut else data)
    told = ""
    try:
        for tensor in tensors(tree(path)).values():
            assert tensor.read().shape == tensor.shape
    except FileError as error:
        told = str(error)
    assert told.isprintable()
    assert len(told) < 1500
    assert list(tmp_path.iterdir()) == [path]
