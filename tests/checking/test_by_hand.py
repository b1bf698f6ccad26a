"""Loops by hand: with an old state, with the rounded products of GPUs; and what is none of that."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from normal_layers import drawn

import rnncalc
from rnncalc import Layer, Model
from rnncalc.checking.diagnosis.by_hand import Hand, by_hand
from rnncalc.checking.diagnosis.job import job_of
from rnncalc.checking.diagnosis.tensor_cores import ROUNDINGS, RoundedProducts


def network(cell, *, steps=6, batch=2, backward=False, layers=1, **options) -> Model:
    """Layers whose weights all differ, with their input."""
    rng = np.random.default_rng(5)
    rows = []
    for index in range(layers):
        features = 2 if not index else rows[0].width
        ways = [drawn(cell, features=features, seed=10 * index + way) for way in (1, 2)]
        more = {"backward": ways[1], "merge": "concat"} if backward else {}
        rows.append(replace(ways[0], **more, **options))
    shape = (steps, 2) if batch is None else (batch, steps, 2)
    return Model(rows, x=rng.normal(size=shape))


def named(model, numbers, **options):
    """The ids of what is claimed of the expected numbers."""
    causes = rnncalc.check(model, np.float32(numbers), **options).diagnosis.causes
    return [one.id for one in causes]


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"batch": None},
        {"backward": True},
        {"layers": 2},
        {"backward": True, "layers": 2},
        {"direction": "backward"},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["h", "final.h"])
def test_a_loop_that_does_what_the_equations_say(cell, options, name):
    """It gives the numbers of a run, in every direction; final states of one layer."""
    if name == "final.h" and "layers" in options:
        pytest.skip("those of several layers are left out")
    job = job_of(rnncalc.run(network(cell, **options)), name)

    np.testing.assert_allclose(by_hand(job, Hand()).series().values, job.series().values)


@pytest.mark.parametrize(
    ("number", "bits", "expected"),
    [
        (1 + 2**-10, 10, [1 + 2**-10] * 3),
        (1 + 2**-11, 10, [1 + 2**-10, 1.0, 1.0]),
        (1 + 3 * 2**-11, 10, [1 + 2**-9, 1 + 2**-9, 1 + 2**-10]),
        (-1 - 2**-11 - 2**-20, 10, [-1 - 2**-10, -1 - 2**-10, -1.0]),
        (1 + 2**-8, 7, [1.0]),
        (1 + 3 * 2**-8, 7, [1 + 2**-6]),
    ],
)
def test_how_operands_are_rounded(number, bits, expected):
    """10 bits away from 0 in the middle, to the even one, cut; 7 to the even one."""
    found = [one.of(np.array([number]))[0] for one in ROUNDINGS if one.bits == bits]

    assert found == expected


def rounded(model, rounding):
    """What a processor gives that rounds so."""
    hand = RoundedProducts(rounding, False, {})
    return by_hand(job_of(rnncalc.run(model), "h"), hand).series().values


@pytest.mark.parametrize("rounding", ROUNDINGS, ids=[f"{r.bits}-{r.ties}" for r in ROUNDINGS])
@pytest.mark.parametrize("options", [{}, {"backward": True}], ids=str)
def test_rounded_products_are_precision(rounding, options):
    """With the switch that turns them off."""
    model = network("rnn", **options)
    found = rnncalc.check(model, np.float32(rounded(model, rounding))).diagnosis.causes

    assert [one.id for one in found] == ["precision"]
    assert found[0].remedy == rounding.remedy


def test_roundings_that_add_up():
    """In a network that doubles every difference, h is another after 60 steps; it is told."""
    x = np.random.default_rng(2).normal(size=(60, 2))
    model = Model(drawn("rnn", units=24), x=x)
    theirs = rounded(model, ROUNDINGS[0])[0]

    assert np.abs(theirs - rnncalc.run(model).h).max() > 0.5
    assert named(model, theirs) == ["precision"]


@pytest.mark.parametrize("seed", range(4))
def test_noise_of_that_size_is_none(seed):
    """Nor is anything else of it."""
    model = network("gru")
    noise = np.random.default_rng(seed).normal(size=(2, 6, 3))

    assert named(model, rnncalc.run(model).h + 3e-4 * noise) == []


def test_a_small_bias_is_no_rounding():
    """However near it is: the cause is the bias."""
    model = network("rnn", steps=12)
    (layer,) = model.layers
    few = {**layer.weights, "bias": np.array([3e-4, -5e-4, 4e-4])}
    bare = {name: w for name, w in layer.weights.items() if name != "bias"}
    ours, theirs = (replace(model, layers=(Layer(weights, cell="rnn"),)) for weights in (bare, few))

    assert named(ours, rnncalc.run(theirs).h) == ["bias-missing"]


def sigmoid(a):
    """1 / (1 + e^-a)."""
    return 1 / (1 + np.exp(-a))


@pytest.mark.parametrize("old", ["products", "gates", "candidate", "mix"])
@pytest.mark.parametrize("reset_after", [True, False])
def test_an_old_state_in_the_loop_of_a_gru(old, reset_after):
    """Where it is used is said, wherever the reset gate stands."""
    model = network("gru", reset_after=reset_after, batch=None)
    (layer,) = model.layers
    weights = layer.arrays
    h = before = np.zeros(3)
    rows = []
    for x in model.x:
        uses = {
            use: before if old in (use, "products") and use != "mix" else h
            for use in ("gates", "candidate")
        } | {"mix": before if old == "mix" else h}
        z, r = (
            sigmoid(weights[f"W_x.{gate}"] @ x + weights[f"bias.{gate}"]
                    + weights[f"W_h.{gate}"] @ uses["gates"])
            for gate in "zr"
        )  # fmt: skip
        inner = uses["candidate"]
        product = weights["W_h.n"] @ inner
        product = r * product if reset_after else weights["W_h.n"] @ (r * inner)
        n = np.tanh(weights["W_x.n"] @ x + weights["bias.n"] + product)
        before, h = h, z * uses["mix"] + (1 - z) * n
        rows.append(h)
    causes = rnncalc.check(model, np.float32(rows)).diagnosis.causes

    assert [one.id for one in causes] == ["state-not-carried"]
    word = {"products": "W_h is", "gates": "z and r", "candidate": "the candidate is", "mix": "z *"}
    assert word[old] in causes[0].say
    assert "h_{t-2}" in causes[0].say
