"""Layers of ONNX graphs that are written out in operators: normalizations, activations.

They are recognised by what they compute; what computes something else is refused by name.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx is not installed")

from onnx_graph import Graph, agrees, result

import rnncalc
from rnncalc.errors import FileError
from rnncalc.inspecting.inspect import inspect

X = np.random.default_rng(7).normal(size=(2, 5, 3)).astype(np.float32)
GAMMA, BETA, MEAN = np.float32(
    [[0.7, -1.2, 0.4, 1.9], [0.3, 0.8, -0.5, 0.1], [0.1, -0.2, 0.3, 0.4]]
)
VARIANCE = np.float32([0.9, 0.2, 1.4, 0.5])
SMALL = np.float32(2e-3)
LAST = np.array([-1])


def number(value):
    return np.float32(value)


def mean(graph, h, axis=-1):
    """Of the features; the axes are an attribute at this opset."""
    return graph("ReduceMean", h, axes=[axis], keepdims=1)


def moments(graph, h):
    """What is left of the mean, and the variance of that."""
    apart = graph("Sub", h, mean(graph, h))
    return apart, mean(graph, graph("Mul", apart, apart))


def layer_by_div(graph, h):
    apart, variance = moments(graph, h)
    spread = graph("Sqrt", graph("Add", variance, SMALL))
    scaled = graph("Mul", graph("Div", apart, spread), GAMMA)
    return graph("Add", BETA, scaled)


def layer_by_pow(graph, h):
    apart = graph("Sub", h, mean(graph, h, 2))
    variance = mean(graph, graph("Pow", apart, number(2)))
    inverse = graph("Pow", graph("Add", SMALL, variance), number(-0.5))
    return graph("Mul", graph("Mul", apart, inverse), GAMMA.reshape(1, 1, 4))


def layer_of_squares(graph, h):
    """The mean of squares less the square of the mean."""
    middle = mean(graph, h)
    squares = mean(graph, graph("Mul", h, h))
    variance = graph("Sub", squares, graph("Mul", middle, middle))
    inverse = graph("Reciprocal", graph("Sqrt", graph("Add", variance, SMALL)))
    return graph("Mul", graph("Sub", h, middle), inverse)


def layer_as_keras(graph, h):
    """x times a factor, and what is left of the mean in the shift."""
    _, variance = moments(graph, h)
    inverse = graph("Reciprocal", graph("Sqrt", graph("Add", variance, SMALL)))
    factor = graph("Mul", inverse, GAMMA)
    shift = graph("Add", graph("Mul", graph("Neg", mean(graph, h)), factor), BETA)
    return graph("Add", graph("Mul", h, factor), shift)


def batch(graph, h):
    spread = graph("Sqrt", graph("Add", VARIANCE, SMALL))
    scaled = graph("Mul", graph("Div", graph("Sub", h, MEAN), spread), GAMMA)
    return graph("Add", scaled, BETA)


def batch_without_scale(graph, h):
    inverse = graph("Reciprocal", graph("Sqrt", graph("Add", VARIANCE, SMALL)))
    return graph("Add", graph("Mul", graph("Sub", h, MEAN), inverse), BETA)


def scale_and_shift(graph, h):
    return graph("Add", graph("Mul", GAMMA, h), BETA)


def shift(graph, h):
    return graph("Add", h, BETA)


def affine(graph, h):
    return graph("Add", graph("Mul", h, number(0.3)), number(-0.7))


def scaled_tanh(graph, h):
    return graph("Mul", graph("Tanh", graph("Mul", h, number(0.6))), number(1.7))


def gelu(graph, h):
    share = graph("Add", graph("Erf", graph("Mul", h, number(1 / math.sqrt(2)))), number(1))
    return graph("Mul", graph("Mul", h, number(0.5)), share)


def silu(graph, h):
    return graph("Mul", h, graph("Sigmoid", h))


def leaky(graph, h):
    return graph("Max", h, graph("Mul", h, number(0.2)))


NORMALIZATIONS = {
    "layer": (layer_by_div, layer_by_pow, layer_of_squares, layer_as_keras),
    "batch": (batch, batch_without_scale, scale_and_shift, shift),
}
FUNCTIONS = {
    "affine:alpha=0.3:beta=-0.7": affine, "scaled_tanh:alpha=1.7:beta=0.6": scaled_tanh,
    "gelu": gelu, "silu": silu, "leaky_relu:alpha=0.2": leaky,
}  # fmt: skip
CASES = [(kind, one) for kind, every in NORMALIZATIONS.items() for one in every]


def behind(folder, function):
    """A recurrent node, and a function of its sequence."""
    graph = Graph(folder)
    Y, _ = graph.cell(op="LSTM")
    return graph, function(graph, graph("Squeeze", Y, np.array([1])))


@pytest.mark.parametrize(("kind", "function"), CASES, ids=[one.__name__ for _, one in CASES])
def test_a_normalization_in_operators(kind, function, tmp_path):
    """It gives the graph's numbers, and its arrays are the file's own."""
    graph, output = behind(tmp_path, function)
    agrees(graph, output, back=(1, 0, 2), opset=17)
    (layer,) = rnncalc.load(tmp_path / "m.onnx").outputs

    assert layer.kind == kind
    if function in (layer_by_div, layer_as_keras, batch):
        np.testing.assert_array_equal(layer.gamma, np.float64(GAMMA))
        np.testing.assert_array_equal(layer.beta, np.float64(BETA))
        assert layer.epsilon == 2e-3
    if function is batch:
        np.testing.assert_array_equal(layer.mean, np.float64(MEAN))
        np.testing.assert_array_equal(layer.variance, np.float64(VARIANCE))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_an_activation_in_operators(name, tmp_path):
    """It is the one of that name, with its parameters."""
    graph, output = behind(tmp_path, FUNCTIONS[name])
    x = np.random.default_rng(3).normal(size=(2, 5, 3)).astype(np.float32)
    agrees(graph, output, back=(1, 0, 2), x=x, opset=17)
    (layer,) = rnncalc.load(tmp_path / "m.onnx").outputs

    assert str(layer.activation) == name


def test_one_layer_behind_the_other(tmp_path):
    """A normalization, a dense layer with an activation in operators, and a scale of its result."""

    def function(graph, h):
        normal = layer_by_div(graph, h)
        dense = graph("MatMul", normal, np.float32(np.arange(8).reshape(4, 2) / 7 - 0.4))
        return graph("Mul", silu(graph, graph("Add", dense, BETA[:2])), GAMMA[:2])

    graph, output = behind(tmp_path, function)
    agrees(graph, output, back=(1, 0, 2), opset=17)
    first, second, third = rnncalc.load(tmp_path / "m.onnx").outputs

    assert (first.kind, str(second.activation), third.kind) == ("layer", "silu", "batch")


def of_time(graph, h):
    """The mean of all timesteps is taken off."""
    return graph("Sub", h, graph("ReduceMean", h, axes=[0], keepdims=1))


def epsilon_outside(graph, h):
    apart, variance = moments(graph, h)
    return graph("Div", apart, graph("Add", graph("Sqrt", variance), SMALL))


def one_less(graph, h):
    """The variance of a sample, divided by one less."""
    apart, variance = moments(graph, h)
    whole = graph("Mul", variance, number(4 / 3))
    return graph("Div", apart, graph("Sqrt", graph("Add", whole, SMALL)))


def not_centred(graph, h):
    """The root of the mean of squares."""
    squares = mean(graph, graph("Mul", h, h))
    return graph("Div", h, graph("Sqrt", graph("Add", squares, SMALL)))


def between_features(graph, h):
    """Numbers for each timestep."""
    return graph("Mul", h, np.float32(np.arange(5).reshape(5, 1, 1)))


def squared(graph, h):
    return graph("Mul", graph("Mul", h, h), GAMMA)


def cut_off(graph, h):
    return graph("Mul", h, graph("Clip", h, number(-20), number(20)))


def cut_off_scale(graph, h):
    scaled = graph("Mul", h, GAMMA)
    return graph("Mul", scaled, graph("Clip", scaled, number(-500), number(500)))


def where_not_equal(graph, h):
    """1 nearly everywhere."""
    return graph("Cast", graph("Not", graph("Equal", h, number(0.5))), to=1)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (where_not_equal, "Equal"),
        (epsilon_outside, "ReduceMean"), (one_less, "ReduceMean"),
        (not_centred, "Mul"), (between_features, "Mul"), (squared, "Mul"),
    ],
)  # fmt: skip
def test_what_is_nearly_one_is_refused(function, says, tmp_path):
    """Nothing is computed of a formula that is no layer; its first operator is named."""
    graph, output = behind(tmp_path, function)
    path = graph.saved(output, opset=17)

    with pytest.raises(FileError, match=says):
        result(path, X)
    others = [part for part in inspect(path).layers if part.kind == "other"]
    assert len(others) == 1 or function is where_not_equal


def by_its_last(graph, h):
    """The sequence times its last step."""
    return graph("Mul", h, graph("Slice", h, [-1], [2**62], [0]))


def gated(graph, h):
    """What goes by, and a function of it."""
    return graph("Add", h, graph("Tanh", graph("Mul", h, GAMMA)))


@pytest.mark.parametrize("function", [of_time, by_its_last, gated, cut_off, cut_off_scale])
def test_what_two_values_make_is_no_formula_of_one(function, tmp_path):
    """It is a join: of a sequence and one row, or of a value and what a layer makes of it."""
    graph, output = behind(tmp_path, function)
    agrees(graph, output, back=(1, 0, 2), opset=17)


@pytest.mark.parametrize("function", [layer_by_div, scale_and_shift])
def test_a_normalization_in_front(function, tmp_path):
    """Of the network's input: its last axis are the features."""
    graph = Graph(tmp_path, X=("T", "B", 4))
    output = graph("Squeeze", graph.cell(function(graph, "X"), features=4)[0], np.array([1]))
    x = np.random.default_rng(5).normal(size=(2, 5, 4)).astype(np.float32)
    agrees(graph, output, back=(1, 0, 2), x=x, opset=17)
    (layer,) = rnncalc.load(tmp_path / "m.onnx").layers

    assert [one.kind for one in layer.chain] == ["layer" if function is layer_by_div else "batch"]
