"""Ours against ours: networks that do not forget, streams, and accuracy (K13, K14, X4)."""

from __future__ import annotations

import tracemalloc
from collections.abc import Mapping
from typing import Any

import numpy as np

import rnncalc
from benchmarks.jobs import Job
from benchmarks.turns import Row, ratio
from rnncalc.equations import CELLS
from rnncalc.equations.activations import activation
from rnncalc.equations.gates import unclipped
from rnncalc.running import kernels

SLOPE_ONE = {"W_x": np.float32([[0.32394445]]), "W_h": np.float32([[1]])}
"""Of small inputs it remembers everything: the slope of tanh is almost 1."""
MIB = 2**20


def not_forgetting(rounds: int) -> list[Row]:
    """K13: our time ÷ our time in order, of networks that remember."""
    rows = [_remembering("rnn W_h=1", "rnn", SLOPE_ONE, 1)]
    for cell in ("rnn", "gru", "lstm"):
        weights = {n: 12 * array for n, array in Job("", cell, 16, 1, {}).weights().items()}
        rows.append(_remembering(f"{cell} chaotic", cell, weights, 16))
    return [
        Row(
            f"K13 {name}, H={model.features}, T=10,000: ÷ in order",
            _against(model, x, rounds),
            1.05,
        )
        for name, model, x in rows
    ]


def streaming(rounds: int) -> list[Row]:
    """K14: chunk after chunk through the kernels' door, ÷ all at once; and what memory it takes."""
    x = np.random.default_rng(1).normal(size=(10_000_000, 1, 1)).astype(np.float32)
    name = f"K14 rnn H=1, T={len(x):,}: streamed"
    times = ratio(lambda: _streamed(x), lambda: _swept(x, None), rounds)
    tracemalloc.start()
    _streamed(x)
    peak = tracemalloc.get_traced_memory()[1] / MIB
    tracemalloc.stop()
    return [Row(f"{name} ÷ in memory", times, 1.15), Row(f"{name}, memory", peak, 8, " MiB")]


def accuracy(rounds: int) -> list[Row]:
    """X4: a float32 job computed in float64 and rounded once, against 80-bit numbers."""
    jobs = [Job("X4", cell, 16, 500, {}) for cell in CELLS]
    return [row for job in jobs for row in _accuracy(job, rounds)]


def _accuracy(job: Job, rounds: int) -> list[Row]:
    model = rnncalc.Model([rnncalc.Layer(job.weights(), job.cell)], dtype="float32")
    exact = _in(job, np.longdouble)
    ours = rnncalc.run(model, job.x()[:, 0]).h
    off = np.abs(ours - exact) / np.spacing(np.abs(exact).astype("float32"))
    wrong = 100 * float(np.mean(ours != exact.astype("float32")))
    cost = ratio(lambda: _in(job, "float64"), lambda: _in(job, "float32"), rounds)
    name = f"X4 {job.cell} H=16, T=500"
    return [
        Row(f"{name}: largest error", float(off.max()), 0.501, " ulp"),
        Row(f"{name}: not correctly rounded", wrong, 0.001, " %"),
        Row(f"{name}: time ÷ that of computing in float32", cost, 2.2),
    ]


def _remembering(
    name: str, cell: str, weights: Mapping[str, Any], units: int
) -> tuple[str, rnncalc.Model, Any]:
    x = 0.1 * np.random.default_rng(1).normal(size=(10_000, units)).astype(np.float32)
    return name, rnncalc.Model([rnncalc.Layer(weights, cell)], dtype="float32"), x


def _against(model: rnncalc.Model, x: Any, rounds: int) -> float:
    def run(sequential: bool) -> Any:
        return rnncalc.run(model, x, record=("h",), sequential=sequential)

    return ratio(lambda: run(False), lambda: run(True), rounds)


def _swept(x: Any, states: Any) -> kernels.Sweep:
    states = states or {"h": np.zeros((1, 1), np.float32)}
    return kernels.sweep("rnn", SLOPE_ONE, _settings("rnn"), x, states)


def _streamed(x: Any) -> None:
    states = None
    chunk = kernels.chunk_of("rnn", 1, 1, 1)
    for start in range(0, len(x), chunk):
        states = _swept(x[start : start + chunk], states).final


def _in(job: Job, dtype: Any) -> Any:
    """The hidden states, computed in a type, (timesteps, units)."""
    weights = {name: array.astype(dtype) for name, array in job.weights().items()}
    states = {name: np.zeros((job.units, 1), dtype) for name in CELLS[job.cell].states}
    x = job.x().astype(dtype).transpose(0, 2, 1)
    swept = kernels.sweep(job.cell, weights, _settings(job.cell), x, states)
    return swept.values["h"][..., 0]


def _settings(cell: str) -> dict[str, Any]:
    kind = CELLS[cell]
    functions = {name: activation(default or "tanh") for name, default in kind.functions.items()}
    return {**functions, **kind.options, **dict.fromkeys(kind.bounds, unclipped)}
