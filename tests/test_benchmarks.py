"""The benchmarks measure what they say: equal results first, each contestant on its own."""

from __future__ import annotations

import re

import pytest

from benchmarks import page
from benchmarks.contest import Contestant, ratios
from benchmarks.jobs import FIGURES, Job
from benchmarks.turns import Row


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_a_contest_has_a_ratio(cell):
    """Ours against the textbook, in processes of their own; unequal results would be an error."""
    job = Job("tiny", cell, 3, 300, {"textbook": 1.0}, batch=2)
    with Contestant("ours") as ours, Contestant("textbook") as textbook:
        assert ratios(job, ours, [textbook], 1)["textbook"] > 0


def test_a_missing_contestant_says_why():
    """It is left out, with the reason."""
    with pytest.raises(ChildProcessError, match="No module named"):
        Contestant("nobody")


def test_the_page_marks_what_is_missed():
    """Bold is slower than aimed at; a peer that is faster is named."""
    figures = [(FIGURES[0], {"textbook": 0.001, "torch": 2.0})]
    text = page.written(figures, [Row("X", 2, 1)], {"numpy": "2"}, {"keras": "missing"}, 7)

    assert "| 0.001 (≤ 0.004) | **2** (≤ 0.0015) |" in text
    assert re.search(r"PyTorch: K1 rnn H=1 T=1,000,000 2\.", text)
    assert "Not measured: keras (missing)." in text
