"""A chunk of a sequence by a fast form: in parallel where the network forgets, else in order.

What is tried is decided by the model and by what the steps themselves show, never by what is asked
for: a number does not depend on how it is shown.
"""

from __future__ import annotations

from rnncalc.array import Array
from rnncalc.running.kernels.probe import look_cost, memory_of
from rnncalc.running.kernels.segments import WORTH, attempted, cut_of
from rnncalc.running.kernels.walk import States, Walker

CHEAP = 0.1
"""The part of its cost in order that a chunk may lose by trying without a look first."""

AGAIN = 0.2
"""What a second attempt may cost, as a part of the way in order."""


def compute(walker: Walker, x: Array, states: States, outs: States, sequential: bool) -> States:
    """Compute the states after every step into ``outs``; the states at the end.

    Args:
        x: (timesteps, features, batch).
        states: before the first step, (units, batch).
        outs: state to (timesteps, units, batch), of those that are asked for.
        sequential: in order, one step after the other.
    """
    done, ends = (0, states) if sequential else _in_parallel(walker, x, states, outs)
    if done == len(x):
        return ends
    x = x[done:, :, None]
    outs = {name: out[done:, :, None] for name, out in outs.items()}
    starts = {name: end[:, None] for name, end in ends.items()}
    _, ends = walker.walk(x, starts, walker.rooms(x, starts, outs))
    return {name: end[:, 0] for name, end in ends.items()}


def _in_parallel(walker: Walker, x: Array, states: States, outs: States) -> tuple[int, States]:
    """How many of the first steps were computed so, and the states after them; 0 in doubt.

    A network that does not forget magnifies every rounding, so it has one order: one after another.
    """
    form, batch = walker.form, x.shape[2]
    usual = form.memory * form.dtype.itemsize / 4
    cut = cut_of(form, len(x), batch, usual, look=look_cost(form, batch))
    if cut is None:
        return 0, states
    ends, worth = None, WORTH
    if cut.cost(form, batch, cut.patience) < CHEAP * len(x) * form.calls:
        ends, worth = attempted(walker, x, states, outs, cut), AGAIN
    if ends is None:
        cut = cut_of(form, len(x), batch, memory_of(walker, x, states), worth=worth)
        ends = attempted(walker, x, states, outs, cut) if cut else None
    return (0, states) if cut is None or ends is None else (cut.covered, ends)
