"""Files of a run's own: regular ones, never what a link or a pipe leads to; and their lock."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from errno import EACCES, EAGAIN, ELOOP, EWOULDBLOCK
from pathlib import Path
from typing import IO

from rnncalc import files
from rnncalc.errors import FileError

SAFE = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"))
"""No pipe is waited for, no link followed."""


def opened(path: Path, flags: int = os.O_RDONLY) -> IO[bytes]:
    """A regular file, unbuffered. Errors: FileError for what is none; OSError."""
    try:
        if path.is_symlink():  # where there is no O_NOFOLLOW
            raise OSError(ELOOP, os.strerror(ELOOP))
        number = os.open(path, flags | SAFE, 0o666)
    except OSError as error:
        if error.errno == ELOOP:
            raise _other(path, "a link") from None
        raise
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise _other(path, "no regular file")
    return os.fdopen(number, "r+b" if flags & os.O_RDWR else "rb", buffering=0)


def _other(path: Path, what: str) -> FileError:
    return FileError(f"{files.shown(path)}: is {what}: remove it, or give another -o")


def fresh(path: Path) -> IO[bytes]:
    """A file that was not there before; what had its name is gone, and nothing else."""
    with suppress(FileNotFoundError):
        path.unlink()
    return opened(path, os.O_RDWR | os.O_CREAT | os.O_EXCL)


def write(file: IO[bytes], data: bytes) -> None:
    """Write it all. Errors: OSError where the disk is full."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) or 0 :]


def lock(file: IO[bytes]) -> bool:
    """Whether no other run has it, and this one has, until it is closed.

    Some network file systems know no locks: there nobody else is looked for.
    """
    try:
        _lock(file.fileno())
    except OSError as error:
        return error.errno not in (EACCES, EAGAIN, EWOULDBLOCK)
    return True


if sys.platform == "win32":
    import msvcrt

    def _lock(number: int) -> None:
        os.lseek(number, 1 << 40, os.SEEK_SET)  # so that what is written can be read by others
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
