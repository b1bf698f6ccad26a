"""Axes, the atoms that they are made of, and their lengths, of which some only a run tells.

What was one axis once stays one atom, however a graph turns, joins and cuts axes, so that two
values whose axes have the same atoms are known to run through time, sequences and features in the
same order. Graphs compute with lengths: what an operator makes of known ones stands in the table
(``table.py``), and what is still known of others here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx.limits import MOST_FACTORS
from rnncalc.data import dataclass


@dataclass(eq=False)
class Atom:
    """An axis by itself.

    Attributes:
        size: its length, where the graph tells.
        role: ``time`` or ``batch`` once a recurrent node has read it as that, ``directions``,
            ``layers``; nothing for features, and as long as nobody knows.
        places: the axis whose places it numbers: of the scores of timesteps, those timesteps.
    """

    size: int | None = None
    role: str = ""
    places: Atom | None = None


Axis = tuple[Atom, ...]
"""Atoms side by side, the first one slowest; none for an axis of length 1."""


@dataclass(frozen=True)
class Product:
    """The length of several atoms side by side, those of known length as one number."""

    atoms: Axis
    times: int = 1


Length = int | Atom | Product | None
"""A number, that of an axis, of several side by side, or one that is not known."""


def bare(axis: Axis) -> Axis:
    """An axis without atoms of length 1: they may stand anywhere, and change no order."""
    return tuple(atom for atom in axis if atom.size != 1)


def plain(axis: Axis) -> Axis:
    """An axis as the one atom that it is, where the others beside it are of length 1."""
    return axis if len(axis) < 2 else bare(axis)


def same(one: Axis, other: Axis) -> bool:
    """Whether two axes run through the same places in the same order."""
    return bare(one) == bare(other)


def length_of(axis: Axis) -> Length:
    """The length of an axis."""
    length: Length = 1
    for atom in axis:
        length = product(length, atom.size or atom.places or atom)
    return length


def factors(length: Length) -> Axis:
    """The atoms whose length a length is; none for a number, and for what is not known."""
    if isinstance(length, Product):
        return length.atoms
    return (length,) if isinstance(length, Atom) else ()


def product(a: Length, b: Length) -> Length:
    """Two lengths multiplied."""
    if isinstance(a, int) and isinstance(b, int):
        return a * b
    if a == 1 or b == 1:
        return b if a == 1 else a
    both = (*factors(a), *factors(b))
    if not a or not b or len(both) > MOST_FACTORS:
        return None
    return Product(both, times_of(a) * times_of(b))


def times_of(length: Length) -> int:
    """What is known of a length: the number that it is, or that others are multiplied with."""
    if isinstance(length, int):
        return length
    return length.times if isinstance(length, Product) else 1


def row_of(entries: Iterable[Any]) -> Array:
    """Lengths, known or not, side by side."""
    every = list(entries)
    array = np.empty(len(every), object)
    array[:] = every
    return array


def _equal(a: Length, b: Length) -> Length:
    """A length that only a run tells is none below 0, which is what graphs ask."""
    negative = any(isinstance(one, int) and one < 0 for one in (a, b))
    return int(a is b) if negative or (isinstance(a, Atom) and a is b) else None


def _chosen(condition: Length, a: Length, b: Length) -> Length:
    return None if not isinstance(condition, int) else a if condition else b


RULES: dict[str, Callable[..., Length]] = {
    "Identity": lambda a: a,
    "Cast": lambda a: a,
    "Add": lambda a, b: b if a == 0 else a if b == 0 else None,
    "Sub": lambda a, b: a if b == 0 else None,
    "Mul": product,
    "Div": lambda a, b: a if b == 1 else None,
    "Max": lambda a, b: a if a == b else None,
    "Equal": _equal,
    "Where": _chosen,
}
"""What operators make of lengths that are not all numbers; others make what is not known."""
