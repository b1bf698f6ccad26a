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
        else:
            parts = [one["W_h"], one["W_x"]] if style == "stacked-hx" else [one["W_x"], one["W_h"]]
            block |= {"convention": style, f"W_{letter}": np.hstack(parts)}
    return block


@pytest.mark.parametrize("cell", LETTERS)
@pytest.mark.parametrize("style", ["w-u", "w-xh", "stacked-hx", "stacked-xh"])
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
