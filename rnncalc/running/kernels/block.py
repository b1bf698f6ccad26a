"""A block of steps, ready to run: its buffers, and the NumPy calls that fill them.

A step costs little when nothing is made while it runs: every operand is a view that was cut
beforehand, every result goes into an array that is there, and ``map`` and ``zip`` go from call to
call without a line of Python. A sequence goes through the same block, a block at a time, so the
buffers stay in the cache. Columns are segments of the sequence times the batch.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np

from rnncalc.array import Array

CACHE = 2 << 20
"""Bytes of weights that stay in a core's own cache."""
STREAMED = 1.5e-4
"""What a byte costs that does not, in calls."""


class Call(NamedTuple):
    """One call of every step, ``function(*operands)``: a view for each step, or the same again."""

    function: Callable[..., Any]
    operands: tuple[Any, ...]


def call(function: Callable[..., Any], *operands: Any) -> Call:
    """A call whose operands are lists of views, or arrays for all steps."""
    return Call(function, tuple(o if isinstance(o, list) else repeat(o) for o in operands))


class Lanes(NamedTuple):
    """What goes side by side: segments of a sequence, times the batch."""

    segments: int
    batch: int

    @property
    def columns(self) -> int:
        """How many columns that are."""
        return self.segments * self.batch


class Block:
    """Some steps of some lanes.

    Attributes:
        load: takes the inputs of the steps, (steps, features, segments, batch).
        states: h (and c) before and after each step, (steps + 1, units, segments, batch).
        scales: what each of them is carried times.
    """

    def __init__(
        self,
        load: Callable[[Array], None],
        states: dict[str, Array],
        calls: list[Call],
        scales: dict[str, float] | None = None,
    ) -> None:
        self.load = load
        self.states = states
        self.scales = scales or {}
        self.steps = len(states["h"]) - 1
        self._first, *self._others = calls

    def start(self, states: Mapping[str, Array]) -> None:
        """Put the states before the first step, (units, segments, batch) or what spreads to it."""
        for name, state in states.items():
            np.multiply(state, self.scales.get(name, 1), out=self.states[name][0])

    def run(self, x: Array) -> None:
        """Compute the steps of x; the next run goes on behind them."""
        count = len(x)
        self.load(x)
        function, (views, *others) = self._first
        steps = zip(  # each call of a step in its turn; the views of the first one end it
            map(function, views[:count], *others),
            *(map(call.function, *call.operands) for call in self._others),
            strict=False,
        )
        deque(steps, maxlen=0)

    def after(self, name: str, count: int, out: Array) -> None:
        """Write a state as it is after the last steps of ``count``: as many as ``out`` has."""
        states = self.states[name][1 + count - len(out) : 1 + count]
        out[...] = states * (1 / self.scales[name]) if name in self.scales else states

    def go_on(self, count: int) -> None:
        """Make the states after these steps those before the next."""
        for states in self.states.values():
            states[0] = states[count]


class Form:
    """A cell with its weights, folded for speed.

    Attributes:
        calls: how many NumPy calls a step is.
        activations: how many of them, in units, go through tanh.
        memory: after how many steps most networks have forgotten, in float32 (in float64: twice).
        bounded: whether h stays within -1 and 1.
        streamed: what it costs to bring the weights from memory at each step, in calls; 0 where
            they stay in a core's own cache.
        work: what a step costs more for each column, in calls.
    """

    calls: int
    activations: int
    memory: int
    bounded: bool = True

    def __init__(self, matrix: Array, gates: int, products: int) -> None:
        """``matrix``: rows of some gates; ``products``: of how many a step is made."""
        self.units, inner = len(matrix) // gates, matrix.shape[1]
        self.features = inner - 1 - self.units
        self.dtype: Any = matrix.dtype
        size = products * self.units**2 * self.dtype.itemsize
        self.streamed = STREAMED * size if size > CACHE else 0.0
        work = 7e-5 * products * self.units * inner + 2e-3 * self.activations * self.units
        work += 2e-3 * (self.features + self.units)  # in and out
        self.work: float = 2 * work if self.dtype == np.float64 else work

    def block(self, steps: int, lanes: Lanes) -> Block:
        """Room for steps, and the calls that compute them."""
        raise NotImplementedError


def room(steps: int, rows: int, lanes: Lanes, dtype: Any) -> Array:
    """A buffer for the columns of each step; a single column is a vector: BLAS is faster on it."""
    columns = lanes.columns
    return np.empty((steps, rows) if columns == 1 else (steps, rows, columns), dtype)


def laned(buffer: Array, lanes: Lanes) -> Array:
    """A view of (a part of) a buffer as (steps, rows, segments, batch)."""
    return buffer.reshape(*buffer.shape[:2], *lanes)
