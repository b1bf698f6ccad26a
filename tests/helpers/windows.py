"""Python as it is on Windows, as far as this machine can play it: ``python windows.py WORDS ...``,
or commands as JSON on stdin.

What Windows has not is hidden before rnncalc is imported. A file that is open can be neither
replaced nor removed, a folder cannot be opened, and who writes to a closed pipe is told EINVAL.
Paths stay as they are here: what backslashes do is tested with ``ntpath``.
"""

from __future__ import annotations

import builtins
import errno
import fcntl
import io
import json
import mmap
import os
import pathlib
import signal
import sys
import types
from collections.abc import Callable
from typing import Any

NO_MODULES = ("fcntl", "resource", "pwd", "grp", "termios", "tty", "syslog", "_posixshmem")
NO_FUNCTIONS = (
    "fork", "forkpty", "fchmod", "fchown", "chown", "lchown", "geteuid", "getuid", "getgid",
    "getegid", "pathconf", "fpathconf", "setxattr", "getxattr", "removexattr", "mkfifo", "mknod",
    "register_at_fork", "pread", "pwrite", "sched_getaffinity", "sync", "fdatasync", "killpg",
    "getpgid", "setsid", "statvfs", "sysconf", "nice", "uname", "posix_fadvise", "sendfile",
    "SEEK_HOLE", "SEEK_DATA", "O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK", "O_DIRECTORY", "O_SYNC",
    "WNOHANG",
)  # fmt: skip
NO_SIGNALS = (
    "SIGPIPE", "SIGHUP", "SIGALRM", "SIGKILL", "SIGXCPU", "SIGCHLD", "SIGUSR1",
    "SIGUSR2", "SIGQUIT", "alarm", "pthread_sigmask", "SIG_UNBLOCK", "SIG_BLOCK", "SIG_SETMASK",
    "setitimer", "sigwait",
)  # fmt: skip
LOADED_BEFORE = (
    "click", "numpy", "rich.console", "rich.progress", "msgspec", "orjson", "yaml", "tempfile",
    "subprocess", "shutil",
)  # fmt: skip
"""Others' packages ask which system it is, too; those of Linux do not run on another."""


def play() -> None:
    """Be Windows from here on."""
    for name in LOADED_BEFORE:
        try:
            __import__(name)
        except ImportError:
            continue
    for module, names in ((os, NO_FUNCTIONS), (signal, NO_SIGNALS), (mmap, ("MADV_DONTNEED",))):
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    here: Any = sys.modules[pathlib.Path.__module__]
    here.WindowsPath, here.PureWindowsPath = pathlib.PosixPath, pathlib.PurePosixPath
    sys.modules.update(dict.fromkeys(NO_MODULES))  # type: ignore[arg-type]
    sys.modules["msvcrt"] = _msvcrt()
    shutil: Any = sys.modules["shutil"]
    shutil._use_fd_functions = False
    tempfile: Any = sys.modules["tempfile"]
    tempfile.gettempdir()  # it remembers the answer
    os.name, sys.platform = "nt", "win32"
    signal.SIGBREAK = signal.SIGWINCH  # type: ignore[attr-defined]
    for name in ("replace", "rename", "unlink", "remove"):
        setattr(os, name, _refused_where_open(getattr(os, name)))
    os.open = _refused_for_folders(os.open)
    builtins.open = io.open = _refused_for_folders(open)


def _msvcrt() -> types.ModuleType:
    """Locks of one byte."""
    module: Any = types.ModuleType("msvcrt")
    module.LK_NBLCK = 2

    def locking(number: int, mode: int, count: int) -> None:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise PermissionError(errno.EACCES, "Permission denied") from None

    module.locking = locking
    return module  # type: ignore[no-any-return]


def _refused_where_open(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same, but for files that this process has open or mapped."""

    def guarded(*paths: Any, **more: Any) -> Any:
        for path in paths:
            if isinstance(path, (str, os.PathLike)) and _is_open(path, more.get("dir_fd")):
                raise PermissionError(errno.EACCES, "The file is in use", os.fspath(path))
        return function(*paths, **more)

    return guarded


def _is_open(path: Any, folder: int | None) -> bool:
    try:
        there = os.stat(path, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return False
    for number in os.listdir("/proc/self/fd"):
        try:
            one = os.fstat(int(number))
        except OSError:  # the list's own
            continue
        if os.path.samestat(there, one):
            return True
    with io.FileIO("/proc/self/maps") as maps:
        mapped = {int(line.split()[4]) for line in maps.readall().splitlines()}
    return there.st_ino in mapped


def _refused_for_folders(function: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(path: Any, *more: Any, **others: Any) -> Any:
        if not isinstance(path, int) and os.path.isdir(path):
            raise PermissionError(errno.EACCES, "Permission denied", os.fspath(path))
        return function(path, *more, **others)

    return guarded


class ClosedPipe(io.RawIOBase):
    """What Windows says of a pipe that nobody reads any more."""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        raise OSError(errno.EINVAL, "Invalid argument")


STREAMS: list[Any] = []
"""Nobody closes them."""


def done(words: list[str], *, closed: bool) -> tuple[int, str, str]:
    """The exit code of a command, and what it prints; ``closed``: nobody reads it."""
    from rnncalc.cli import main

    out, err = io.BytesIO(), io.StringIO()
    stream: Any = io.BufferedWriter(ClosedPipe()) if closed else out
    sys.stdout, sys.stderr = io.TextIOWrapper(stream, "utf-8"), err
    STREAMS.append(sys.stdout)
    try:
        code = main(words)
    finally:
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    return code, out.getvalue().decode("latin-1"), err.getvalue()


if __name__ == "__main__":
    play()
    if sys.argv[1:]:
        from rnncalc.cli import command

        command()
    print(json.dumps([done(one["words"], closed=one["closed"]) for one in json.load(sys.stdin)]))
    sys.stdout.flush()
    os._exit(0)
