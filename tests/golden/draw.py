"""What a framework computes of the same networks with other numbers than those of the golden files.

    python tests/golden/draw.py torch SALT FOLDER

writes FOLDER/torch/*.json, for ``tests/test_frameworks.py`` to compare with; the golden files stay.
"""

from __future__ import annotations

import sys
from pathlib import Path

import golden_file
from record import record


def main(framework: str, salt: str, folder: str) -> None:
    """Draw, compute and write."""
    golden_file.SALT, golden_file.FOLDER = salt, Path(folder)
    record(framework)


if __name__ == "__main__":
    main(*sys.argv[1:])
