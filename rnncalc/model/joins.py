"""Several inputs become one: number by number, one behind the other, or as products.

One row beside timesteps stands beside each of them, and one number beside many beside each, as in
Keras and NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.equations import joins as equations
from rnncalc.equations.joins import JOINS
from rnncalc.errors import RnncalcError, ShapeError, printable
from rnncalc.model.checks import check_name, one_of, settle, truth
from rnncalc.model.stateless import Shape, Stateless, shape_of

DOT: Callable[..., Any] = equations.dot

SHORTEST = 1e-7
"""Keras' epsilon: what is shorter is not made longer than its numbers times 1e7."""


@dataclass(frozen=True, eq=False)
class Join(Stateless):
    """Inputs joined: ``concat``, ``add``, ``multiply``, ``average``, ``maximum``, ``subtract``.

    Where every input has a mask, a timestep is real that is in one of them; with ``concat``, an
    input without a mask is real throughout. ``multiply`` and ``maximum`` leave masked numbers out,
    the others take them as they are. All as in Keras.

    Args:
        kind: how.
        axis: of ``concat``: -1 or 2 the features, 1 the timesteps.
    """

    kind: str = "concat"
    axis: int = -1
    name: str = "join"

    def __post_init__(self) -> None:
        check_name(self.name)
        one_of("join", self.kind, JOINS)
        if self.axis not in (-2, -1, 1, 2):
            message = (
                f"axis is {printable(repr(self.axis))}, expected -1 (features) or 1 (timesteps)"
            )
            raise RnncalcError(message, about=("axis",))
        if self.kind != "concat" and self.axis != -1:
            raise RnncalcError(f"join {self.kind} has no axis", about=("axis", "join"))

    @property
    def stepwise(self) -> bool:
        """Timestep by timestep, but where timesteps stand one behind the other."""
        return self.axis in (-1, 2)

    def shape(self, read: Sequence[Shape]) -> Shape:
        """What all have in common, or all together."""
        self._check_count(len(read))
        if self.kind != "concat":
            return reduce(self._beside, read)
        if len({one.series for one in read}) > 1:
            raise ShapeError(f"{self.name}: one row cannot stand behind timesteps")
        widths, timesteps = [one.width for one in read], [one.timesteps for one in read]
        if self._over_time(read[0].series):
            return Shape(self._alike(widths, "numbers"), timesteps=_total(timesteps))
        return Shape(_total(widths), read[0].series, self._alike(timesteps, "timesteps"))

    def compute(
        self, read: Sequence[Array], operands: Mapping[str, Array], real: Sequence[Array | None]
    ) -> dict[str, Array]:
        """All inputs as one."""
        self.shape([shape_of(h) for h in read])  # timesteps are perhaps known only here
        if self.kind == "concat" and self._over_time(read[0].ndim == 3):
            return {"y": np.concatenate(read, axis=0)}
        if self.kind in FILLED:
            other = FILLED[self.kind](read, real)
            pairs = zip(read, real, strict=True)
            read = [h if mask is None else np.where(mask[:, None], h, other) for h, mask in pairs]
        joined = JOINS[self.kind](*read)
        if self.kind == "multiply" and (mask := self.mask(real, read, operands)) is not None:
            joined = np.where(mask[:, None], joined, 0)
        return {"y": joined}

    def mask(
        self, real: Sequence[Array | None], read: Sequence[Array], operands: Mapping[str, Array]
    ) -> Array | None:
        """A timestep is real where it is in one of them."""
        if self.kind != "concat":
            every = [mask for mask in real if mask is not None]
            return reduce(np.logical_or, every) if len(every) == len(real) else None
        if all(mask is None for mask in real):
            return None
        every = [
            np.ones((len(h), h.shape[-1]), bool) if mask is None else mask
            for mask, h in zip(real, read, strict=True)
        ]
        return np.concatenate(every) if self._over_time(True) else reduce(np.logical_or, every)

    def _over_time(self, series: bool) -> bool:
        return series and self.axis in (1, -2)

    def _check_count(self, count: int) -> None:
        wanted = "two inputs" if self.kind == "subtract" else "two inputs or more"
        if count < 2 or (self.kind == "subtract" and count > 2):
            raise ShapeError(f"{self.name}: {self.kind} joins {wanted}, not {count}")

    def _beside(self, one: Shape, other: Shape) -> Shape:
        """Two shapes number by number; of what is 1 there is one for all."""
        width = self._fitting(one.width, other.width, "numbers")
        if not (one.series and other.series):
            return Shape(width, one.series or other.series, one.timesteps or other.timesteps)
        return Shape(width, timesteps=self._fitting(one.timesteps, other.timesteps, "timesteps"))

    def _fitting(self, one: int | None, other: int | None, what: str) -> int | None:
        if one == 1 or other == 1:
            return other if one == 1 else one
        return self._alike([one, other], what)

    def _alike(self, sizes: Sequence[int | None], what: str) -> int | None:
        known = list(dict.fromkeys(size for size in sizes if size is not None))
        if len(known) > 1:
            raise ShapeError(f"{self.name} joins {known[0]} {what} with {known[1]}")
        return known[0] if known else None

    def __str__(self) -> str:
        return f"join: {self.kind}"


@dataclass(frozen=True, eq=False)
class Dot(Stateless):
    """Products of two inputs, summed over an axis of each (Keras' Dot).

    Of two rows it is one number. Of timesteps (T, n) and (S, n), with axes (2, 2), it is (T, S):
    the axes that are left, first those of the first. Masks are no matter, and none is handed on.

    Args:
        axes: which is summed over, of the first and of the second: 1 timesteps (of a row: its
            numbers), 2 features; negative ones count from the end. One number is for both.
        normalize: whether each is divided by its length first, so that it is a cosine.
    """

    axes: int | Sequence[int] = -1
    normalize: bool = False
    name: str = "dot"

    def __post_init__(self) -> None:
        check_name(self.name)
        truth("normalize", self.normalize)
        axes = (self.axes, self.axes) if isinstance(self.axes, int) else tuple(self.axes)
        whole = all(isinstance(n, int) and not isinstance(n, bool) for n in axes)
        if len(axes) != 2 or not whole or any(n not in (-2, -1, 1, 2) for n in axes):
            text = printable(repr(self.axes))
            message = f"axes is {text}, expected two of 1 (timesteps) and 2 (features)"
            raise RnncalcError(message, about=("axes",))
        settle(self, axes=axes)

    def shape(self, read: Sequence[Shape]) -> Shape:
        """What is left of both."""
        if len(read) != 2:
            raise ShapeError(f"{self.name} reads two inputs, not {len(read)}")
        sizes = [self._sizes(one, axis) for one, axis in zip(read, self.both, strict=True)]
        summed, left = zip(*sizes, strict=True)
        if None not in summed and summed[0] != summed[1]:
            raise ShapeError(f"{self.name} multiplies {summed[0]} numbers with {summed[1]}")
        rest = [size for one, size in zip(read, left, strict=True) if one.series]
        if len(rest) == 2:
            return Shape(rest[1], timesteps=rest[0])
        return Shape(rest[0] if rest else 1, series=False)

    def compute(
        self, read: Sequence[Array], operands: Mapping[str, Array], real: Sequence[Array | None]
    ) -> dict[str, Array]:
        """The products, summed up."""
        self.shape([shape_of(h) for h in read])
        x, y = (self._first(h, axis) for h, axis in zip(read, self.both, strict=True))
        found = np.moveaxis(DOT(x, y), 0, -1)  # (left of x, left of y, batch)
        if read[0].ndim == read[1].ndim == 3:
            return {"y": found}
        return {"y": found.reshape(-1, found.shape[-1])}

    def mask(
        self, real: Sequence[Array | None], read: Sequence[Array], operands: Mapping[str, Array]
    ) -> Array | None:
        """Keras' Dot hands none on."""
        return None

    @property
    def both(self) -> Sequence[int]:
        """The axes, one of each."""
        assert not isinstance(self.axes, int)
        return self.axes

    def _sizes(self, one: Shape, axis: int) -> tuple[int | None, int | None]:
        """What is summed over, and what is left."""
        if not one.series:
            if axis in (2, -2):
                raise ShapeError(f"{self.name}: one row has no axis {axis}")
            return one.width, 1
        both = one.timesteps, one.width
        return both if axis in (1, -2) else both[::-1]

    def _first(self, h: Array, axis: int) -> Array:
        """(batch, summed over, left) of (timesteps, width, batch) or (width, batch)."""
        turned = np.moveaxis(h if h.ndim == 3 else h[:, None], -1, 0)
        turned = turned if h.ndim == 2 or axis in (1, -2) else np.swapaxes(turned, 1, 2)
        if not self.normalize:
            return turned
        length = np.sqrt((turned * turned).sum(axis=1, keepdims=True))
        return np.asarray(turned / np.maximum(length, SHORTEST))

    def __str__(self) -> str:
        return "dot"


def _ones(read: Sequence[Array], real: Sequence[Array | None]) -> Any:
    """1 changes no product."""
    return 1


def _first_real(read: Sequence[Array], real: Sequence[Array | None]) -> Any:
    """Another number of the same unit and timestep is no larger than the largest."""
    found = read[0]
    for h, mask in reversed([*zip(read, real, strict=True)]):
        found = h if mask is None else np.where(mask[:, None], h, found)
    return found


FILLED = {"multiply": _ones, "maximum": _first_real}
"""The joins that leave masked numbers out, and what stands in their place."""


def _total(sizes: Sequence[int | None]) -> int | None:
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None
