"""A contest: every contestant in its own process, checked for equality, then timed in turns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from statistics import median
from typing import Any

import numpy as np

import rnncalc
from benchmarks.jobs import Job

TOLERANCE = {"float32": 2e-5, "float64": 1e-11}
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
PAUSE = 0.3
"""Seconds before a turn of several threads: those of the one before spin for a while."""


class Contestant:
    """A process that computes what it is told."""

    def __init__(self, name: str, threads: int = 1) -> None:
        self.name = name
        environment = os.environ | dict.fromkeys(THREADS, str(threads))
        environment |= {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.contestant", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment,
        )  # fmt: skip
        self.versions: dict[str, str] = self._heard()["versions"]

    def __enter__(self) -> Contestant:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.communicate()

    def take(self, job: Job, timesteps: int) -> Any:
        """Make ready for a job; its result."""
        with tempfile.NamedTemporaryFile(suffix=".npy") as file:
            self._say({"job": job, "timesteps": timesteps, "file": file.name})
            self._heard()
            return np.load(file.name)

    def seconds(self, clock: str = "wall") -> float:
        """How long it takes for the job; ``core``: how long a core works for it."""
        self._say({"clock": clock})
        return float(self._heard()["seconds"])

    def _say(self, line: dict[str, Any]) -> None:
        assert self.process.stdin
        print(json.dumps(line), file=self.process.stdin, flush=True)

    def _heard(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            _, error = self.process.communicate()
            raise ChildProcessError(error.strip().splitlines()[-1])
        return json.loads(line)


class Contestants:
    """Those that were asked for, by name and threads; each starts when it is first needed."""

    def __init__(self) -> None:
        self.skipped: dict[str, str] = {}
        self._there: dict[tuple[str, int], Contestant] = {}

    def __enter__(self) -> Contestants:
        return self

    def __exit__(self, *error: object) -> None:
        for one in self._there.values():
            one.__exit__()

    def one(self, name: str, threads: int = 1) -> Contestant:
        """Errors: ChildProcessError where it cannot start."""
        if (name, threads) not in self._there:
            self._there[name, threads] = Contestant(name, threads)
        return self._there[name, threads]

    def those(self, names: Iterable[str], threads: int = 1) -> list[Contestant]:
        """Who can compete; why the others cannot is kept in ``skipped``."""
        there = []
        for name in names:
            try:
                there += [] if name in self.skipped else [self.one(name, threads)]
            except ChildProcessError as error:
                self.skipped[name] = str(error)
        return there

    def versions(self) -> dict[str, str]:
        """Of the packages of all that have started."""
        return {name: v for one in self._there.values() for name, v in one.versions.items()}


def ratios(job: Job, ours: Contestant, peers: list[Contestant], rounds: int) -> dict[str, float]:
    """Our time ÷ each peer's, per step: medians over rounds in which everybody has a turn.

    Errors: AssertionError where a result is not that of a float64 recurrence.
    """
    lengths = dict.fromkeys(peers, job.peer_timesteps or job.timesteps) | {ours: job.timesteps}
    expected = _expected(job)
    for one, timesteps in lengths.items():
        _take(one, job, timesteps, expected)
    times = [{one: _rested(one, job) / lengths[one] for one in lengths} for _ in range(rounds)]
    return {one.name: median(time[ours] / time[one] for time in times) for one in peers}


def checked(one: Contestant, job: Job) -> None:
    """Make it ready for a job. Errors: AssertionError where its result is not right."""
    _take(one, job, job.timesteps, _expected(job))


def _take(one: Contestant, job: Job, timesteps: int, expected: Any) -> None:
    result, atol = one.take(job, timesteps), TOLERANCE[job.dtype]
    np.testing.assert_allclose(result, expected[:timesteps], rtol=0, atol=atol, err_msg=one.name)


def _rested(one: Contestant, job: Job) -> float:
    """Its time, when the worker threads of the one before it have stopped waiting for work."""
    if job.threads > 1:
        time.sleep(PAUSE)
    return one.seconds()


def _expected(job: Job) -> Any:
    """The hidden states of a float64 recurrence, one step after the other."""
    model = rnncalc.Model([rnncalc.Layer(job.weights(), job.cell)], dtype="float64")
    x = job.x().astype(np.float64).transpose(1, 0, 2)
    return rnncalc.run(model, x, record=("h",), sequential=True).h.transpose(1, 0, 2)
