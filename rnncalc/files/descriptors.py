"""Paths that name an open descriptor rather than a file: /dev/stdout, /dev/fd/N, /proc/self/fd/N.

Whoever gives one wants it written to where it stands (``>> log``); what lies behind it must be
neither replaced nor cut. What is read from one is read once, as stdin is.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

OURS = re.compile(rf"/dev/fd|/proc/(self|thread-self|{os.getpid()})(/task/\d+)?/fd")
THEIRS = re.compile(r"/proc/\d+(/task/\d+)?/fd")
"""The folders of our own descriptors, and of other processes'."""

STDIN = Path("-")
STDINS = ("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")

NAMED = re.compile(r"/dev/stdin|(/dev|/proc/(self|\d+))/fd/\d+")
"""What a shell calls a file that it has opened: ``<(command)``."""

LINKS = 40
"""So many links, one behind the other, does an operating system follow."""


def path_of(name: str) -> Path:
    """The path that a name means; by whichever of its names, stdin is one file."""
    return STDIN if name in STDINS else Path(name)


def is_pipe(path: Path) -> bool:
    """Whether it is stdin, a pipe, a terminal or a device: read once, and from its start on."""
    if path == STDIN:
        return True
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError):  # there is none, or it is no name
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def is_stream(path: Path) -> bool:
    """Whether it is read as stdin is, whatever its name: a pipe, or what a shell has opened."""
    return bool(NAMED.fullmatch(str(path))) or is_pipe(path)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes] | None]:
    """The descriptor that a path names, open for writing; None where it names none.

    Of another process only the file can be opened, and is added to.

    Errors: OSError where it is closed, or only read.
    """
    folder, name = _last(path)
    if not name.isdecimal():
        yield None
    elif OURS.fullmatch(folder):
        with open(os.dup(int(name)), "wb") as file:
            yield file
    elif THEIRS.fullmatch(folder):
        with open(path, "ab") as file:
            yield file
    else:
        yield None


def _last(path: Path) -> tuple[str, str]:
    """Folder and name behind all links, of which a descriptor is the last one."""
    folder, name = os.path.split(os.path.abspath(path))
    for _ in range(LINKS):
        folder = os.path.realpath(folder)
        place = os.path.join(folder, name)
        if (OURS.fullmatch(folder) or THEIRS.fullmatch(folder)) or not os.path.islink(place):
            break
        folder, name = os.path.split(os.path.join(folder, os.readlink(place)))
    return folder, name
