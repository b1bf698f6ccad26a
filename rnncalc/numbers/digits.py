"""Numbers as text, and text as numbers.

Written: so many significant digits or decimals, every digit, or hexadecimal. Read: as people write
numbers, and what float64 cannot hold is refused.

Rounding never turns a number into another one that people would believe: what is not 0, 1 or -1
is not written as 0, 1 or -1, however few digits were asked for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from rnncalc.errors import RnncalcError, may_quote, printable, quoted
from rnncalc.numbers import exact
from rnncalc.numbers.exact import Exact

Digits = int | str
"""N significant digits; ``.N``: so many decimals; ``full``: the shortest text that reads back to
the same bits; ``hex``."""

DEFAULT: Digits = 6
MOST = 17
"""Significant digits that tell any two float64 apart."""

OTHERS = (0.0, 1.0, -1.0)
"""What no other number is rounded to."""

WITHOUT = 2.0**53
"""From here on a float64 has no decimals."""

DIGIT = re.compile("[1-9a-fA-F]")
"""What a number must have to be other than 0."""

DECIMAL = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
HEXADECIMAL = re.compile(
    r"[-+]?0[xX]([0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)([pP][-+]?\d+)?", re.ASCII
)
NOT_FINITE = re.compile(r"[-+]?(inf|infinity|nan|\.inf|\.nan)", re.ASCII | re.IGNORECASE)


def number(value: Any, digits: Digits = "full") -> str:
    """A number (Python's or NumPy's, of any width) as text."""
    if digits == "full":
        return whole(value)
    plain = isinstance(value, float) or not isinstance(value, Exact)  # the first is quickly asked
    own: Any = float(value) if plain else value
    if digits == "hex":
        return _hexadecimal(own)
    return fixed(own, int(digits[1:])) if isinstance(digits, str) else rounded(own, digits)


def _hexadecimal(value: Any) -> str:
    if isinstance(value, Exact):
        raise RnncalcError(f"mp:{value.digits} has no hexadecimal digits: give -d full")
    return str(value.hex())


def whole(value: Any) -> str:
    """The shortest text that reads back to the same bits in the number's own type."""
    text = str(value)
    return text[:-2] if text.endswith(".0") else text


def rounded(value: float, digits: int, kind: str = "g") -> str:
    """``digits`` significant digits (``kind`` f: decimals), or as many more as it takes not to look
    like 0, 1 or -1."""
    text = f"{value:.{digits}{kind}}"
    while float(text) in OTHERS and float(text) != value and digits < _most(value):
        digits += 1
        text = f"{value:.{digits}{kind}}"
    return text


def _most(value: Any) -> int:
    """The digits that a number has."""
    return value.digits if isinstance(value, Exact) else MOST


def fixed(value: float, count: int) -> str:
    """``count`` decimals, or more; before a power of ten where no decimals tell it from 0.

    What has no decimals, as it is so large, has all of its digits.
    """
    if math.isfinite(value) and abs(value) >= WITHOUT and not isinstance(value, Exact):
        return whole(value)
    text = rounded(value, count, "f")
    return text if value == 0 or float(text) else f"{value:.{count}e}"


def asked(text: str, most: int = MOST) -> Digits:
    """Digits in words: ``6``  ``.4``  ``full``  ``hex``. Errors: RnncalcError for no such word."""
    if text in ("full", "hex"):
        return text
    match = re.fullmatch(r"\.?(\d{1,4})", text, re.ASCII)
    if not match or not 1 <= int(match[1]) <= most:
        message = f"'{printable(text, 30)}' is not one of: 1 to {most}, .1 to .{most}, full, hex"
        raise RnncalcError(message)
    return text if text.startswith(".") else int(text)


def finer(digits: Digits) -> Iterator[Digits]:
    """The same, then more and more of them; ``full`` and ``hex`` have all."""
    if isinstance(digits, int):
        yield from range(digits, MOST + 1)
    elif digits.startswith("."):
        yield from (f".{count}" for count in range(int(digits[1:]), MOST + 1))
    else:
        yield digits


def named(digits: Digits) -> str:
    """``6 significant digits``, ``4 decimals``."""
    if isinstance(digits, str):
        return counted(int(digits[1:]), "decimal")
    return f"{digits} significant digits"


def changed(value: Any, text: str) -> bool:
    """Whether the text says another number than the value (NaN is NaN)."""
    if isinstance(value, Exact):
        return exact.changed(value, text)
    read = float.fromhex(text) if "0x" in text else float(text)
    # In the type of the value: 0.1 is not the float32 that is written 0.1.
    return bool(type(value)(read) != value and value == value)


def parsed(text: str) -> float:
    """One number as people write it: ``0.5``  ``-.5``  ``1e-3``  ``0x1.8p-1``  ``inf``.

    Errors: RnncalcError that says what is wrong with it.
    """
    if DECIMAL.fullmatch(text):
        return _in_range(float(text), text)
    if HEXADECIMAL.fullmatch(text):
        return _in_range(_from_hex(text), text)
    if NOT_FINITE.fullmatch(text):
        return float(text.replace(".", ""))
    raise RnncalcError(_what_is_wrong(text))


def _from_hex(text: str) -> float:
    try:
        return float.fromhex(text)
    except OverflowError:
        return math.inf


def _in_range(value: float, text: str) -> float:
    if math.isinf(value):
        raise RnncalcError(too_large(text))
    mantissa = text[2:].lower().split("p")[0] if "x" in text.lower() else re.split("[eE]", text)[0]
    if value == 0 and DIGIT.search(mantissa.lstrip("xX")):
        raise RnncalcError(f"{quoted(text, 30)} is too small for float64: it would become 0")
    return value


def too_large(text: str) -> str:
    """What is said of a number beyond float64."""
    number = text if " " in text else quoted(text, 30)
    return f"{number} is too large for float64"


def _what_is_wrong(text: str) -> str:
    from rnncalc.numbers import pasted

    if not may_quote():
        return f"{quoted(text)} is not a number"
    shown = printable(text, 30)
    if text.startswith("="):
        return f"'{shown}' starts with '=': leave it out"
    if pasted.is_cut(text):
        return pasted.cut(text)
    if any(dash in text for dash in "\u2212\u2013\u2014"):
        return f"'{shown}' has a typographic minus or dash: write - (the hyphen)"
    if "_" in text and DECIMAL.fullmatch(text.replace("_", "")):
        return f"'{shown}' has an underscore: write {shown.replace('_', '')}"
    if re.fullmatch(r"[-+]?[\d.]+", text) and not text.isascii():
        return f"'{shown}' has digits of another script: write 0 to 9"
    if re.fullmatch(r"[-+]?\d*,\d+([eE][-+]?\d+)?", text):
        return f"'{shown}' has a decimal comma: write {shown.replace(',', '.')}"
    return f"'{shown}' is not a number"


def counted(count: int, what: str) -> str:
    """``1 step``, ``5,000 steps``."""
    return f"{count:,} {what}{'s' * (count != 1)}"
