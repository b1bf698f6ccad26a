"""Activations in NumPy's operations: what is printed for other languages."""

from __future__ import annotations

import numpy as np
import pytest
from every_activation import EVERY

from rnncalc.equations.elementary import constants, elementary
from rnncalc.equations.gates import Clip
from rnncalc.equations.stateless import LEAKY, MEAN, SQRT, VARIANCE
from rnncalc.equations.symbols import Term, symbol

A = np.array([-3.5, 2.75, 0.25, -0.5, 0.0, 1.125])
SIGNS = {"+": np.add, "*": np.multiply, "/": np.divide}
OTHERS = {
    "erfc": lambda a: np.vectorize(__import__("math").erfc)(a),
    "isnan": np.isnan,
}


def evaluated(term: Term, **symbols: np.ndarray) -> np.ndarray:
    """The value of a term by NumPy alone."""
    if (found := constants(term)) is not None:
        return np.array(found)
    if term.kind == "name":
        return symbols[term.label] if term.label in symbols else np.array([float(term.label)])
    parts = [evaluated(part, **symbols) for part in term.parts]
    if term.kind == "part":
        return parts[0][slice(*map(int, term.label.split(":")))]
    if term.kind == "-":
        return np.negative(*parts) if len(parts) == 1 else np.subtract(*parts)
    function = SIGNS.get(term.kind) or OTHERS.get(term.label) or getattr(np, term.label)
    return np.asarray(function(*parts))


@pytest.mark.parametrize("function", [*EVERY, Clip(1.0625), SQRT, MEAN, VARIANCE], ids=str)
def test_an_activation_in_elementary_operations(function):
    """What NumPy's operations give of a symbol is what the function gives, to the last bit."""
    a = np.abs(A) if function is SQRT else A

    term = elementary(function, len(a), symbol("a"))

    np.testing.assert_array_equal(evaluated(term, a=a), np.atleast_1d(function(a)))


def test_a_function_of_two():
    """The slope of a leaky ReLU may be another one for each unit."""
    alpha = np.linspace(0.125, 0.75, 6)

    term = elementary(LEAKY, 6, symbol("a"), symbol("alpha"))

    np.testing.assert_array_equal(evaluated(term, a=A, alpha=alpha), LEAKY(A, alpha))
