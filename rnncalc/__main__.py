"""``python -m rnncalc``: the same as the command ``rnncalc``."""

import sys

from rnncalc.cli import main

if __name__ == "__main__":
    sys.exit(main())
