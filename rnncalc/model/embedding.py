"""Embedding: the rows of a table by their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError, ShapeError
from rnncalc.model.checks import check_name, settle, truth
from rnncalc.model.shapes import fitted
from rnncalc.model.stateless import Shape, Stateless, only


@dataclass(frozen=True, eq=False)
class Embedding(Stateless):
    """Rows of a table by their number: x is then ids, ([batch,] timesteps).

    Args:
        weights: (ids, features).
        mask_zero: whether steps with id 0 are masked (Keras).
    """

    weights: Any
    mask_zero: bool = False
    name: str = "embedding"

    def __post_init__(self) -> None:
        check_name(self.name)
        truth("mask_zero", self.mask_zero)
        settle(self, weights=fitted("embedding.weights", self.weights, {}))

    stepwise = True

    @property
    def masks(self) -> bool:  # type: ignore[override]
        """With ``mask_zero``."""
        return self.mask_zero

    def gives(self, width: int | None) -> int:
        """The features of the table."""
        return int(self.weights.shape[1])

    def needs(self, width: int) -> int:
        """One id."""
        return 1

    @property
    def operands(self) -> dict[str, Array]:
        """The table."""
        return {"weights": self.weights}

    def shape(self, read: Sequence[Shape]) -> Shape:
        """A row of the table for each id; one row of ids becomes timesteps, as in Keras."""
        one = only(self.name, read)
        if not one.series:
            return Shape(self.gives(None), timesteps=one.width)
        if one.width not in (1, None):
            raise ShapeError(f"{self.name} reads one id a timestep, not {one.width} numbers")
        return one._replace(width=self.gives(None))

    def compute(
        self, read: Sequence[Array], operands: Mapping[str, Array], real: Sequence[Array | None]
    ) -> dict[str, Array]:
        """The rows of the ids."""
        places = self.places(_ids(read[0]), self.name)
        return {"y": np.moveaxis(operands["weights"][places], -1, 1)}

    def places(self, ids: Array, what: str) -> Array:
        """The ids as whole numbers. Errors: RnncalcError for what is no id of the table."""
        count = len(self.weights)
        wrong = (ids < 0) | (ids >= count) | (ids != np.floor(ids))
        if wrong.any():
            message = f"{what} has {ids[wrong].flat[0]:g}, expected ids 0 to {count - 1}"
            raise RnncalcError(message, about=(what,))
        return ids.astype(int)

    def mask(
        self, real: Sequence[Array | None], read: Sequence[Array], operands: Mapping[str, Array]
    ) -> Array | None:
        """With ``mask_zero``, where an id is not 0."""
        return np.asarray(_ids(read[0]) != 0) if self.mask_zero else real[0]

    def __str__(self) -> str:
        return f"embedding: {self.gives(None)}"


def _ids(read: Array) -> Array:
    """Ids as (timesteps, batch)."""
    return read[:, 0] if read.ndim == 3 else read
