"""``python -m rnncalc``: the same as the command ``rnncalc``."""

import os
import sys

try:
    if sys.path[:1] == [os.getcwd()]:  # a numpy.py in the working folder is not the library
        del sys.path[0]
except FileNotFoundError:  # the working folder was deleted: Python looks for nothing there
    pass

from rnncalc.cli import command

if __name__ == "__main__":
    command()
