"""Our time ÷ what the machine needs for the arithmetic alone: the column "÷ limit" of the aims.

The limit computes no network: nothing waits for the step before. Input copied in, the products of
all gates for many steps at once, their activations, the states copied out. Where one column has to
go through wide weights step by step (K7), it is reading W_h at each step.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import repeat
from statistics import median
from typing import Any

import numpy as np

from benchmarks.contestants import ours
from benchmarks.jobs import Job, networks
from benchmarks.turns import Row, ratio, seconds
from rnncalc.equations import CELLS

AIMS = {"K1": 2, "K5": 3.5, "K6": 2.9, "K7": 1.15, "K8": 4, "K9": 2.2, "K10": 1.7}
OF_16 = {"rnn": 5, "gru": 6, "lstm": 4}
"""Ours ÷ limit by row; of K2 to K4 with 16 units by cell."""
TANHS = {"rnn": 1, "gru": 3, "lstm": 5}
"""Activations of a unit and step."""
DOUBLE = "f64 NumPy's tanh of 10,000 numbers ÷ in float32"
WIDTHS = (64, 256, 1024, 4096)
"""Columns that are computed at once; the fastest counts."""


def limits(row: str, rounds: int) -> list[Row]:
    """Of the networks of a row that has such an aim."""
    aims = ((job, _aim(job)) for job in networks(row))
    return [
        Row(f"{job.name}: ÷ limit", ratio(ours.made(job, job.x()), _limit(job), rounds), aim)
        for job, aim in aims
        if aim
    ]


def in_order(rounds: int) -> list[Row]:
    """K11: the time of a step of one unit, which two calls of NumPy should take."""
    job = networks("K11")[0]
    compute = ours.made(job, job.x())
    step = 1e6 * median(seconds(compute) for _ in range(rounds)) / job.timesteps
    return [Row(f"{job.name}: a step", step, 0.5, " \u00b5s")]


def double(rounds: int) -> list[Row]:
    """f64: what NumPy itself takes for a tanh of double precision."""
    a = np.random.default_rng(1).normal(size=10_000)
    b, single, out = np.empty_like(a), a.astype("f"), np.empty(len(a), "f")
    times = ratio(
        lambda: deque(map(np.tanh, repeat(a, 100), repeat(b)), 0),
        lambda: deque(map(np.tanh, repeat(single, 100), repeat(out)), 0),
        rounds,
    )
    return [Row(DOUBLE, times, None)]


def _aim(job: Job) -> float | None:
    if job.threads > 1 or (job.row == "K2-4" and job.units < 16):
        return None
    return OF_16[job.cell] if job.row == "K2-4" else AIMS.get(job.row)


def _limit(job: Job) -> Callable[[], Any]:
    if job.row == "K7":
        return _streaming(job)
    ways = [_arithmetic(job, width) for width in WIDTHS]
    return min(ways, key=lambda way: min(seconds(way) for _ in range(3)))


def _streaming(job: Job) -> Callable[[], Any]:
    """W_h of all gates through the cache at every step."""
    weights = [array for name, array in job.weights().items() if name.startswith("W_h")]
    matrix = np.asfortranarray(np.concatenate(weights))
    h, out = np.ones(job.units, job.dtype), np.empty(len(matrix), job.dtype)
    return lambda: deque(map(matrix.dot, repeat(h, job.timesteps), repeat(out)), 0)


def _arithmetic(job: Job, width: int) -> Callable[[], Any]:
    """Copies, products and activations, so many columns at once."""
    units, gates = job.units, len(CELLS[job.cell].gates) or 1
    total = job.timesteps * job.batch
    x, h = job.x().reshape(total, units).T, np.empty((units, total), job.dtype)
    matrix = np.ones((gates * units, 2 * units + 1), job.dtype)
    columns = np.zeros((2 * units + 1, width), job.dtype)
    a = np.empty((max(gates, TANHS[job.cell]) * units, width), job.dtype)

    def compute() -> None:
        for start in range(0, total, width):
            part = x[:, start : start + width]
            columns[:units, : part.shape[1]] = part
            np.matmul(matrix, columns, out=a[: gates * units])
            np.tanh(a, out=a)
            h[:, start : start + width] = a[:units, : part.shape[1]]

    return compute
