"""Paths that name an open descriptor rather than a file: /dev/stdout, /dev/fd/N, /proc/self/fd/N.

Whoever gives one wants it written to where it stands (``>> log``); what lies behind it must be
neither replaced nor cut.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

OURS = re.compile(rf"/dev/fd|/proc/(self|thread-self|{os.getpid()})(/task/\d+)?/fd")
THEIRS = re.compile(r"/proc/\d+(/task/\d+)?/fd")
"""The folders of our own descriptors, and of other processes'."""

LINKS = 40
"""So many links, one behind the other, does an operating system follow."""


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
