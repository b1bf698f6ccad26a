"""A sequence by the fast form of its cell: the states by the form, all else by the equations.

Which way is taken is decided by the model and by the steps themselves, never by what is asked for:
a number does not depend on how it is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.equations import CELLS
from rnncalc.running.kernels import chunks, over_time, recorded
from rnncalc.running.kernels.block import Form
from rnncalc.running.kernels.chunks import chunk_of, chunked
from rnncalc.running.kernels.forms import form_of as form_of
from rnncalc.running.kernels.sequential import swept as stepped
from rnncalc.running.kernels.sweep import States, Swept
from rnncalc.running.kernels.walk import Walker


class Equations(NamedTuple):
    """A cell with its weights as the equations take them."""

    cell: str
    weights: Mapping[str, Array]
    settings: Mapping[str, Any]


def swept(
    form: Form,
    equations: Equations,
    columns: Array,
    states: States,
    names: Collection[str],
    sequential: bool,
) -> Swept:
    """The arguments are those of the door."""
    walker, others = Walker(form), {*names} - {*states}

    def compute(x: Array, before: States, outs: States) -> tuple[States, Mapping[str, Array]]:
        infinite = any(np.isinf(state).any() for state in before.values())
        if len(x) < chunks.LONG or infinite:  # times the zeros of a folded matrix it would be NaN
            return _stepped(equations, x, before, outs, names)
        shape = len(x), form.units, x.shape[2]
        if others:  # they are computed of every state, asked for or not
            outs = {n: outs[n] if n in outs else np.empty(shape, x.dtype) for n in before}
        ends = over_time.compute(walker, x, before, outs, sequential)
        values = recorded.quantities(*equations, x, before, outs) if others else {}
        return ends, {name: value for name, value in values.items() if name in others}

    chunk = chunk_of(equations.cell, form.units, form.features, columns.shape[2])
    done = chunked(compute, columns, states, names, chunk)
    order = CELLS[equations.cell].quantities
    ordered = sorted(done.values, key=lambda name: order.index(name.split(".")[0]))
    return done._replace(values={name: done.values[name] for name in ordered})


def _stepped(
    equations: Equations, x: Array, before: States, outs: States, names: Collection[str]
) -> tuple[States, Mapping[str, Array]]:
    """What is short of a chunk, at the end of a sequence."""
    done = stepped(*equations, x, before, names, None)
    for name, out in outs.items():
        out[...] = done.values[name]
    return done.final, {name: value for name, value in done.values.items() if name not in outs}
