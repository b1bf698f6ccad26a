"""Textbook NumPy: the equations in a loop, the gates stacked, one product a step with h."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.jobs import Job
from rnncalc.equations import CELLS

VERSIONS = ("numpy",)


def sigmoid(a: Any) -> Any:
    """As textbooks write it."""
    return 1 / (1 + np.exp(-a))


def rnn(a_x: Any, h: Any, U: Any, b: Any) -> Any:
    """One step of the simple cell."""
    return np.tanh(a_x + h @ U + b)


def gru(a_x: Any, h: Any, U: Any, b: Any) -> Any:
    """One step of a GRU, the reset gate behind the product."""
    (z_x, r_x, n_x), (z_h, r_h, n_h) = np.split(a_x, 3, -1), np.split(h @ U + b, 3, -1)
    z = sigmoid(z_x + z_h)
    n = np.tanh(n_x + sigmoid(r_x + r_h) * n_h)
    return z * h + (1 - z) * n


def lstm(a_x: Any, h: Any, c: Any, U: Any, b: Any) -> Any:
    """One step of an LSTM."""
    i, f, g, o = np.split(a_x + h @ U + b, 4, -1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def made(job: Job, x: Any) -> Callable[[], Any]:
    """(timesteps, batch, features) to a function that returns (timesteps, batch, units)."""
    given, names = job.weights(), CELLS[job.cell].names
    W_x, U, b_x, b = (
        np.concatenate([given[name] for name in names(weight)]).T.copy()
        for weight in ("W_x", "W_h", "bias", "bias_h")
    )
    step: Any = {"rnn": rnn, "gru": gru, "lstm": lstm}[job.cell]

    def compute() -> Any:
        h = np.zeros((job.batch, job.units), job.dtype)
        c = np.zeros_like(h)
        a_x, hs = x @ W_x + b_x, np.empty((len(x), *h.shape), job.dtype)
        for t in range(len(x)):
            if job.cell == "lstm":
                h, c = step(a_x[t], h, c, U, b)
            else:
                h = step(a_x[t], h, U, b)
            hs[t] = h
        return hs

    return compute
