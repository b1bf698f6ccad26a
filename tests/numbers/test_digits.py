"""Numbers as text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnncalc.errors import RnncalcError
from rnncalc.numbers.digits import asked, changed, finer, named, number


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.3130691470988777, 6, "0.313069"),
        (0.9999999, 6, "0.9999999"),
        (-0.99999999999, 3, "-0.99999999999"),
        (1 - 2**-53, 6, "0.9999999999999999"),
        (1.0000001, 4, "1.0000001"),
        (1e-9, 6, "1e-09"),
        (123456789.0, 6, "1.23457e+08"),
        (1.0, 6, "1"),
        (0.0, 6, "0"),
        (0.1, "full", "0.1"),
        (2.0, "full", "2"),
        (np.float32(0.1), "full", "0.1"),
        (np.float16(0.1), "full", "0.1"),
        (0.5, "hex", "0x1.0000000000000p-1"),
        (float("nan"), 6, "nan"),
        (float("-inf"), 3, "-inf"),
        (0.3130691470988777, ".4", "0.3131"),
        (2.0, ".4", "2.0000"),
        (-0.5, ".1", "-0.5"),
        (1.0, ".2", "1.00"),
        (0.0, ".2", "0.00"),
        (0.999996, ".4", "0.999996"),
        (-0.99999, ".4", "-0.99999"),
        (1.00001, ".2", "1.00001"),
        (0.00003, ".4", "0.00003"),
        (-0.004, ".2", "-0.004"),
        (1 - 2**-53, ".4", "0.9999999999999999"),
        (1.5e-20, ".4", "1.5000e-20"),
        (12345.678, ".2", "12345.68"),
        (1.25e20, ".2", "1.25e+20"),
        (np.float32(0.1), ".4", "0.1000"),
        (np.float32(1) - np.float32(2**-24), ".3", "0.9999999"),
        (float("nan"), ".4", "nan"),
        (float("inf"), ".4", "inf"),
    ],
)
def test_numbers(value, digits, text):
    """What is not 0, 1 or -1 is never written as such."""
    assert number(value, digits) == text


@given(st.floats(allow_nan=False))
def test_full_and_hex_read_back(value):
    """``full`` and ``hex`` are the number itself."""
    assert float(number(value, "full")) == value
    assert float.fromhex(number(value, "hex")) == value


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 17), st.booleans())
def test_rounding_never_becomes_0_or_1(value, count, fixed):
    """However few digits or decimals: 0, 1 and -1 are themselves."""
    digits = f".{count}" if fixed else count
    shown = float(number(value, digits))

    assert shown not in (0, 1, -1) or shown == value


def test_changed():
    """Whether a text says another number, in the number's own precision."""
    assert changed(0.123456789, "0.123457")
    assert not changed(0.5, "0.5")
    assert not changed(np.float32(0.1), "0.1")
    assert not changed(float("nan"), "nan")


def test_digits_in_words():
    """As the command line has them."""
    assert [asked(text) for text in ("6", ".4", "full", "hex")] == [6, ".4", "full", "hex"]
    assert [named(one) for one in (6, ".4")] == ["6 significant digits", "4 decimals"]
    for wrong in ("0", ".0", "18", ".18", "4.", "-4", ". 4", "", ".", "\u0664"):
        with pytest.raises(RnncalcError, match=r"is not one of: 1 to 17, \.1 to \.17, full, hex"):
            asked(wrong)


def test_more_digits():
    """Until two numbers can be told apart."""
    assert [*finer(15)] == [15, 16, 17]
    assert [*finer(".16")] == [".16", ".17"]
    assert [*finer("hex")] == ["hex"]
