"""A sequence by the fast form of its cell: the states by the form, all else by the equations.

Fast are the cells as the frameworks' own fast kernels have them. Other activations, peepholes,
projections, clip and coupled gates go by the equations. Which way is taken is decided by the model
and by the steps themselves, never by what is asked for: no number depends on how it is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.equations import CELLS
from rnncalc.equations.activations import Activation
from rnncalc.equations.gates import unclipped
from rnncalc.equations.gru import STANDARD, negated
from rnncalc.running.kernels import over_time
from rnncalc.running.kernels.block import Form
from rnncalc.running.kernels.chunks import chunk_of, is_short, sweep_chunks
from rnncalc.running.kernels.elman import Elman
from rnncalc.running.kernels.gru import Gru
from rnncalc.running.kernels.lstm import Lstm
from rnncalc.running.kernels.sequential import States, Sweep, step_of
from rnncalc.running.kernels.sequential import sweep as step_by_step
from rnncalc.running.kernels.walk import Walker

TANH, RELU, SIGMOID = Activation("tanh"), Activation("relu"), Activation("sigmoid")
FUNCTIONS: dict[str, dict[str, tuple[Activation, ...]]] = {
    "rnn": {"activation": (TANH, RELU)},
    "gru": {"activation": (TANH,), "recurrent_activation": (SIGMOID,)},
    "lstm": {
        "activation": (TANH,), "recurrent_activation": (SIGMOID,), "state_activation": (TANH,),
    },
}  # fmt: skip
"""The activations that the forms know."""


def form_of(
    cell: str, weights: Mapping[str, Array], settings: Mapping[str, Any], dtype: Any
) -> Form | None:
    """The fast form of a layer; None where there is none."""
    plain = all(settings[name] is unclipped for name in CELLS[cell].bounds)
    plain = plain and not settings.get("input_forget")
    known = all(settings[name] in ones for name, ones in FUNCTIONS[cell].items())
    more = any(name.split(".")[0] in ("P", "W_r") for name in weights)
    if not plain or not known or more or dtype not in (np.float32, np.float64):
        return None
    if cell == "gru":
        weights = weights if settings["update"] == STANDARD else negated(weights)
        return Gru(weights, settings["reset_after"])
    if cell == "lstm":
        return Lstm(weights)
    return Elman(weights, relu=settings["activation"] == RELU)


class Equations(NamedTuple):
    """A cell with its weights as the equations take them."""

    cell: str
    weights: Mapping[str, Array]
    settings: Mapping[str, Any]


def sweep(
    form: Form,
    equations: Equations,
    columns: Array,
    states: States,
    names: Collection[str],
    sequential: bool,
) -> Sweep:
    """The arguments are those of the door."""
    walker, others = Walker(form), {*names} - {*states}

    def compute(x: Array, before: States, outs: States) -> tuple[States, Mapping[str, Array]]:
        infinite = any(np.isinf(state).any() for state in before.values())
        if (
            is_short(len(x), x.shape[2]) or infinite
        ):  # times the zeros of a folded matrix it would be NaN
            return _rest(equations, x, before, outs, names)
        shape = len(x), form.units, x.shape[2]
        if others:  # they are computed of every state, asked for or not
            outs = {n: outs[n] if n in outs else np.empty(shape, x.dtype) for n in before}
        ends = over_time.compute(walker, x, before, outs, sequential)
        values = _quantities(*equations, x, before, outs) if others else {}
        return ends, {name: value for name, value in values.items() if name in others}

    chunk = chunk_of(equations.cell, form.units, form.features, columns.shape[2])
    done = sweep_chunks(compute, columns, states, names, chunk)
    order = CELLS[equations.cell].quantities
    ordered = sorted(done.values, key=lambda name: order.index(name.split(".")[0]))
    return done._replace(values={name: done.values[name] for name in ordered})


def _rest(
    equations: Equations, x: Array, before: States, outs: States, names: Collection[str]
) -> tuple[States, Mapping[str, Array]]:
    """What is short of a chunk, at the end of a sequence."""
    done = step_by_step(*equations, x, before, names, None)
    for name, out in outs.items():
        out[...] = done.values[name]
    return done.final, {name: value for name, value in done.values.items() if name not in outs}


def _quantities(
    cell: str,
    weights: Mapping[str, Array],
    settings: Mapping[str, Any],
    columns: Array,
    states: States,
    after: States,
) -> dict[str, Array]:
    """Everything that a step returns but the states, of every step: (timesteps, width, batch).

    Args:
        states: before the first step, (units, batch).
        after: the states after every step, (timesteps, units, batch).
    """
    before = [np.concatenate([states[name][None], after[name][:-1]]) for name in after]
    step = step_of(cell, weights, settings)
    values = step(_flat(columns), *map(_flat, before))
    batch = columns.shape[2]
    return {
        name: value.reshape(len(value), -1, batch if value.shape[1] > 1 else 1).transpose(1, 0, 2)
        for name, value in values.items()
        if name not in after
    }


def _flat(series: Array) -> Array:
    """(timesteps, width, batch) as (width, timesteps * batch)."""
    return series.transpose(1, 0, 2).reshape(series.shape[1], -1)
