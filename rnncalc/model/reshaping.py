"""Layers that compute nothing: timesteps and features are repeated, or arranged anew.

None hands a mask on, as in Keras.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError, ShapeError, printable
from rnncalc.model.checks import check_name, settle
from rnncalc.model.stateless import Shape, Stateless, numbers, only, series, shape_of
from rnncalc.model.windows import count


class Arrangement(Stateless):
    """What all of them share: how the array is arranged, and that the mask is dropped."""

    def arranged(self, h: Array) -> Array:
        """The numbers, arranged anew."""
        raise NotImplementedError

    def compute(
        self, read: Sequence[Array], operands: Mapping[str, Array], real: Sequence[Array | None]
    ) -> dict[str, Array]:
        """The numbers, arranged anew."""
        return {"y": self.arranged(read[0])}

    def mask(
        self, real: Sequence[Array | None], read: Sequence[Array], operands: Mapping[str, Array]
    ) -> Array | None:
        """Keras hands none on."""
        return None


@dataclass(frozen=True, eq=False)
class Upsampling(Arrangement):
    """Every timestep ``size`` times, one after another."""

    size: int = 2
    name: str = "upsampling"

    def __post_init__(self) -> None:
        check_name(self.name)
        settle(self, size=count("upsampling", self.size))

    def shape(self, read: Sequence[Shape]) -> Shape:
        """So many times the timesteps."""
        one = series(self.name, read)
        return one._replace(timesteps=one.timesteps and one.timesteps * self.size)

    def arranged(self, h: Array) -> Array:
        """Every timestep several times."""
        return np.repeat(h, self.size, axis=0)

    def __str__(self) -> str:
        return f"upsampling: {self.size}"


@dataclass(frozen=True, eq=False)
class Repeat(Arrangement):
    """One row as ``times`` timesteps, all alike (Keras' RepeatVector)."""

    times: int
    name: str = "repeat"

    def __post_init__(self) -> None:
        check_name(self.name)
        settle(self, times=count("repeat", self.times))

    def shape(self, read: Sequence[Shape]) -> Shape:
        """A row becomes timesteps."""
        one = only(self.name, read)
        if one.series:
            raise ShapeError(f"{self.name} repeats one row: what stands in front gives timesteps")
        return Shape(one.width, timesteps=self.times)

    def arranged(self, h: Array) -> Array:
        """The row as every timestep."""
        return np.repeat(h[None], self.times, axis=0)

    def __str__(self) -> str:
        return f"repeat: {self.times}"


@dataclass(frozen=True, eq=False)
class Reshape(Arrangement):
    """The numbers of each sequence in their order, timestep by timestep, in another shape.

    Args:
        target: (timesteps, width), or (width) for one row; one of them may be -1: what is left.
    """

    target: Sequence[int]
    name: str = "reshape"

    def __post_init__(self) -> None:
        check_name(self.name)
        target = tuple(self.target)
        whole = all(isinstance(n, (int, np.integer)) and not isinstance(n, bool) for n in target)
        if len(target) not in (1, 2) or not whole or min(target) < -1 or 0 in target:
            text = printable(repr(list(target)))
            raise RnncalcError(
                f"reshape is {text}, expected (timesteps, width) or (width)", about=("reshape",)
            )
        if target.count(-1) > 1:
            raise RnncalcError("reshape has -1 twice: one can be what is left", about=("reshape",))
        settle(self, target=target)

    def gives(self, width: int | None) -> int | None:
        """What it reads tells, with all its timesteps."""
        return None

    def shape(self, read: Sequence[Shape]) -> Shape:
        """The target, what is left filled in where that is known."""
        known, fixed = numbers(only(self.name, read)), prod(n for n in self.target if n > 0)
        if known is not None and (known % fixed or (-1 not in self.target and known != fixed)):
            text = ", ".join(map(str, self.target))
            raise ShapeError(f"{self.name} cannot make ({text}) of {known} numbers")
        left = None if known is None else known // fixed
        sizes = [left if n == -1 else n for n in self.target]
        return Shape(sizes[-1], len(sizes) == 2, sizes[0] if len(sizes) == 2 else None)

    def arranged(self, h: Array) -> Array:
        """The numbers in their order; what arrays tell is checked here once more."""
        self.shape([shape_of(h)])
        return h.reshape(*self.target, h.shape[-1])

    def __str__(self) -> str:
        return f"reshape: {', '.join(map(str, self.target))}"


@dataclass(frozen=True, eq=False)
class Permute(Arrangement):
    """Timesteps and features exchanged.

    Args:
        order: (2, 1); (1, 2) leaves everything in its place.
    """

    order: Sequence[int] = (2, 1)
    name: str = "permute"

    def __post_init__(self) -> None:
        check_name(self.name)
        settle(self, order=tuple(self.order))
        if sorted(self.order) != [1, 2]:
            text = printable(repr(list(self.order)))
            raise RnncalcError(f"permute is {text}, expected [2, 1]", about=("permute",))

    def gives(self, width: int | None) -> int | None:
        """What it reads tells, with all its timesteps."""
        return None

    def shape(self, read: Sequence[Shape]) -> Shape:
        """As many timesteps as there were features, and the other way."""
        one = series(self.name, read)
        return one if self.order == (1, 2) else Shape(one.timesteps, timesteps=one.width)

    def arranged(self, h: Array) -> Array:
        """The axes exchanged."""
        return h if self.order == (1, 2) else np.swapaxes(h, 0, 1)

    def __str__(self) -> str:
        return f"permute: {', '.join(map(str, self.order))}"
