"""A file in the making, which takes another one's place when it is whole: the old one or the new.

What the old one had apart from its content stays as ``cp`` would leave it: mode, owner, group,
access list. What may be read by nobody else may not be read while it is written either.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO

from rnncalc.files.leftovers import going

OWN, COMMON = 0o600, 0o666
"""The modes that a file is made with, beside an old one (whose own it gets at once) and alone."""

ACCESS = "system.posix_acl_access"
"""What Linux calls the access list of a file."""

LONGEST = 80
"""So many bytes of a name stand in that of the file in the making: systems allow 255 in all."""


def start(name: str, size: int) -> str:
    """So many bytes of a name, cut between letters: those of Hangul take three."""
    return os.fsencode(name)[:size].decode(sys.getfilesystemencoding(), "ignore")


def written(target: Path, old: os.stat_result | None) -> Iterator[IO[bytes]]:
    """A file to write to.

    Args:
        target: whose place it takes, behind all links.
        old: what is there now; None where nothing is.

    Errors: OSError; nothing is left then.
    """
    name = target.parent / f".{start(target.name, LONGEST)}.{os.urandom(6).hex()}.part"
    begun: list[IO[bytes]] = []
    with going(partial(_unlink, name, begun)):
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
        with open(os.open(name, flags, OWN if old else COMMON), "w+b") as file:
            begun.append(file)
            alike = old is None or os.name != "posix" or _inherit(file.fileno(), target, old)
            yield file
            file.flush()
            os.fsync(file.fileno())  # before it has the name: what has it is whole
            if not alike:
                _overwrite(target, file)
                return
        os.replace(name, target)
        _sync_folder(target.parent)


def _inherit(descriptor: int, target: Path, old: os.stat_result) -> bool:
    """Give a new file what the old one has; whether that could be done.

    The kernel takes setuid away when it is written to, as it would from the old one.
    """
    new = os.fstat(descriptor)
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        try:
            os.fchown(descriptor, old.st_uid, old.st_gid)
        except OSError:
            return False
    if hasattr(os, "setxattr"):
        _share_access(descriptor, target)
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
    return True


def _share_access(descriptor: int, target: Path) -> None:
    """The old file's access list in place of what its folder gave the new one."""
    with suppress(OSError):  # there are none here
        try:
            os.setxattr(descriptor, ACCESS, os.getxattr(target, ACCESS))
        except OSError:
            os.removexattr(descriptor, ACCESS)


def _overwrite(target: Path, file: IO[bytes]) -> None:
    """The whole new content into the old file, which is somebody else's and stays that."""
    import shutil

    file.seek(0)
    with open(target, "wb") as old:
        shutil.copyfileobj(file, old)
        old.flush()
        os.fsync(old.fileno())


def _unlink(name: Path, begun: Sequence[IO[bytes]]) -> None:
    """Remove a file, unless it has its place by now."""
    with suppress(OSError):
        for file in begun:
            if not file.closed:  # a signal came, and Windows removes no file that is open
                os.close(file.fileno())
        os.unlink(name)


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
