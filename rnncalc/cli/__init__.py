"""The command line: convert words to library objects, call the library, write what it gives.

Nothing imports this package but ``__main__`` and the installed command.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from contextlib import suppress

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # half of NumPy's start-up is a second thread


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; every error ends here."""
    _end_at_signals()
    from rnncalc import files
    from rnncalc.cli.commands import group
    from rnncalc.cli.door import through

    files.forget()
    return through(group, arguments)


def _end_at_signals() -> None:
    """Until the door has its own handlers, and nothing is open yet: end at once, quietly."""
    with suppress(ValueError):  # not in the main thread
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda number, frame: os._exit(128 + number))
