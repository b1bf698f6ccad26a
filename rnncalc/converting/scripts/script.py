"""``Script``: a network in a framework's own words, before anything is done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rnncalc.array import Array


class Script(NamedTuple):
    """The parts of a script.

    Attributes:
        head: its imports.
        lines: what stands behind the numbers, ``NUMBERS``; they make ``network``.
        arrays: the numbers by name.
        printed: what it ends with, for a batch and for one sequence.
    """

    head: list[str]
    lines: list[str]
    arrays: Mapping[str, Array]
    printed: Mapping[bool, str]
