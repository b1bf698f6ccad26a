"""What mostly stands in front: the rows of a table by their number, and timesteps left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.errors import RnncalcError, ShapeError
from rnncalc.model.checks import check_name, settle, truth
from rnncalc.model.shapes import fitted, real
from rnncalc.model.stateless import Shape, Stateless, only, series


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
        """With ``mask_zero``, where an id is not 0; else Keras hands none on."""
        return np.asarray(_ids(read[0]) != 0) if self.mask_zero else None

    def __str__(self) -> str:
        return f"embedding: {self.gives(None)}"


@dataclass(frozen=True, eq=False)
class Masking(Stateless):
    """Timesteps of which every feature equals ``value`` are masked, and become 0 (Keras)."""

    value: float = 0.0
    name: str = "masking"

    masks = True
    stepwise = True

    def __post_init__(self) -> None:
        check_name(self.name)
        value = real("masking", self.value)
        if value.ndim or np.isnan(value):
            raise RnncalcError(
                "masking is one number, not NaN: nothing equals it", about=("masking",)
            )
        settle(self, value=float(value))

    @property
    def operands(self) -> dict[str, Array]:
        """The value, which is rounded to the dtype like any number of the network."""
        return {"value": np.array([self.value])}

    def shape(self, read: Sequence[Shape]) -> Shape:
        """What it reads."""
        return series(self.name, read)

    def compute(
        self, read: Sequence[Array], operands: Mapping[str, Array], real: Sequence[Array | None]
    ) -> dict[str, Array]:
        """0 where it is masked."""
        kept = self.mask(real, read, operands)
        return {"y": np.where(kept[:, None], read[0], 0)}

    def mask(
        self, real: Sequence[Array | None], read: Sequence[Array], operands: Mapping[str, Array]
    ) -> Array:
        """Its own; a mask from in front is forgotten, as in Keras."""
        return np.asarray(np.any(read[0] != operands["value"], axis=1))

    def __str__(self) -> str:
        return f"masking: {self.value:g}"


def _ids(read: Array) -> Array:
    """Ids as (timesteps, batch)."""
    return read[:, 0] if read.ndim == 3 else read
