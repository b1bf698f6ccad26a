"""Typos: one of the expected numbers is another, or a row of them is, and all the others agree.

What may have happened to a number that was typed says ``mistyped.py``; where nothing tells, the
numbers after it do, which were not computed from it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.comparison import differ, distance
from rnncalc.checking.diagnosis.examination import Examination
from rnncalc.checking.diagnosis.job import KeyPath
from rnncalc.checking.diagnosis.mistyped import Slip, copied, slip
from rnncalc.checking.expected import type_of
from rnncalc.checking.few_digits import decimals_of_room
from rnncalc.checking.verdict import Claim
from rnncalc.errors import RnncalcError
from rnncalc.numbers.digits import DEFAULT, number, whole
from rnncalc.numbers.printed import half_unit, own_decimals

CARRIED = 3
"""So many tolerances the next timestep would be off, had a number been computed."""

ALIKE = 3
"""So many times as far from ours as the others are, a number may be to be right like them."""


def claims(this: Examination) -> Iterator[Claim]:
    """One of the expected numbers is wrong, or those of one timestep are."""
    if this.ours is None or this.reading is None or not this.agreement():
        return
    at, row = _lone(this), _copied(this)
    found = None if at is None else _slip(this, at)
    wrong = differ(this.ours, this.theirs, this.tolerance)
    among = found.among if found else this.theirs.size
    slipped = bool(found or row) and this.slipped(wrong, among)
    if not slipped and (at is None or not _refuted(this, at)):
        return
    meant = f"write {found.meant}" if found else "look where it came from"
    yield Claim("typo", (alone(this) or row)[:-1], _left(this), f"{meant}: all the others agree")


def alone(this: Examination) -> str:
    """A sentence about the only number that differs; nothing where there are more."""
    at = _lone(this)
    if at is None or this.ours is None:
        return ""
    found, row = _slip(this, at), _copied(this)
    place = _place(this, *_whose(this, at))
    here = number(float(this.ours[at]), DEFAULT)
    what = f": {found.say}" if found else row and f": {row.rpartition(': ')[2][:-1]}"
    return f"All numbers but one agree: {place} is {here} here, {_typed(this, at)} expected{what}."


def _copied(this: Examination) -> str:
    """A sentence about the only row that differs, where it is another one; else nothing."""
    if this.ours is None or this.reading is None or this.reading.series.final:
        return ""
    wrong = differ(this.ours, this.theirs, this.tolerance)
    places = np.argwhere(this.reading.scattered(wrong, False).any(axis=-1))
    if len(places) != 1:
        return ""
    at = int(places[0, 0]), int(places[0, 1])
    near = this.reading.scattered(np.asarray(this.tolerance.of(this.theirs)), 0.0)
    ours, theirs = (this.reading.scattered(one, np.nan) for one in (this.ours, this.theirs))
    source = copied(ours, theirs, near, at)
    if source is None:
        return ""
    row = f"All numbers agree but those of {_row(this, *at)}"
    return f"{row}: there stands what {_row(this, *source)} has."


def _row(this: Examination, sequence: int, t: int) -> str:
    return f"{f'sequence {sequence}, ' if this.job.batched else ''}t = {t + 1}"


def _slip(this: Examination, at: tuple[int, ...]) -> Slip | None:
    """What may have happened to a number that was typed.

    What was meant agrees as well as all the others do, but for its last digit.
    """
    assert this.ours is not None
    typed = _typed(this, at)
    tolerance = float(np.broadcast_to(this.tolerance.of(this.theirs), this.theirs.shape)[at])
    near = float(half_unit(own_decimals(typed))) + ALIKE * _left(this)
    return slip(typed, float(this.ours[at]), min(near, tolerance))


def _left(this: Examination) -> float:
    """How far the numbers that agree are apart."""
    assert this.ours is not None
    wrong = differ(this.ours, this.theirs, this.tolerance)
    return float(distance(this.ours, this.theirs)[~wrong].max(initial=0.0))


def _typed(this: Examination, at: tuple[int, ...]) -> str:
    """One of the expected numbers as it was given: with its decimals, or in the fewest digits."""
    given = this.theirs if this.given is None else this.given
    value = float(given[at])
    decimals = decimals_of_room(np.broadcast_to(this.tolerance.room, given.shape)[at])
    if decimals:
        return f"{value:.{max(0, decimals[1])}f}"
    single = np.float32(value)
    return whole(single if type_of(given) == "float32" else value)


def _refuted(this: Examination, at: tuple[int, ...]) -> bool:
    """Whether the step after it would have other numbers, had the network computed this one."""
    job, sequence, t, unit = this.job, *_whose(this, at)
    marked = job.model.lengths is not None or job.model.mask is not None or job.model.wiring
    plain = job.name == "h" and job.model.mode == "many-to-many" and this.forward
    if marked or not plain or t + 1 == job.x.shape[1]:
        return False
    states: dict[KeyPath, tuple[Array, Array | None]] = {}
    for index, traced in enumerate(job.trace().layers):
        values = traced.forward.values
        c = values["c"][..., t, :] if "c" in values else None
        states[index, "forward"] = values["h"][..., t, :].copy(), c
    states[job.ways[-1]][0][(sequence, unit) if job.batched else unit] = this.theirs[at]
    x = job.x[:, t + 1 : t + 2]
    try:
        carried = (
            job.with_states(states).with_input(x if job.batched else x[0]).series().values[:, 0]
        )
    except (RnncalcError, ValueError):
        return False
    usual = job.series().values[:, t + 1]
    assert this.reading is not None
    reading = this.reading
    tolerance = this.tolerance.taken(lambda room: reading.scattered(room, 0.0)[:, t + 1])
    return bool((distance(carried, usual) > CARRIED * tolerance.of(usual)).any())


def _whose(this: Examination, at: tuple[int, ...]) -> tuple[int, ...]:
    """The sequence, the timestep and the unit of one of the expected numbers."""
    assert this.reading is not None
    wrong = np.zeros(this.theirs.shape, bool)
    wrong[at] = True
    return tuple(int(i) for i in np.argwhere(this.reading.scattered(wrong, False))[0])


def _lone(this: Examination) -> tuple[int, ...] | None:
    """Where the only number is that differs."""
    if this.ours is None or this.ours.shape != this.theirs.shape:
        return None
    wrong = np.argwhere(differ(this.ours, this.theirs, this.tolerance))
    return tuple(int(i) for i in wrong[0]) if len(wrong) == 1 else None


def _place(this: Examination, sequence: int, t: int, unit: int) -> str:
    name = this.job.name
    where = f"sequence {sequence}, " if this.job.batched else ""
    assert this.reading is not None
    if this.reading.series.final:
        return f"{where}{name}[{t}][{unit}]"
    steps = this.job.x.shape[1] if this.reading.series.single else t + 1
    return f"{where}{name}[{unit}] at t = {steps}"
