"""All figures that were measured, one by one, with what was aimed at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from benchmarks.jobs import networks
from benchmarks.results import NOTHING, Result
from benchmarks.rows import ROWS

NAMES = {
    "textbook": "textbook NumPy", "torch": "PyTorch", "onnxruntime": "ONNX Runtime",
    "keras": "Keras", "xla": "Keras XLA",
}  # fmt: skip


class Figure(NamedTuple):
    """One cell of the page: in which row, of what, against which peer (none: a figure of ours)."""

    row: str
    name: str
    against: str
    measured: float
    aim: float | None
    unit: str = ""

    @property
    def missed(self) -> bool:
        """Whether it is larger than it should be."""
        return self.aim is not None and self.measured > self.aim


def figures(results: Mapping[str, Result]) -> list[Figure]:
    """In the order in which they are shown; the aims against peers are those of today."""
    found = []
    for row in ROWS:
        result = results.get(row, NOTHING)
        for job in networks(row):
            ratios = result.against.get(job.name, {})
            found += [
                Figure(row, job.name, peer, ratio, job.aims.get(peer))
                for peer, ratio in ratios.items()
            ]
        found += [Figure(row, name, "", *rest) for name, *rest in result.further]
    return found
