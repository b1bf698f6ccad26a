"""The command line: convert words to library objects, call the library, write what it gives.

Nothing imports this package but ``__main__`` and the installed command.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from rnncalc.cli import room
from rnncalc.cli.signals import handled
from rnncalc.files import leftovers

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # half of NumPy's start-up is a second thread

YOUNG = 50_000
"""Objects that are made before Python looks for those that nobody needs: a start makes 100,000, and
needs them all."""


def command() -> NoReturn:
    """The command ``rnncalc``: a process that ends with an exit code of ours, whenever it ends.

    Python's own way out takes as long as some runs, and a signal meets no handler there.
    """
    gc.set_threshold(YOUNG)
    with handled(_end):
        room.look()
        os._exit(main())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; every error ends here."""
    with handled(_end):
        from rnncalc import files
        from rnncalc.cli.commands import group
        from rnncalc.cli.door import through

        with files.remembered():
            return through(group, arguments)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    """End at once, quietly; of files and folders of our own nothing stays."""
    leftovers.clear()
    os._exit(128 + number)
