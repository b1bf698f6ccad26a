"""A tensor in a model file: what its header says, and its numbers when somebody asks for them.

A container makes tensors without reading their numbers, so that looking into a large file costs no
memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.errors import located, printable


@dataclass(frozen=True, eq=False)
class Tensor:
    """An array that is still in its file.

    Attributes:
        name: what the file calls it: ``lstm.weight_ih_l0``, ``layers/lstm/cell/vars/0``.
        shape: its shape, which the container has checked against the bytes that are there.
        dtype: the type that the file keeps it in: ``float32``, ``bfloat16``, ``int64`` ...
        numbers: reads it: float64, in C order, of the shape.
        of: the arrays of the file that it is made of, by name, and their shapes; None where it is
            one itself.
        by_row: what reads it row by row, along its first axis; None where only all of it is read.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    numbers: Callable[[], Array]
    of: Mapping[str, tuple[int, ...]] | None = None
    by_row: Callable[[], Any] | None = None

    @property
    def ndim(self) -> int:
        """How many axes it has."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many numbers it has."""
        return math.prod(self.shape)

    @property
    def held(self) -> Mapping[str, tuple[int, ...]]:
        """The arrays that the file holds for it, by name, and their shapes."""
        return {self.name: self.shape} if self.of is None else self.of

    def read(self) -> Array:
        """Its numbers, float64. Errors: FileError, with its name, where the file is damaged."""
        with located(printable(self.name, 200)):
            return np.asarray(self.numbers(), np.float64, order="C")

    def made(self, shape: tuple[int, ...], function: Callable[[Array], Array]) -> Tensor:
        """Another one of this shape, made of its numbers when they are read."""
        return Tensor(self.name, shape, self.dtype, lambda: function(self.read()), self.held)
