"""``python -m rnncalc``: the same as the command ``rnncalc``."""

import os
import sys

if sys.path[:1] == [os.getcwd()]:  # a numpy.py in the working folder is not the library
    del sys.path[0]

from rnncalc.cli import main

if __name__ == "__main__":
    sys.exit(main())
