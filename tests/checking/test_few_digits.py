"""check judges numbers that come as text by the decimals that they have."""

from __future__ import annotations

import numpy as np
import orjson
import pytest

import rnncalc
from rnncalc.errors import RnncalcError
from rnncalc.testing import assert_trace_equal

FLAGS = ("check", "-x", "1,2,3,4,5", "--wx", "0.32394445", "--wh", "1")
RIGHT = (0.31306913, 0.7447039, 0.9374447, 0.9772848, 0.9889619)
"""Keras' numbers, float32."""


def document(cli, *words: str, input: bytes = b"") -> dict:
    """What --json says; its verdict is that of the exit code."""
    screen = cli(*FLAGS, *words, "--json", input=input)
    said = orjson.loads(screen.text)
    assert (said["verdict"] == "differs") == screen.code
    return said


@pytest.mark.parametrize(
    ("numbers", "decimals", "cut"),
    [
        ("0.3131,0.7447,0.9374,0.9773,0.9890", 4, False),
        ("0.313,0.745,0.937,0.977,0.989", 3, False),
        ("0.31,0.745,0.9374,0.97728,0.98896", 2, False),
        ("3.131e-1,7.447e-01,9.374E-1,9.773e-1,9.890e-1", 4, False),
        ("0.3130,0.7447,0.9374,0.9772,0.9889", 4, True),
        ("[0.3131, 0.7447, 0.9374, 0.9773, 0.989]", 3, False),
    ],
)
def test_rounded_and_cut_numbers_agree(cli, numbers, decimals, cut):
    """To the decimals that they have, the fewest of which is told; each number its own."""
    said = document(cli, "--against", numbers)

    assert (said["verdict"], said["decimals"]) == ("agrees", decimals)
    assert said.get("truncated", False) == cut


@pytest.mark.parametrize(
    "numbers",
    [
        "0.3131,0.7447,0.9374,0.9773,0.9892",
        "0.3131,0.7447,0.9374,0.9773,1",
        "0.3131,0.7447,0.9374,0.9773,1.0",
        "0.3131,0.7447,0.9372,0.9773,0.9890",
        "0.3130,0.7447,0.9374,0.9773,0.9891",
        "0,1,1,1,1",
        "0.31306913,0.7447039,0.9374447,0.98,0.9889619",
    ],
)
def test_what_is_further_off_differs(cli, numbers):
    """Whole numbers have no room of their own, nor have short ones among those of all digits;
    up in one place and down in another is no cutting."""
    assert document(cli, "--against", numbers)["verdict"] == "differs"


def test_half_a_unit_is_added_to_the_tolerance(cli):
    """0.46217 is 5.3e-5 off: float32 rounds before people do; 1.1e-4 is more than both."""
    flags = ("check", "-x", "1", "--wx", "0.5", "--wh", "0", "--json", "--against")

    assert cli(*flags, "0.46217", "--decimals", "4").code == 0
    assert cli(*flags, "0.46223", "--decimals", "4").code == 1
    assert cli(*flags, "0.46223", "--decimals", "3").code == 0


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.json"])
def test_files_of_text_have_decimals(cli, name, tmp_path):
    """As what is typed has; stdin, too."""
    text = "0.3131\n0.7447\n0.9374\n0.9773\n0.9890\n"
    text = f"[{','.join(text.split())}]" if name.endswith("json") else text
    (tmp_path / name).write_text(text)

    assert document(cli, "--against", str(tmp_path / name))["decimals"] == 4
    assert document(cli, "--against", "-", input=text.encode())["decimals"] == 4


def test_binary_files_have_none(cli, tmp_path):
    """Rounded numbers in them differ, and why is said; --decimals is the way to compare them."""
    name = str(tmp_path / "a.npy")
    np.save(name, np.round(RIGHT, 4))
    found = document(cli, "--against", name)

    assert [one["id"] for one in found["causes"]] == ["precision"]
    assert "--decimals 4" in found["causes"][0]["remedy"]
    assert document(cli, "--against", name, "--decimals", "4")["decimals"] == 4


def test_python_takes_decimals():
    """As check does; an array has all of its digits."""
    model = rnncalc.Model(rnncalc.Layer({"W_x": [[0.32394445]], "W_h": [[1.0]]}), x=[1, 2, 3, 4, 5])
    few = np.round(RIGHT, 3)

    assert_trace_equal(model, few, decimals=3)
    with pytest.raises(AssertionError, match="rounded to 3 decimals"):
        assert_trace_equal(model, few)
    for wrong in (-1, 18, 1.5, True):
        with pytest.raises(RnncalcError, match="decimals is"):
            rnncalc.check(model, few, decimals=wrong)


def test_the_first_difference_is_judged_by_the_decimals(cli):
    """What four decimals leave open is none."""
    said = document(cli, "--against", "0.3131,0.7447,0.9374,0.9773,0.9899")

    assert (said["differ"], said["first"]["t"]) == (1, 5)


def test_a_cause_is_judged_by_the_decimals():
    """relu's numbers, rounded or cut to two decimals, some of them to one."""
    weights = {"W_x": [[0.5, -0.3], [0.7, 0.45]], "W_h": [[0.3, 0.62], [-0.5, 0.2]]}
    x = [[0.9, -0.4], [0.35, 0.8], [1.2, 0.6], [-0.7, 0.5], [0.66, 0.1]]
    ours, theirs = (
        rnncalc.Model(rnncalc.Layer(weights, activation=name), x=x) for name in ("tanh", "relu")
    )
    h = rnncalc.run(theirs).h
    rounded = rnncalc.check(ours, np.round(h, 2), decimals=2).diagnosis.causes
    cut = rnncalc.check(ours, np.trunc(h * 100) / 100, decimals=2).diagnosis.causes

    assert [one.id for one in rounded] == [one.id for one in cut] == ["activation"]
    assert rounded[0].say.startswith("the expected numbers come out when")
    assert cut[0].say.startswith("the expected numbers, cut, not rounded, come out when")


@pytest.mark.parametrize(
    ("numbers", "say", "meant"),
    [
        ("0.3131,0.4747,0.9374,0.9773,0.9890", "two digits are exchanged", "0.7447"),
        ("0.3131,-0.7447,0.9374,0.9773,0.9890", "its sign is the other one", "0.7447"),
        ("0.3131,0.7447,0.9374,0.9773,0.9390", "one digit is another", "0.9890"),
        ("0.3131,0.7447,0.9374,0.7447,0.9890", "there stands what t = 2 has", "look"),
        ("0.31306913,0.7447039,0.9734447,0.9772848,0.9889619", "two digits are", "0.9374447"),
    ],
)
def test_what_happened_to_one_number_is_told(cli, numbers, say, meant):
    """And what was meant, as it should have been typed."""
    (cause,) = document(cli, "--against", numbers)["causes"]

    assert cause["id"] == "typo"
    assert say in cause["say"]
    assert meant in cause["remedy"]


def test_what_was_meant_agrees_as_well_as_the_others_do(cli):
    """0.9989649 is no slip of 0.9889619: with one digit another it would still be 3e-6 off."""
    found = document(cli, "--against", "0.31306913,0.7447039,0.9374447,0.9772848,0.9989649")

    assert found["differ"] == 1
    assert found["causes"] == []


def test_a_row_that_was_copied_twice_is_told():
    """The numbers of t = 2 stand at t = 4, the last: no later step refutes them."""
    weights = {"W_x": [[0.5], [0.2], [0.7]], "W_h": np.diag([0.3, -0.6, 0.1])}
    model = rnncalc.Model(rnncalc.Layer(weights), x=[0.4, -0.9, 0.8, 0.5])
    h = np.round(rnncalc.run(model).h, 4)
    h[3] = h[1]
    (cause,) = rnncalc.check(model, h, decimals=4).diagnosis.causes

    assert cause.id == "typo"
    assert cause.say == "All numbers agree but those of t = 4: there stands what t = 2 has"
