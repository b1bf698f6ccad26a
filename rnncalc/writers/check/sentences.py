"""What is said of a check, sentence by sentence, whatever the format."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rnncalc.array import Array
from rnncalc.checking import few_digits
from rnncalc.checking.comparison import Comparison, Difference
from rnncalc.checking.part import Part
from rnncalc.checking.verdict import Checked, Claim, Matched
from rnncalc.errors import listed, printable
from rnncalc.numbers.digits import counted, finer, number
from rnncalc.writers.style import Style

BLOCKS, ASCII_BLOCKS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588", ".:-=+*#@"
"""Bars from small to large, with and without Unicode."""

MOST_BARS, BESIDE = 60, 18
"""So many bars at most, and so many columns that what stands beside them takes."""


def verdict(checked: Checked) -> str:
    """Whether the numbers agree, how many were compared, and with what."""
    found = checked.comparison
    against = printable(found.against)
    if checked.agrees:
        agrees = f"agrees: {counted(found.compared, 'number')} of {found.quantity} with {against}"
        return f"{agrees}{_given(found)}"
    if not found.compared:
        ours, theirs = (_shape(shape) for shape in found.shapes)
        return f"differs: {found.quantity} is {ours} here, {against} {theirs}"
    whole = "all " if found.compared > 1 else ""
    share = whole if found.differ == found.compared else f"{found.differ:,} of "
    what = f"{share}{counted(found.compared, 'number')} of {found.quantity}"
    return f"differs: {what} from {against}"


def _given(found: Comparison) -> str:
    """How far the numbers that agree could be compared."""
    if found.decimals is None:
        return ""
    return f", to the {few_digits.counted(found.decimals)} given{', cut, not rounded' * found.cut}"


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"


def facts(checked: Checked, style: Style) -> Iterator[str]:
    """How far apart they are, within which tolerance, where first."""
    found = checked.comparison
    if checked.how:
        yield f"computed: {checked.how}"
    if found.part:
        yield f"compared: {part(found.part, checked.trace.start)}"
    if checked.layers:
        yield f"layers: {_layers(checked.layers)}"
    if found.layout:
        yield f"axes: {found.layout}"
    if found.max_abs is not None:
        yield _largest(found)
    each = f"{found.tolerance.rtol:g} of each expected number"
    unit = "a unit" if found.cut else "half a unit"
    last = f" + {unit} of its last decimal" if found.decimals else ""
    yield f"tolerance: {found.tolerance.atol:g} + {each}{last}"
    if found.first:
        yield f"first: {place(found.first, style, checked.trace.batched)}"


def part(chosen: Part, start: int) -> str:
    """Which part was compared: ``encoder.forward, sequence 2, t = 2 to 5, units 0 to 3``."""
    texts = [".".join(filter(None, [printable(chosen.layer), chosen.direction]))]
    for word, indices in (("sequence", chosen.sequences), ("unit", chosen.units)):
        if indices is not None:
            texts.append(f"{word}{'s' * (len(indices) > 1)} {_span(indices)}")
    if chosen.rows is not None:
        texts.insert(
            -1 if chosen.units else 9, f"t = {_span([start + 1 + i for i in chosen.rows])}"
        )
    return ", ".join(filter(None, texts))


def _span(numbers: Sequence[int]) -> str:
    """``2``, ``2 to 5``, ``2, 4``."""
    first, last = numbers[0], numbers[-1]
    if len(numbers) == last - first + 1:
        return f"{first} to {last}" if first < last else str(first)
    return listed(map(str, numbers))


def _layers(layers: tuple[Matched, ...]) -> str:
    """Which layer of two models is the first that differs."""
    *before, last = layers
    named = [_matched(one) for one in layers]
    if last.agrees:
        far = max(one.max_abs or 0.0 for one in layers)
        return f"{listed(named)} agree{'s' * (not before)}, by {number(far, 3)} at most"
    if not before:
        return f"{named[0]} differs already"
    rest = f"{listed(named[:-1])} before it agree{'s' * (len(before) == 1)}"
    return f"{named[-1]} is the first that differs; {rest}"


def _matched(one: Matched) -> str:
    name, theirs = printable(one.name), printable(one.theirs)
    return name if name == theirs else f"{name} ({theirs} there)"


def _largest(found: Comparison) -> str:
    """The largest difference, and what a difference of its size may be."""
    far = number(found.max_abs, 3)
    if not found.max_abs or not np.isfinite(found.max_abs):
        return f"largest difference: {far}"
    if found.roundings is None:
        return f"largest difference: {far}: {found.size}"
    units = number(found.roundings, 3)
    what = f"{units} rounding{'s' * (units != '1')} of {found.dtype}"
    return f"largest difference: {far} = {what}: {found.size}"


def place(first: Difference, style: Style, batched: bool) -> str:
    """Where it begins, with both numbers."""
    where = ".".join(filter(None, [printable(first.layer), first.direction]))
    sequence = f"sequence {first.sequence}, " if batched else ""
    ours, theirs = _both(first.ours, first.theirs, style)
    return (
        f"{sequence}t = {first.t}, {where}, {first.quantity}[{first.unit}]: "
        f"{ours} here, {theirs} expected"
    )


def _both(ours: float, theirs: float, style: Style) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to see that they are not the same."""
    for digits in finer(style.digits):
        pair = number(ours, digits), number(theirs, digits)
        if pair[0] != pair[1]:
            break
    return pair


def bars(growth: Array, style: Style) -> list[str]:
    """A bar for each timestep, or for some together: the largest difference, logarithmic.

    Returns: the bars, and what stands at both ends; nothing where there is one timestep.
    """
    if growth.size < 2:
        return []
    blocks = BLOCKS if style.can_show(BLOCKS) else ASCII_BLOCKS
    size = -(-growth.size // max(1, min(MOST_BARS, style.width - BESIDE)))
    parts = [growth[i : i + size].max() for i in range(0, growth.size, size)]
    finite = [part for part in parts if 0 < part < np.inf]
    if not finite:
        return []
    low, high = np.log10(min(finite)), np.log10(max(finite))
    heights = [_height(part, low, high) for part in parts]
    drawn = "".join(" " if height is None else blocks[height] for height in heights)
    each = f", {size} timesteps a bar" if size > 1 else ""
    start, end = (number(growth[i], 2) for i in (0, -1))
    return [f"over time: |{drawn}|", f"{start} at t = 1, {end} at t = {growth.size}{each}"]


def _height(part: float, low: float, high: float) -> int | None:
    if part == 0:
        return None
    if not np.isfinite(part) or high - low < 1e-9:
        return 7
    return round(float((np.log10(part) - low) / (high - low) * 7))


NONE = "No known mistake and no common pair of them brings all numbers, but by chance."


def uncertain(checked: Checked) -> str:
    """What stands in the place of causes; nothing where nothing was looked for."""
    if not checked.diagnosis.tried:
        return ""
    said = NONE
    if any(one.thin for one in checked.diagnosis.nearest):
        said = "No cause is sure: so few numbers may be met by accident."
    if checked.diagnosis.cut:
        said += f" As the network is large, not all were tried: {', '.join(checked.diagnosis.cut)}."
    return said


def heading(checked: Checked) -> str:
    """What stands above the claims that are no causes."""
    return "Thin evidence" if any(one.thin for one in checked.diagnosis.nearest) else "Nearest"


def cause(one: Claim) -> tuple[str, str, str]:
    """The id, the sentence with what is left, the remedy."""
    together = f" (together with {', '.join(one.others)})" if one.others else ""
    sentence = one.say[0].upper() + one.say[1:]
    return one.id + together, f"{sentence}; {number(one.left, 2)} is left.", one.remedy
