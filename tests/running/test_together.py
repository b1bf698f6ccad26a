"""Many sequences side by side: the same bits in any company, the same numbers as alone."""

from __future__ import annotations

import numpy as np
import pytest

import rnncalc
from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError
from rnncalc.running import together as rooms
from rnncalc.running.together import goes_beside, together

RANDOM = np.random.default_rng(20)


def drawn(*shape: int) -> list:
    return (RANDOM.normal(size=shape) / 2).tolist()


def cell(kind: str, features: int, units: int) -> dict:
    """The weights of a cell, all different."""
    gates = {"lstm": "ifgo", "gru": "zrn", "rnn": ""}[kind]
    shapes = {"W_x": (units, features), "W_h": (units, units), "bias": (units,)}
    return {
        name: {gate: drawn(*shape) for gate in gates} if gates else drawn(*shape)
        for name, shape in shapes.items()
    }


def both_ways(kind: str, features: int, units: int) -> dict:
    ways = {way: cell(kind, features, units) for way in ("forward", "backward")}
    return {"cell": kind, "merge": "concat", **ways}


HEAD = {"activation": "softmax", "W_y": drawn(3, 5), "bias": drawn(3)}
NETWORKS = {
    "lstm": {"cell": "lstm", **cell("lstm", 2, 5)},
    "float32": {"cell": "gru", "dtype": "float32", **cell("gru", 2, 33)},
    "one feature": {"cell": "rnn", "activation": "relu", **cell("rnn", 1, 4)},
    "two ways and a head": {
        "layers": [both_ways("lstm", 2, 4), {"cell": "gru", **cell("gru", 8, 5)}],
        "output": HEAD,
    },
    "many-to-one": {"cell": "lstm", **cell("lstm", 2, 5), "output": HEAD, "mode": "many-to-one"},
    "embedding": {
        "embedding": {"weights": drawn(7, 2)}, "cell": "lstm", **cell("lstm", 2, 5),
    },
}  # fmt: skip
SHOWN = {"x", "h", "y", "final", *(name for kind in CELLS.values() for name in kind.quantities)}


def sequences(model, lengths):
    if model.embedding:
        return [RANDOM.integers(0, 7, n).astype(float) for n in lengths]
    return [RANDOM.normal(size=(n, model.features)) for n in lengths]


def numbers(trace):
    """Every number of a trace by its name."""
    return {(q.name, q.layer, q.direction): q.values for q in trace.quantities(SHOWN)}


def assert_same_bits(one, other):
    one, other = numbers(one), numbers(other)
    assert one.keys() == other.keys()
    for name in one:
        assert one[name].tobytes() == other[name].tobytes(), name


@pytest.mark.parametrize("record", [None, ("h", "c")], ids=["all", "states"])
@pytest.mark.parametrize("name", NETWORKS)
def test_company_and_order_change_no_bit(name, record):
    """A sequence has the same bits alone, among others, and in another order; and the numbers of
    ``run`` but for rounding."""
    model = rnncalc.load(NETWORKS[name])
    xs = sequences(model, RANDOM.integers(1, 75, 90))
    assert goes_beside(model, model.dtype)

    whole = together(model, xs, record=record)
    order = RANDOM.permutation(len(xs))
    for place, trace in zip(
        order, together(model, [xs[i] for i in order], record=record), strict=True
    ):
        assert_same_bits(trace, whole[place])
    for place in (0, 41, 89):
        assert_same_bits(together(model, [xs[place]], record=record)[0], whole[place])
    tolerance = 2e-6 if model.dtype == "float32" else 1e-12
    for x, trace in zip(xs[:12], whole, strict=False):
        alone = numbers(rnncalc.run(model, x))
        assert alone.keys() >= numbers(trace).keys()
        assert record or alone.keys() == numbers(trace).keys()
        for key, values in numbers(trace).items():
            np.testing.assert_allclose(values, alone[key], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", ["lstm", "float32", "two ways and a head"])
def test_a_full_batch_has_the_bits_of_each_alone(name):
    """Where no place is empty nothing is padded; an array is taken as a list of its rows is."""
    model = rnncalc.load(NETWORKS[name])
    xs = RANDOM.normal(size=(rooms.width_of(model), 64, 2))

    whole = together(model, xs)
    for place in (0, 17, len(xs) - 1):
        assert_same_bits(together(model, [xs[place]])[0], whole[place])
        assert_same_bits(together(model, xs[place : place + 1])[0], whole[place])


def test_a_shape_that_company_decides_would_be_seen(monkeypatch):
    """Batches as wide as their sequences are many, and going over time, give other bits."""
    model = rnncalc.load(NETWORKS["float32"])
    xs = sequences(model, [40] * 5)
    whole = together(model, xs)
    monkeypatch.setattr(rooms, "WIDTH", 1)

    assert any(
        one.h.tobytes() != other.h.tobytes()
        for one, other in zip(together(model, xs), whole, strict=True)
    )


@pytest.mark.parametrize("length", [rooms.LONGEST + 1, 900])
def test_long_sequences_have_the_bits_of_a_run(length):
    """They go alone, in parallel over time, whatever stands beside them."""
    model = rnncalc.load(NETWORKS["lstm"])
    xs = sequences(model, [3, length])

    assert_same_bits(together(model, xs)[1], rnncalc.run(model, xs[1]))


def test_sequential_has_the_bits_of_a_sequential_run():
    """Each alone, one step after the other."""
    model = rnncalc.load(NETWORKS["lstm"])
    for x, trace in zip(
        xs := sequences(model, [3, 70]), together(model, xs, sequential=True), strict=True
    ):
        assert_same_bits(trace, rnncalc.run(model, x, sequential=True))


GRAPH = {
    "layers": [
        {"name": "a", "input": "x", **NETWORKS["lstm"]},
        {"name": "b", "input": "x", **NETWORKS["lstm"]},
        {"input": ["a", "b"], "join": "add", "cell": "lstm", **cell("lstm", 5, 4)},
    ]
}


@pytest.mark.parametrize(
    "network", [NETWORKS["lstm"] | {"masking": 0.0}, GRAPH], ids=["masking", "graph"]
)
def test_what_padding_may_change_goes_alone(network):
    """A mask, a graph: each sequence has the bits of its own run."""
    model = rnncalc.load(network)
    xs = sequences(model, [4, 9])
    xs[1][2] = 0

    assert not goes_beside(model, model.dtype)
    for x, trace in zip(xs, together(model, xs), strict=True):
        assert_same_bits(trace, rnncalc.run(model, x))


def test_what_does_not_fit_is_an_error_in_its_place():
    """The others are computed; a NaN stays in its own sequence."""
    model = rnncalc.load(NETWORKS["lstm"])
    xs = sequences(model, [4, 6, 5, 4])
    clean = together(model, xs)
    xs[1], xs[2], xs[3] = xs[1][:, :1], np.full((5, 2), np.nan), np.zeros((2, 3, 2))

    fine, narrow, nan, several = together(model, xs)

    assert_same_bits(fine, clean[0])
    assert isinstance(narrow, RnncalcError)
    assert "features" in narrow.message
    assert nan.not_finite() == nan.h.size
    assert isinstance(several, RnncalcError)
    assert "holds 2 sequences" in several.message
