"""Shares, saturation and memory in plain sentences, one for each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnncalc.explaining.formulas import previous
from rnncalc.explaining.insight.jacobian import FORGOTTEN
from rnncalc.explaining.insight.parts import Saturation, Shares
from rnncalc.explaining.insight.why import Why
from rnncalc.numbers.digits import counted, number

DIGITS = 3
"""Significant digits of the numbers in a sentence."""


@np.errstate(all="ignore")
def sentences(why: Why, units: list[int] | None = None) -> list[str]:
    """Of every unit that is asked for its shares and saturation; then what is still felt."""
    if why.step is None:
        return [f"t = {why.t} is padded or masked: the state stays as it is."]
    return [*_of_units(why, units), *memory(why)]


def _of_units(why: Why, units: list[int] | None) -> Iterator[str]:
    """Unit by unit; a projected h has units of its own, and no shares."""
    chosen = range(why.course.layer.units) if units is None else units
    for unit in chosen:
        for shares in why.shares:
            yield share(why, shares, unit)
        for one in why.saturation:
            yield saturation(why, one, unit)


def share(why: Why, shares: Shares, unit: int) -> str:
    """``h of unit 0 at t = 3 is 94 % from its own past: z = 0.94.``"""
    start = f"{shares.name} of unit {unit} at t = {why.t} is"
    percents = {part: percentage(share[unit]) for part, share in shares.shares.items()}
    if all(part[unit] == 0 for part in shares.values.values()):
        return f"{start} 0: nothing was added."
    against = _against(shares, unit)
    for part, percent in percents.items():
        gate, _, state = part.partition("_t * ")
        if state == previous(shares.name, why.course.turned) and gate in why.course.values:
            value = number(why.course.values[gate][why.step][unit], DIGITS)
            return f"{start} {percent} from its own past{against}: {gate} = {value}."
    texts = [f"{percent} from {part}" for part, percent in percents.items()]
    return f"{start} {', '.join(texts)}{against}."


def _against(shares: Shares, unit: int) -> str:
    """Which summands pull the other way than the sum."""
    whole = sum(part[unit] for part in shares.values.values())
    parts = {name: part[unit] for name, part in shares.values.items()}
    names = [name for name, part in parts.items() if part < 0 < whole or whole < 0 < part]
    return f" ({', '.join(names)} against it)" if names else ""


def saturation(why: Why, one: Saturation, unit: int) -> str:
    """``h of unit 0 at t = 5 is 0.011 from its bound: it moves 0.0219 times as much as a.``"""
    start = f"{one.name} of unit {unit} at t = {why.t}"
    moves = f"moves {number(one.slope[unit], DIGITS)} times as much as {one.argument}"
    if one.distance is None:
        return f"{start} {moves}."
    return f"{start} is {number(one.distance[unit], DIGITS)} from its bound: it {moves}."


def memory(why: Why) -> list[str]:
    """The step's Jacobian, what is felt of x_1, and after how many steps all is forgotten."""
    ts = why.course.t
    assert why.step is not None
    before = f"t = {ts[why.step - 1]}" if why.step else "the initial state"
    factor = number(why.norm, DIGITS)
    first = int(ts[0])
    return [
        f"From {before} to t = {why.t} a small change of h is multiplied by at most {factor}.",
        f"Of a small change of h0 at most {percentage(why.of_h0)} is still felt at t = {why.t}.",
        f"Of x_{first} {percentage(why.felt)} is still felt at t = {why.t}.",
        remembered(why.memory.length, why.course.steps),
    ]


def remembered(length: int | None, steps: int) -> str:
    """After how many steps the state is forgotten."""
    felt = f"than {percentage(FORGOTTEN)} of a change of the state is still felt."
    if length is None:
        return f"Within {counted(steps, 'step')} more {felt}"
    return f"After {counted(length, 'step')} less {felt}"


def percentage(share: float) -> str:
    """A share as a percentage: never 0 % or 100 % when it is not."""
    percent = 100 * float(share)
    for digits in (2, 3, 4, 6, 9, 17):
        text = f"{float(f'{percent:.{digits}g}'):g}" if digits < 7 else f"{percent:.{digits}g}"
        if percent == float(text) or float(text) not in (0, 100):
            break
    return f"{text} %"
