"""Checkpoints of TensorFlow as files: checksums, damage, what is not read."""

from __future__ import annotations

import random

import pytest
from conftest import ROOT

import rnncalc
from rnncalc.containers.protobuf import message
from rnncalc.containers.tensor_bundle.crc32c import crc32c
from rnncalc.containers.tensor_bundle.file import bundle
from rnncalc.errors import FileError, RnncalcError

FOLDER = ROOT / "tests" / "golden" / "tensorflow"
INDEX, DATA = "model.ckpt-7.index", "model.ckpt-7.data-00000-of-00001"


@pytest.fixture
def checkpoint(tmp_path):
    """A checkpoint in a folder of its own: what its files' names begin with."""
    for name in (INDEX, DATA):
        (tmp_path / name).write_bytes((FOLDER / f"basic--{name}").read_bytes())
    return tmp_path / "model.ckpt-7"


@pytest.mark.parametrize(("data", "checksum"), [
    (bytes(32), 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43), (bytes(range(32)), 0x46DD794E),
    (b"123456789", 0xE3069283),
])  # fmt: skip
def test_checksums_are_those_of_rfc_3720(data, checksum):
    """Also where the bytes come in two pieces, and where lanes are taken at once."""
    assert crc32c(data) == checksum
    assert crc32c(data[5:], crc32c(data[:5])) == checksum
    long = data * 999
    one_by_one = 0
    for start in range(0, len(long), 1000):  # too short for lanes
        one_by_one = crc32c(long[start : start + 1000], one_by_one)
    assert crc32c(long) == one_by_one


@pytest.mark.parametrize("name", [INDEX, DATA])
def test_one_other_bit_is_seen(name, checkpoint):
    """In names and in numbers."""
    path = checkpoint.with_name(name)
    data = bytearray(path.read_bytes())
    data[100] ^= 4
    path.write_bytes(data)

    with pytest.raises(FileError, match="checksum"):
        [tensor.read() for tensor in bundle(checkpoint).tensors.values()]


def test_a_missing_part_is_named(checkpoint):
    """The index alone is no checkpoint."""
    checkpoint.with_name(DATA).unlink()

    with pytest.raises(FileError, match=f"{DATA}: there is no such file"):
        rnncalc.load(checkpoint)


def test_several_checkpoints_in_a_folder_are_refused(checkpoint):
    """One is to be named; where a file says which is the newest, that is taken."""
    checkpoint.with_name("other.index").write_bytes(b"")
    with pytest.raises(FileError, match=r"several checkpoints, name one: model\.ckpt-7, other"):
        rnncalc.load(checkpoint.parent)

    newest = 'model_checkpoint_path: "/elsewhere/model.ckpt-7"\n'
    checkpoint.with_name("checkpoint").write_text(newest)
    assert len(rnncalc.load(checkpoint.parent).layers) == 2


@pytest.mark.parametrize(
    "data", [b"\x0a", b"\x0a\x05ab", b"\x0b", b"\x08" + b"\xff" * 11, b"\x00\x01"]
)
def test_what_is_no_protobuf_is_refused(data):
    """Lengths beyond the end, groups, endless numbers, the field 0."""
    with pytest.raises(FileError, match="damaged"):
        message(data)


@pytest.mark.parametrize("name", ["basic", "checkpoint_stack", "saved_early"])
def test_mutated_files_are_refused_or_read(name, tmp_path):
    """Whatever is in one, it ends in an error of ours."""
    drawn = random.Random(name)
    paths = []
    for path in FOLDER.glob(f"{name}--*"):
        paths.append(tmp_path.joinpath(*path.name.split("--")[1:]))
        paths[-1].parent.mkdir(exist_ok=True)
        paths[-1].write_bytes(path.read_bytes())
    for _ in range(60):
        path = drawn.choice(paths)
        whole = path.read_bytes()
        data = bytearray(whole)
        for _ in range(drawn.choice([1, 3])):
            data[drawn.randrange(len(data))] = drawn.randrange(256)
        path.write_bytes(data[: drawn.choice([len(data), drawn.randrange(len(data))])])
        try:
            rnncalc.load(tmp_path)
        except RnncalcError as error:
            assert len(str(error)) < 2_000  # noqa: PT017
        path.write_bytes(whole)
