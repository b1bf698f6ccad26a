"""Axes, and the atoms that they are made of.

What was one axis once stays one atom, however a graph turns, joins and cuts axes, so that two
values whose axes have the same atoms are known to run through time, sequences and features in the
same order.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(eq=False)
class Atom:
    """An axis by itself.

    Attributes:
        size: its length, where the graph tells.
        role: ``time`` or ``batch`` once a recurrent node has read it as that, ``directions``,
            ``layers``; nothing for features, and as long as nobody knows.
    """

    size: int | None = None
    role: str = ""


Axis = tuple[Atom, ...]
"""Atoms side by side, the first one slowest; none for an axis of length 1."""


def bare(axis: Axis) -> Axis:
    """An axis without atoms of length 1: they may stand anywhere, and change no order."""
    return tuple(atom for atom in axis if atom.size != 1)


def plain(axis: Axis) -> Axis:
    """An axis as the one atom that it is, where the others beside it are of length 1."""
    return axis if len(axis) < 2 else bare(axis)


def same(one: Axis, other: Axis) -> bool:
    """Whether two axes run through the same places in the same order."""
    return bare(one) == bare(other)
