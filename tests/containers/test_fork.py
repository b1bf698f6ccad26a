"""A job in a process of its own: what it gives, and that its end is never ours."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from rnncalc.containers.hdf5 import fork as module
from rnncalc.containers.hdf5.fork import run_forked
from rnncalc.errors import FileError

LIBRARY = "the HDF5 library"
forked = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no other process")


@pytest.fixture(autouse=True)
def no_zombie():
    """After every test there is no child, running or dead."""
    yield
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_what_it_gives_comes_back_whole():
    """Also more than a pipe takes at once, and nothing at all."""
    assert run_forked(lambda: b"\0\xff" * 1_000_000, LIBRARY) == b"\0\xff" * 1_000_000
    assert run_forked(lambda: b"", LIBRARY) == b""


def test_an_error_comes_back_as_one_safe_line():
    """A FileError of the same message."""

    def job() -> bytes:
        raise FileError("has 'W_x' of shape (2, 3)\x1b[31m")

    with pytest.raises(FileError) as caught:
        run_forked(job, LIBRARY)
    assert str(caught.value) == "has 'W_x' of shape (2, 3)\\x1b[31m"


def dies() -> bytes:
    os.kill(os.getpid(), signal.SIGSEGV)
    return b""


def aborts() -> bytes:
    os.write(2, b"free(): invalid pointer\n")
    os.abort()


def raises() -> bytes:
    raise SystemExit("an error that is not ours")


def takes() -> bytes:
    return bytes(2 << 30)[:1]


def says_half() -> bytes:
    os._exit(0)


@forked
@pytest.mark.parametrize("job", [dies, aborts, raises, says_half])
def test_its_end_is_an_error_of_ours(job, capfd):
    """A crash, an abort, an exception: damage, and nothing is printed."""
    with pytest.raises(FileError, match=r"^is damaged: the HDF5 library fails on it$"):
        run_forked(job, LIBRARY)
    assert capfd.readouterr() == ("", "")


def wants_files() -> bytes:
    raise OSError(errno.EMFILE, "Too many open files")


def wants_a_library() -> bytes:
    raise ImportError("it") from OSError("cannot open shared object file")


@forked
@pytest.mark.parametrize(
    ("job", "said"),
    [
        (takes, "the HDF5 library runs out of memory: 512 MiB were left for it"),
        (wants_files, "the HDF5 library fails on it: Too many open files"),
        (wants_a_library, "the HDF5 library cannot be loaded: cannot open shared object file"),
    ],
)
def test_what_the_machine_lacks_is_no_damage(job, said):
    """Memory, descriptors, the library itself."""
    with pytest.raises(FileError, match=f"^{said}$"):
        run_forked(job, LIBRARY)


@forked
def test_its_crash_is_not_in_a_log_of_crashes(tmp_path):
    """faulthandler may write to a file of its own."""
    code = (
        "import faulthandler, os, signal, sys\n"
        "faulthandler.enable(open(sys.argv[1], 'w'))\n"
        "from rnncalc.containers.hdf5.fork import run_forked\n"
        "try: run_forked(lambda: os.kill(os.getpid(), signal.SIGSEGV), 'it')\n"
        "except Exception as error: print(error, end='')\n"
    )
    log = tmp_path / "log"
    done = subprocess.run([sys.executable, "-c", code, log], capture_output=True, check=True)

    assert (done.stdout, done.stderr) == (b"is damaged: it fails on it", b"")
    assert log.read_bytes() == b""


@forked
@pytest.mark.parametrize("waits", [False, True], ids=["works", "waits"])
def test_it_ends_when_its_time_is_over(waits, monkeypatch):
    """Whether it works or waits for something."""
    monkeypatch.setattr(module, "SECONDS", 1)
    start = time.monotonic()

    def job() -> bytes:
        while True:
            time.sleep(60 * waits)

    with pytest.raises(FileError, match="fails on it"):
        run_forked(job, LIBRARY)
    assert time.monotonic() - start < 10


@forked
def test_an_interrupt_ends_it_too(monkeypatch):
    """Ctrl-C while it works: KeyboardInterrupt at once, and the process is gone."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # may be ignored outside
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    start = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            run_forked(lambda: time.sleep(60) or b"", LIBRARY)
    finally:
        signal.signal(signal.SIGINT, before)
    assert time.monotonic() - start < 5
    timer.join()


def test_it_works_in_a_thread_beside_others():
    """No warning about forks and threads, which would be an error here."""
    answers: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: answers.append(run_forked(lambda: b"done", LIBRARY)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [b"done"] * 4


@forked
def test_it_works_where_the_standard_streams_are_closed():
    """The pipe may then be one of them."""
    code = (
        "import os, sys\n"
        "for fd in (0, 1, 2): os.close(fd)\n"
        "from rnncalc.containers.hdf5.fork import run_forked\n"
        "os._exit(0 if run_forked(lambda: b'done', 'it') == b'done' else 1)\n"
    )
    assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", code]) == 0


def test_where_there_is_no_fork_it_is_done_here(monkeypatch):
    """On such a system there is no guard."""
    monkeypatch.delattr(os, "fork", raising=False)
    assert run_forked(lambda: str(os.getpid()).encode(), LIBRARY) == str(os.getpid()).encode()
