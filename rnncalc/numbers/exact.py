"""Numbers of as many digits as are asked for, ``mp:50``: mpmath's, with what NumPy asks of them.

Ten digits more are computed than are asked for, and left out where a number is written. There is no
NaN and no infinity among them. Arrays of them: ``exact_arrays.py``.
"""

from __future__ import annotations

import re
from abc import ABC
from functools import cache, lru_cache
from typing import Any

from rnncalc.containers.extra import needed
from rnncalc.errors import RnncalcError

NAME = re.compile(r"mp:([1-9]\d{0,2}|1000)", re.ASCII)
"""``mp:1`` to ``mp:1000``."""

GUARD = 10
"""So many digits more are computed."""

LARGEST = 4096
"""Bits in front of the binary point of a number of which exp is computed: a float64 has 1024."""

METHODS = ("expm1", "log", "log1p", "tanh", "sqrt", "erfc")
"""The functions of equations that NumPy asks the elements of an array for; and exp."""


class Exact(ABC):  # mpmath makes the classes
    """A number of so many digits, ``digits``; ``str`` writes all of them."""

    digits: int


@lru_cache(maxsize=64)  # asked for every array of every run
def digits_of(dtype: str) -> int:
    """How many digits a dtype asks for: 50 of ``mp:50``; 0 of NumPy's own."""
    match = NAME.fullmatch(dtype)
    return int(match[1]) if match else 0


@cache
def kind(digits: int) -> Any:
    """The class of numbers of so many digits. Errors: FileError where mpmath is not installed."""
    library = needed("mpmath", f"mp:{digits}", "computing in", extra="mp")
    context = library.MPContext()
    context.dps = digits + GUARD
    number = context.mpf
    number.digits = digits
    for name in METHODS:
        setattr(number, name, _method(getattr(context, name)))
    number.exp = lambda self: context.exp(_bounded(context, self))
    number.pi = +context.pi
    number.__str__ = lambda self: text(self, digits)
    number.__format__ = _formatted
    Exact.register(number)
    return number


def _method(function: Any) -> Any:
    return lambda self: function(self)


def _bounded(context: Any, value: Any) -> Any:
    if value and context.mag(value) > LARGEST:
        raise RnncalcError(f"exp of a number of more than {LARGEST:,} bits is not computed")
    return value


def text(value: Any, digits: int) -> str:
    """Significant digits of a number, without zeros at the end, as Python's ``g`` has them."""
    written = str(value.context.nstr(value, digits, min_fixed=-5, max_fixed=digits))
    return re.sub(r"\.0(?=e|$)", "", written)


def _formatted(value: Any, form: str) -> str:
    """``.6g`` and ``.4f``, as Python's own numbers are written."""
    if not form.endswith("f"):
        return text(value, int(form[1:-1]) if form else value.digits)
    from decimal import Decimal

    return format(Decimal(text(value, value.digits + GUARD)), form)


def changed(value: Any, written: str) -> bool:
    """Whether a text says another number than all digits of a value do."""
    from decimal import Decimal

    return Decimal(written) != Decimal(str(value))
