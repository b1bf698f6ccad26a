"""Activation functions: values, parameters, names."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from recorded_activations import DOCUMENTS, read

from rnncalc.equations.activations import ACTIVATIONS, Activation, activation
from rnncalc.errors import RnncalcError

A = np.array([[-40.0], [-3.5], [-1.0], [-1e-3], [0.0], [0.25], [1.0], [2.75], [40.0]])

BY_HAND = {
    "tanh": math.tanh,
    "sigmoid": lambda a: 1 / (1 + math.exp(-a)),
    "relu": lambda a: max(a, 0.0),
    "linear": lambda a: a,
    "softplus": lambda a: math.log1p(math.exp(-abs(a))) + max(a, 0),
    "softsign": lambda a: a / (1 + abs(a)),
    "elu": lambda a: a if a > 0 else math.expm1(a),
    "selu": lambda a: 1.0507009873554805 * (a if a > 0 else 1.6732632423543772 * math.expm1(a)),
    "gelu": lambda a: a * 0.5 * math.erfc(-a / math.sqrt(2)),
    "silu": lambda a: a / (1 + math.exp(-a)),
    "leaky_relu": lambda a: a if a > 0 else 0.01 * a,
    "thresholded_relu": lambda a: a if a > 1 else 0.0,
    "exp": math.exp,
    "hard_sigmoid": lambda a: min(max(a / 6 + 0.5, 0), 1),
    "hard_sigmoid_old": lambda a: min(max(0.2 * a + 0.5, 0), 1),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_values(name):
    """Each function against the standard library's arithmetic, number by number."""
    expected = [[BY_HAND[name](a)] for a in A[:, 0]]
    np.testing.assert_allclose(activation(name)(A), expected, rtol=1e-14, atol=1e-300)


def test_every_activation_is_tried():
    """The table above, the tests below and what frameworks recorded leave none out."""
    recorded = [one["says"] for document in DOCUMENTS.values() for one in document["functions"]]
    others = {"scaled_tanh", "affine", "sparsemax", "step"}
    named = {activation(read(says)).name for says in recorded}
    assert set(ACTIVATIONS) == {*BY_HAND, *others} | named


def test_softmax_is_over_the_units():
    """Units are on axis 0; each column sums to 1; large numbers do not overflow."""
    y = activation("softmax")(np.array([[1.0, 1000.0], [2.0, 1001.0], [4.0, 999.0]]))

    np.testing.assert_allclose(y.sum(axis=0), [1, 1])
    np.testing.assert_allclose(y[1, 0] / y[0, 0], math.e)


def test_sparsemax_is_the_nearest_point_that_sums_to_1():
    """Of any column, as Martins and Astudillo have it; Keras' own of 3.15 does not sum to 1."""
    a = np.array([[0.1, 3.0], [0.2, 1.0], [0.3, 1.9], [0.4, 2.5], [0.5, 2.5]])
    ours = activation("sparsemax")(a)

    np.testing.assert_allclose(ours[:, 0], [0, 0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(ours[:, 1], [2 / 3, 0, 0, 1 / 6, 1 / 6])
    np.testing.assert_array_equal(activation("sparsemax_old")(a)[:, 0], np.zeros(5))


def test_log_softmax_is_the_logarithm_of_softmax():
    """Where softmax would be 0, too."""
    y = activation("log_softmax")(np.array([[1.0, 1000.0], [2.0, 1001.0], [4.0, -999.0]]))

    np.testing.assert_allclose(np.exp(y).sum(axis=0), [1, 1])
    np.testing.assert_allclose(y[1, 0] - y[0, 0], 1)
    np.testing.assert_allclose(y[2, 1], -2000 - math.log1p(math.exp(-1)))


@pytest.mark.parametrize(
    ("given", "a", "expected"),
    [
        ("leaky_relu:alpha=0.3", -2, -0.6),
        ("thresholded_relu:alpha=0.5", 0.75, 0.75),
        ("scaled_tanh:alpha=1.5:beta=0.5", 2, 1.5 * math.tanh(1)),
        ("scaled_hard_sigmoid:alpha=0.25:beta=0.375", 2, 0.875),
        ("scaled_hard_sigmoid:alpha=0.25:beta=0.375", -2, 0),
        ("affine:alpha=2:beta=-1", 3, 5),
        ({"name": "elu", "alpha": 0.5}, -40, -0.5),
        ("clipped_relu:alpha=0.5:beta=2:theta=1", -3, -2),
        ("clipped_relu:alpha=0.5:beta=2:theta=1", 7, 2),
        ("clipped_relu:theta=1", 7, 7),
        ("clipped_relu:theta=1", -math.inf, 0),
        ("step", 0, 1),
        ("step", -1e-300, 0),
    ],
)
def test_parameters(given, a, expected):
    """Parameters behind colons, or in a mapping."""
    np.testing.assert_allclose(activation(given)(np.array([[float(a)]])), [[expected]])


@pytest.mark.parametrize("name", [name for name in BY_HAND if name != "exp"])
def test_float32_stays_float32(name):
    """No function widens its argument; NaN goes through each."""
    with np.errstate(all="ignore"):
        result = activation(name)(np.array([[np.nan], [1.5]], np.float32))

    assert result.dtype == np.float32
    assert np.isnan(result[0, 0])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("tahn", "there is no activation 'tahn'. Did you mean tanh?"),
        ("swish", "Here it is called silu."),
        ("Identity", "Here it is called linear."),
        ("hard_swish", "Here it is called hard_silu."),
        ("ReLU6", "Here it is called relu6."),
        ("clipped_relu:theta=inf", "clipped_relu: theta is inf, expected a finite number"),
        ("celu:alpha=0", "celu: alpha is 0, and is divided by"),
        ("hard_tanh:beta=nan", "hard_tanh: beta is nan, expected a finite number"),
        ("tanh:alpha=1", "tanh has no parameter alpha (it has: none)"),
        ("affine:alpha=1", "affine needs beta: write affine:beta=..."),
        ("elu:alpha", "'alpha' is not a parameter: write NAME:alpha=NUMBER"),
        ({"alpha": 1}, "there is no activation ''"),
    ],
)
def test_names_that_there_are_not(given, message):
    """An error knows the nearest name, and what others call it."""
    with pytest.raises(RnncalcError, match=re.escape(message)):
        activation(given)


def test_an_activation_says_what_it_is():
    """As text it is what the command line takes; it has a formula."""
    function = activation("leaky_relu:alpha=0.3")

    assert str(function) == "leaky_relu:alpha=0.3"
    assert activation(str(function)) == function == Activation("leaky_relu", {"alpha": 0.3})
    assert "alpha" in function.formula
