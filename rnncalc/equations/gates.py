"""What the equations of a gated cell are written with: one quantity of every gate, and nothing.

``Gates`` does arithmetic gate by gate, ``W_x @ x`` is a product for each. ``NOTHING`` stands where
a network has no such part: added, it changes nothing; multiplied, it stays nothing. ``IDENTITY`` is
a matrix that changes nothing, ``unclipped`` a ``Clip`` that does. All work with arrays as with
symbols.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import add, matmul
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.numbers.exact_arrays import alike


class Gates:
    """One quantity of every gate, by the gate's letter: ``bias.z``, ``W_x.n``."""

    def __init__(self, parts: Mapping[str, Any]) -> None:
        self.parts = dict(parts)

    def __getattr__(self, gate: str) -> Any:
        try:
            return self.__dict__["parts"][gate]
        except KeyError:
            raise AttributeError(f"there is no gate {gate}") from None

    def __matmul__(self, x: Any) -> Gates:
        return Gates({gate: matmul(part, x) for gate, part in self.parts.items()})

    def __add__(self, other: Any) -> Gates:
        parts = self.parts.items()
        return Gates({gate: add(part, getattr(other, gate)) for gate, part in parts})


class Nothing:
    """What a network does not have."""

    __array_ufunc__ = None  # NumPy leaves the operation to us

    def __getattr__(self, gate: str) -> Any:
        if gate.startswith("__"):
            raise AttributeError(gate)
        return self

    def __add__(self, other: Any) -> Any:
        return other

    __radd__ = __add__

    def __mul__(self, other: Any) -> Any:
        return self

    __rmul__ = __mul__


class Identity:
    """The matrix, and the factor, that changes nothing."""

    def __matmul__(self, other: Any) -> Any:
        return other

    __mul__ = __matmul__


NOTHING = Nothing()
IDENTITY = Identity()


def in_columns(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Arrays as the equations take them: what has one axis is a column."""
    return {n: array[:, None] if array.ndim == 1 else array for n, array in arrays.items()}


@dataclass(frozen=True)
class Clip:
    """What is beyond the bound becomes the bound: ONNX' clip, and cell_clip."""

    bound: float
    name: str = "clip"

    def __call__(self, a: Any) -> Any:
        if not isinstance(a, np.ndarray):
            return a.into(self, -self.bound, self.bound)
        return alike(np.clip(a, -self.bound, self.bound), a)

    def pushed(self, a: Array, tangent: Array) -> Array:
        """How the values change when a changes."""
        return (np.abs(a) <= self.bound)[..., None] * tangent

    def __str__(self) -> str:
        return self.name


def unclipped(a: Any) -> Any:
    """A number of a cell without ``clip``."""
    return a


def flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Quantities by name, those of gates as ``a.i``; what is nothing is left out."""
    named: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Gates):
            parts = value.parts.items()
            named |= {f"{name}.{gate}": part for gate, part in parts if part is not NOTHING}
        elif value is not NOTHING:
            named[name] = value
    return named
