"""What a cell is: a step function, and the names of what goes in and what comes out.

A step is a plain function, generic over its operands: run with arrays it computes, run with the
symbols of ``symbols.py`` it gives its formula. Operands are columns, as in the textbook: x is
(features, batch), a state is (units, batch), a bias is (units, 1); those of gates are ``Gates``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rnncalc.data import NamedTuple
from rnncalc.equations.gates import IDENTITY, NOTHING, Gates

WORDS = {"i": "input gate", "f": "forget gate", "o": "output gate", "g": "candidate",
         "z": "update gate", "r": "reset gate", "n": "candidate", "h": "hidden state"}  # fmt: skip
"""What people call what a cell computes."""


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
        bounds: the names of what bounds its numbers (a ``Clip`` each).
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
    bounds: tuple[str, ...] = ("clip",)

    def names(self, weight: str) -> list[str]:
        """A weight's arrays, or a term's: ``W_x.i`` ... for a gated cell, ``W_x`` else."""
        gates = {"P": "ifo", "P_term": "ifo"}.get(weight, self.gates)
        if not gates or weight in self.single:
            return [weight]
        return [f"{weight}.{gate}" for gate in gates]

    @property
    def blocks(self) -> int:
        """How many blocks of rows a stacked matrix has: one for each gate, or one."""
        return len(self.gates) or 1

    def weights(self) -> list[str]:
        """Every array that it can be given."""
        return [name for weight in self.required + self.optional for name in self.names(weight)]

    def operands(
        self, parts: Mapping[str, Any], stack: Callable[[Mapping[str, Any]], Gates] = Gates
    ) -> dict[str, Any]:
        """What ``step`` takes for its weights; for one that there is not, what changes nothing.

        Args:
            parts: arrays or symbols by their names, ``W_x.i``; biases are columns.
            stack: what makes one of the parts of all gates.
        """
        operands: dict[str, Any] = {}
        for weight in self.required + self.optional:
            names = self.names(weight)
            if weight in parts:
                operands[weight] = parts[weight]
            elif any(name in parts for name in names):
                operands[weight] = stack({n.split(".")[1]: parts.get(n, NOTHING) for n in names})
            else:
                operands[weight] = IDENTITY if weight == "W_r" else NOTHING
        return operands
