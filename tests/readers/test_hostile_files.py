"""Damaged and hostile model files: a clear error or numbers, never a traceback, nothing written."""

from __future__ import annotations

import os
import pickle
import threading
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT, existing
from hostile_made import said
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnncalc.cli import main

GOLDEN = ROOT / "tests" / "golden" / "files"
SMALL = 40_000
FILES = sorted(
    path
    for path in existing("*/*", GOLDEN)
    if path.suffix != ".json" and 0 < path.stat().st_size < SMALL
)  # fmt: skip
INPUTS = ("[[[1,2,3],[3,2,1]]]", "1,2,3")


@st.composite
def mutations(draw):
    """A file, and another one made of it: bits flipped, cut off, written over, joined."""
    path = draw(st.sampled_from(FILES))
    data = bytearray(path.read_bytes())
    kind = draw(st.sampled_from(["flip", "cut", "over", "join", "grow"]))
    at = draw(st.integers(0, len(data) - 1))
    if kind == "flip":
        for place in [at, *draw(st.lists(st.integers(0, len(data) - 1), max_size=8))]:
            data[place] ^= 1 << draw(st.integers(0, 7))
    elif kind == "cut":
        del data[at:]
    elif kind == "over":
        new = draw(st.binary(min_size=1, max_size=16))
        data[at : at + len(new)] = new
    elif kind == "join":
        data[at:] = draw(st.sampled_from(FILES)).read_bytes()[at:]
    else:
        data[at:at] = draw(st.sampled_from([b"\xff" * 8, b"\0" * 64, bytes(data[:at][-64:])]))
    return path.suffix, bytes(data)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(mutated=mutations())
def test_a_damaged_file_is_read_or_refused(mutated, tmp_path, capsys, monkeypatch):
    """inspect and run: exit code 0 or 2, a few lines, no file written."""
    suffix, data = mutated
    path = tmp_path / f"m{suffix}"
    path.write_bytes(data)
    monkeypatch.chdir(tmp_path)
    said(capsys, "inspect", path.name, "--stats")
    said(capsys, "run", path.name, "-x", INPUTS[len(data) % 2], "--last", "-q")

    path.unlink()
    assert os.listdir(tmp_path) == []


class Evil:
    """What runs a command when somebody unpickles it."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return os.system, (f"touch {self.target}",)


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".bin", ".h5", ".keras", ".npz", ".npy"])
@pytest.mark.parametrize("zipped", [True, False])
def test_no_pickle_runs(suffix, zipped, tmp_path, capsys):
    """os.system in a pickle, under any suffix: refused by name, and not called."""
    target, path = tmp_path / "ran", tmp_path / f"evil{suffix}"
    data = pickle.dumps({"lstm.weight_ih_l0": Evil(target)}, protocol=2)
    if zipped:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("evil/data.pkl", data)
            archive.writestr("evil/version", "3\n")
    else:
        path.write_bytes(data)
    code, err = said(capsys, "inspect", path)

    assert code == 2
    assert "posix system" in err or "nt system" in err
    assert not target.exists()


def test_every_file_is_found_by_what_is_in_it(tmp_path, capsys):
    """With a suffix that lies, each golden is still what it is."""
    for path in FILES[::7]:
        told = path.with_suffix(".json")
        apart = path.with_suffix(".weights").exists()  # which lies beside the file, not in it
        if apart or not told.exists() or '"refused"' in told.read_text():
            continue
        renamed = tmp_path / "model.bin"
        renamed.write_bytes(path.read_bytes())
        assert said(capsys, "inspect", renamed)[0] == 0, path


def test_a_pipe_is_a_config(tmp_path):
    """A named pipe is read once, as a config: nobody looks into it before."""
    path = tmp_path / "pipe.pt"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_text, args=("{W_x: 1, W_h: 1, x: 1}",))
    writer.start()
    code = main(["run", str(path), "--last"])
    writer.join()

    assert code == 0
