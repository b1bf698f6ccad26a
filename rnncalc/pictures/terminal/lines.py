"""Lines in a terminal: a quantity over time, upwards; bands where a column is several timesteps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.numbers import digits
from rnncalc.numbers.digits import Digits
from rnncalc.pictures.panels import MOST_LINES, Panel, Panels
from rnncalc.pictures.picture import rounded
from rnncalc.pictures.terminal.screen import Screen, axis

if TYPE_CHECKING:
    from rich.text import Text

HIGHEST, LOWEST, OTHER = 16, 5, 6
"""Rows of a panel at most and at least; rows that are left to titles, notes and the prompt."""

WIDEST = 12
"""Letters of a column at most."""

COLORS = ("blue", "red", "green", "magenta", "yellow", "cyan", "bright_red", "bright_blue")

EMPTY, SEVERAL, ZERO = " ", "*", "-"
"""Where no unit is, where several are, and where 0 is."""


@dataclass(frozen=True)
class Chart:
    """A panel as it is drawn.

    Attributes:
        panel: in as many columns as have room.
        units: how many are shown.
        low, high: the smallest and the largest number of them.
        height: rows.
        wide, margin: letters of a column, and before the first.
        labels: the smallest and the largest number as text.
        numbers: those of a single unit, where they have room.
    """

    panel: Panel
    units: int
    low: float
    high: float
    height: int
    wide: int
    margin: int
    labels: tuple[str, str]
    numbers: tuple[str, ...]

    def level(self, values: Array, levels: int) -> Array:
        """In which of so many levels numbers are, the first being the highest."""
        extent = (self.high - self.low) or 1.0
        found = ((self.high - values) / extent * levels).astype(int)
        return np.asarray(np.clip(found, 0, levels - 1))

    def covered(self, unit: int, levels: int) -> Array:
        """(levels, columns), where the line or the band of a unit is."""
        low, high = self.panel.low[:, unit], self.panel.high[:, unit]
        known = np.isfinite(low) & np.isfinite(high)
        low, high = np.where(known, low, self.low), np.where(known, high, self.low)
        top, bottom = self.level(high, levels), self.level(low, levels)
        at = np.arange(levels)[:, None]
        return np.asarray((top <= at) & (at <= bottom) & known)


def rows(picture: Panels, screen: Screen) -> Iterator[Text]:
    """All panels below each other."""
    from rich.text import Text

    margin = 3 + max(len(label) for one in picture.panels for label in _ends(one, picture.digits))
    room = max(1, screen.width - margin)
    picture = picture.coarser(room)
    written: list[float] = []
    for one in picture.panels:
        if len(picture.panels) > 1:
            yield Text(one.label, "bold")
        chart = _chart(one, picture, screen, margin, room)
        yield from _drawn(chart, screen)
        written += [*_extent(one), *(one.low.flat if chart.numbers else ())]
    yield from (Text(note, "dim") for note in picture.notes + rounded(written, picture.digits))


def _extent(one: Panel) -> tuple[float, float]:
    """The smallest and the largest number of the units that are shown; 0 where none is finite."""
    ends = np.stack([one.low[:, :MOST_LINES], one.high[:, :MOST_LINES]])
    known = ends[np.isfinite(ends)]
    return (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)


def _ends(one: Panel, wanted: Digits) -> tuple[str, str]:
    low, high = (digits.number(end, wanted) for end in _extent(one))
    return low, high


def _chart(one: Panel, picture: Panels, screen: Screen, margin: int, room: int) -> Chart:
    """The panel in the room that there is."""
    low, high = _extent(one)
    height, wide = HIGHEST, min(WIDEST, room // len(one.low))
    if screen.height is not None:
        height = min(HIGHEST, max(LOWEST, (screen.height - OTHER) // len(picture.panels) - 2))
    numbers: tuple[str, ...] = ()
    if one.every == len(one.index) == 1:
        numbers = tuple(digits.number(value, picture.digits) for value in one.low[:, 0])
    return Chart(
        one, min(len(one.index), MOST_LINES), low, high, height if low < high else 1, wide, margin,
        _ends(one, picture.digits), numbers if all(len(text) < wide for text in numbers) else (),
    )  # fmt: skip


def _drawn(chart: Chart, screen: Screen) -> Iterator[Text]:
    """The rows of a chart from the highest, the axis of time, and which mark is which unit."""
    from rich.text import Text

    one = chart.panel
    halves = chart.units == 1 and screen.blocks
    covered = [chart.covered(unit, chart.height * (1 + halves)) for unit in range(chart.units)]
    marks = "#" if chart.units == 1 else "".join(map(str, range(chart.units)))
    for row in range(chart.height):
        line = Text(_label(chart, row).rjust(chart.margin - 2) + " ")
        line.append("|", "dim")
        for column in range(len(one.low)):
            if halves:
                upper, lower = covered[0][2 * row : 2 * row + 2, column]
                letter, color = _half(bool(upper), bool(lower)), COLORS[0]
            else:
                letter, color = _mark([bool(one[row, column]) for one in covered], marks)
            if letter == EMPTY and row == _zero(chart):
                letter, color = ZERO, "dim"
            line.append(letter * chart.wide, color if screen.colors else "")
        yield line
    yield axis(one.first, one.every, len(one.low), chart.wide, chart.margin)
    if chart.numbers:
        numbers = "".join(number.rjust(chart.wide) for number in chart.numbers)
        yield Text(one.name.rjust(chart.margin - 1) + " " + numbers)
    if not one.real.all():
        marked = "".join(" " if real else "/" for real in one.real for _ in range(chart.wide))
        yield Text(" " * chart.margin + marked, "dim")
        yield Text("/: masked or padded", "dim")
    if chart.units > 1:
        yield _legend(chart, screen)


def _label(chart: Chart, row: int) -> str:
    """The number that stands at a row."""
    smallest, largest = chart.labels
    if row in (0, chart.height - 1):
        return largest if row == 0 else smallest
    return "0" if row == _zero(chart) else ""


def _zero(chart: Chart) -> int | None:
    """The row that 0 is in, between the first and the last."""
    row = int(chart.level(np.array(0.0), chart.height))
    return row if chart.low < 0 < chart.high and 0 < row < chart.height - 1 else None


def _half(upper: bool, lower: bool) -> str:
    return " \u2584\u2580\u2588"[2 * upper + lower]


def _mark(there: list[bool], marks: str) -> tuple[str, str]:
    """The letter of the only unit at a place, and its colour."""
    units = [unit for unit, one in enumerate(there) if one]
    if len(units) == 1:
        return marks[units[0]], COLORS[units[0]]
    return (SEVERAL, "bold") if units else (EMPTY, "")


def _legend(chart: Chart, screen: Screen) -> Text:
    """Which mark is which unit."""
    from rich.text import Text

    row = Text("")
    for unit, index in enumerate(chart.panel.index[: chart.units]):
        name = f"{unit}: {chart.panel.name}[{index}]"
        row.append(name, COLORS[unit] if screen.colors else "").append("  ")
    return row.append(f"{SEVERAL}: several")
