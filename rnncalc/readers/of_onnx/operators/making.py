"""Constants that are made of others: shapes are known at once, numbers when somebody reads them.

They are made once, are no more than the file can mean, and are paid for. Which operator makes what
is said in ``folding.py``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from weakref import WeakValueDictionary

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.limits import Budget, OverspentError
from rnncalc.containers.tensor import Tensor
from rnncalc.errors import FileError
from rnncalc.readers.of_onnx.walk.values import Known, OtherError


class Making:
    """Makes constants.

    Args:
        stored: how many numbers the file holds.
        budget: the work that may still be spent on the graph.
    """

    def __init__(self, stored: int, budget: Budget) -> None:
        self.most, self.budget = stored + limits.FROM_NOTHING, budget
        self.room = limits.KEPT

    def known(self, tensor: Tensor) -> Known:
        """A constant that stands in the file."""
        numbers = self._once(tensor.numbers, tensor.size, tensor.size)
        return Known(replace(tensor, numbers=numbers), held=tensor.size)

    def _once(self, make: Callable[[], Array], size: int, cost: int) -> Callable[[], Array]:
        """What makes numbers, and has them for the next one who asks: as long as somebody holds
        them, and where there is room always.

        Args:
            size: how many.
            cost: how many numbers it takes to make them.
        """
        kept: list[Array] = []
        alive: WeakValueDictionary[str, Array] = WeakValueDictionary()

        def numbers() -> Array:
            if (there := alive.get("")) is not None:
                return there
            try:
                self.budget.spend(calls=1, numbers=cost)
            except OverspentError as error:  # of a file that has been read, too
                raise FileError(str(error)) from None
            made = np.asarray(make())
            made.flags.writeable = False
            alive[""] = made
            if size <= self.room:
                self.room -= size
                kept.append(made)
            return made

        return numbers

    def made(
        self, name: str, shape: Sequence[int], function: Callable[..., Array], *of: Known,
        dtype: str = "", view: bool = False,
    ) -> Known:  # fmt: skip
        """A constant of this shape, made of the numbers of others.

        Args:
            view: whether it is some of them, which are not gone through.
        """
        size = math.prod(shape)
        if size > self.most:
            raise OtherError(f"makes {size:,} numbers, more than the file can mean")
        dtype = dtype or next((one.tensor.dtype for one in of), "float32")
        loose, nested = any(one.loose for one in of), max((one.nested for one in of), default=0) + 1
        held = _held(of, size)
        if held > limits.HELD_AT_ONCE * self.most:
            raise OtherError(f"holds {held:,} numbers at once, more than the file can mean")
        cost = size if view else max(size, *(one.tensor.size for one in of), 1)

        def make() -> Array:
            return np.reshape(function(*(one.tensor.read() for one in of)), shape)

        numbers = self._once(make, size, cost)
        if size <= limits.SMALL:
            return kept(name, numbers(), dtype, loose)
        return Known(Tensor(name, tuple(shape), dtype, numbers), nested, loose, held)

    def viewed(self, name: str, function: Callable[[Array], Array], one: Known) -> Known:
        """A constant whose numbers are those of another, some of them or in another order."""
        ghost = np.broadcast_to(np.zeros(()), one.tensor.shape)
        return self.made(name, function(ghost).shape, function, one, view=True)


def _held(of: Sequence[Known], size: int) -> int:
    """How many numbers are held at once while so many are made of others, which come one by one."""
    most = there = 0
    for one in {id(one): one for one in of}.values():
        most = max(most, there + one.held)
        there += one.tensor.size
    return max(most, there + size)


def kept(name: str, numbers: Array, dtype: str, loose: bool = False) -> Known:
    """A constant of few numbers, at hand."""
    numbers = np.array(numbers, np.float64)
    return Known(Tensor(name, numbers.shape, dtype, lambda: numbers), 0, loose)
