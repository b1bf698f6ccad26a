"""Measurements within one process, in turns; and of whole programs."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any, NamedTuple


class Row(NamedTuple):
    """One line of a table: what, the figure measured, the figure aimed at, and the unit of both.

    Without an aim it says how something comes about.
    """

    name: str
    measured: float
    aim: float | None
    unit: str = ""


def ratio(ours: Callable[[], Any], theirs: Callable[[], Any], rounds: int) -> float:
    """Our time ÷ theirs: the median over rounds, in each of which both have a turn."""
    ours(), theirs()
    return median(seconds(ours) / seconds(theirs) for _ in range(rounds))


def seconds(function: Callable[[], Any]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def program(words: Sequence[str]) -> Callable[[], Any]:
    """A program that runs to its end, its output thrown away; byte code is kept, as for users."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return lambda: subprocess.run(words, check=True, capture_output=True, env=kept)
