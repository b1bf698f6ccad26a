"""What stands in a step of a recurrence: sums of products with matrices, of biases, and the rest.

A ``Sum`` is what a gate reads before its activation; an ``Atom`` is what stands in sums: an input
of the step, or what an operator makes of sums. Matrices and biases stay the graph's own numbers:
they are cut and turned, and never computed with. Rows are those of a batch, columns are units.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from rnncalc.array import Array


@dataclass(frozen=True, eq=False)
class Atom:
    """What stands in a sum.

    Attributes:
        op: the operator that made it; nothing for an input of the step.
        inputs: what it is made of: Sums, and numbers.
        attributes: those of the operator; the bounds of a slice.
        size: how many columns it has; None where the graph does not tell.
        key: the same for atoms that are made alike.
        name: of an input of the step.
        pieces: what was cut of it, by its bounds.
    """

    op: str
    inputs: tuple[Any, ...]
    attributes: Mapping[str, Any]
    size: int | None
    key: Hashable
    name: str = ""
    pieces: dict[tuple[int, int], Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Sum:
    """Products, biases and atoms, added up.

    Attributes:
        terms: atoms and the matrices that they are multiplied with, (units, columns of the atom);
            None for an atom as it is.
        biases: what was added, (units,), and of which side: ``x``, ``h``, or of both.
        offset: numbers without an axis that were added to all.
        size: how many columns it has.
        lead: how many axes it has in front of that of the columns.
    """

    terms: tuple[tuple[Atom, Array | None], ...] = ()
    biases: tuple[tuple[str, Array], ...] = ()
    offset: float = 0.0
    size: int | None = None
    lead: int = 1

    @property
    def alone(self) -> Atom | None:
        """Its atom, where it is nothing but one."""
        whole = len(self.terms) == 1 and not self.biases and not self.offset
        return self.terms[0][0] if whole and self.terms[0][1] is None else None

    @property
    def multiplied(self) -> bool:
        """Whether a matrix stands in it."""
        return any(matrix is not None for _, matrix in self.terms)

    @cached_property
    def key(self) -> Hashable:
        """The same for sums that add up the same, apart from the offset."""
        terms = sorted((hash(atom.key), place(matrix)) for atom, matrix in self.terms)
        return (*terms, *sorted(place(bias) for _, bias in self.biases))


Value = Sum | Array


def place(array: Any) -> str:
    """Equal for the same numbers at the same place, as long as they are kept."""
    if array is None:
        return ""
    if np.ndim(array) == 0:
        return repr(float(array))
    where = array.__array_interface__["data"][0]
    return f"{where} {array.shape} {array.strides}"


def leaf(name: str, size: int | None = None, lead: int = 1) -> Sum:
    """An input of the step."""
    return of(Atom("", (), {}, size, hash(name), name), lead)


def of(atom: Atom, lead: int = 1) -> Sum:
    """A sum of one atom."""
    return Sum(((atom, None),), size=atom.size, lead=lead)
