"""Other lengths, and a backward direction that begins in the padding, are told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from normal_layers import drawn

import rnncalc
from rnncalc import Model

LENGTHS = np.array([5, 2, 4])


def network(backward=False, **options):
    """A layer of one direction or two, and a batch whose padding looks like any other step."""
    ways = {"backward": replace(drawn("gru", seed=2), direction="backward"), "merge": "concat"}
    layer = drawn("gru", **ways) if backward else drawn("gru")
    x = np.random.default_rng(4).normal(size=(3, 5, 2))
    return Model(layer, x=x, **options)


def finals(trace):
    """h_n as PyTorch has it."""
    ways = trace.layers[0].directions.values()
    return np.stack([way.final["h"] for way in ways])


@pytest.mark.parametrize("given", [(5, 3, 4), (5, 4, 2), (4, 1, 3)], ids=str)
def test_other_lengths_of_final_states(given):
    """Another one, another order, one less: found by trying, as nothing shows where padding is."""
    model = network()
    theirs = finals(rnncalc.run(model, lengths=LENGTHS))
    found = rnncalc.check(replace(model, lengths=given), np.float32(theirs), show="final.h")
    (cause,) = found.diagnosis.causes

    assert cause.id == "padding"
    assert "the lengths are 5, 2, 4" in cause.say
    assert cause.remedy.startswith("give lengths as [5, 2, 4]")


def test_final_states_of_a_backward_direction_from_the_padding():
    """The forward one ends before it."""
    model = network(backward=True)
    whole = rnncalc.run(model)
    theirs = finals(whole)
    theirs[0] = whole.layers[0].forward["h"][np.arange(3), LENGTHS - 1]
    given = replace(model, lengths=LENGTHS)
    (cause,) = rnncalc.check(given, np.float32(theirs), show="final.h").diagnosis.causes

    assert cause.id == "padding"
    assert "begins in the padding" in cause.say


def test_final_states_of_another_network_have_no_lengths():
    """However many are tried."""
    model = network(lengths=LENGTHS)
    theirs = np.random.default_rng(1).uniform(-1, 1, (1, 3, 3))

    assert rnncalc.check(model, theirs, show="final.h").diagnosis.causes == ()


def test_a_state_that_fades_is_told():
    """Where nothing is named: numbers that are few, of a network that forgets."""
    layer = drawn("rnn")
    small = {name: 0.3 * w for name, w in layer.weights.items()}
    model = Model(replace(layer, weights=small), x=np.random.default_rng(3).normal(size=(3, 2)))
    states = np.array([0.9, -0.8, 0.7])
    (plain,) = model.layers
    theirs = rnncalc.run(replace(model, layers=(replace(plain, h0=states),))).h
    found = rnncalc.check(model, np.float32(theirs)).diagnosis

    assert found.causes == ()
    assert "look at the initial state" in found.pattern
