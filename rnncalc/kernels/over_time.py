"""A chunk of a sequence by a fast form: in parallel where the network forgets, else in order.

What is tried is decided by the model and by what the steps themselves show, never by what is asked
for: a number does not depend on how it is shown.
"""

from __future__ import annotations

from rnncalc.activations import Array
from rnncalc.kernels.probe import memory_of
from rnncalc.kernels.segments import attempted, cut_of
from rnncalc.kernels.walk import States, Walker

GUESSED = {"float32": 24.0, "float64": 64.0}
"""The memory of most networks, in steps."""
CHEAP = 0.1
"""The part of its steps' cost that a chunk may lose by trying without a look first."""


def compute(walker: Walker, x: Array, states: States, outs: States, sequential: bool) -> None:
    """Compute the states after every step into ``outs``.

    Args:
        x: (timesteps, features, batch).
        states: before the first step, (units, batch).
        outs: state to (timesteps, units, batch).
        sequential: in order, one step after the other.
    """
    done = 0 if sequential else _in_parallel(walker, x, states, outs)
    if done < len(x):
        states = {name: out[done - 1] for name, out in outs.items()} if done else states
        walker.walk(
            x[done:, :, None],
            {name: state[:, None] for name, state in states.items()},
            {name: out[done:, :, None] for name, out in outs.items()},
        )


def _in_parallel(walker: Walker, x: Array, states: States, outs: States) -> int:
    """How many of the first steps could be computed so."""
    form, batch = walker.form, x.shape[2]
    cut = cut_of(form, len(x), batch, GUESSED[str(form.dtype)])
    if cut is None:
        return 0
    if cut.cost(form, batch) < CHEAP * len(x) * form.calls:
        done = attempted(walker, x, states, outs, cut)
        if done == cut.covered:
            return done
    cut = cut_of(form, len(x), batch, memory_of(walker, x, states))
    return attempted(walker, x, states, outs, cut) if cut else 0
