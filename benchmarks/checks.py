"""`check`, when numbers differ (C): the time to compare, and to try which mistake explains it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from statistics import median
from typing import Any

import numpy as np

import rnncalc
from benchmarks.jobs import Job
from benchmarks.turns import Row, seconds

Case = tuple[str, rnncalc.Model, Any, Any, float]
"""Name, network, input, expected numbers, and the seconds that are aimed at."""


def checks(rounds: int) -> list[Row]:
    """Seconds of each, from the model and the numbers to the verdict, and how many runs of the
    network take as long."""
    rows = []
    for name, model, x, expected, aim in _cases():
        trace = rnncalc.run(model, x)
        both = [
            (
                seconds(partial(rnncalc.check, trace, expected)),
                seconds(partial(rnncalc.run, model, x)),
            )
            for _ in range(rounds)
        ]
        taken, once = (median(times) for times in zip(*both, strict=True))
        rows.append(Row(f"C `check`: {name}, {taken / once:,.0f} runs", taken, aim, " s"))
    return rows


def _cases() -> Iterator[Case]:
    x = np.random.default_rng(2).normal(size=(5, 2))
    for count, aim in ((40, 1.5), (300, 15.0)):
        model = rnncalc.Model([_layer("rnn", 2, seed) for seed in range(count)])
        unlike = rnncalc.Model([_layer("rnn", 2, count + seed) for seed in range(count)])
        expected = rnncalc.run(unlike, x).h
        yield f"{count} simple layers, H=2, 5 steps, unrelated numbers", model, x, expected, aim
    x, model = np.random.default_rng(2).normal(size=(20, 16)), rnncalc.Model([_layer("gru", 16, 1)])
    expected = rnncalc.run(rnncalc.Model([_layer("gru", 16, 2)]), x).h
    yield "GRU, H=16, 20 steps, unrelated numbers", model, x, expected, 1.0
    x = np.random.default_rng(2).normal(size=(200, 64))
    model = rnncalc.Model([_layer("lstm", 64, 1)])
    expected = rnncalc.run(rnncalc.Model([_layer("lstm", 64, 1, swapped=True)]), x)
    yield "LSTM, H=64, 200 steps, two gates swapped", model, x, expected.h, 1.0
    x = np.random.default_rng(2).normal(size=(30, 5))
    model, unlike = (
        rnncalc.Model([_both("lstm", 5, seed + i) for i in range(3)]) for seed in (1, 7)
    )
    expected = rnncalc.run(unlike, x).h
    yield "3 LSTMs of two directions, H=5, 30 steps, unrelated numbers", model, x, expected, 5.0


def _both(cell: str, units: int, seed: int) -> rnncalc.Layer:
    """Both directions of a layer, each with as many units; they are added."""
    backward = _layer(cell, units, 100 + seed)
    return rnncalc.Layer(_weights(cell, units, seed), cell, backward=backward, merge="sum")


def _layer(cell: str, units: int, seed: int, *, swapped: bool = False) -> rnncalc.Layer:
    weights = _weights(cell, units, seed)
    if swapped:
        first, second = "i", "f"
        names = {f"W_x.{first}": f"W_x.{second}", f"W_x.{second}": f"W_x.{first}"}
        names |= {name.replace("x", "h"): other.replace("x", "h") for name, other in names.items()}
        weights = {name: weights[names.get(name, name)] for name in weights}
    return rnncalc.Layer(weights, cell)


def _weights(cell: str, units: int, seed: int) -> dict[str, Any]:
    rng, like = np.random.default_rng(seed), Job("", cell, units, 1, {}).weights()
    return {name: rng.normal(size=array.shape) for name, array in like.items()}
