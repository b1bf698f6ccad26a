"""Dask (D): what a worker costs beside the plain loop, what a second one gains, their memory.

Everything happens in a process with one thread for BLAS, as workers have it; workers are started
before the first turn. Time that passes counts, so nothing else may run on the machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, nullcontext
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import rnncalc
from benchmarks.contest import THREADS
from benchmarks.jobs import Job
from benchmarks.turns import Row, seconds

UNITS, FEATURES, TIMESTEPS = 256, 8, 300
"""A block of 256 such sequences takes some half a second."""
COUNT = 6_144
MIB = 1 << 10
"""Of the kilobytes in which a peak of memory is told."""


def workers(rounds: int) -> list[Row]:
    """The rows; none where Dask is not installed."""
    if not find_spec("distributed"):
        return []
    words = [sys.executable, "-m", "benchmarks.workers", str(rounds)]
    environment = os.environ | dict.fromkeys(THREADS, "1")
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, env=environment)
    return [Row(*words) for words in json.loads(done.stdout)]


def _measured(rounds: int) -> Iterator[Row]:
    from rnncalc.many import cluster

    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        start = time.perf_counter()
        clients = [stack.enter_context(cluster.local(count)) for count in (2, 1)]
        started = (time.perf_counter() - start) / len(clients)
        two, one = (partial(cluster.computed, partial(nullcontext, each)) for each in clients)
        take = _ready(folder)
        turns = [
            [seconds(partial(take, who)) for who in (None, one, two)] for _ in range(1 + rounds)
        ]
        usage = [each.run(_usage) for each in clients]
    name = f"D lstm H={UNITS}, {FEATURES} features, T={TIMESTEPS}, {COUNT:,} sequences"
    yield Row(f"{name}: a worker ÷ the plain loop", median(b / a for a, b, _ in turns[1:]), 1.1)
    yield Row(f"{name}: two workers ÷ one", median(c / b for _, b, c in turns[1:]), 0.55)
    yield Row(f"{name}: memory of a worker", max(peak for each in usage for peak in each.values()),
              300, " MiB")  # fmt: skip
    yield Row("D workers: start of a cluster", started, None, " s")


def _ready(folder: Path) -> Any:
    """A function that takes an engine and computes the sequences with it, from file to file."""
    weights = {
        name: array[:, :FEATURES] if name.startswith("W_x") else array
        for name, array in Job("D", "lstm", UNITS, TIMESTEPS, {}).weights().items()
    }
    model = rnncalc.Model([rnncalc.Layer(weights, "lstm")], dtype="float32")
    x = np.random.default_rng(1).normal(size=(COUNT, TIMESTEPS, FEATURES)).astype("float32")
    np.save(folder / "x.npy", x)

    def take(engine: Any) -> None:
        there = folder / "h.npy"
        rnncalc.run_many(model, str(folder / "x.npy"), there, show=["final.h"], engine=engine)

    return take


def _usage() -> float:
    """The most memory that this process has had, in MiB."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB


if __name__ == "__main__":
    print(json.dumps([*_measured(int(sys.argv[1]))]))
