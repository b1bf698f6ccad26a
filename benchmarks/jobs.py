"""What is measured: networks, their sizes, and the ratios aimed at.

A ratio is our time ÷ a peer's, smaller is better. T timesteps, H units and features, B batch;
weights U(±1/√H), inputs N(0, 1), every hidden state returned.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncalc.equations import CELLS

PEERS = ("textbook", "torch", "onnxruntime", "keras", "xla")
"""In the order of the columns of the table."""


class Job(NamedTuple):
    """One network and one input.

    Attributes:
        row: the name of its row; rows of one name belong together.
        aims: peer to the ratio aimed at; a peer without one is not measured.
        sequential: whether ours goes one step after the other.
        peer_timesteps: how many of the steps the peers compute; times count per step.
        threads: how many everybody may use.
    """

    row: str
    cell: str
    units: int
    timesteps: int
    aims: dict[str, float]
    batch: int = 1
    dtype: str = "float32"
    sequential: bool = False
    peer_timesteps: int = 0
    threads: int = 1

    @property
    def name(self) -> str:
        """As the table calls it."""
        words = [self.row, self.cell, f"H={self.units}"]
        words += [f"B={self.batch}"] * (self.batch > 1)
        words += [f"T={self.timesteps:,}"] + [self.dtype] * (self.dtype != "float32")
        words += ["in order"] * self.sequential
        return " ".join(words + [f"{self.threads} threads"] * (self.threads > 1))

    def weights(self) -> dict[str, Any]:
        """By the names of the equations."""
        size, bound = self.units, self.units**-0.5
        rng = np.random.default_rng(size)
        shapes = {"W_x": (size, size), "W_h": (size, size), "bias": (size,), "bias_h": (size,)}
        return {
            name: rng.uniform(-bound, bound, shape).astype(self.dtype)
            for weight, shape in shapes.items()
            for name in CELLS[self.cell].names(weight)
        }

    def x(self) -> Any:
        """(timesteps, batch, features)."""
        shape = self.timesteps, self.batch, self.units
        return np.random.default_rng(1).normal(size=shape).astype(self.dtype)


def _cells(row: str, units: int, timesteps: int, *aims: str, **more: Any) -> list[Job]:
    """A job for each of rnn, gru, lstm; each has its aims: ``÷textbook ÷torch ...``, - for none."""
    jobs = []
    for cell, text in zip(CELLS, aims, strict=True):
        words = zip(PEERS, text.split(), strict=False)
        numbers = {peer: float(word) for peer, word in words if word != "-"}
        jobs.append(Job(row, cell, units, timesteps, numbers, **more))
    return jobs


FIGURES = [
    *_cells(
        "K1", 1, 1_000_000,
        ".004 .0015 .065 - .28", ".0015 .0015 .065 - .28", ".0015 .035 .065 - .28",
        peer_timesteps=20_000,
    ),
    *_cells(
        "K2-4", 1, 10_000,
        ".012 .006 .20 1 .45", ".007 .008 .40 1 1.0", ".006 .15 .30 1 .70",
    ),
    *_cells("K2-4", 4, 10_000, ".02 .01 .30 - .55", ".008 .01 .40 - .65", ".008 .20 .35 - .35"),
    *_cells(
        "K2-4", 16, 10_000,
        ".045 .025 .30 1 .45", ".025 .03 .80 1 1.0", ".022 .50 .85 1 .65",
    ),
    *_cells("K5", 64, 20_000, ".16 .09 .33 - .63", ".10 .11 1.0 - .80", ".10 .58 1.08 - .70"),
    *_cells("K6", 256, 20_000, ".50 .43 .52 - .68", ".42 .38 .90 - .53", ".55 .95 1.5 - .50"),
    *_cells("K7", 1024, 300, "1.0 1.0 1.05 - .6", "1.0 1.0 1.05 - .6", "1.0 1.0 1.05 - .6"),
    *_cells(
        "K7", 1024, 300, "- 1.3 1.3 - -", "- 1.3 1.3 - -", "- 1.3 1.3 - -", threads=2
    ),
    *_cells(
        "K8", 16, 3_000, ".40 .38 .30 - .55", ".21 .27 .68 - .95", ".20 1.2 1.1 - .78", batch=32
    ),
    *_cells(
        "K9", 64, 1_500, ".75 .67 .32 - .75", ".48 .70 .85 - .95", ".45 1.2 1.05 - .95", batch=32
    ),
    *_cells(
        "K10", 256, 300,
        ".93 1.05 .50 - .97", ".66 .95 1.05 - .92", ".66 1.2 1.25 - .92", batch=32,
    ),
    *_cells("K11", 1, 10_000, ".31 .18 5.5", ".21 .25 11", ".19 5.5 10", sequential=True),
    *_cells("K11", 16, 10_000, ".31 .18 5.5", ".21 .25 11", ".19 5.5 10", sequential=True),
    *_cells("f64", 1, 10_000, "- .008 - - .75", "- .02 - - 2", "- .02 - - 2", dtype="float64"),
    *_cells("f64", 16, 10_000, "- .045 - - .75", "- .06 - - 1.3", "- .06 - - .75", dtype="float64"),
    *_cells("f64", 64, 10_000, "- .3 - - .75", "- .3 - - .75", "- .3 - - .75", dtype="float64"),
]  # fmt: skip
"""Every network that is measured against peers."""

QUICK = {"K2-4": 16, "K11": 1}
"""Of which units alone a quick look measures a row's networks."""


def networks(row: str, *, quick: bool = False) -> list[Job]:
    """Those of one row of the page."""
    jobs = [job for job in FIGURES if job.row == row]
    return [job for job in jobs if not quick or job.units == QUICK.get(row, job.units)]
