"""Printed digits: how many decimals each number of a text has."""

from __future__ import annotations

import numpy as np
import pytest

from rnncalc.numbers.printed import decimals

ALL = np.inf


@pytest.mark.parametrize(
    ("text", "numbers", "expected"),
    [
        ("0.3131,0.7447", [0.3131, 0.7447], [4, 4]),
        ("0.5000 0.25 -.125", [0.5, 0.25, -0.125], [4, 2, 3]),
        ("3.13e-01 2.5e-5 1.2e2", [0.313, 2.5e-5, 120], [3, 6, -1]),
        ("[[1., 0.5], [0, 0.25]]", [[1, 0.5], [0, 0.25]], [[2, 1], [2, 2]]),
        ("1.0000, 0.25", [1, 0.25], [4, 2]),
        ("tensor([0.4621, 0.8969], dtype=torch.float64)", [0.4621, 0.8969], [4, 4]),
        ("t1,h0\n0,0.313\n1,0.74\n", [0.313, 0.74], [3, 2]),
        ("0.31 0.2", [0.31, 9.0], [2, ALL]),
    ],
)
def test_every_number_has_its_own_decimals(text, numbers, expected):
    """Zeros that are written count; 1, 1. and 1.0 have as many as the others; names have none."""
    assert decimals(text, np.array(numbers)).tolist() == expected


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1 2 3", [1, 2, 3]),
        ("[0.0, 1.0]", [0, 1]),
        ("0.31306913 0.7447039 0.5", [0.31306913, 0.7447039, 0.5]),
        ("nan inf", [np.nan, np.inf]),
    ],
)
def test_numbers_that_are_not_rounded_have_none(text, numbers):
    """Whole numbers, and those that mostly have all of their digits: 0.5 is 0.5 then."""
    assert decimals(text, np.array(numbers, float)) is None
