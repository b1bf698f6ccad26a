"""Containers that say two things, or things that nobody knows: refused by name, never half read."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch_writer as torch
from conftest import captured, existing
from golden_files import FOLDER

from rnncalc.containers import npy
from rnncalc.containers.torch.file import checkpoint
from rnncalc.errors import FileError

W = np.random.default_rng(5)
WEIGHTS = {"W_x": W.normal(size=(3, 2)), "W_h": W.normal(size=(3, 3))}
X = "1 2; 3 4"


def refusal(path: Path, *words: str) -> str:
    """What ``run`` and ``inspect`` say of a file, in one line, each with exit code 2."""
    runs = [("inspect", str(path)), ("run", str(path), "-x", X, *words)]
    screens = [captured(*words) for words in runs]
    assert [one.code for one in screens] == [2, 2]
    assert not screens[1].out
    return " ".join(screens[1].err.split())


def npz(path: Path, **arrays: np.ndarray) -> bytes:
    """An npz file, and its bytes."""
    np.savez(path, **(arrays or WEIGHTS))
    return path.read_bytes()


def test_two_archives_in_one_are_refused(tmp_path):
    """Programs that read from the front take one, those that read from the end the other."""
    path = tmp_path / "w.npz"
    one, other = npz(path), npz(path, **{key: -array for key, array in WEIGHTS.items()})
    for data, why in [
        (one + other, f"begins with {len(one):,} bytes that belong to no member"),
        (one + b"\0", "goes on behind its end"),
        (hidden(one, other), "bytes behind it that belong to no member"),
    ]:
        path.write_bytes(data)
        assert why in refusal(path)


def hidden(one: bytes, other: bytes) -> bytes:
    """An archive between the members of another one, and the list of these."""
    start = one.rindex(b"PK\1\2", 0, one.rindex(b"PK\1\2"))
    end = bytearray(one[start:])
    at = end.rindex(b"PK\5\6") + 16
    end[at : at + 4] = (start + len(other)).to_bytes(4, "little")
    return one[:start] + other + bytes(end)


@pytest.mark.parametrize("place", ["name", "checksum"])
def test_a_member_that_its_own_header_calls_otherwise_is_refused(place, tmp_path):
    """Programs that read from the front believe the header, others the list at the end."""
    data = bytearray(npz(tmp_path / "w.npz"))
    at = data.index(b"W_h") if place == "name" else data.index(b"PK\3\4") + 14
    data[at : at + 2] = b"xx"
    (tmp_path / "w.npz").write_bytes(data)

    assert "another name or checksum than the list of members" in refusal(tmp_path / "w.npz")


@pytest.mark.parametrize(
    "path",
    [one for end in ("keras", "pt", "pth") for one in existing(f"**/*.{end}", FOLDER)],
    ids=lambda path: path.name,
)
def test_real_archives_have_no_bytes_too_many(path):
    """Those that Keras and PyTorch wrote; an archive in front of one is refused."""
    from rnncalc.containers.zip_archive import opened_zip

    data = path.read_bytes()
    if not data.startswith(b"PK"):
        pytest.skip("is no archive")
    with path.open("rb") as file:
        assert opened_zip(file).namelist()


def test_an_archive_with_a_comment_or_streamed_is_one(tmp_path):
    """A comment belongs to the archive, and so do the sizes behind a member that was streamed."""

    class Stream(io.BytesIO):
        def seekable(self) -> bool:
            return False

    out = Stream()
    with zipfile.ZipFile(out, "w") as made:
        for name, array in WEIGHTS.items():
            with made.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array(member, array)
        made.comment = b"made by hand"
    (tmp_path / "w.npz").write_bytes(out.getvalue())

    np.testing.assert_array_equal(npy.read_npz(tmp_path / "w.npz")["W_x"], WEIGHTS["W_x"])


def test_two_models_in_one_archive_are_refused(tmp_path):
    """One of Keras and one of PyTorch; two of PyTorch."""
    path = tmp_path / "net.zip"
    with zipfile.ZipFile(path, "w") as made:
        for name in ("config.json", "net/data.pkl"):
            made.writestr(name, b"{}")
    assert "is two models in one zip archive: it holds config.json and data.pkl" in refusal(path)
    with zipfile.ZipFile(path, "w") as made:
        for top in ("one", "other"):
            for name, data in torch.members(torch.tensor(), top=top):
                made.writestr(name, data)
    assert "is two models in one: one/data.pkl and other/data.pkl" in refusal(path)


@pytest.mark.parametrize(
    ("name", "word", "why"),
    [
        ("version", b"11\n", "version is '11'; known is 1 to 10"),
        ("version", b"0\n", "version is '0'"),
        ("version", b"three", "version is 'three'"),
        (".format_version", b"2", ".format_version is '2'; known is 1"),
    ],
)
def test_an_unknown_version_of_torch_save_is_refused(name, word, why, tmp_path):
    """What an archive of the next layout means, nobody knows yet."""
    path = tmp_path / "net.pt"
    with zipfile.ZipFile(path, "w") as made:
        for member, data in torch.members(torch.tensor()):
            if member != f"net/{name}":
                made.writestr(member, data)
        made.writestr(f"net/{name}", word)

    with pytest.raises(FileError, match=r"net\.pt: ") as caught:
        checkpoint(path)
    assert why in str(caught.value)


def test_an_unknown_protocol_of_pickle_is_refused(tmp_path):
    """Its opcodes may mean something else."""
    path = tmp_path / "net.pt"
    with zipfile.ZipFile(path, "w") as made:
        for member, data in torch.members(torch.tensor()):
            made.writestr(member, data.replace(b"\x80\x02", b"\x80\x06"))

    with pytest.raises(FileError, match="the pickle is of protocol 6; known are those up to 5"):
        checkpoint(path)


def test_an_npy_file_holds_one_array(tmp_path):
    """Two that were written one behind the other, the second of which nobody would see."""
    with (tmp_path / "x.npy").open("wb") as file:
        np.save(file, np.ones((2, 2)))
        np.save(file, np.zeros((2, 2)))

    with pytest.raises(FileError, match="goes on behind its array, by 160 bytes: several arrays"):
        npy.read_npy(tmp_path / "x.npy")


def test_an_unknown_version_of_npy_is_refused(tmp_path):
    """By its number."""
    np.save(tmp_path / "x.npy", np.ones(3))
    data = (tmp_path / "x.npy").read_bytes()
    (tmp_path / "x.npy").write_bytes(data.replace(b"NUMPY\1\0", b"NUMPY\7\1"))

    with pytest.raises(FileError, match=r"is an npy file of version 7\.1; of real numbers there"):
        npy.read_npy(tmp_path / "x.npy")


@pytest.mark.parametrize(
    ("kind", "dtype", "why"),
    [
        ("BoolStorage", "bool", "of type bool: no weights"),
        ("CharStorage", "int8", "of type int8: no weights"),
        ("LongStorage", "int64", "which holds int64, whole numbers, which weights are only once"),
    ],
)
def test_weights_of_whole_numbers_are_refused(kind, dtype, why, tmp_path):
    """In files of frameworks, whose weights are floats: these are something else's numbers."""
    path = tmp_path / "net.pt"
    shapes = {"weight_ih_l0": (3, 2), "weight_hh_l0": (3, 3)}
    held = {str(i): np.ones(shape, dtype).tobytes() for i, shape in enumerate(shapes.values())}
    body = torch.mapping(*(
        (torch.text(name), torch.tensor(shape, (shape[1], 1), 0,
                                        torch.storage(kind, str(i), shape[0] * shape[1])))
        for i, (name, shape) in enumerate(shapes.items())
    ))  # fmt: skip
    torch.archive(path, body, held)
    screen = captured("run", str(path), "-x", X)

    assert screen.code == 2
    assert "weight_ih_l0" in screen.err
    assert why in " ".join(screen.err.split())
    assert why in " ".join(captured("inspect", str(path)).text.split())


def test_whole_numbers_by_hand_are_weights_and_booleans_are_none(tmp_path):
    """In an npz file of one's own, by the names of a config or of PyTorch."""
    ours = {"W_x": np.array([[1]]), "W_h": np.array([[2]])}
    theirs = {"weight_ih_l0": ours["W_x"], "weight_hh_l0": ours["W_h"]}
    for arrays in (ours, theirs):
        npz(tmp_path / "w.npz", **arrays)
        screen = captured("run", str(tmp_path / "w.npz"), "-x", ".1,.2", "--last", "-q")
        assert (screen.code, screen.out.split()) == (0, [b"0.3793806656109256"]), screen.err
        npz(tmp_path / "b.npz", **{key: one.astype(bool) for key, one in arrays.items()})
        screen = captured("run", str(tmp_path / "b.npz"), "-x", ".1,.2")
        assert screen.code == 2
        assert "holds booleans" in screen.err or "of type bool: no weights" in screen.err
