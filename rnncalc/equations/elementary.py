"""What an activation computes, in NumPy's own operations: its function, run on a symbol.

So whoever prints equations for another language (a page's, a spreadsheet's) needs words for a few
operations, and none for an activation: no function is written a second time. Functions of the
result are named as NumPy names them: ``exp(a)``, ``where(greater(a, 0), a, 0)``; those that make
one number of all units are ``sum``, ``max``, ``mean``, ``var``, ``argmax`` and ``any``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from rnncalc.equations.activations import Activation
from rnncalc.equations.gates import Clip
from rnncalc.equations.stateless import Named
from rnncalc.equations.symbols import Term, constant, operation

SIGNS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
"""NumPy's functions that are written with a sign."""

OVER_ALL = ("sum", "max", "mean", "var", "argmax", "any")
"""The functions that make one number of all units."""

IN_ORDER = ("sort", "cumsum")
"""The functions that make of all units as many numbers."""


def elementary(function: Activation | Clip | Named, units: int, *of: Term) -> Term:
    """What a function gives of terms, in NumPy's operations.

    Args:
        units: how many numbers stand behind a term; of an activation of each number alone, any.
    """
    own: Callable[..., Any] = function
    if isinstance(function, Activation):
        own = function.definition.function
    elif isinstance(function, Named):
        own = function.function
    parameters: Mapping[str, float] = getattr(function, "parameters", {})
    if isinstance(function, Clip):
        return _term(np.clip(_Symbol(of[0], units), -function.bound, function.bound))
    return _term(own(*(_Symbol(term, units) for term in of), **parameters))


def constants(term: Term) -> list[float] | None:
    """The numbers of a term that is one for each unit, and no symbol; None of others."""
    if term.kind != "constants":
        return None
    return [float(number) for number in term.label.split()]


class _Symbol(np.lib.mixins.NDArrayOperatorsMixin):
    """A term where an array of one number a unit is expected."""

    dtype, ndim = np.dtype("float64"), 1

    def __init__(self, term: Term, units: int) -> None:
        self.term, self.units = term, units

    def __len__(self) -> int:
        return self.units

    def __getitem__(self, part: slice) -> _Symbol:
        start, stop, _ = part.indices(self.units)
        return _Symbol(Term("part", f"{start}:{stop}", (self.term,)), stop - start)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        """Itself, as what NumPy takes for no array."""
        alone = np.empty((), object)
        alone[()] = self
        return alone

    def __array_ufunc__(self, function: Any, method: str, *given: Any, **_: Any) -> Any:
        name = function.__name__.split(" ")[0]
        if method != "__call__":
            return NotImplemented
        terms = tuple(map(_term, given))
        if name in SIGNS:
            return self.made(operation(SIGNS[name], *terms))
        if name == "negative":
            return self.made(Term("-", "", terms))
        return self.made(Term("function", name, terms))

    def __array_function__(self, function: Any, _: Any, given: Any, named: Any) -> Any:
        name = function.__name__
        if name == "full_like":
            return given[1]
        if name == "clip":
            return np.minimum(np.maximum(given[0], given[1]), given[2])
        names = {"amax": "max"}
        return self.made(Term("function", names.get(name, name), tuple(map(_term, given))))

    def made(self, term: Term) -> _Symbol:
        """Of as many units."""
        return _Symbol(term, self.units)

    def sum(self, **_: Any) -> _Symbol:
        return self.made(Term("function", "sum", (self.term,)))

    def max(self, **_: Any) -> _Symbol:
        return self.made(Term("function", "max", (self.term,)))

    def argmax(self, **_: Any) -> _Symbol:
        return self.made(Term("function", "argmax", (self.term,)))

    def any(self, **_: Any) -> _Symbol:
        return self.made(Term("function", "any", (self.term,)))

    def astype(self, _: Any) -> _Symbol:
        return self


def _term(value: Any) -> Term:
    """A term, whatever stands for it: a symbol, a number, one number for each unit."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, _Symbol):
        return value.term
    if isinstance(value, np.ndarray):
        return Term("constants", " ".join(map(str, value.tolist())))
    return constant(value)
