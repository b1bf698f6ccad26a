"""What -o leaves of the file whose place it takes: all but its content, as cp would."""

from __future__ import annotations

import os
import stat
import struct
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import SEED

import rnncalc
from rnncalc import files
from rnncalc.errors import FileError
from rnncalc.files import successor

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes and owners of POSIX")

OTHER = 12_345
"""A user and group that nobody is."""

NOBODY = 65_534


def part(folder: Path) -> Path:
    """The file in the making."""
    [found] = folder.glob(".*.part")
    return found


def state(path: Path) -> tuple[int, int, int]:
    """Mode, owner and group."""
    status = path.stat()
    return stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444 | 0o200, 0o666])
def test_a_file_in_the_making_has_the_mode_of_what_it_replaces(mode, tmp_path):
    """Not only at the end: what nobody else may read is never readable for anybody else."""
    target = tmp_path / "net.npz"
    target.write_text("old")
    target.chmod(mode)
    with files.replacing(target) as file:
        assert state(part(tmp_path)) == state(target)
        file.write(b"new")

    assert (target.read_text(), state(target)[0]) == ("new", mode)


def test_a_new_file_has_the_usual_mode(tmp_path):
    """What umask leaves of rw-rw-rw-."""
    with files.replacing(tmp_path / "a") as file:
        file.write(b"new")
    (tmp_path / "b").touch()

    assert state(tmp_path / "a") == state(tmp_path / "b")


@pytest.fixture
def open_folder():
    """A folder in which everybody may write, on a way that everybody may go."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o777)
        yield Path(folder)


@contextmanager
def user(number: int):
    """What is done inside is done as this user."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(number)
    os.seteuid(number)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("mode", [0o640, 0o4755, 0o2775, 0o6711])
@pytest.mark.parametrize(("owner", "who"), [(OTHER, 0), (NOBODY, NOBODY), (0, 0)])
def test_owner_and_setuid_are_left_as_cp_leaves_them(owner, who, mode, open_folder):
    """Root keeps both; of others the kernel takes setuid when the file is written to."""
    pair = open_folder / "cp", open_folder / "ours"
    for path in pair:
        path.write_text("old")
        os.chown(path, owner, owner)
        path.chmod(mode)
    with user(who):
        (open_folder / "new").write_text("new")
        subprocess.run(["cp", open_folder / "new", pair[0]], check=True)
        with files.replacing(pair[1]) as file:
            file.write(b"new")

    assert [path.read_text() for path in pair] == ["new", "new"]
    assert state(pair[1]) == state(pair[0])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_somebody_else_stays_theirs(open_folder):
    """Where we may write to it, it is written over, as we cannot give a new one away."""
    target = open_folder / "theirs.npz"
    target.write_text("old")
    os.chown(target, OTHER, OTHER)
    target.chmod(0o666)
    before = target.stat()
    with user(NOBODY), files.replacing(target) as file:
        file.write(b"new")

    assert (target.read_text(), target.stat().st_ino) == ("new", before.st_ino)
    assert state(target) == (0o666, OTHER, OTHER)


def test_what_cannot_be_given_away_is_written_over(tmp_path, monkeypatch):
    """A file of somebody else that we may write to stays theirs: the same file, new content."""
    target = tmp_path / "theirs.npz"
    target.write_text("old, and longer than the new one")
    before = target.stat()
    monkeypatch.setattr(successor, "_inherit", lambda *_: False)
    with files.replacing(target) as file:
        file.write(b"new")
        file.flush()
        assert state(part(tmp_path))[0] == 0o600
        assert target.read_text().startswith("old")

    assert (target.read_text(), target.stat().st_ino) == ("new", before.st_ino)
    assert [*tmp_path.iterdir()] == [target]


def access_list(*entries: tuple[int, int, int]) -> bytes:
    """Linux' own form: tag, rights, id."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


def test_an_access_list_stays(tmp_path):
    """Its mask looks like the group's rights: without it the group could read."""
    target, nobody = tmp_path / "shared.npz", 0xFFFFFFFF
    target.write_text("old")
    entries = (1, 6, nobody), (2, 4, OTHER), (4, 0, nobody), (16, 4, nobody), (32, 0, nobody)
    try:
        os.setxattr(target, successor.ACCESS, access_list(*entries))
    except (OSError, AttributeError):
        pytest.skip("no access lists here")
    before = os.getxattr(target, successor.ACCESS)
    with files.replacing(target) as file:
        file.write(b"new")

    assert os.getxattr(target, successor.ACCESS) == before


@pytest.mark.parametrize("name", ["newdir/", "newdir/.", "newdir/..", ".", "..", "there/", "there"])
def test_a_folders_name_is_an_error(name, cli, tmp_path, monkeypatch):
    """Whether it is there or not; nothing is written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    commands = (["-x", "1", *SEED, "-f", "csv"], ["convert", "net.yaml"])
    (tmp_path / "net.yaml").write_text("{W_x: 1, W_h: 1}")
    for words in commands:
        done = cli(*words, "-o", name)
        assert (done.code, done.out) == (2, b"")
        assert "is a folder" in done.err or "is not written by convert" in done.err
    with pytest.raises(FileError):
        rnncalc.convert(rnncalc.load({"W_x": 1, "W_h": 1}), "net.yaml/")

    assert {path.name for path in tmp_path.iterdir()} == {"there", "net.yaml"}


@pytest.mark.parametrize("letter", ["a", "한", "\U0001d6fc"])
def test_names_as_long_as_can_be(letter, tmp_path):
    """255 bytes in all, whatever script they are in."""
    stem = letter * (251 // len(letter.encode()))
    for _ in ("new", "replaced"):
        with files.replacing(tmp_path / f"{stem}.csv") as file:
            file.write(b"new")

    assert [path.name for path in tmp_path.iterdir()] == [f"{stem}.csv"]
