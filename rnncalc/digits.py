"""A number as text: so many significant digits, every digit, or hexadecimal.

Rounding never turns a number into another one that people would believe: what is not 0, 1 or -1
is not written as 0, 1 or -1, however few digits were asked for.
"""

from __future__ import annotations

from typing import Any, Literal

Digits = int | Literal["full", "hex"]
"""N significant digits; ``full``: the shortest text that reads back to the same bits; ``hex``."""

DEFAULT: Digits = 6
MOST = 17
"""Significant digits that tell any two float64 apart."""


def number(value: Any, digits: Digits = "full") -> str:
    """A number (Python's or NumPy's, of any width) as text."""
    if digits == "full":
        return whole(value)
    if digits == "hex":
        return float(value).hex()
    return rounded(float(value), digits)


def whole(value: Any) -> str:
    """The shortest text that reads back to the same bits in the number's own type."""
    text = str(value)
    return text[:-2] if text.endswith(".0") else text


def rounded(value: float, digits: int) -> str:
    """``digits`` significant digits, or as many more as it takes not to look like 1 or -1."""
    text = f"{value:.{digits}g}"
    while float(text) in (1.0, -1.0) and float(text) != value and digits < MOST:
        digits += 1
        text = f"{value:.{digits}g}"
    return text


def changed(value: Any, text: str) -> bool:
    """Whether the text says another number than the value (NaN is NaN)."""
    read = float.fromhex(text) if "0x" in text else float(text)
    return bool(type(value)(read) != value and value == value)
