"""What a Model accepts, and how it refuses what does not fit."""

from __future__ import annotations

import re

import numpy as np
import pytest

from rnncalc import Layer, Model, Output, RnncalcError, run
from rnncalc.errors import ShapeError

W2 = [[0.1, 0.2], [0.3, 0.4]]


def refused(message: str):
    return pytest.raises(RnncalcError, match=re.escape(message))


def test_numbers_and_lists_where_only_that_fits():
    """A number is (1, 1); a list is a column for several units, a row for one."""
    assert Layer({"W_x": 0.5, "W_h": 1}).weights["W_x"].shape == (1, 1)
    assert Layer({"W_x": [1, 2, 3], "W_h": 1}).features == 3
    assert Layer({"W_x": [1, 2], "W_h": W2}).weights["W_x"].shape == (2, 1)
    assert Model((Layer({"W_x": [1, 2], "W_h": W2}),), Output([1, 2])).output.outputs == 1
    assert Model((Layer({"W_x": 1, "W_h": 1}),), Output([1, 2])).output.outputs == 2


def test_zero_stands_for_a_bias_of_zeros():
    """0 is every bias; any other single number must be written out."""
    np.testing.assert_array_equal(Layer({"W_x": W2, "W_h": W2, "bias": 0}).weights["bias"], [0, 0])
    with refused("bias is one number (0.5), expected 2 (units), as W_h says: write them all"):
        Layer({"W_x": W2, "W_h": W2, "bias": 0.5})


WRONG = [
    ({"W_x": W2, "W_h": [[1, 2, 3], [4, 5, 6]]}, "W_h has shape (2, 3), expected a square matrix"),
    ({"W_x": W2, "W_h": [1, 2]}, "W_h is a list of 2, expected a square matrix (units, units)"),
    ({"W_x": [[1, 2]], "W_h": W2}, "W_x has shape (1, 2), expected (2, features)"),
    ({"W_x": [[1, 2]], "W_h": W2}, "transposed? Keras stores (features, units)"),
    ({"W_x": [1, 2, 3], "W_h": W2}, "W_x is a list of 3, expected (2, features)"),
    ({"W_x": W2, "W_h": W2, "bias": [1, 2, 3]}, "bias is a list of 3, expected 2 (units)"),
    ({"W_x": W2}, "W_h is missing: (units, units)"),
    ({"W_x": W2, "W_h": W2, "W_z": 1}, "a cell rnn has no 'W_z'. Did you mean W_x?"),
    ({"W_x": [[]], "W_h": 1}, "W_x is empty: shape (1, 0)"),
    ({"W_x": [[1, 2], [3]], "W_h": 1}, "W_x is not an array of real numbers"),
    ({"W_x": [[[1]]], "W_h": 1}, "W_x has shape (1, 1, 1), expected (1, features)"),
]


@pytest.mark.parametrize(("weights", "message"), WRONG)
def test_weights_that_do_not_fit(weights, message):
    """The error has the name, the shape, what was expected and which array says so."""
    with refused(message):
        Layer(weights)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        ([1, 2, 3], "x is a list: 3 timesteps of 1 feature, or 1 timestep of 3 features, but W_x"),
        (5, "x is one number, but W_x takes 2 features"),
        ([[1, 2, 3]], "x has 1 timestep of 3 features, but W_x takes 2 features"),
        ([[1], [2]], "x has 2 timesteps of 1 feature, but W_x takes 2 features: transposed?"),
        (None, "x is missing, the input (2 features a timestep): give -x"),
        ([], "x is empty"),
        ([["a"]], "x is not an array of real numbers"),
    ],
)
def test_an_input_that_does_not_fit(x, message):
    """Both readings of a list are shown, and what W_x takes."""
    with refused(message):
        run(Model((Layer({"W_x": W2, "W_h": W2}),)), x)


def test_a_row_for_a_network_of_one_feature():
    """A single row of five numbers is five features, not five timesteps."""
    with refused(
        "x has 1 timestep of 5 features, but W_x takes 1 feature: for a list of timesteps"
    ):
        run(Model((Layer({"W_x": 1, "W_h": 1}),)), [[1, 2, 3, 4, 5]])


ONE = Layer({"W_x": 1, "W_h": 1})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"mode": "one-to-may"}, "mode 'one-to-may' is not known. Did you mean one-to-many?"),
        ({"dtype": "float"}, "dtype 'float' is not known. Did you mean float64?"),
        ({"timesteps": 3}, "timesteps is for mode one-to-many"),
        ({"mode": "one-to-many"}, "mode one-to-many needs timesteps"),
        ({"mode": "one-to-many", "timesteps": 3}, "feedback y needs an output layer"),
        (
            {"mode": "one-to-many", "timesteps": 3, "output": Output([[1], [2]])},
            "feedback y: 2 outputs cannot be the next 1 features",
        ),
        ({"output": Output([[1, 2]])}, "output.W_y has shape (1, 2), expected (outputs, 1)"),
        ({"output": Output(1, [1, 2])}, "output.bias is a list of 2, expected 1 (outputs)"),
        ({"layers": ()}, "a network needs a recurrent layer"),
    ],
)
def test_a_model_that_does_not_fit(settings, message):
    """Modes, feedback, output layer: refused by name."""
    with refused(message):
        Model(**{"layers": (ONE,), **settings})


def test_one_to_many_takes_one_timestep():
    """Two timesteps of input are refused."""
    model = Model((ONE,), mode="one-to-many", timesteps=2, feedback="x")
    with refused("x has 2 timesteps, but mode one-to-many takes one"):
        run(model, [[1], [2]])


def test_a_model_cannot_be_changed():
    """Fields and arrays are frozen; the arrays that were given stay as they were."""
    given = np.array([[0.5]])
    layer = Layer({"W_x": given, "W_h": 1})
    given[0, 0] = 9

    assert layer.weights["W_x"] == 0.5
    with pytest.raises(ValueError, match="read-only"):
        layer.weights["W_x"][0, 0] = 1
    with pytest.raises(AttributeError):
        layer.cell = "gru"


def test_what_a_model_says_of_itself():
    """repr is one short line."""
    model = Model((Layer({"W_x": W2, "W_h": W2}),), Output([[1, 2]]), dtype="float32")

    assert repr(model) == "<Model Layer layer0: rnn, 2 -> 2; output: 1; many-to-many, float32>"


def test_h0_that_does_not_fit():
    """h0 is (units) or (batch, units)."""
    with pytest.raises(ShapeError, match=re.escape("h0 is a list of 3, expected 2 (units)")):
        Layer({"W_x": W2, "W_h": W2}, h0=[1, 2, 3])
