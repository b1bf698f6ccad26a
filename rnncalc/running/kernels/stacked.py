"""Gates whose arrays lie below each other in one: one product, one sum for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.equations.gates import NOTHING, Gates


class Stacked(Gates):
    """``Gates`` of one (gates * rows, columns) array; a gate is a view of its rows."""

    def __init__(self, array: Array, letters: str) -> None:
        rows = len(array) // len(letters)
        cut = {gate: array[i * rows : (i + 1) * rows] for i, gate in enumerate(letters)}
        super().__init__(cut)
        self.array = array
        self.letters = letters

    @classmethod
    def of(cls, parts: Mapping[str, Array]) -> Stacked:
        """The gates' arrays, stacked in this order."""
        return cls(np.concatenate(list(parts.values())), "".join(parts))

    def __matmul__(self, x: Any) -> Stacked:
        return Stacked(self.array @ x, self.letters)

    def __add__(self, other: Any) -> Gates:
        if other is NOTHING:
            return self
        return Stacked(self.array + other.array, self.letters)
