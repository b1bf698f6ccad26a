"""How far two computations are from each other at each timestep, layer by layer."""

from __future__ import annotations

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.apart import Apart
from rnncalc.checking.verdict import Checked
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError, printable
from rnncalc.numbers import digits
from rnncalc.pictures.columns import Columns
from rnncalc.pictures.picture import Picture

DIGITS = 3
"""Of the first difference, as it is written beside its mark."""


@dataclass(frozen=True, eq=False)
class Course:
    """One layer's difference.

    Attributes:
        name: of the layer, or of the quantity.
        t: the timesteps; of a long run the first of every few.
        far: the largest difference there; ``bound``: how far that may be.
    """

    name: str
    t: Array
    far: Array
    bound: Array


@dataclass(frozen=True, eq=False, kw_only=True)
class DifferencePicture(Picture):
    """What a check found, over time.

    Attributes:
        courses: of the layers that were compared, in their order.
        first: t and size of the first number that differs, and what is written beside it; None
            where none does.
        floor: stands for 0, which a logarithmic scale does not have.
    """

    courses: tuple[Course, ...]
    first: tuple[int, float, str] | None
    floor: float


def make(checked: Checked) -> DifferencePicture:
    """The picture of a check.

    Errors: RnncalcError where nothing was compared over time.
    """
    found = checked.comparison
    parts = [layer.apart for layer in checked.layers if layer.apart]
    repeated = bool(checked.layers) and not checked.layers[-1].agrees
    parts += [found.apart] if found.apart and not repeated else []
    if not parts:
        why = "the shapes differ" if found.max_abs is None else "final states have no timesteps"
        raise RnncalcError(f"there is nothing to draw over time: {why}")
    courses = tuple(map(_course, parts))
    every = np.concatenate([part for one in courses for part in (one.far, one.bound)])
    least = every[(every > 0) & np.isfinite(every)].min(initial=1.0)
    against = printable(found.against)
    word = "agrees with" if checked.agrees else "differs from"
    names = ", ".join(one.name for one in courses)
    first, said = None, ""
    if found.first:
        one = found.first
        size = abs(one.ours - one.theirs)
        whose = ".".join(filter(None, [one.layer, one.direction]))
        text = f"{whose} {one.quantity}[{one.unit}]: {digits.number(size, DIGITS)}"
        first, said = (one.t, size, text), f" The first number that differs: t = {one.t}, {text}."
    return DifferencePicture(
        kind="difference", title=f"|ours - theirs|: {word} {against}",
        description=f"How far {names} is from {against} at each timestep.{said}",
        notes=_notes(parts), courses=courses, first=first,
        floor=float(10.0 ** (np.floor(np.log10(least)) - 1)),
    )  # fmt: skip


def _course(one: Apart) -> Course:
    """A layer's difference, in as many columns as there is room for."""
    columns = Columns(3)
    columns.add(np.column_stack([one.t, one.far, one.bound]), np.ones(len(one.t), bool))
    return Course(one.name, columns.low[:, 0], columns.high[:, 1], columns.high[:, 2])


def _notes(parts: list[Apart]) -> tuple[str, ...]:
    """What the lines are."""
    notes = ["Of each timestep the number that is furthest beyond its tolerance, or nearest to it."]
    if any(np.isinf(one.far).any() for one in parts):
        notes.append("Where only one side is infinite or NaN, the line leaves the picture.")
    return tuple(notes)
