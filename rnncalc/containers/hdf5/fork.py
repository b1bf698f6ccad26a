"""A job in a process of its own, for libraries that a crafted file can crash or hang.

What the job gives comes back as bytes. It has bounds of time and memory; it prints nothing, and
nothing of it outlives the call. Where there is no ``os.fork`` the job is done in this process.
"""

from __future__ import annotations

import contextlib
import os
import signal
import warnings
from collections.abc import Callable
from functools import partial
from typing import BinaryIO, NoReturn

from rnncalc import files
from rnncalc.errors import FileError, RnncalcError, innermost, printable
from rnncalc.files import leftovers

SECONDS = 8
"""Of work; on a busy machine the job may wait as long again."""

MEMORY = 512 * files.MIB
"""What the job may take beyond what this process has."""

LONGEST_ANSWER = 256 * files.MIB
LONGEST_ERROR = 1000
GAVE, RAISED, END = b"+", b"-", b"."


def run_forked(job: Callable[[], bytes], what: str) -> bytes:
    """What ``job`` gives, done by a process of its own.

    Args:
        job: may raise RnncalcError, which comes back as FileError of the same message.
        what: what does the work: ``the HDF5 library``.

    Errors: FileError that says that the file is damaged, where that process dies, works longer
        than SECONDS or needs more than MEMORY.
    """
    if not hasattr(os, "fork"):
        return job()
    out, into = os.pipe()
    with open(out, "rb") as answer:
        try:
            child = _fork()
        except OSError as error:
            os.close(into)
            raise FileError(f"{what} could not be started: {files.reason(error)}") from None
        if child == 0:
            _do(job, what, into)
        os.close(into)
        return _outcome(_all_said(child, answer), what)


def _fork() -> int:
    """Fork, without the warning about threads: the job takes no lock that one of ours holds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _all_said(child: int, answer: BinaryIO) -> bytes:
    """All that the process says until it ends, or is ended: it never outlives this call."""
    with leftovers.going(partial(_kill, child)):
        pieces: list[bytes] = []  # a buffer for the longest answer would be made at once
        while sum(map(len, pieces)) < LONGEST_ANSWER and (piece := answer.read(files.MIB)):
            pieces.append(piece)
        return b"".join(pieces)


def _kill(child: int) -> None:
    """End the process, and leave nothing of it to wait for."""
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(child, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):  # who ignores SIGCHLD has nothing to wait for
        os.waitpid(child, 0)


def _outcome(answer: bytes, what: str) -> bytes:
    kind, said, end = answer[:1], answer[1:-1], answer[-1:]
    if end != END or kind not in (GAVE, RAISED) or len(answer) < 2:
        raise FileError(f"is damaged: {what} fails on it")
    if kind == RAISED:
        raise FileError(printable(said.decode("utf-8", "replace"), LONGEST_ERROR))
    return said


def _do(job: Callable[[], bytes], what: str, into: int) -> NoReturn:
    """The life of the other process."""
    try:
        answer = _answer(job, what, into)
        with open(into, "wb") as file:
            file.write(answer)
    finally:
        os._exit(0)  # nothing that is to happen at the end of ours happens twice


def _answer(job: Callable[[], bytes], what: str, into: int) -> bytes:
    room = MEMORY
    try:
        room = _be_quiet_and_brief(into)
        return GAVE + job() + END
    except RnncalcError as error:
        return _raised(str(error))
    except MemoryError:
        return _raised(f"{what} runs out of memory: {room // files.MIB} MiB were left for it")
    except ImportError as error:
        return _raised(f"{what} cannot be loaded: {innermost(error)}")
    except OSError as error:
        if not files.scarce(error):
            raise
        return _raised(f"{what} fails on it: {files.reason(error)}")


def _raised(message: str) -> bytes:
    return RAISED + message.encode("utf-8", "replace")[:LONGEST_ERROR] + END


def _be_quiet_and_brief(into: int) -> int:
    """No output, also none of a dying C library; an end of time and of memory.

    Returns: how much memory it may take, as far as that can be bounded.
    """
    import faulthandler
    import resource

    faulthandler.disable()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in {0, 1, 2} - {into}:  # a pipe is one of them where they were closed
        os.dup2(nothing, stream)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # of our handlers it needs none
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
    signal.alarm(2 * SECONDS)
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError):  # no /proc, no known size, no bound
        with open("/proc/self/statm", encoding="ascii") as file:
            taken = int(file.read().split()[0]) * resource.getpagesize()
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        most = taken + MEMORY if soft == resource.RLIM_INFINITY else min(taken + MEMORY, soft)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
        return max(most - taken, 0)
    return MEMORY
