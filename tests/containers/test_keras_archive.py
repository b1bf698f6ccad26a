""".keras archives: config and weights as data, whatever the archive claims."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from conftest import existing
from golden_files import CONTAINERS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnncalc.containers import keras_archive as module
from rnncalc.containers import zip_archive as zips
from rnncalc.containers.hdf5 import fork
from rnncalc.containers.keras_archive import archive
from rnncalc.errors import FileError

FOLDER = CONTAINERS / "keras"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())
FILES = [path.name for path in existing("*.keras", FOLDER)]
CONFIG = b'{"class_name": "Sequential"}'


def parts(name: str = "keras3.keras") -> dict[str, bytes]:
    """The members of a real archive."""
    with zipfile.ZipFile(FOLDER / name) as opened:
        return {info.filename: opened.read(info) for info in opened.infolist()}


@pytest.fixture
def made(tmp_path):
    """Write an archive of the members given, and give its path."""

    def make(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
        path = tmp_path / "made.keras"
        with zipfile.ZipFile(path, "w", method) as opened:
            for name, data in members.items():
                opened.writestr(name, data)
        return path

    return make


def same(found: module.Archive, name: str) -> None:
    """Every weight is what Keras has saved."""
    for path, expected in EXPECTED[name].items():
        assert found.weights.tensor(path).read().tolist() == expected


def refused(path: Path) -> str:
    """What is said of an archive, behind its name."""
    with pytest.raises(FileError) as caught:
        archive(path)
    told = str(caught.value)
    assert told.startswith(f"{path}: ")
    assert told.isprintable()
    assert len(told) < 600
    return told.removeprefix(f"{path}: ")


@pytest.mark.parametrize("name", FILES)
def test_what_keras_saved_is_read(name):
    """Config, metadata, every weight at its path."""
    found = archive(FOLDER / name)

    assert found.config["class_name"] == "Sequential"
    framework = "tf_keras" if name.startswith("tf") else "keras"
    assert found.metadata["keras_version"] == EXPECTED["recorded_with"][framework]
    same(found, name)


def test_keras_3_keeps_the_names_of_layers():
    """They are attributes of the groups of variables; Keras 2 has none."""
    way = "layers/lstm/vars"

    assert archive(FOLDER / "keras3.keras").weights.group(way).attributes == {"name": "enc"}
    assert archive(FOLDER / "tf_keras.keras").weights.group(way).attributes == {}


def test_an_archive_that_was_packed_again_is_read(made):
    """Compressed, its weights are unpacked into memory; Keras itself only stores them."""
    path = made(parts(), zipfile.ZIP_DEFLATED)
    found = archive(path)
    path.unlink()

    same(found, "keras3.keras")


def test_stored_weights_stay_in_the_file(made):
    """A tensor is read from where it is, so nothing is left when the file is gone."""
    path = made(parts())
    found = archive(path)
    same(found, "keras3.keras")
    path.unlink()
    with pytest.raises(FileError, match=r"^layers/lstm/cell/vars/0: there is no such file$"):
        found.weights.tensor("layers/lstm/cell/vars/0").read()


def test_what_else_is_in_it_is_left_there(made, tmp_path):
    """Assets, names that lead outside: nothing is ever unpacked to disk."""
    members = {"../evil": b"x", "/etc/evil": b"x", "assets/vocabulary.txt": b"x", **parts()}
    path = made(members)

    same(archive(path), "keras3.keras")
    assert list(tmp_path.rglob("*")) == [path]
    assert not (tmp_path.parent / "evil").exists()


def test_an_archive_without_weights_or_metadata_is_a_config(made):
    """There is nothing to read then."""
    assert archive(made({"config.json": CONFIG})) == ({"class_name": "Sequential"}, {}, None)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("model.weights.npz", "Keras keeps Python objects (pickles) there"),
        ("model.weights.json", "they are spread over several files"),
    ],
)
def test_weights_in_other_formats_are_refused_by_name(name, told, made):
    """With the remedy, which is Keras' own way to save a model."""
    message = refused(made({"config.json": CONFIG, name: b""}))

    assert message.startswith(f"has its weights in {name}, which is not read: {told}")
    assert message.endswith(". Save the model in Keras with model.save('model.keras')")


def test_links_in_the_weights_are_not_followed(made, tmp_path):
    """The weights in an archive are as suspect as any HDF5 file."""
    secret = tmp_path / "secret"
    os.mkfifo(secret)
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        file["layers"] = h5py.ExternalLink(str(secret), "/")
    message = refused(made({"config.json": CONFIG, "model.weights.h5": data.getvalue()}))

    assert message == "model.weights.h5: 'layers' is a link to another file: not followed"


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (b"", "is not JSON"),
        (b"{'a': 1}", "is not JSON"),
        (b"[1]", "is JSON, but no mapping"),
        (b'{"a": "\xff"}', "is not UTF-8"),
        (b'{"a": {"b": 1, "b": 2}}', "says 'b' twice"),
        (b'{"a": "\\ud800"}', "holds text that is not Unicode: '\\ud800'"),
        (b'{"\\udc00": 1}', "holds text that is not Unicode: '\\udc00'"),
        (b'{"a": ' + b"[" * 100_000, "is nested more than 100 deep"),
        (b'{"a": ' + b"[" * 100 + b"]" * 100 + b"}", "is nested more than 100 deep"),
        (b'{"a": ' + b"9" * 5000 + b"}", "holds an integer of 5,000 digits"),
        (b'{"a": 123456789012345678901}', "holds an integer of 21 digits"),
        (b'{"a": "' + b"a" * (16 << 20) + b'"}', "unpacks to 16,777,225 bytes: at most 16,777,216"),
    ],
    ids=range(12),
)
def test_a_config_is_strict_json(config, told, made):
    """Every trick is one error that names the member."""
    assert refused(made({"config.json": config})).startswith(f"config.json: {told}")
    told_of_metadata = refused(made({"config.json": CONFIG, "metadata.json": config}))
    assert told_of_metadata.startswith(f"metadata.json: {told}")


def test_python_s_own_numbers_are_json_here(made):
    """Keras writes NaN and Infinity; 99 levels and 20 digits are fine."""
    deep = b"[" * 98 + b"1" + b"]" * 98
    config = b'{"a": Infinity, "b": -18446744073709551615, "c": ' + deep + b"}"
    found = archive(made({"config.json": config})).config

    assert found["a"] == float("inf")
    assert found["b"] == -18446744073709551615


def edited(path: Path, edit) -> Path:
    """The archive with other bytes."""
    path.write_bytes(edit(bytearray(path.read_bytes())))
    return path


def test_what_is_no_archive_is_said_to_be_none(tmp_path, made):
    """Text, HDF5, a zip of something else."""
    path = tmp_path / "a.keras"
    for data in (b"", b"version https://git-lfs", (FOLDER / "keras3.h5").read_bytes()):
        path.write_bytes(data)
        assert refused(path) == "is not a .keras archive: File is not a zip file"
    assert refused(made({"x": b""})) == "is not a .keras archive: it has no config.json"
    assert refused(Path("/dev/zero")) == "is a device or a pipe; a file was expected"


def test_a_wrong_byte_in_the_weights_is_seen(made):
    """The checksum of the archive, before HDF5 looks at them."""

    def edit(data: bytearray) -> bytearray:
        data[data.index(b"\x89HDF") + 9000] ^= 1
        return data

    expected = "model.weights.h5: is damaged: its checksum is wrong"
    assert refused(edited(made(parts()), edit)) == expected

    def edit_packed(data: bytearray) -> bytearray:
        data[data.rindex(b"PK\3\4") + 400] ^= 1
        return data

    path = edited(made(parts(), zipfile.ZIP_DEFLATED), edit_packed)
    assert refused(path).startswith("model.weights.h5: is damaged: ")


def test_a_bomb_is_refused(made):
    """Zeros that unpack to a hundred times their size, in the weights and in the config."""
    zeros = bytes(70 << 20)
    path = made({"config.json": CONFIG, "model.weights.h5": zeros}, zipfile.ZIP_DEFLATED)
    assert refused(path).startswith("model.weights.h5: unpacks to 73,400,320 bytes from ")
    assert refused(made({"config.json": zeros}, 8)).startswith("config.json: unpacks to 73,400,320")


def test_weights_too_large_for_memory_are_refused(made, monkeypatch):
    """Compressed ones; stored ones need none."""
    monkeypatch.setattr(module, "LARGEST_UNPACKED", 10_000)
    assert refused(made(parts(), zipfile.ZIP_DEFLATED)).endswith(": at most 10,000 are read")
    same(archive(made(parts())), "keras3.keras")


def test_two_members_of_one_name_are_refused(made):
    """Other programs take the other one."""
    path = made({"config.json": CONFIG})
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as opened:
        opened.writestr("config.json", b"{}")
    assert refused(path) == "has two members of one name"


def test_too_many_members_are_refused(made, monkeypatch):
    """Their number, and the length of their table before it is read."""
    monkeypatch.setattr(module, "MOST_MEMBERS", 3)
    members = {f"{index:04}": b"" for index in range(4)}
    assert refused(made(members)) == "has 4 members, at most 3 were expected"
    monkeypatch.setattr(zips, "LONGEST_DIRECTORY", 100)
    assert "at most 100 are read" in refused(made(members))


def test_other_methods_and_encryption_are_refused(made):
    """Nobody is asked for a password."""
    path = made({"config.json": CONFIG}, zipfile.ZIP_BZIP2)
    assert refused(path) == "config.json is compressed by a method other than deflate"

    def encrypt(data: bytearray) -> bytearray:
        data[data.index(b"PK\1\2") + 8] |= 1
        return data

    assert refused(edited(made({"config.json": CONFIG}), encrypt)) == "config.json is encrypted"


@pytest.mark.parametrize(
    ("offset", "value"),
    [(20, 0xFFFFFFFE), (24, 0x7FFFFFFF), (42, 0x7FFFFFFF), (20, 10), (24, 10)],
    ids=["packed", "unpacked", "place", "packed short", "unpacked short"],
)
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_sizes_and_places_that_lie_are_refused(offset, value, method, made):
    """In the table of members: of the weights, which come last."""

    def lie(data: bytearray) -> bytearray:
        start = data.rindex(b"PK\1\2") + offset
        data[start : start + 4] = value.to_bytes(4, "little")
        return data

    assert refused(edited(made(parts(), method), lie)).startswith("model.weights.h5")


MUTATION = st.tuples(
    st.sampled_from(FILES),
    st.integers(0, 20_000),
    st.lists(st.tuples(st.integers(-500, 20_000), st.integers(0, 255)), max_size=8),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MUTATION, st.booleans())
def test_a_damaged_archive_is_an_error_or_a_result(tmp_path, monkeypatch, mutation, cut):
    """Never another exception, a crash, or a file written."""
    monkeypatch.setattr(fork, "SECONDS", 1)
    name, length, changes = mutation
    data = bytearray((FOLDER / name).read_bytes())
    for place, value in changes:
        data[place % len(data)] = value
    path = tmp_path / "a.keras"
    path.write_bytes(data[:length] if cut else data)
    told = ""
    try:
        found = archive(path)
        for way in EXPECTED[name] if found.weights else ():
            assert found.weights.tensor(way).read().dtype == np.float64
    except FileError as error:
        told = str(error)
    assert told.isprintable()
    assert len(told) < 1500
    assert list(tmp_path.iterdir()) == [path]
