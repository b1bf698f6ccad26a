"""What a terminal can show, and what its pictures share: colours of a scale, the axis of time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rnncalc.data import dataclass

if TYPE_CHECKING:
    from rich.style import Style
    from rich.text import Text

LETTERS = "\u00b7\u2192\u2500\u2502\u2504\u250c\u2510\u2514\u2518\u251c\u2524\u2534\u253c"
LETTERS += "\u2580\u2584\u2588\u25a0\u25a1\u25b2\u25b6\u25c0\u25cb\u25cf"
"""All that pictures are drawn with: where a terminal lacks one, they are drawn in ASCII."""

MANY = 256
"""So many colours tell the shades of a scale apart."""

SCALE = np.array(
    [[5, 48, 97], [67, 147, 195], [247, 247, 247], [214, 96, 77], [103, 0, 31]], np.float64
)
"""Blue, white and red at the quarters of a scale (ColorBrewer's RdBu)."""

MISSING = (158, 158, 158)
"""What has no place in a scale."""


@dataclass(frozen=True)
class Screen:
    """A terminal.

    Attributes:
        width: letters in a row.
        height: rows; None where there is no end of them, as in a file.
        colors: how many there are; 0 where there are none.
        blocks: whether it has the letters that fill half of their place.
    """

    width: int = 80
    height: int | None = None
    colors: int = 0
    blocks: bool = True


def share(value: float, limits: tuple[float, float]) -> float:
    """Where a value stands in a scale, from 0 to 1; NaN for what has no place there."""
    low, high = limits
    return float(np.clip((value - low) / (high - low), 0, 1)) if np.isfinite(value) else np.nan


def color(place: float) -> tuple[int, int, int]:
    """Red, green and blue of a place in the scale."""
    if np.isnan(place):
        return MISSING
    places = np.linspace(0, 1, len(SCALE))
    red, green, blue = (round(float(np.interp(place, places, column))) for column in SCALE.T)
    return red, green, blue


def style(screen: Screen, ground: float, front: float | None = None) -> Style | str:
    """The colours of a letter: with few of them, those of its sign.

    Args:
        ground: the place of its ground in the scale.
        front: the letter's own; None: black or white, whichever can be read.
    """
    from rich.color import Color
    from rich.style import Style

    if screen.colors < MANY:
        return "" if not screen.colors or np.isnan(ground) else "red" if ground > 0.5 else "blue"
    behind = color(ground)
    red, green, blue = behind
    ink = (0, 0, 0) if 0.3 * red + 0.59 * green + 0.11 * blue > 128 else (255, 255, 255)
    ink = ink if front is None else color(front)
    return Style(color=Color.from_rgb(*ink), bgcolor=Color.from_rgb(*behind))


def bracketed(texts: Sequence[str]) -> str:
    """One number, or several in brackets."""
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def axis(first: int, every: int, columns: int, wide: int, margin: int) -> Text:
    """The timesteps that columns begin with, as many as have room.

    Args:
        wide: letters of a column.
        margin: letters before the first.
    """
    from rich.text import Text

    row, free = "t".rjust(margin - 1) + " ", margin
    for column in range(columns):
        label = f"{first + column * every:,}"
        place = margin + column * wide + max(0, wide - 1 - len(label))
        if place >= free and place + len(label) <= margin + max(columns * wide, len(label)):
            row = row.ljust(place) + label
            free = place + len(label) + 2
    return Text(row, "dim")
