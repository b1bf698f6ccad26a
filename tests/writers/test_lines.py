"""Sentences in lines of a terminal's width."""

from __future__ import annotations

import pytest

from rnncalc.errors import width
from rnncalc.writers.lines import folded


@pytest.mark.parametrize("columns", [40, 61, 80])
@pytest.mark.parametrize("words", ["은닉상태 가중치", "hidden weight", "隠れ状態 of 重み"])
def test_no_line_is_wider_than_the_terminal(words, columns):
    """Hangul and Han letters take two columns; every word is there, and no line is half empty."""
    sentence = " ".join([words] * 20)
    lines = folded(sentence, columns)

    assert " ".join(line.strip() for line in lines) == sentence
    assert max(map(width, lines)) <= columns
    assert min(map(width, lines[:-1])) > columns - 10
