"""Numbers of another quantity of the run: check names it, with the flags that compare it."""

from __future__ import annotations

import re

import numpy as np
import pytest
from layers_of_three import drawn_layer

import rnncalc
from rnncalc import Model, Output
from rnncalc.checking.layouts import series
from rnncalc.checking.part import Part

X = np.random.default_rng(8).normal(size=(6, 2))


def network() -> Model:
    """An LSTM in two directions, a GRU and an output layer."""
    rng = np.random.default_rng(3)
    two = {"backward": drawn_layer(rng, "lstm", 2), "merge": "concat"}
    layers = [drawn_layer(rng, "lstm", 2, name="enc", **two)]
    layers.append(drawn_layer(rng, "gru", 6, name="dec"))
    return Model(layers, x=X, output=Output(rng.uniform(-1, 1, (1, 3))))


@pytest.mark.parametrize(
    ("of", "show", "given", "asked"),
    [
        ("dec", "h", {}, {"of": "dec"}),
        ("enc", "h", {}, {"of": "enc"}),
        ("enc.backward", "h", {}, {"of": "enc.backward"}),
        ("enc.forward", "c", {}, {"of": "enc.forward", "show": "c"}),
        ("enc.forward", "final.c", {}, {"of": "enc.forward", "show": "final.c"}),
        ("", "y", {"of": "dec"}, {"show": "y"}),
        ("dec", "z", {"of": "enc"}, {"of": "dec", "show": "z"}),
    ],
)
def test_another_quantity_is_named(of, show, given, asked):
    """Where no mistake explains the numbers; with what is told they agree."""
    trace = rnncalc.run(network())
    theirs = np.float32(series(trace, show, part=Part(*of.partition(".")[::2])).values[0])
    pattern = rnncalc.check(network(), theirs, **given).diagnosis.pattern

    assert dict(re.findall(r"(\w+)='([^']+)'", pattern)) == asked
    assert rnncalc.check(network(), theirs, **asked).agrees


def test_numbers_of_nothing_are_of_nothing():
    """Of none that agrees there is no word; nor of numbers that say too little."""
    theirs = np.random.default_rng(5).normal(size=(6, 3))
    for numbers in (theirs, np.zeros((6, 3))):
        found = rnncalc.check(network(), numbers)
        assert not found.agrees
        assert "agree with" not in found.diagnosis.pattern
