"""Heat maps in a terminal: units x time as numbers, as signs and tenths, or as coloured halves."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.equations.activations import Bounds
from rnncalc.numbers import digits
from rnncalc.pictures.panels import Panel, Panels, percent
from rnncalc.pictures.picture import rounded
from rnncalc.pictures.terminal.screen import MANY, Screen, axis, share, style

if TYPE_CHECKING:
    from rich.style import Style
    from rich.text import Text

EDGE = 6
"""Letters of the share of saturated steps at the right edge."""

SIGNS = 3
"""Letters of a sign, a tenth and a blank."""

LEAST, OTHER = 4, 6
"""Rows that a panel has on a low screen, too; rows that its panels leave to titles and notes."""

FEW = 40
"""So many columns at most have room for numbers."""

MASKED = "//"
"""What stands where there is no step."""


@dataclass(frozen=True)
class Grid:
    """How the panels of a picture are drawn.

    Attributes:
        form: numbers, signs, or halves, which are colours alone.
        wide: letters of a column.
        margin: letters before the first.
        columns: how many have room.
        height: rows of each panel at most.
    """

    form: str
    wide: int
    margin: int
    columns: int
    height: float


def rows(picture: Panels, screen: Screen) -> Iterator[Text]:
    """All panels below each other, then which colour and which letter is which number."""
    from rich.text import Text

    grid = _grid(picture, screen)
    picture = picture.coarser(grid.columns)
    for one in picture.panels:
        if len(picture.panels) > 1:
            yield Text(one.label, "bold")
        yield from _drawn(one, grid, picture, screen)
    yield from _legends(picture, grid, screen)
    numbers = [value for one in picture.panels for value in one.values.flat]
    said = rounded(numbers, picture.digits) if grid.form == "numbers" else ()
    yield from (Text(note, "dim") for note in picture.notes + said)


def _grid(picture: Panels, screen: Screen) -> Grid:
    """The form that has room: numbers, else signs, else colours where there are enough of them."""
    panels = picture.panels
    margin = 2 + max(len(one.row(row)) for one in panels for row in range(len(one.index)))
    edge = EDGE if any(one.saturated is not None for one in panels) else 0
    room = max(SIGNS, screen.width - margin - edge)
    steps = max(len(one.low) for one in panels)
    longest = max(len(_number(picture, value, True)) for one in panels for value in _some(one))
    forms = {"numbers": longest + 1, "signs": SIGNS, "halves": 1}
    fits = [form for form, wide in forms.items() if wide * steps <= room]
    if screen.colors >= MANY:
        form = fits[0] if fits else "halves"
    else:
        form = "numbers" if "numbers" in fits else "signs"
    height = math.inf
    if screen.height is not None:
        height = max(LEAST, (screen.height - OTHER) // len(panels) - (2 if len(panels) > 1 else 0))
    return Grid(form, forms[form], margin, room // forms[form], height)


def _some(one: Panel) -> Array:
    """As many values of a panel as could have room as numbers."""
    return one.values[:FEW].ravel()


def _units(form: str, screen: Screen) -> int:
    """How many units a row shows."""
    return 2 if form == "halves" and screen.blocks else 1


def _drawn(one: Panel, grid: Grid, picture: Panels, screen: Screen) -> Iterator[Text]:
    """One panel: the axis of time, and a row a unit, or two."""
    from rich.text import Text

    together = _units(grid.form, screen)
    shown = min(len(one.index), int(min(grid.height * together, len(one.index))))
    times = axis(one.first, one.every, len(one.low), grid.wide, grid.margin)
    if one.saturated is not None and together == 1:
        times = Text(times.plain.ljust(grid.margin + grid.wide * len(one.low)), "dim")
        times.append("sat".rjust(EDGE), "dim")
    yield times
    for unit in range(0, shown, together):
        row = Text(one.row(unit).rjust(grid.margin - 1) + " ")
        for column in range(len(one.low)):
            units = slice(unit, min(unit + together, shown))
            row.append(*_cell(one, grid, column, units, picture, screen))
        if one.saturated is not None and together == 1:
            row.append(percent(float(one.saturated[unit])).rjust(EDGE), "dim")
        yield row
    if left := len(one.index) - shown:
        yield Text(f"{left:,} more {one.others} shows others", "dim")


def _cell(
    one: Panel, grid: Grid, column: int, units: slice, picture: Panels, screen: Screen
) -> tuple[str, Style | str]:
    """One column of one unit, or of two: its letters and their colours."""
    values, real = one.values[column, units], bool(one.real[column])
    places = [share(float(value), one.limits) for value in values]
    if grid.form == "halves":
        if not real:
            return "/", style(screen, np.nan)
        if places[1:]:
            return "\u2580", style(screen, places[1], places[0])
        return " ", style(screen, places[0])
    if grid.form == "numbers":
        text = _number(picture, values[0], not real)
    else:
        text = _sign(float(values[0]), one.limits) if real else MASKED
    return text.rjust(grid.wide), style(screen, places[0] if real else np.nan)


def _number(picture: Panels, value: Any, masked: bool) -> str:
    """A number; in brackets where there is no step."""
    text = digits.number(value, picture.digits)
    return f"({text})" if masked else text


def _sign(value: float, limits: tuple[float, float]) -> str:
    """A sign and the tenth of the scale, cut: what is written as all or nothing is just that."""
    if not np.isfinite(value):
        return "??" if np.isnan(value) else "+!" if value > 0 else "-!"
    largest, sign = limits[1], "+" if value > 0 else "-"
    if value == 0 or abs(value) >= largest:
        return sign * 2 if value else "0"
    return f"{sign}{int(10 * abs(value) / largest)}"


def _legends(picture: Panels, grid: Grid, screen: Screen) -> Iterator[Text]:
    """Which colour, which letter is which number, of each scale that there is."""
    from rich.text import Text

    scales = list(dict.fromkeys(one.limits for one in picture.panels))
    for limits in scales if screen.colors >= MANY or grid.form == "signs" else []:
        if len(scales) > 1:
            yield Text(f"{', '.join(p.label for p in picture.panels if p.limits == limits)}:")
        yield _scale(limits, grid, screen)
    if not all(one.real.all() for one in picture.panels):
        yield Text(f"{'( )' if grid.form == 'numbers' else '/'}: {picture.absent}")


def _scale(limits: Bounds, grid: Grid, screen: Screen) -> Text:
    """The colours between two numbers; what stands for a tenth, for the end and for 0."""
    from rich.text import Text

    low, high = (digits.number(end, 3) for end in limits)
    row = Text("")
    if screen.colors >= MANY:
        row.append(f"{low} ")
        for place in np.linspace(0, 1, 21):
            row.append(" ", style(screen, float(place)))
        row.append(f" {high}  ")
    if grid.form == "signs":
        seven, eight = (digits.number(tenths * limits[1] / 10, 3) for tenths in (7, 8))
        row.append(f"+7: {seven} to {eight}; ++: {high}; 0: just 0")
    return row
