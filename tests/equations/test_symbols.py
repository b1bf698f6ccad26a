"""Symbols: a cell run on them gives its formula, in text and in LaTeX."""

from __future__ import annotations

import pytest

from rnncalc import Layer, Model, Output
from rnncalc.equations.activations import activation
from rnncalc.equations.gates import NOTHING, Clip
from rnncalc.equations.symbols import latex, latex_name, mathml, symbol, text
from rnncalc.explaining.formulas import formulas

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
        (Clip(0.123456789)(a), "clip(a, -0.123456789, 0.123456789)"),
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


def test_mathml():
    """The same formula as browsers draw it: indices below, brackets where they are needed."""
    assert mathml(symbol("W_h.i") @ (b * c)) == (
        "<mrow><msub><mi>W</mi><mrow><mi>h</mi><mo>,</mo><mi>i</mi></mrow></msub>"
        "<mspace width='.17em'/><mrow><mo>(</mo><mi>b</mi><mo>\u2299</mo><msub><mi>c</mi><mrow>"
        "<mi>t\u22121</mi></mrow></msub><mo>)</mo></mrow></mrow>"
    )
    assert "<mi>\u03c3</mi><mo>(</mo>" in mathml(activation("sigmoid")(a))
    assert "<mtext>\u03b1 = 0.3</mtext>" in mathml(activation("leaky_relu:alpha=0.3")(a))


def test_a_number_in_a_formula_has_every_digit():
    """A bound of clip is written as it is, not to six digits."""
    assert text(Clip(0.1234567890625)(a)) == "clip(a, -0.1234567890625, 0.1234567890625)"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x_t", "x_{t}"),
        ("h_{t-1}", "h_{t-1}"),
        ("W_x.i", "W_{x,i}"),
        ("bias_h.z", r"\mathrm{bias}_{h,z}"),
        ("P.o", "P_{o}"),
        ("x_term.g", r"x_{\mathrm{term},g}"),
    ],
)
def test_names_in_latex(name, expected):
    """What follows the underscore and the gate stand below; words are upright."""
    assert latex_name(name) == expected


def test_functions_in_latex():
    """Those that have a sign get it; parameters stand below; a bound is an argument."""
    written = latex(activation("leaky_relu:alpha=0.3")(activation("sigmoid")(a)))

    assert written == r"\mathrm{leaky\_relu}_{\alpha=0.3}\left(\sigma\left(a\right)\right)"
    assert text(activation("tanh")(Clip(2.5)(a + b))) == "tanh(clip(a + b, -2.5, 2.5))"


def test_the_formula_of_a_model():
    """A second bias appears where there is one; linear leaves no trace."""
    weights = {"W_x": 1, "W_h": 1, "bias_h": 0}
    model = Model((Layer(weights, activation="relu"),), Output(1))

    expected = ["h_t = relu(W_x x_t + W_h h_{t-1} + bias + bias_h)", "y_t = W_y h_t + b_y"]
    assert formulas(model) == expected
