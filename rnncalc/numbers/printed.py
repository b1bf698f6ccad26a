"""Printed digits: how many decimals each number has in the text that it was read from.

They are looked up by value, wherever a number stands in its text: among names, in a pasted print,
in one of some columns.
"""

from __future__ import annotations

import re

import numpy as np

from rnncalc.array import Array

NUMBER = re.compile(
    r"(?<![\w.])[-+]?(?:(?P<whole>\d+)\.?(?P<fraction>\d*)|\.(?P<only>\d+))"
    r"(?:[eE](?P<exponent>[-+]?\d{1,4}))?(?![\w.])",
    re.ASCII,
)

ALL = 7
"""Numbers of so many significant digits are those of float32, with all that they have."""

WHOLE = np.inf
"""The decimals of a number that shows none of its own: 1, 1. and 1.0 are written so by programs
that leave zeros out, and by people who mean just that."""


def decimals(text: str, numbers: Array) -> Array | None:
    """How many decimals each number has, infinite where nothing tells; of a whole one as many as
    any other has.

    Returns:
        An array of their shape; None where all are whole, and where most have all of their digits,
        so that short ones are short by themselves.
    """
    found: dict[float, float] = {}
    full = short = 0
    for match in NUMBER.finditer(text):
        value, own, significant = _read(match)
        found[value] = min(own, found.get(value, np.inf))
        full += own < WHOLE and significant >= ALL
        short += own < WHOLE and significant < ALL
    places = np.array([found.get(abs(float(one)), np.nan) for one in numbers.flat])
    own = places[np.isfinite(places)]
    if full >= short or not own.size:
        return None
    whole = np.where(places == WHOLE, own.max(), places)
    return np.asarray(np.nan_to_num(whole, nan=np.inf, posinf=np.inf).reshape(numbers.shape))


def own_decimals(text: str) -> float:
    """How many decimals one number has, infinite where it shows none."""
    match = NUMBER.search(text)
    return WHOLE if match is None else _read(match)[1]


def _read(match: re.Match[str]) -> tuple[float, float, int]:
    """A number without its sign, its decimals, its significant digits."""
    fraction = match["only"] or match["fraction"] or ""
    exponent = int(match["exponent"] or 0)
    significant = len(f"{match['whole'] or ''}{fraction}".lstrip("0"))
    whole = fraction in ("", "0") and exponent >= 0
    return abs(float(match[0])), WHOLE if whole else len(fraction) - exponent, significant


def half_unit(decimals: Array | float) -> Array:
    """How far rounding to so many decimals moves a number at most, or each of several."""
    # of 0.125 to two decimals, float64 misses a hair
    return np.asarray(0.5 * 10.0 ** -np.asarray(decimals, np.float64) * (1 + 1e-6))
