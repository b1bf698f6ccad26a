"""rnncalc over many sequences, as a user gets it: from one .npy to one .npy, block by block."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import rnncalc
from benchmarks.jobs import Job

VERSIONS = ("numpy",)


def made(job: Job, x: Any) -> Callable[[], Any]:
    """(timesteps, batch, features) to a function that returns (timesteps, batch, units)."""
    model = rnncalc.Model([rnncalc.Layer(job.weights(), job.cell)], dtype=job.dtype)
    folder = tempfile.TemporaryDirectory()
    x_file, h_file = Path(folder.name, "x.npy"), Path(folder.name, "h.npy")
    np.save(x_file, x.transpose(1, 0, 2))

    def compute(kept: Any = folder) -> Any:
        rnncalc.run_many(model, str(x_file), h_file, show=["h"])
        return np.load(h_file, mmap_mode="r").transpose(1, 0, 2)

    return compute
