"""Prints of arrays that were pasted: which numbers stand in them, and which are refused."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from conftest import ROOT

from rnncalc.errors import RnncalcError
from rnncalc.numbers import values

RECORDED = json.loads((ROOT / "tests/golden/prints.json").read_text())["prints"]
WHOLE = [one for one in RECORDED if one["numbers"] is not None]
CUT = [one for one in RECORDED if one["numbers"] is None]
FOUR_DIGITS = 5.1e-5


def named(prints):
    return [one["name"] for one in prints]


@pytest.mark.parametrize("one", WHOLE, ids=named(WHOLE))
def test_a_print_has_the_numbers_that_were_printed(one):
    """As torch, TensorFlow, Keras and NumPy print them, to the digits that they print."""
    found = values.parse(one["text"], file=True)

    expected = np.array(one["numbers"], object).astype(np.float64)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=FOUR_DIGITS, atol=FOUR_DIGITS)


@pytest.mark.parametrize("one", CUT, ids=named(CUT))
def test_a_print_that_was_cut_is_refused_with_what_prints_it_whole(one):
    """No number is made up for ``...``."""
    with pytest.raises(RnncalcError, match=r"the print is cut.*print\(x\..*tolist\(\)\)"):
        values.parse(one["text"], file=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Array([[1., 2.]], dtype=float32)", [[1, 2]]),
        ("DeviceArray([1., 2.], dtype=float32)", [1, 2]),
        ("Out[3]: array([1, 2])", [1, 2]),
        ("np.array([[.5], [1]])", [[0.5], [1]]),
        ("torch.tensor([1, 2], dtype=torch.float64)", [1, 2]),
        ("tensor([[0.1, 0.2]], device='cuda:0', requires_grad=True)", [[0.1, 0.2]]),
        ("tensor([0.1, 0.2], device='mps:0', grad_fn=<SelectBackward0>)", [0.1, 0.2]),
        ("[tensor(0.1), tensor(0.2, grad_fn=<SelectBackward0>)]", [0.1, 0.2]),
        ("[array([0.1], dtype=float32), array([0.3], dtype=float32)]", [[0.1], [0.3]]),
        ("Tensor(shape=[1, 2], dtype=float32, place=Place(cpu),\n  [[0.1, 0.2]])", [[0.1, 0.2]]),
        ("[0.1 0.2]\n[0.3 0.4]\n", [[0.1, 0.2], [0.3, 0.4]]),
        ("[0.1, 0.2]\n[0.3, 0.4]\n", [[0.1, 0.2], [0.3, 0.4]]),
        ("[.5, 1.]", [0.5, 1]),
        ("[[1 2], [3 4]]", [[1, 2], [3, 4]]),
    ],
)
def test_what_else_is_read(text, expected):
    """Of packages that are not at hand, and rows that a loop printed."""
    np.testing.assert_array_equal(values.parse(text), expected)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2 3]", "a comma is missing between '2' and '3'"),
        ("[1 2, 3]", "there is a comma, and none elsewhere, between '2' and '3'"),
        ("[0,5 0,7]", "a comma is missing between '5' and '0'"),
        ("[1,,2]", "nothing in front of a comma"),
        ("[1, 2,]", "nothing between a comma and the ]"),
        ("[[1. 2.]\n [3.", "ends within 2 brackets that are still open: was all of it copied?"),
        ("[1.]]", "a ] without its ["),
        ("[1 2; 3 4]", "a ; within brackets: write [[1, 2], [3, 4]], or '1 2; 3 4'"),
        ("tensor([[1.]])\ntensor([[2.]])", "2 arrays, one behind the other"),
        ("(tensor([1.]), tensor([2.]))", "2 arrays, one behind the other"),
        ("tensor([1.]), (tensor([2.]),", "2 arrays, one behind the other"),
        ("[1] 0.1 0.2", "'0.1' stands beside the numbers in brackets: leave it out"),
        ("tensor([True])", "'True' is not a number"),
        ("tensor([[1., 2.], [3.]])", "1 number, where [0] has 2 numbers"),
        ("array([1., 2.], shape=(3,))", "tells the shape '(3,)'; the numbers have (2,)"),
        ("tensor([], size=(0, 3))", "an empty list"),
        ("array(['a', 'b'])", "''a'' is not a number"),
        ("tensor([1.+2.j])", "'1.+2.j' is not a number"),
        ("[1e400]", "too large for float64"),
        ("1, 2, ..., 5", "the print is cut"),
        ("[[[[[1.]]]]]", "lists within lists, more than 4 deep"),
    ],
)
def test_what_is_refused(text, message):
    """What was not copied whole, and what is no array of numbers, is told by what is wrong."""
    with pytest.raises(RnncalcError, match=re.escape(message)):
        values.parse(text)


def test_points_without_end_take_no_time_of_their_own():
    """A name of a million parts is looked at once, not from each of its parts."""
    with pytest.raises(RnncalcError, match="still open"):
        values.parse("[" + "a." * 1_000_000)
