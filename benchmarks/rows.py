"""The rows of the page in their order, and what is measured for each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from benchmarks import checks, limit, many, order, programs, workers
from benchmarks.contest import Contestants, ratios
from benchmarks.jobs import networks
from benchmarks.results import Result, machine
from benchmarks.turns import Row

FURTHER: Mapping[str, Callable[[int], list[Row]]] = {
    "K11": limit.in_order,
    "K13": order.not_forgetting,
    "K14": order.streaming,
    "f64": limit.double,
    "X1": programs.command_line,
    "X2": programs.formats,
    "X3": programs.yaml_in,
    "X4": order.accuracy,
    "X5": programs.told,
    "C": checks.checks,
    "D": workers.workers,
}
"""What is measured for a row beside its networks, in so many rounds."""
ROWS = ("K1", "K2-4", "K5", "K6", "K7", "K8", "K9", "K10", *FURTHER, "M")
QUICK_ROWS = ("K2-4", "K5", "K11", "K13", "K14", "X1", "X2", "X3", "X4", "X5", "M")
"""What a quick look is at, unless rows are named."""
ROUNDS, QUICK_ROUNDS = 7, 3
LONG = ("X2", "X3", "X5", "C", "D")
"""Rows whose turns take seconds: they have half as many."""


def chosen(words: Sequence[str], *, quick: bool) -> list[str]:
    """The rows that are named, each by itself or by the letter of several; else all.

    Errors: ValueError where a word names none.
    """
    for word in words:
        if not any(word in (row, row[0]) for row in ROWS):
            raise ValueError(f"no row is called {word}; there are {', '.join(ROWS)}")
    if not words:
        return [*(QUICK_ROWS if quick else ROWS)]
    return [row for row in ROWS if row in words or row[0] in words]


def measured(row: str, contestants: Contestants, *, quick: bool) -> Result:
    """Everything of one row, each part told on stderr when it is there."""
    rounds = (QUICK_ROUNDS if quick else ROUNDS) // (2 if row in LONG else 1)
    against = {}
    for job in networks(row, quick=quick):
        ours = contestants.one("ours", job.threads)
        against[job.name] = ratios(job, ours, contestants.those(job.aims, job.threads), rounds)
        _told(job.name, against[job.name])
    further = _further(row, contestants, rounds, quick=quick)
    _told(row, {name.removeprefix(row): figure for name, figure, *_ in further})
    versions = {"numpy": np.__version__} | contestants.versions()
    return Result(against, further, rounds, machine(), versions, contestants.skipped)


def _further(row: str, contestants: Contestants, rounds: int, *, quick: bool) -> list[Row]:
    if row == "M":
        return many.sequences(contestants, rounds, quick=quick)
    if row in FURTHER:
        return FURTHER[row](rounds)
    return [] if quick else limit.limits(row, rounds)


def _told(name: str, figures: Mapping[str, float]) -> None:
    if words := [f"{what} {figure:.3g}" for what, figure in figures.items()]:
        print(f"{name}: {', '.join(words)}", file=sys.stderr, flush=True)
