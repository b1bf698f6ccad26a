"""A formula with the numbers in it: text that gives the result when somebody computes it.

A ``Term`` of a cell's equations and the values of its symbols become arithmetic for one unit, with
so many digits that the printed numbers give the printed result. Where no number of digits does (the
result was rounded on another way), the line says so: ``exact`` is then False.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from math import fsum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from rnncalc.array import Array
from rnncalc.equations.activations import ACTIVATIONS, activation
from rnncalc.equations.gates import Clip
from rnncalc.equations.joins import MAXIMUM
from rnncalc.equations.stateless import LEAKY, OVER_ALL, SQRT, TURN
from rnncalc.equations.symbols import Term
from rnncalc.numbers.digits import Digits, finer, number

PRODUCTS = 8
"""A sum of more products is written with the largest of them, unless all are wanted."""

SUM, NEGATIVE, PRODUCT, ATOM = 1, 1.5, 2, 4
"""How tightly what is written binds."""

MOST_KEPT = 1000
"""So many names and activations are remembered: every step has the same ones."""

LARGEST = 6
"""So many of its products are written."""


OF_SEVERAL: dict[str, Callable[..., Array]] = {
    MAXIMUM.name: MAXIMUM.function,
    TURN.name: lambda a: a[None] if a.ndim == 1 else a.T,
}
"""Functions that are no activations; a vector is a column, so turned it is one row."""


class Arithmetic(NamedTuple):
    """One quantity of one unit, as arithmetic.

    Attributes:
        numbers: the formula with numbers in it, as Python reads it; names of activations are ours.
        result: the result as text.
        exact: whether the numbers as they are written give the result as it is written.
        rest: how many small products the last number of a long sum stands for; 0 where none.
    """

    numbers: str
    result: str
    exact: bool
    rest: int


class Bindings(NamedTuple):
    """The values that a formula is about.

    Attributes:
        symbols: name to value: a weight's matrix (units, ...), a vector of one number per unit.
        named: the parts that stand for themselves, ``id(term)`` to the vector of their values.
        dtype: of the result.
        most: so many products of a sum are written; of more the largest, and the rest as one
            number.
    """

    symbols: Mapping[str, Array]
    named: Mapping[int, Array]
    dtype: DTypeLike
    most: float = PRODUCTS


class Fragment(NamedTuple):
    """Part of a line: its text, what that gives, and how tightly it binds (see ``term``)."""

    text: str
    value: float
    strength: float
    rest: int = 0


@np.errstate(all="ignore")
def arithmetic(term: Term, unit: int, value: Any, bindings: Bindings, digits: Digits) -> Arithmetic:
    """The formula of a unit with its numbers, and its value.

    Operands get as many digits as it takes, ``digits`` at least.
    """
    wanted: Digits = "full" if digits == "hex" else digits
    result = number(value, wanted)
    for count in _counts(wanted):
        fragment = _part(term, unit, bindings, _writer(count))
        if _gives(fragment.value, value, wanted, result, bindings.dtype):
            return Arithmetic(fragment.text, result, True, fragment.rest)
    fragment = _part(term, unit, bindings, _writer(wanted))
    return Arithmetic(fragment.text, result, False, fragment.rest)


def vector(term: Term, bindings: Bindings) -> Array:
    """The value of a term for every unit."""
    if id(term) in bindings.named:
        return bindings.named[id(term)]
    if term.kind == "name":
        constant = _constant(term.label)
        return bindings.symbols[term.label] if constant is None else np.array([constant])
    if term.kind == "function":
        others = [] if term.label == Clip.name else term.parts[1:]
        return _function(term)(*(vector(part, bindings) for part in (term.parts[0], *others)))
    left, right = (vector(part, bindings) for part in term.parts)
    operations: dict[str, Callable[[Array, Array], Array]] = {
        "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "@": np.matmul,
    }  # fmt: skip
    return operations[term.kind](left, right)


def _gives(computed: float, value: Any, digits: Digits, result: str, dtype: DTypeLike) -> bool:
    """Whether what the printed numbers give is what is printed."""
    rounded = np.asarray(computed, dtype)[()]
    if computed == 0 == value:  # -0 is 0
        return True
    if digits == "full":
        return bool(rounded == value or (np.isnan(rounded) and np.isnan(value)))
    return number(rounded, digits) == result or number(computed, digits) == result


def _writer(digits: Digits) -> Callable[[Any], Fragment]:
    def write(value: Any) -> Fragment:
        text = number(value, digits)
        return Fragment(text, float(text), NEGATIVE if text.startswith("-") else ATOM)

    return write


@lru_cache(MOST_KEPT)
def _counts(wanted: Digits) -> tuple[Digits, ...]:
    """The digits that operands are tried with."""
    return tuple(dict.fromkeys([*finer(wanted), "full"]))


def _part(term: Term, unit: int, bindings: Bindings, write: Callable[[Any], Fragment]) -> Fragment:
    if id(term) in bindings.named:
        return write(_of(bindings.named[id(term)], unit))
    if term.kind == "name":
        constant = _constant(term.label)
        return write(_of(bindings.symbols[term.label], unit) if constant is None else constant)
    if term.kind == "@":
        return _sum_of_products(term, unit, bindings, write)
    if term.kind == "function":
        return _call(term, unit, bindings, write)
    left, right = (_part(part, unit, bindings, write) for part in term.parts)
    return _joined(term.kind, left, right)


def _joined(kind: str, left: Fragment, right: Fragment) -> Fragment:
    """Two parts with a sign between, brackets where they are needed."""
    rest = left.rest + right.rest
    if kind == "*":
        text = f"{_bracketed(left, NEGATIVE)}*{_bracketed(right, ATOM)}"
        return Fragment(text, left.value * right.value, PRODUCT, rest)
    if kind == "-":
        text = f"{left.text} - {_bracketed(right, PRODUCT)}"
        return Fragment(text, left.value - right.value, SUM, rest)
    if kind == "/":
        text = f"{_bracketed(left, NEGATIVE)}/{_bracketed(right, ATOM)}"
        return Fragment(text, float(np.float64(left.value) / right.value), PRODUCT, rest)
    # ``a + -b`` is written ``a - b``: the same number, bit for bit.
    text = f"+ {_bracketed(right, NEGATIVE)}".replace("+ -", "- ", 1)
    return Fragment(f"{left.text} {text}", left.value + right.value, SUM, rest)


def _bracketed(part: Fragment, strength: float) -> str:
    return part.text if part.strength >= strength else f"({part.text})"


def _sum_of_products(
    term: Term, unit: int, bindings: Bindings, write: Callable[[Any], Fragment]
) -> Fragment:
    """A row of a matrix times a column: the largest products, and the rest as one number."""
    weights = vector(term.parts[0], bindings)[unit]
    values = vector(term.parts[1], bindings)
    order = range(len(weights))
    if len(weights) > bindings.most:
        sizes = np.abs(np.asarray(weights, float) * values)
        order = sorted(np.argsort(-sizes, kind="stable")[:LARGEST].tolist())  # type: ignore[assignment]
    fragment = None
    for k in order:
        factor = _part(term.parts[1], k, bindings, write)
        product = _joined("*", write(weights[k]), factor)
        fragment = product if fragment is None else _joined("+", fragment, product)
    assert fragment is not None  # a layer has units
    others = [k for k in range(len(weights)) if k not in order]
    if others:
        rest = fsum(float(weights[k]) * float(values[k]) for k in others)
        fragment = _joined("+", fragment, write(rest))._replace(rest=len(others))
    return fragment


def _call(term: Term, unit: int, bindings: Bindings, write: Callable[[Any], Fragment]) -> Fragment:
    function = _function(term)
    if term.label in OVER_ALL or _together(term):
        return _over_all(term, unit, bindings, write)
    if term.label == MAXIMUM.name:
        parts = [_part(part, unit, bindings, write) for part in term.parts]
        text = f"max({', '.join(part.text for part in parts)})"
        return Fragment(text, max(part.value for part in parts), ATOM)
    inner = _part(term.parts[0], unit, bindings, write)
    if function is LEAKY:
        slope = _part(term.parts[1], unit, bindings, write)
        function = activation({"name": term.label, "alpha": slope.value})
    settings = [f"{key}={value!r}" for key, value in getattr(function, "parameters", {}).items()]
    settings += [part.label for part in term.parts[1:] if term.label == Clip.name]
    text = f"{term.label.split(':')[0]}({', '.join([inner.text, *settings])})"
    value = float(np.asarray(function(np.array([inner.value])))[0])
    return Fragment(text, value, ATOM, inner.rest)


def _over_all(
    term: Term, unit: int, bindings: Bindings, write: Callable[[Any], Fragment]
) -> Fragment:
    """All units together: ``softmax([0.1, 0.2])[1]``, ``mean([0.1, 0.2])``."""
    count = len(vector(term.parts[0], bindings))
    parts = [_part(term.parts[0], k, bindings, write) for k in range(count)]
    values = _function(term)(np.array([part.value for part in parts]))
    index = f"[{unit}]" if _together(term) else ""
    text = f"{term.label}([{', '.join(part.text for part in parts)}]){index}"
    return Fragment(text, float(_of(values, unit)), ATOM, sum(part.rest for part in parts))


def _function(term: Term) -> Callable[[Array], Array]:
    if term.label == "clip":
        low, high = (float(part.label) for part in term.parts[1:])
        return lambda a: np.clip(a, low, high)
    if term.label == SQRT.name:
        return SQRT
    if term.label in OF_SEVERAL:
        return OF_SEVERAL[term.label]
    if len(term.parts) > 1:
        return LEAKY
    return OVER_ALL.get(term.label) or _activation(term.label)


_activation = lru_cache(MOST_KEPT)(activation)


def _together(term: Term) -> bool:
    """Whether it is an activation that takes all units together, and gives each its own number."""
    return term.label in ACTIVATIONS and ACTIVATIONS[term.label].together


@lru_cache(MOST_KEPT)
def _constant(label: str) -> float | None:
    try:
        return float(label)
    except ValueError:
        return None


def _of(values: Array, unit: int) -> Any:
    """A unit's number; of a quantity that is one for all, that."""
    return values[unit if len(values) > 1 else 0]
