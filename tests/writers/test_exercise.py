"""Exercises: the same seed gives the same sheet; blanks, numbers, the solution apart."""

from __future__ import annotations

import io

import numpy as np
import office
import pytest

import rnncalc
from rnncalc.errors import RnncalcError
from rnncalc.explaining.exercise import exercise
from rnncalc.writers import EXERCISES


@pytest.mark.parametrize("form", EXERCISES)
def test_the_same_seed_gives_the_same_bytes(form):
    """And another one another exercise."""
    if form == "xlsx":
        pytest.importorskip("xlsxwriter")

    def sheet(seed: int) -> bytes:
        rnncalc.write(exercise("gru", seed=seed), out := io.BytesIO(), format=form, digits=".4")
        return out.getvalue()

    assert sheet(3) == sheet(3) != sheet(4)


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_its_numbers_are_easy(cell):
    """Weights are quarters up to 1, the input halves up to 2, none of them 0; they differ."""
    made = exercise(cell, units=3, features=2, timesteps=4, seed=5)
    weights = np.concatenate([one.ravel() for one in made.trace.model.layers[0].arrays.values()])

    assert {*np.abs(weights * 4)} == {1, 2, 3, 4}
    assert {*np.abs(made.trace.x.ravel() * 2)} <= {1, 2, 3, 4}
    assert made.trace.h.shape == (4, 3)


def test_what_is_not_asked_for_is_there(cli):
    """Each number that is not blank is that of the run; of one gate by its name."""
    screen = cli("exercise", "lstm", "--blank", "h,a.f", "-d", ".3")
    table = [line.strip("| ").split("|") for line in screen.text.splitlines() if "|" in line]
    rows = [dict(zip(map(str.strip, table[0]), map(str.strip, row), strict=True)) for row in table]
    trace = exercise("lstm").trace

    assert [row["h_t"] for row in rows[2:]] == [row["a.f"] for row in rows[2:]] == ["______"] * 3
    assert [row["c_t"] for row in rows[2:]] == [
        f"{c:.3f}" for c in trace.layers[0].forward["c"][:, 0]
    ]


def test_the_solution_is_what_explain_writes(cli, tmp_path):
    """Every line of arithmetic, in the digits that were asked for; stdout has none of it."""
    screen = cli("exercise", "--seed", "2", "--solution", str(tmp_path / "s.md"))
    trace = exercise(seed=2).trace
    rnncalc.write(rnncalc.explain(trace, None, digits=".4"), out := io.BytesIO(), format="markdown")

    assert (tmp_path / "s.md").read_bytes() == out.getvalue()
    assert f"{trace.h[-1, 0]:.4f}" not in screen.text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--blank", "i"], "--blank: there is no i here: a, h"),
        (["gru", "--cell", "lstm"], "KIND is gru, --cell lstm: leave one out"),
        (["-o", "a.md", "--solution", "a.md"], "-o and --solution name one file"),
        (["--solution", "-"], "--solution -: the exercise may stand there"),
        (["-o", "a.xlsx", "-d", "4"], "a sheet checks so many decimals: write --digits .4"),
    ],
)
def test_what_is_refused(cli, words, message, tmp_path, monkeypatch):
    """Each with its remedy, and no file is left."""
    monkeypatch.chdir(tmp_path)
    screen = cli("exercise", *words)

    assert screen.code == 2
    assert screen.err.startswith(f"Error: {message}")
    assert not list(tmp_path.iterdir())


def sheet(path, **more):
    """An exercise as a workbook, and each blank with the rule that makes it green."""
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("xlsxwriter")
    rnncalc.write(exercise("lstm", units=2, blank=["h", "a.f"], **more), path, digits=".4")
    book = openpyxl.load_workbook(path)
    rules = book["exercise"].conditional_formatting
    return book, {str(one.sqref): one.rules[0].formula[0] for one in rules}


def test_answers_of_a_sheet_are_hidden(tmp_path):
    """The blanks are empty, the rest refers to the answers, which a reader does not see."""
    book, rules = sheet(tmp_path / "a.xlsx")

    assert book.sheetnames == ["exercise", "network", "layer0"]
    assert book["layer0"].sheet_state == "veryHidden"
    assert len(rules) == 12  # h and a.f of two units and three timesteps
    assert all(book["exercise"][place].value is None for place in rules)


@pytest.mark.office
@pytest.mark.skipif(not office.there(), reason="LibreOffice is not installed")
def test_a_right_answer_turns_green_and_a_wrong_one_does_not(tmp_path):
    """In LibreOffice: rounded to four decimals it is right, one unit more is wrong."""
    book, rules = sheet(tmp_path / "a.xlsx", seed=4)
    answers = {place: rule.split("-")[1].split(")")[0] for place, rule in rules.items()}
    trace = exercise("lstm", units=2, seed=4).trace.layers[0].forward
    right = [*trace["a.f"].T.ravel(), *trace["h"].T.ravel()]
    for i, (place, number) in enumerate(zip(answers, right, strict=True)):
        book["exercise"][place] = round(float(number), 4) + 1e-4 * (i % 2)
        book["exercise"][f"A{30 + i}"] = f"={rules[place]}"
    book.save(tmp_path / "b.xlsx")
    office.recalculated([tmp_path / "b.xlsx"], tmp_path / "done")
    found = {place: value for place, value, _ in office.numbers(tmp_path / "done" / "b.xlsx")}

    assert [found[f"exercise!A{30 + i}"] for i in range(12)] == [True, False] * 6


def test_a_quantity_that_there_is_not():
    """In the library, too."""
    with pytest.raises(RnncalcError, match="there is no z here: a, i, f, g, o, c, h"):
        exercise("lstm", blank=["z"])
