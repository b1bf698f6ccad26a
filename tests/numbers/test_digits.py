"""Numbers as text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnncalc.numbers.digits import changed, number


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


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 17))
def test_rounding_never_becomes_0_or_1(value, digits):
    """However few digits: 0, 1 and -1 are themselves."""
    shown = float(number(value, digits))

    assert shown not in (0, 1, -1) or shown == value


def test_changed():
    """Whether a text says another number, in the number's own precision."""
    assert changed(0.123456789, "0.123457")
    assert not changed(0.5, "0.5")
    assert not changed(np.float32(0.1), "0.1")
    assert not changed(float("nan"), "nan")
