"""Weights as papers write them, in configs: the same numbers as in our own names."""

from __future__ import annotations

import numpy as np
import pytest

import rnncalc
from rnncalc.errors import RnncalcError

LETTERS = {"rnn": {"": "h"}, "gru": {"z": "z", "r": "r", "n": "h"},
           "lstm": {"i": "i", "f": "f", "g": "c", "o": "o"}}  # fmt: skip
X = [[1.0, -2.0], [0.5, 3.0], [-1.0, 0.25]]


def drawn(cell):
    """Weights of each gate: W_x (3, 2), W_h (3, 3), bias (3)."""
    rng = np.random.default_rng(16)
    shapes = {"W_x": (3, 2), "W_h": (3, 3), "bias": (3,)}
    return {g: {name: rng.normal(size=s) for name, s in shapes.items()} for g in LETTERS[cell]}


def paper(style, cell):
    """The block as a paper of this style writes it."""
    block = {"cell": cell}
    for gate, one in drawn(cell).items():
        letter = LETTERS[cell][gate]
        block |= {f"b_{letter}": one["bias"]}
        if style == "w-u":
            block |= {f"W_{letter}": one["W_x"], f"U_{letter}": one["W_h"]}
        elif style == "w-xh":
            block |= {f"W_x{letter}": one["W_x"], f"W_h{letter}": one["W_h"]}
        elif style == "xw-hu":
            block |= {"convention": style, f"W_{letter}": one["W_x"].T, f"U_{letter}": one["W_h"].T}
        elif style == "xw-hw":
            block |= {"convention": style}
            block |= {f"W_x{letter}": one["W_x"].T, f"W_h{letter}": one["W_h"].T}
        else:
            parts = [one["W_h"], one["W_x"]] if style == "stacked-hx" else [one["W_x"], one["W_h"]]
            block |= {"convention": style, f"W_{letter}": np.hstack(parts)}
    return block


@pytest.mark.parametrize("cell", LETTERS)
@pytest.mark.parametrize("style", ["w-u", "w-xh", "xw-hu", "xw-hw", "stacked-hx", "stacked-xh"])
def test_a_paper_is_read(style, cell):
    """Their GRU has the reset gate before the product."""
    weights = {
        f"{name}.{gate}".rstrip("."): array
        for gate, one in drawn(cell).items()
        for name, array in one.items()
    }
    ours = rnncalc.Layer(weights, cell, **({"reset_after": False} if cell == "gru" else {}))
    expected = rnncalc.run(rnncalc.Model([ours]), X).h

    found = rnncalc.run(rnncalc.load(paper(style, cell) | {"x": X})).h
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-15)


def test_one_matrix_needs_a_word_on_which_half_comes_first():
    """[h; x] or [x; h]: where units equal features, no shape tells."""
    block = paper("stacked-hx", "lstm") | {"x": X}
    del block["convention"]

    with pytest.raises(RnncalcError, match="W_i without U_i: one matrix over"):
        rnncalc.run(rnncalc.load(block))


def test_their_gru_is_not_the_other_one():
    """What the layout says may not be contradicted."""
    with pytest.raises(RnncalcError, match="reset_after is said to be true, but the weights'"):
        rnncalc.load(paper("w-u", "gru") | {"reset_after": True, "x": X})


def ours(cell, **more):
    weights = {
        f"{name}.{gate}".rstrip("."): array
        for gate, one in drawn(cell).items()
        for name, array in one.items()
    }
    return rnncalc.run(rnncalc.Model([rnncalc.Layer(weights, cell, **more)]), X).h


@pytest.mark.parametrize("cell", LETTERS)
def test_our_own_names_by_columns(cell):
    """convention: columns: x W_x + h W_h, one column per unit."""
    block: dict = {"cell": cell, "convention": "columns", "x": X}
    for gate, one in drawn(cell).items():
        for name, array in one.items():
            if gate:
                block.setdefault(name, {})[gate] = array.T
            else:
                block[name] = array.T

    found = rnncalc.run(rnncalc.load(block)).h
    np.testing.assert_array_equal(found, ours(cell))


def test_columns_are_held_to_their_shapes():
    """An error says the shape as it was typed; a bias of 0 is none."""
    W_x, W_h = np.ones((2, 3)), np.eye(3) / 2
    block = {"convention": "columns", "W_x": W_x, "W_h": W_h, "bias": 0, "x": X}
    assert rnncalc.run(rnncalc.load(block)).h.shape == (3, 3)

    with pytest.raises(RnncalcError, match=r"W_x has shape \(3, 2\), expected \(features, units\)"):
        rnncalc.load(block | {"W_x": W_x.T})


@pytest.mark.parametrize("after", [None, True, False])
def test_matlab_has_one_bias(after):
    """gruLayer: r z n; after-multiplication unless reset_after: false says the other mode."""
    gates = drawn("gru")
    stacked = {name: np.concatenate([gates[g][name] for g in "rzn"]) for name in gates["r"]}
    block = {"cell": "gru", "InputWeights": stacked["W_x"], "RecurrentWeights": stacked["W_h"],
             "Bias": stacked["bias"][:, None], "x": X}  # fmt: skip
    block |= {} if after is None else {"reset_after": after}

    found = rnncalc.run(rnncalc.load(block)).h
    np.testing.assert_allclose(found, ours("gru", reset_after=after), rtol=0, atol=1e-15)


def test_matlab_with_two_biases_says_its_mode():
    """recurrent-bias-after-multiplication: the reset gate cannot be before the product."""
    block = {"cell": "gru", "InputWeights": np.ones((9, 2)), "RecurrentWeights": np.ones((9, 3)),
             "Bias": np.ones(18), "x": X}  # fmt: skip
    assert "bias_h.n" in rnncalc.load(block).layers[0].weights

    with pytest.raises(RnncalcError, match="reset_after is said to be false, but the weights'"):
        rnncalc.load(block | {"reset_after": False})


def test_a_simple_layer_is_not_matlabs():
    """There is none: refused by name."""
    with pytest.raises(RnncalcError, match="matlab has no rnn"):
        rnncalc.load({"InputWeights": 1, "RecurrentWeights": 1, "Bias": 0, "x": [1]})
