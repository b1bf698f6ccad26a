"""Masking: timesteps that are told by their numbers to be none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError
from rnncalc.model.checks import check_name, settle
from rnncalc.model.shapes import real
from rnncalc.model.stateless import Shape, Stateless, series


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
