"""What stands out, in a terminal: how often units are near a bound, what is felt of the past."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from rnncalc.array import Array
from rnncalc.numbers import digits
from rnncalc.pictures.insight import Memory, Saturation, Standing
from rnncalc.pictures.panels import percent
from rnncalc.pictures.picture import Picture, rounded
from rnncalc.pictures.terminal.screen import Screen

if TYPE_CHECKING:
    from rich.text import Text

BAR, LEAST = 20, 4
"""Letters of a bar at most and at least."""

DIGITS = 3
"""Of a share."""

ROWS, OTHER = 20, 5
"""Rows of memory at most; rows of a screen that are left to the title and notes."""


def rows(picture: Picture, screen: Screen) -> Iterator[Text]:
    """The bars, then what has to be said."""
    from rich.text import Text

    if isinstance(picture, Saturation):
        for standing in picture.standings:
            yield from _standing(standing, screen)
    elif isinstance(picture, Memory):
        yield from _memory(picture, screen)
    yield from (Text(note, "dim") for note in picture.notes)


def _standing(one: Standing, screen: Screen) -> Iterator[Text]:
    """A row a unit: how often it is near the lower bound, to the left; near the upper one."""
    from rich.text import Text

    names = [f"{one.name}[{unit}]" if len(one.index) > 1 else one.name for unit in one.index]
    margin = max(map(len, names)) + 2
    wide = max(LEAST, min(BAR, (screen.width - margin - 14) // 2))
    low, high = (f"near {digits.number(bound, 3)}" for bound in one.bounds)
    yield Text(f"{' ' * margin}{low.rjust(wide + 6)} | {high}", "dim")
    for name, below, above in zip(names, one.low, one.high, strict=True):
        row = Text(f"{name.rjust(margin - 1)} {percent(below).rjust(5)} ")
        row.append(_bar(below, wide, screen).rjust(wide, "."), "blue" if screen.colors else "")
        row.append("|").append(
            _bar(above, wide, screen).ljust(wide, "."), "red" if screen.colors else ""
        )
        yield row.append(f" {percent(above)}")


def _bar(share: float, wide: int, screen: Screen) -> str:
    """As long as a share is large; what is not nothing has a letter."""
    count = int(np.ceil(share * wide)) if np.isfinite(share) else 0
    return ("\u2588" if screen.blocks else "#") * min(count, wide)


def _memory(picture: Memory, screen: Screen) -> Iterator[Text]:
    """A row a timestep, or several: a bar on a logarithmic scale down to what is forgotten."""
    from rich.text import Text

    most = ROWS if screen.height is None else max(LEAST, min(ROWS, screen.height - OTHER))
    order = np.argsort(picture.t)
    t, felt = picture.t[order], picture.felt[order]
    together = -(-len(t) // most)
    starts = np.arange(0, len(t), together)
    largest = np.maximum.reduceat(felt, starts)
    labels = [_steps(t[start : start + together]) for start in starts]
    margin = max(map(len, labels)) + 3
    wide = max(LEAST, min(2 * BAR, screen.width - margin - 12))
    for label, share in zip(labels, largest, strict=True):
        row = Text(f" t {label.ljust(margin - 3)} ")
        row.append(_bar(_height(share, picture.forgotten), wide, screen).ljust(wide, "."))
        said = "forgotten" if share < picture.forgotten else digits.number(share, DIGITS)
        yield row.append(f" {said}")
    least = digits.number(picture.forgotten, 3)
    yield Text(f"The bars are logarithmic, from 1 down to {least}; less is forgotten.", "dim")
    if together > 1:
        yield Text("Of several timesteps the one that is felt most.", "dim")
    shown = largest[largest >= picture.forgotten]
    yield from (Text(note, "dim") for note in rounded(shown, DIGITS))


def _steps(t: Array) -> str:
    return f"{t[0]:,}" if len(t) == 1 else f"{t[0]:,} to {t[-1]:,}"


def _height(share: float, forgotten: float) -> float:
    """Where a share is between what is forgotten and 1, on a logarithmic scale."""
    if not share > forgotten:
        return 0.0 if np.isfinite(share) else float("nan")
    return 1 - float(np.log(share) / np.log(forgotten))
