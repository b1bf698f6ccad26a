"""Recorded mismatches as they stand on a screen: rounded to 6, 4 and 3 decimals, and cut.

The table of docs/numbers-differ.md holds what is found of every third one
(``printed_mismatches.py``); ``RNNCALC_UPDATE=1 pytest -m slow`` writes it.
"""

from __future__ import annotations

import os
import re

import pytest
from conftest import ROOT, sampled
from printed_mismatches import DIGITS, NAMES, Digits, found, group, table

PAGE = ROOT / "docs" / "numbers-differ.md"
TABLE = re.compile(r"(<!-- found by digits -->\n).*?(\n<!-- end -->)", re.DOTALL)
FEW = Digits(4)


@pytest.mark.parametrize("name", sampled(NAMES, 12))
def test_four_decimals_name_nothing_false(name):
    """What is named is right, or cannot be told from it."""
    assert not found(name, FEW).false


@pytest.mark.slow
def test_the_table_of_digits():
    """Nine of ten are named first by four decimals, rounded or cut; nothing is named that is
    false, of whatever digits; the page says how many."""
    results = {(name, digits): found(name, digits) for name in NAMES for digits in DIGITS}
    now = TABLE.sub(lambda match: match[1] + table(results) + match[2], PAGE.read_text("utf-8"))
    if os.environ.get("RNNCALC_UPDATE"):
        PAGE.write_text(now, encoding="utf-8")

    mistakes = [name for name in NAMES if group(name) != "other weights"]
    for digits in (FEW, Digits(4, cut=True)):
        first = sum(results[name, digits].first for name in mistakes)
        assert first >= 0.9 * len(mistakes)
    assert [key for key, one in results.items() if one.false] == []
    assert now == PAGE.read_text("utf-8")
