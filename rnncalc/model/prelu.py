"""PReLU: a layer without a state whose slopes below 0 are learned."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.equations import prelu
from rnncalc.equations.activations import LEAKY
from rnncalc.model.checks import check_name, settle
from rnncalc.model.shapes import SHAPES, Sizes, fitted
from rnncalc.model.stateless import Stateless, Wrap

PRELU: Callable[..., Any] = prelu.step
"""The equation, which is typed by what it is given."""


@dataclass(frozen=True, eq=False)
class Prelu(Stateless):
    """A leaky relu with a slope below 0 for each unit.

    Args:
        alpha: the slopes, (units); one number is that of all units.
    """

    alpha: Any
    name: str = "prelu"

    def __post_init__(self) -> None:
        check_name(self.name)
        array = np.asarray(self.alpha)
        if array.ndim > 1 and array.shape[-1] == array.size:  # as frameworks keep it
            settle(self, alpha=array.reshape(-1))
        if np.size(self.alpha) > 1:
            self.settle({})

    def settle(self, sizes: Sizes, where: str = "") -> None:
        """Bring the slopes into shape."""
        size, teller = sizes.get("units") or sizes.get("outputs") or (0, "")
        if size and np.size(self.alpha) == 1:
            settle(self, alpha=np.full(size, np.asarray(self.alpha).reshape(())))
        known: Sizes = {"units": (size, teller)} if size else {}
        settle(self, alpha=fitted(f"{where}prelu", self.alpha, known, SHAPES["output.alpha"]))

    @property
    def takes(self) -> int | None:
        """As many as it has slopes."""
        return int(np.size(self.alpha)) if np.size(self.alpha) > 1 else None

    @property
    def operands(self) -> dict[str, Array]:
        """The slopes."""
        return {"alpha": self.alpha}

    def step(self, h: Any, operands: Mapping[str, Any], wrap: Wrap) -> Any:
        """h where it is above 0, else alpha h: number by number, so nothing is to be wrapped."""
        return PRELU(h, **operands, leaky_relu=LEAKY)

    def __str__(self) -> str:
        return "prelu"
