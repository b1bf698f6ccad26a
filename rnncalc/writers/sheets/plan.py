"""The plan of a workbook, as it is made: the run, the names, the arrays, the sheets so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array as Numbers
from rnncalc.equations import CELLS
from rnncalc.equations.symbols import Notation
from rnncalc.model.layer import Layer
from rnncalc.trace.trace import Trace
from rnncalc.writers.sheets.layout import Sheet
from rnncalc.writers.sheets.names import Names
from rnncalc.writers.sheets.notation import Array, Columns


class Weight(NamedTuple):
    """An array that has a range: its name, and (rows, columns)."""

    name: str
    values: Numbers


class Plan:
    """What every part of a plan needs to know.

    Args:
        trace: the run.
        style: how formulas are written.

    Attributes:
        weights: every array, those of one kind (the gates of ``W_x``) together.
        sheets: of the layers and the outputs.
    """

    def __init__(self, trace: Trace, style: Notation) -> None:
        self.trace, self.model, self.style = trace, trace.model, style
        self.names = Names()
        self.names.sheet("network")
        self.weights: list[list[Weight]] = []
        self.sheets: list[Sheet] = []

    @property
    def sequences(self) -> int:
        """How many sequences ran."""
        return len(self.trace.x) if self.trace.batched else 1

    def ranges(self, prefix: str, arrays: Mapping[str, Numbers]) -> dict[str, Array | Columns]:
        """Give arrays ranges; those of gates stand together."""
        kinds: dict[str, list[Weight]] = {}
        for name, array in arrays.items():
            kinds.setdefault(name.split(".")[0], []).append(Weight(prefix + name, array))
        self.weights += kinds.values()
        return {name: Array(prefix + name, array.shape) for name, array in arrays.items()}

    def ranges_of(self, layer: Layer, way: str) -> dict[str, Array | Columns]:
        """The ranges of a direction's weights and initial states."""
        one = layer.passes[way]
        prefix = self.names.prefix(layer.name, *[way] * bool(layer.backward))
        states = {f"{state}_0": getattr(one, f"{state}0") for state in CELLS[one.cell].states}
        arrays = {name: column(array) for name, array in (one.arrays | states).items()}
        return self.ranges("" if self.model.alone else prefix, arrays)

    def series(self, values: Numbers | None) -> Numbers:
        """([batch,] timesteps, width) as (sequences, timesteps, width)."""
        assert values is not None
        return values.reshape(self.sequences, -1, values.shape[-1])

    def flat(self, values: Numbers | None) -> Numbers:
        """([batch,] [timesteps,] width) as (width, rows)."""
        assert values is not None
        return values.reshape(-1, values.shape[-1]).T


def column(array: Numbers) -> Numbers:
    """A vector as a column; a matrix as it is."""
    return np.atleast_2d(array).T if np.ndim(array) < 2 else np.asarray(array)
