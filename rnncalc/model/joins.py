"""Layers without a state that read several others: joined along an axis, or number by number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rnncalc.array import Array
from rnncalc.model.checks import check_name, one_of
from rnncalc.model.stateless import Shape, Stateless

JOINS = ("concat", "add", "multiply", "average", "maximum", "subtract")


@dataclass(frozen=True, eq=False)
class Join(Stateless):
    """What several layers give, as one."""

    kind: str
    axis: int = -1
    name: str = "join"

    def __post_init__(self) -> None:
        check_name(self.name)
        one_of("join", self.kind, JOINS)

    @property
    def stepwise(self) -> bool:
        """Timestep by timestep, but where it joins timesteps."""
        return self.axis == -1

    def shape(self, read: Sequence[Shape]) -> Shape:
        """As wide as all of them together."""
        return read[0]._replace(width=sum(one.width or 0 for one in read))

    def compute(
        self, read: Sequence[Array], operands: Mapping[str, Array], real: Sequence[Array | None]
    ) -> dict[str, Array]:
        """One behind the other."""
        return {"y": np.concatenate(read, axis=-2)}
