"""Activations as formulas: what NumPy does to them, recorded from their one definition."""

from __future__ import annotations

import numpy as np
import pytest

from rnncalc.equations.activations import ACTIVATIONS
from rnncalc.equations.gates import NOTHING
from rnncalc.equations.recorded import REDUCTIONS, SIGNS, formula
from rnncalc.equations.stateless import OVER_ALL

A = np.array([-3.5, 0.25, 2.75, -1.0, 1e-3, 40.0])
PARAMETERS = {"alpha": 0.7, "beta": 1.3, "theta": 0.2}


def computed(term, a):
    """A formula, computed by NumPy's own functions."""
    if term.kind == "name":
        return a if term.label == "a" else float(term.label)
    if term.kind == "numbers":
        return np.array(term.label.split(","), float)
    parts = [computed(part, a) for part in term.parts]
    if term.kind in SIGNS.values():
        return getattr(np, next(n for n, sign in SIGNS.items() if sign == term.kind))(*parts)
    if term.label == "slice":
        return parts[0][int(parts[1]) : int(parts[2])]
    if term.label in REDUCTIONS:
        return getattr(np, term.label)(parts[0])
    if term.label == "erfc":
        from rnncalc.equations.curves import _erfc

        return _erfc(parts[0]).astype(float)
    return getattr(np, term.label)(*parts)


@pytest.mark.parametrize("name", [*ACTIVATIONS])
def test_an_activation_is_its_formula(name):
    """Of every activation: the recorded formula gives the numbers of the function."""
    one = ACTIVATIONS[name]
    settled = {key: PARAMETERS[key] for key in one.defaults}

    found = formula(one.function, len(A), settled)

    assert found.size == len(A) // (2 if one.halves else 1)
    with np.errstate(all="ignore"):
        expected = one.function(A, **settled)
        np.testing.assert_array_equal(computed(found, A), expected)


@pytest.mark.parametrize("name", [*OVER_ALL])
def test_one_number_of_all_units_is_its_formula(name):
    """Mean, variance and largest of a normalization are recorded, too."""
    found = formula(OVER_ALL[name].function, len(A), {})

    assert found.size == 0
    assert computed(found, A) == OVER_ALL[name].function(A)


def test_what_is_nothing_stays_nothing():
    """Numbers that are recorded leave NOTHING to itself, as symbols do."""
    assert (formula(lambda a: a + NOTHING, 2, {})).label == "a"
