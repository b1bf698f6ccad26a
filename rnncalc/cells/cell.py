"""What a cell is: a step function, and the names of what goes in and what comes out.

A step is a plain function, generic over its operands: run with arrays it computes, run with the
symbols of ``term.py`` it gives its formula. Operands are columns, as in the textbook: x is
(features, batch), a state is (units, batch), a bias is (units, 1).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


class Cell(NamedTuple):
    """One kind of recurrent cell.

    Attributes:
        name: ``rnn``, ...
        step: ``step(x, h_prev, *, weights..., activation)``: every named quantity of one timestep.
        required: the weights that must be given.
        optional: the weights that count as zero where they are not given.
        quantities: the names that step returns, in the order in which they are computed.
    """

    name: str
    step: Callable[..., dict[str, Any]]
    required: tuple[str, ...]
    optional: tuple[str, ...]
    quantities: tuple[str, ...]
