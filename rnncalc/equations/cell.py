"""What a cell is: a step function, and the names of what goes in and what comes out.

A step is a plain function, generic over its operands: run with arrays it computes, run with the
symbols of ``term.py`` it gives its formula. Operands are columns, as in the textbook: x is
(features, batch), a state is (units, batch), a bias is (units, 1); those of gates are ``Gates``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Cell(NamedTuple):
    """One kind of recurrent cell.

    Attributes:
        name: ``rnn``, ``gru``, ``lstm``.
        step: ``step(x, states..., *, weights, functions, options)``: every named quantity of one
            timestep.
        gates: the letters of its gates, in the textbook's order; none for ``rnn``.
        states: the names of the states that it carries.
        required, optional: the weights; an optional one counts as zero where it is not given.
        single: the weights that are not per gate.
        functions: the activations that it takes, and their defaults (None: the same as activation).
        options: what else it takes, and the defaults.
        quantities: the names that step returns, in the order in which they are computed.
    """

    name: str
    step: Callable[..., dict[str, Any]]
    gates: str
    states: tuple[str, ...]
    required: tuple[str, ...]
    optional: tuple[str, ...]
    single: tuple[str, ...]
    functions: Mapping[str, str | None]
    options: Mapping[str, Any]
    quantities: tuple[str, ...]

    def names(self, weight: str) -> list[str]:
        """A weight's arrays: ``W_x.i`` ... for a gated cell, ``W_x`` else."""
        gates = {"P": "ifo"}.get(weight, self.gates)
        if not gates or weight in self.single:
            return [weight]
        return [f"{weight}.{gate}" for gate in gates]

    def weights(self) -> list[str]:
        """Every array that it can be given."""
        return [name for weight in self.required + self.optional for name in self.names(weight)]
