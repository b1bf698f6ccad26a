"""The benchmarks measure what they say: equal results first, each contestant on its own."""

from __future__ import annotations

import os
import re

import pytest

from benchmarks import page
from benchmarks.contest import Contestant, ratios
from benchmarks.jobs import FIGURES, Job
from benchmarks.programs import BESIDE_LEAST
from benchmarks.results import Result, keep, kept
from benchmarks.rows import FURTHER, ROWS, chosen
from benchmarks.turns import Row

SLOW = ("K14", "C")


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
    """Bold is slower than aimed at; a peer that is faster is named; why is told of these alone."""
    text = page.written({"K1": result({"textbook": 0.001, "torch": 2.0}, [Row("X", 2, 1)])})

    assert "| 0.001 (≤ 0.004) | **2** (≤ 0.0015) |" in text
    assert "| X | **2** | ≤ 1 |" in text
    assert "- PyTorch: K1 rnn H=1 T=1,000,000 2.\n" in text
    assert "- textbook NumPy: nowhere.\n- PyTorch" in text
    assert "- Keras: not measured." in text
    assert "Not measured: Keras (missing)." in text
    assert re.findall(r"\n- \*\*(.*?)\*\*", text) == [
        "H = 1 to 16, one sequence",
        "A million steps ÷ limit",
    ]


def test_what_is_reached_needs_no_reason():
    """Where every figure is as small as it should be, no sentence tells why not."""
    text = page.written({"K1": result({"textbook": 0.001})})

    assert "missed, and why" not in text
    assert "compiled" not in text.split("## Where a peer wins")[1]


def test_a_row_measured_elsewhere_says_so(tmp_path):
    """Results are kept by row; the page tells which of them came from which machine."""
    ours = {"X1": result({}, [Row(BESIDE_LEAST, 2, 1)]), "K1": result({"torch": 0.001})}
    keep(ours | {"X1": ours["X1"]._replace(machine="a PDP-11")}, tmp_path / "results.json")
    text = page.written(kept(tmp_path / "results.json"))

    assert "X1: a PDP-11, in 7 rounds.\nK1: a VAX, in 7 rounds." in text
    assert (
        text.index("| K1 rnn")
        < text.index("| X1 `rnncalc")
        < text.index("`rnncalc --json` takes 2")
    )


def test_rows_are_chosen_by_name_or_letter():
    """A row by itself, several by their letter, in the page's order; others are refused."""
    assert chosen(["X", "K7"], quick=False) == ["K7", "X1", "X2", "X3", "X4", "X5"]
    assert chosen([], quick=False) == [*ROWS]
    assert {job.row for job in FIGURES} < {*ROWS}
    with pytest.raises(ValueError, match="no row is called K99; there are K1"):
        chosen(["C", "K99"], quick=False)


@pytest.mark.parametrize(
    "row",
    [
        "K11",
        "K13",
        "f64",
        "X4",
        *(pytest.param(row, marks=pytest.mark.slow) for row in SLOW),
        pytest.param("D", marks=pytest.mark.cluster),
    ],
)
def test_what_is_measured_beside_networks(row):
    """Each measurement comes to figures that are none of nothing."""
    figures = FURTHER[row](1)

    assert figures
    assert all(figure.measured >= 0 and figure.name.startswith(row) for figure in figures)


def test_the_page_is_what_was_kept():
    """docs/benchmarks.md is written from results.json, by ``RNNCALC_UPDATE=1 pytest``, too."""
    if not kept():
        pytest.skip("nothing has been kept yet")
    if os.environ.get("RNNCALC_UPDATE"):
        page.PAGE.write_text(page.written(kept()), encoding="utf-8")

    assert page.PAGE.read_text(encoding="utf-8") == page.written(kept())


def result(against, further=()):
    """Of one row, as it may have been measured."""
    networks = {"K1 rnn H=1 T=1,000,000": against} if against else {}
    return Result(networks, [*further], 7, "a VAX", {"numpy": "2"}, {"keras": "missing"})
