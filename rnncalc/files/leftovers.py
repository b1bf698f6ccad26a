"""What must not outlive a process, however it ends: temporary files and folders, other processes.

Whoever makes one says here how it goes. A signal ends the process in the middle of anything: an
exception out of its handler is lost in a callback, and crashes a library that is being loaded.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_actions: dict[object, Callable[[], object]] = {}


@contextmanager
def going(action: Callable[[], object]) -> Iterator[None]:
    """At the end of the block, or when a signal ends the process inside it, the action is called.

    It must bear that there is nothing (yet, or any more) that could go.
    """
    key = object()
    _actions[key] = action
    try:
        yield
    finally:
        action()
        del _actions[key]


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for files of our own, which goes with all that is in it."""
    import shutil
    import tempfile

    path = Path(tempfile.gettempdir(), f"rnncalc-{os.urandom(8).hex()}")
    with going(lambda: shutil.rmtree(path, ignore_errors=True)):
        path.mkdir(0o700)
        yield path


def clear() -> None:
    """Let everything go now, the last thing first."""
    for action in reversed(list(_actions.values())):
        with suppress(Exception):
            action()
