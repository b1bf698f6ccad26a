"""The command as a process: what its surroundings do to it, and what it leaves behind."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import PLAIN, ROOT, SEED

from rnncalc.checking.frameworks.process import run_programs
from rnncalc.checking.frameworks.program import Program

HDF5 = ROOT / "tests" / "golden" / "files" / "keras" / "keras2_h5_batch_normalization.h5"
COMMAND = [sys.executable, "-m", "rnncalc", "-x", "-", *SEED]


def started(*words: Any, **how: Any) -> subprocess.Popen[bytes]:
    """A command that waits for its input."""
    pipe = subprocess.PIPE
    return subprocess.Popen([*COMMAND, *words], stdin=pipe, stdout=pipe, stderr=pipe, **how)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_at_the_very_end(number):
    """When the last line is out: done, or the code of the signal; never what Python makes of it."""
    for delay in (0, 0.001, 0.002, 0.004, 0.008):
        with started("-f", "ndjson") as child:
            child.stdin.write(b"1\n")
            child.stdin.close()
            child.stdout.read(1)
            time.sleep(delay)
            child.send_signal(number)
            assert child.wait(10) in (0, 128 + number)
            assert child.stderr.read() == b""


def test_what_the_caller_ignores_is_ignored():
    """``nohup rnncalc`` goes on when the terminal is closed."""

    def nohup() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    with started("-f", "ndjson", preexec_fn=nohup) as child:
        child.stdin.write(b"1\n")
        child.stdin.flush()
        child.stdout.read(1)  # its handlers are there
        child.send_signal(signal.SIGHUP)
        child.stdin.close()
        assert child.wait(10) == 0


def test_a_command_in_python_leaves_the_handlers_alone(cli):
    """After ``main`` signals call what they called before."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    cli("-x", "1", *SEED)

    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


@pytest.mark.parametrize(
    "place", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "link", "/dev/fd/7", "$0"]
)
def test_a_descriptor_is_written_to(tmp_path, place):
    """What stood in the file behind it stays, and nothing new lies beside it."""
    (tmp_path / "link").symlink_to("/dev/stdout")
    command = " ".join([sys.executable, "-m rnncalc -x 1,2", *SEED, "--csv -o"])
    place = place if place != "$0" else "/proc/$BASHPID/fd/7"  # that of another process
    script = f"echo OLD > log; exec 7>>log; {command} {place} >> log; echo NEW >> log"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True)
    lines = (tmp_path / "log").read_text().splitlines()

    assert done.stderr == b""
    assert (lines[0], lines[1][:7], lines[-1]) == ("OLD", "t,layer", "NEW")
    assert sorted(os.listdir(tmp_path)) == ["link", "log"]


@pytest.mark.parametrize("place", ["/dev/fd/9", "/dev/stdin"])
def test_a_descriptor_that_cannot_be_written_to(place):
    """Closed, or open for reading: one line."""
    command = [sys.executable, "-m", "rnncalc", "-x", "1", *SEED, "--csv", "-o", place]
    with open(os.devnull) as nothing:
        done = subprocess.run(command, stdin=nothing, capture_output=True)

    said = f"Error: -o {place}: this descriptor is not open, or not for that\n"
    assert (done.returncode, done.stderr.decode()) == (2, said)


def test_a_closed_pipe_behind_a_descriptor_is_quiet():
    """As a closed stdout is: 141."""
    words = f"{sys.executable} -m rnncalc -x - --wx 1 --wh 1 -f csv -o /dev/stdout"
    script = f"seq 100000 | {words} | head -c 10 > /dev/null; echo ${{PIPESTATUS[1]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True)

    assert (done.stdout, done.stderr) == (b"141\n", b"")


def limited(kind: int, most: int, *words: Any) -> subprocess.CompletedProcess[bytes]:
    """A command that has so much of something."""
    command = [sys.executable, "-m", "rnncalc", *map(str, words)]

    def limit() -> None:
        resource.setrlimit(kind, (most, most))

    return subprocess.run(command, preexec_fn=limit, capture_output=True)


def test_too_little_memory_is_told():
    """OpenBLAS would end the process, with the exit code of a difference."""
    for mib in (60, 100):
        done = limited(resource.RLIMIT_AS, mib << 20, "-x", "1", *SEED)
        said = b"Error: not enough memory to load NumPy: 128 MiB are needed\n"
        assert (done.returncode, done.stdout, done.stderr) == (2, b"", said)
        assert limited(resource.RLIMIT_AS, mib << 20, "--help").returncode == 0


def test_a_little_memory_is_enough():
    """No buffer is made for what may come, where an HDF5 file is read in a process of its own."""
    pytest.importorskip("h5py")
    done = limited(resource.RLIMIT_AS, 240 << 20, "inspect", HDF5)

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("most", [5, 6])
def test_too_many_open_files_are_told(most):
    """No file is called damaged because none could be opened."""
    pytest.importorskip("h5py")
    done = limited(resource.RLIMIT_NOFILE, most, "inspect", HDF5)

    assert done.returncode == 2
    assert re.search(rb"Too many open files|Error 24", done.stderr)
    assert b"damaged" not in done.stderr


LIVES = """
import os, subprocess, sys, weakref
from rnncalc.files import leftovers
from rnncalc.cli import _end
from rnncalc.cli.signals import handled

with handled(_end), leftovers.folder() as folder:
    (folder / "inner").write_text("x")
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    with leftovers.going(sleeper.kill):
        print(folder, sleeper.pid, flush=True)

        def die(reference):  # an exception in here would be lost
            os.kill(os.getpid(), 15)
            for _ in range(10**6): pass

        one = type("One", (), {})()
        reference = weakref.ref(one, die)
        del one
"""


def test_a_signal_in_a_callback_leaves_nothing_behind():
    """Neither the folder for temporary files nor a process, and the code is that of the signal."""
    with subprocess.Popen([sys.executable, "-c", LIVES], stdout=subprocess.PIPE) as child:
        folder, pid = child.stdout.read().split()
        assert child.wait(10) == 143
    assert not os.path.exists(folder)
    assert until(lambda: not lives(int(pid)))


def until(happened: Callable[[], bool]) -> bool:
    """Whether it happens soon."""
    for _ in range(100):
        if happened():
            return True
        time.sleep(0.05)
    return False


def lives(pid: int) -> bool:
    """Whether a process is there that is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_modules_in_the_working_folder_stay_there(tmp_path):
    """``python -m rnncalc`` beside files that have names of libraries, Python's own too."""
    for name in ("re", "typing", "enum", "numpy", "yaml", "click", "orjson", "rich", "signal"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported')")
    command = [sys.executable, "-m", "rnncalc", "-x", "1", *SEED, "--json"]
    done = subprocess.run(command, capture_output=True, cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, b"")


def test_the_working_folder_may_be_deleted(tmp_path):
    """What needs no file is computed; what does is one line."""
    (tmp_path / "gone").mkdir()
    script = f'cd gone; rmdir ../gone; exec "$0" -m rnncalc -x 1 {" ".join(SEED)} "$@"'

    def run(*words: str) -> subprocess.CompletedProcess[bytes]:
        (tmp_path / "gone").mkdir(exist_ok=True)
        command = ["bash", "-c", script, sys.executable, *words]
        env = {**os.environ, **PLAIN, "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, capture_output=True, cwd=tmp_path, env=env)

    assert run("--last").stdout.startswith(b"0.31306")
    assert run("-o", "r.csv").stderr == b"Error: -o r.csv: there is no such folder: make it first\n"


@pytest.mark.parametrize("more", [{}, {"PYTHONSAFEPATH": "1"}])
def test_a_framework_is_looked_for_where_we_look(tmp_path, monkeypatch, more):
    """A relative PYTHONPATH means this folder; our own modules are in nobody's way."""
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "torch.py").write_text("NUMBER = 3")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", "theirs")
    for name, value in more.items():
        monkeypatch.setenv(name, value)
    script = 'import numpy as np, torch\nRESULTS = {"out": np.array(torch.NUMBER)}'
    (outcome,) = run_programs([Program(script, {}, "it")], {})

    assert (outcome.error, outcome.results["out"]) == ("", np.array(3))
