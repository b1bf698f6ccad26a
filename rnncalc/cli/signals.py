"""The signals that end a command: which they are, and who is called when one comes."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""The last is Windows': Ctrl+Break, and a window that is closed."""


@contextmanager
def handled(handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Inside, they call ``handler``; afterwards what they called before.

    What whoever started us wants ignored (nohup, a job in the background) stays so.
    """
    numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    with suppress(ValueError):  # not in the main thread
        for number in numbers:
            if before[number] not in (signal.SIG_IGN, None):
                signal.signal(number, handler)
    try:
        yield
    finally:
        with suppress(ValueError):
            for number, former in before.items():
                if former not in (signal.SIG_IGN, None):
                    signal.signal(number, former)
