"""Derivatives and distances from bounds, held to other arithmetic: central differences of ``run``
itself, PyTorch's autograd, decimal numbers, singular values.
"""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal, localcontext

import numpy as np
import pytest
from conftest import existing
from drawn_layers import layers
from every_activation import EVERY, SAME_WIDTH
from hypothesis import given

import rnncalc
from rnncalc import Layer, Model
from rnncalc.equations import CELLS
from rnncalc.equations.activations import Activation, activation
from rnncalc.explaining.insight.course import course
from rnncalc.explaining.insight.jacobian import FORGOTTEN, by_input, forgotten, jacobians, norms

STEP = 1e-6
X = np.random.default_rng(12).normal(size=(4, 2))


def differences(function, at: np.ndarray) -> tuple[np.ndarray, bool]:
    """Central differences of a function of a vector, (results, at); whether there is no kink near:
    at one the two sides differ, beside one the differences of two widths."""
    here = function(at)
    central, sides = [], []
    for width in (STEP, 4 * STEP):
        moves = [function(at + m) for m in (*np.eye(len(at)) * width, *np.eye(len(at)) * -width)]
        up, down = np.split(np.stack(moves, axis=-1) - here[:, None], 2, axis=-1)
        central.append((up - down) / (2 * width))
        sides.append(abs(up + down).max() / width)
    scale = 1 + abs(central[0]).max()
    apart = abs(central[0] - central[1]).max()
    return central[0], bool(apart < 1e-7 * scale and max(sides) < 1e-5 * scale)


def agree(ours: np.ndarray, function, at: np.ndarray) -> None:
    """Equal to 1e-6 of the largest derivative, unless a kink is near."""
    theirs, smooth = differences(function, at)
    if smooth:
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6 * max(1, abs(theirs).max()))


def stepped(layer: Layer, x: np.ndarray, state: np.ndarray) -> np.ndarray:
    """One step of a run: h (and c) of x and the state before, as one vector."""
    width = layer.state_size
    states = {"h0": state[:width]} | ({"c0": state[width:]} if layer.cell == "lstm" else {})
    final = rnncalc.run(Model([replace(layer, **states)]), x[None]).layers[0].forward.final
    return np.concatenate([final[name] for name in CELLS[layer.cell].states])


@pytest.mark.parametrize("function", EVERY, ids=str)
def test_slopes_are_central_differences(function):
    """Of every activation, away from its kinks."""
    a = np.array([[-6.1], [-2.6], [-1.3], [-0.4], [-1e-3], [1e-3], [0.3], [1.2], [2.4], [5.9]])
    changes = function.pushed(a, np.eye(len(a))[:, None])[:, 0]
    theirs, _ = differences(lambda at: function(at[:, None])[:, 0], a[:, 0])

    np.testing.assert_allclose(changes, theirs, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(function.slope(a)[:, 0], np.diag(theirs), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("function", [one for one in EVERY if one.bounds], ids=str)
def test_values_lie_between_their_bounds(function):
    """And come as near to both as they can."""
    lower, upper = function.bounds
    values = function(np.array([[-700.0, 0, 1e-3, 650]]).repeat(3, 0) * [[1], [-1], [0.5]])

    assert lower <= values.min() < lower + 2e-3
    assert upper - 2e-3 < values.max() <= upper


@pytest.mark.parametrize("function", [one for one in EVERY if one.bounds], ids=str)
def test_distances_are_those_from_the_nearer_bound(function):
    """The value's own distance, where no digits are lost in it."""
    a = np.array([[-2.2], [-1.3], [0.0], [0.4], [1.9]])
    lower, upper = function.bounds
    values = function(a)

    nearer = np.minimum(values - lower, upper - values)
    np.testing.assert_allclose(function.distance(a), nearer, rtol=1e-12)


@pytest.mark.parametrize("a", [0.5, 3.7, 19.1, -25.0, 150.25, -340.0])
def test_tiny_distances_have_all_their_digits(a):
    """1 - |tanh a|, 1 - tanh(a)**2 and sigmoid's, to 1e-12 where the values are 1 to the bit."""
    with localcontext() as context:
        context.prec = 400
        power, two = Decimal(-abs(a)).exp(), Decimal(2)
        tanh = (1 - power**2) / (1 + power**2)
        sigmoid = 1 / (1 + power)
        exact = {
            (Activation.distance, "tanh"): 1 - tanh,
            (Activation.slope, "tanh"): 1 - tanh**two,
            (Activation.distance, "sigmoid"): 1 - sigmoid,
            (Activation.slope, "sigmoid"): sigmoid * (1 - sigmoid),
        }
        for (what, name), expected in exact.items():
            ours = Decimal(float(what(activation(name), np.array([[a]]))[0, 0]))
            assert abs(ours / expected - 1) < Decimal("1e-12"), (what, name)


@given(layers(features=2))
def test_jacobians_are_central_differences(layer):
    """ds_t/ds_{t-1} and ds_t/dx_t of every step, over every cell and option."""
    trace = rnncalc.run(Model([layer]), X)
    one = course(trace, 0, "forward")
    for k, jacobian in enumerate(jacobians(one)):
        before = np.concatenate([state[k] for state in one.before.values()])
        agree(jacobian, lambda s, k=k: stepped(layer, X[k], s), before)
        agree(by_input(one, k), lambda x, s=before: stepped(layer, x, s), X[k])


@given(layers(features=2))
def test_softmax_and_other_functions_too(layer):
    """What is felt across units, and parameters."""
    functions = {name: SAME_WIDTH[7 * i] for i, name in enumerate(CELLS[layer.cell].functions)}
    functions["activation"] = activation("softmax")
    layer = replace(layer, **functions)
    one = course(rnncalc.run(Model([layer]), X), 0, "forward")
    before = np.concatenate([state[0] for state in one.before.values()])

    agree(jacobians(one)[0], lambda s: stepped(layer, X[0], s), before)


GRADIENTS = existing("tests/golden/gradients/torch/*.json")


@pytest.mark.parametrize("path", GRADIENTS, ids=lambda path: path.stem)
def test_equal_to_autograd(path):
    """dh_t/dh_0, dh_t/dc_0 and dh_t/dx_1 as PyTorch recorded them: to 1e-10."""
    file = json.loads(path.read_text(encoding="utf-8"))
    states = {key: file[key] for key in ("h0", "c0") if key in file}
    lengths = {"lengths": file["lengths"]} if "lengths" in file else {}
    trace = rnncalc.run(rnncalc.load({**file["config"], **states}), file["x"], **lengths)
    for key, expected in file["expected"].items():
        direction, sequence = key.split(".")
        one = course(trace, 0, direction, int(sequence))
        width, product, read = one.layer.state_size, None, by_input(one)
        for k, (t, step) in enumerate(zip(one.t, jacobians(one), strict=True)):
            product = step if product is None else step @ product
            read = read if k == 0 else step @ read
            ours = {
                "dh0": product[:width, :width],
                "dc0": product[:width, width:],
                "dx1": read[:width],
            }
            for name, arrays in expected.items():
                np.testing.assert_allclose(ours[name], arrays[t - 1], rtol=0, atol=1e-10)


def test_there_are_recorded_gradients():
    """Of every cell, of two directions and of a projection."""
    names = " ".join(path.stem for path in GRADIENTS)
    assert all(word in names for word in (*CELLS, "bidirectional", "projection", "lengths"))


def test_spectral_norms():
    """Those of the singular values; of what is not finite as well, and of nothing."""
    matrices = np.random.default_rng(4).normal(size=(6, 3, 5)) * 1e-200
    matrices[3], matrices[4, 0, 0], matrices[5, 1, 1] = 0, np.inf, np.nan
    expected = [*np.linalg.norm(matrices[:4], 2, axis=(1, 2)), np.inf, np.nan]

    np.testing.assert_allclose(norms(matrices), expected, rtol=1e-14)


@pytest.mark.parametrize("scale", [0.9999, 1.0001])
def test_what_is_forgotten_is_told_by_the_norm(scale):
    """Whatever the quick looks say, just below and just above the limit."""
    rng = np.random.default_rng(5)
    for size in (1, 2, 7, 40):
        matrix = rng.normal(size=(size, size))
        product = matrix / np.linalg.norm(matrix, 2) * FORGOTTEN * scale
        assert forgotten(product) == (scale < 1)
