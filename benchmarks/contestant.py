"""A contestant in a process of its own: takes a job, computes it when told, says how long.

Both sides speak in lines of JSON; arrays go through files.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module, metadata
from typing import Any

import numpy as np

from benchmarks.jobs import Job

CLOCKS = {"wall": time.perf_counter, "core": time.process_time}
"""What is counted: time that passes, or that a core works for this process."""
SHORT = 0.03
"""Seconds that one measurement lasts at least: short jobs are repeated."""


def serve(name: str) -> None:
    """Answer each line of stdin until it ends."""
    module = import_module(f"benchmarks.contestants.{name}")
    compute: Callable[[], Any] = dict
    _say({"versions": _versions(module.VERSIONS)})
    for line in sys.stdin:
        asked = json.loads(line)
        if "job" in asked:
            job = Job(*asked["job"])
            x = job.x()[: asked["timesteps"]]
            compute = module.made(job, x)
            np.save(asked["file"], compute())
            _say({})
        else:
            _say({"seconds": _timed(compute, CLOCKS[asked["clock"]])})


def _timed(compute: Callable[[], Any], clock: Callable[[], float]) -> float:
    """Seconds of a call: the mean of as many as make a measurement, behind one to get warm."""
    first = _seconds(compute, clock)
    calls = max(1, round(SHORT / first))
    if first > SHORT:
        return first
    return sum(_seconds(compute, clock) for _ in range(calls)) / calls


def _seconds(compute: Callable[[], Any], clock: Callable[[], float]) -> float:
    start = clock()
    compute()
    return clock() - start


def _versions(packages: tuple[str, ...]) -> dict[str, str]:
    known = {distribution.name.replace("_", "-") for distribution in metadata.distributions()}
    return {name: metadata.version(name) for name in packages if name in known}


def _say(answer: dict[str, Any]) -> None:
    print(json.dumps(answer), file=sys.__stdout__, flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
