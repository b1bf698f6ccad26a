"""Symbols: a cell run on them gives its formula, in text and in LaTeX."""

from __future__ import annotations

import pytest

from rnncalc import Layer, Model, Output
from rnncalc.activations import activation
from rnncalc.cells.gates import NOTHING
from rnncalc.explanation import formulas
from rnncalc.term import latex, symbol, text

a, b, c = symbol("a"), symbol("b"), symbol("c_{t-1}")


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (a + b * c, "a + b * c_{t-1}"),
        ((a + b) * c, "(a + b) * c_{t-1}"),
        ((1 - a) * b, "(1 - a) * b"),
        (a - (b - c), "a - (b - c_{t-1})"),
        (a - b - c, "a - b - c_{t-1}"),
        (a @ (b * c), "a (b * c_{t-1})"),
        ((a @ b) + NOTHING, "a b"),
        (a + (b + c), "a + b + c_{t-1}"),
        (activation("tanh")(a + b) * c, "tanh(a + b) * c_{t-1}"),
        (activation("linear")(a), "a"),
        (0.5 + a, "0.5 + a"),
    ],
)
def test_formulas_as_text(term, expected):
    """Brackets stand where the order of operations needs them."""
    assert text(term) == expected


def test_parts_with_names_of_their_own():
    """A part that is named is written by its name."""
    inner = a + b
    assert text(inner * c, {id(inner): "s"}) == "s * c_{t-1}"


def test_latex():
    """Words upright, indices below, products dotted."""
    assert latex(symbol("W_x") @ symbol("x_t") + a * symbol("bias")) == (
        r"W_{x}\, x_{t} + a \odot \mathrm{bias}"
    )


def test_the_formula_of_a_model():
    """A second bias appears where there is one; linear leaves no trace."""
    weights = {"W_x": 1, "W_h": 1, "bias_h": 0}
    model = Model((Layer(weights, activation="relu"),), Output(1))

    expected = ["h_t = relu(W_x x_t + W_h h_{t-1} + bias + bias_h)", "y_t = W_y h_t + b_y"]
    assert formulas(model) == expected
