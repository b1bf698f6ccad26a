"""Numbers that record what NumPy does to them: an activation run on them gives its formula.

A ``Recorded`` stands where an array stands in ``activations.py`` and ``curves.py``; what comes out
is a ``Term`` of NumPy's own operations, by their names there (``expm1``, ``where``, ``max``). So a
language that has a word for each of these has every activation, and whoever adds an activation
writes it once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from rnncalc.data import dataclass
from rnncalc.equations.symbols import Term

SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
"""The operations that are written with a sign between; all others are functions."""

REDUCTIONS = ("max", "sum", "mean", "var", "any", "argmax")
"""What makes one number of all."""


@dataclass(frozen=True, eq=False)
class Recorded(NDArrayOperatorsMixin, Term):
    """Numbers of one axis, or one number.

    Attributes:
        size: how many they are; 0 for one number that stands beside them all.
    """

    size: int = 0

    ndim = 1
    dtype = np.dtype(np.float64)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **_: Any) -> Recorded:
        name = ufunc.__name__.split()[0]  # "erfc (vectorized)"
        return recorded(SIGNS.get(name, name), *inputs)

    def __array_function__(self, function: Any, types: Any, given: Any, named: Any) -> Any:
        if function is np.full_like:
            return _term(given[1])
        return recorded(function.__name__, *given)

    def __array__(self, *_: Any, **__: Any) -> Any:
        """What np.asarray makes of it: itself, in a box."""
        box = np.empty((), object)
        box[()] = self
        return box

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, part: slice) -> Recorded:
        start, stop, _ = part.indices(self.size)
        return recorded("slice", self, start, stop, size=stop - start)

    def astype(self, dtype: Any) -> Recorded:
        """Numbers stay numbers."""
        return self

    def max(self, axis: int, **named: Any) -> Recorded:
        """The largest of all (of those ``where`` something holds)."""
        return recorded("max", self, **named)

    def sum(self, axis: int, **named: Any) -> Recorded:
        """All together (those ``where`` something holds)."""
        return recorded("sum", self, **named)

    def any(self, axis: int) -> Recorded:
        """Whether one of them holds."""
        return recorded("any", self)

    def argmax(self, axis: int) -> Recorded:
        """Where the largest is."""
        return recorded("argmax", self)


def recorded(kind: str, *given: Any, size: int | None = None, **named: Any) -> Recorded:
    """An operation on numbers, of which one at least is Recorded."""
    parts = tuple(map(_term, [*given, *([named["where"]] if "where" in named else [])]))
    if size is None:
        size = 0 if kind in REDUCTIONS else max(part.size for part in parts)
    if kind in SIGNS.values():
        return Recorded(kind, "", parts, size)
    return Recorded("function", kind, parts, size)


def variable(name: str, size: int) -> Recorded:
    """Numbers by a name."""
    return Recorded("name", name, (), size)


def formula(
    function: Callable[..., Any],
    size: int,
    parameters: Mapping[str, float],
    names: Sequence[str] = ("a",),
) -> Recorded:
    """What a function computes of numbers, as a formula; its parameters are settled.

    Args:
        size: how many numbers it takes together; 0 where it takes them one by one.
        names: what it takes.
    """
    found: Recorded = _term(function(*(variable(one, size) for one in names), **parameters))
    return found  # without the box of np.asarray


def _term(value: Any) -> Recorded:
    if isinstance(value, Recorded):
        return value
    if isinstance(value, np.ndarray) and value.ndim:
        return Recorded("numbers", ",".join(repr(float(one)) for one in value), (), len(value))
    if isinstance(value, np.ndarray) and value.dtype == object:
        return _term(value.item())
    return Recorded("name", repr(float(value)))
