"""rnncalc, as a user gets it: ``rnncalc.run``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import rnncalc
from benchmarks.jobs import Job

VERSIONS = ("numpy",)


def made(job: Job, x: Any) -> Callable[[], Any]:
    """(timesteps, batch, features) to a function that returns (timesteps, batch, units)."""
    model = rnncalc.Model([rnncalc.Layer(job.weights(), job.cell)], dtype=job.dtype)
    rows = x[:, 0] if job.batch == 1 else np.ascontiguousarray(x.transpose(1, 0, 2))

    def compute() -> Any:
        h = rnncalc.run(model, rows, record=("h",), sequential=job.sequential).h
        return h[:, None] if job.batch == 1 else h.transpose(1, 0, 2)

    return compute
