"""The command line: convert words to library objects, call the library, write what it gives.

Nothing imports this package but ``__main__`` and the installed command.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # half of NumPy's start-up is a second thread


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; every error ends here."""
    from rnncalc.cli.commands import group
    from rnncalc.cli.door import through

    return through(group, arguments)
