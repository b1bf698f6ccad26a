"""The orders in which gates are stacked: which there are, and arrays cut in one for another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rnncalc.array import Array
from rnncalc.equations import CELLS

TENSORS = ("W_x", "W_h", "bias", "bias_h")
"""Our arrays that are stacked by gates; the peepholes have an order of their own."""


def misread(stacked: str, read: str, gates: str) -> tuple[str, ...]:
    """Which of our gates each is there, where ``stacked`` blocks are read as ``read`` here."""
    return tuple(read[stacked.index(gate)] for gate in gates)


def order_of(taken: Sequence[str], read: str, gates: str) -> str:
    """The order of the blocks, where they are read as ``read`` and each gate is another one."""
    there = dict(zip(taken, gates, strict=True))
    return "".join(there[gate] for gate in read)


def exchange(
    weights: Mapping[str, Array], tensors: Iterable[str], gates: str, taken: Sequence[str]
) -> dict[str, Array]:
    """The arrays of some tensors in which each gate becomes another one."""
    return {
        f"{tensor}.{gate}": weights[f"{tensor}.{other}"]
        for tensor in tensors
        for gate, other in zip(gates, taken, strict=True)
        if f"{tensor}.{other}" in weights
    }


def order_read(cell: str, stacked: str) -> str:
    """The order in which gates were read: that of a stack, or where there was none, ours."""
    return stacked or "".join(CELLS[cell].gates)
