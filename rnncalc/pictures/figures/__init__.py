"""Figures: pictures drawn by matplotlib, for the command line and for Python on one path.

Each kind of data has a module here whose ``draw`` puts it into axes. Colours of lines, text and
background are those of matplotlib's rcParams, so that styles hold.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from rnncalc.containers.extra import needed
from rnncalc.errors import RnncalcError
from rnncalc.pictures.picture import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DRAWERS = {
    "unrolled": "unrolled", "cell": "cell", "heatmap": "heatmap", "gates": "heatmap",
    "lines": "lines", "difference": "difference", "saturation": "saturation", "memory": "memory",
    "graph": "graph", "attention": "attention",
}  # fmt: skip
"""The module that draws each kind."""

CENTIMETRE = 1 / 2.54
"""In inches, which matplotlib counts in."""

FIXED = {"svg.fonttype": "none", "svg.hashsalt": "rnncalc", "text.usetex": False}
"""What holds in every figure of the command line: text stays text, the same input gives the same
bytes."""

FALLBACKS = ("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "Malgun Gothic", "Noto Sans CJK JP",
             "AppleGothic", "Apple SD Gothic Neo", "Arial Unicode MS")  # fmt: skip
"""Fonts that have letters of Hangul and Han."""

DARK = {"figure.facecolor": "#0d1117", "axes.facecolor": "#0d1117", "savefig.facecolor": "#0d1117",
        "text.color": "#e6edf3", "axes.edgecolor": "#8b949e", "axes.labelcolor": "#e6edf3",
        "xtick.color": "#c9d1d9", "ytick.color": "#c9d1d9", "grid.color": "#30363d"}  # fmt: skip
"""What the dark theme changes."""


@contextmanager
def look(theme: str) -> Iterator[None]:
    """Inside, figures look as the command line's, whatever somebody has set on this machine."""
    import logging

    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # a font's cache is no news
    _needed()
    from matplotlib import style

    changed: dict[str, Any] = {**(DARK if theme == "dark" else {}), **FIXED}
    with style.context(["default", changed | {"font.family": _fonts()}]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        yield


def _fonts() -> list[str]:
    """The font of figures, and behind it what this machine has for letters that it lacks."""
    from matplotlib import font_manager

    there = {entry.name for entry in font_manager.fontManager.ttflist}
    return ["DejaVu Sans", *(name for name in FALLBACKS if name in there)]


def figure(picture: Picture, width: float | None = None) -> Figure:
    """A figure of its own, as wide as its contents take or so many centimetres."""
    from matplotlib.figure import Figure

    drawer = _drawer(picture)
    wide, high = drawer.size(picture)
    scale = 1.0 if width is None else width * CENTIMETRE / wide
    made = Figure(figsize=(wide * scale, high * scale))
    drawer.paint(picture, drawer.layout(picture, made))
    return made


def onto(picture: Picture, ax: Axes | None) -> Axes | Figure:
    """Draw into the axes that are given, or into those of a new figure of pyplot.

    Errors: RnncalcError where one picture takes several axes, and one is given.
    """
    _needed()
    drawer = _drawer(picture)
    if ax is not None:
        if picture.parts > 1:
            message = (
                f"{picture.kind} draws {picture.parts} axes here: leave ax out, or choose a part"
            )
            raise RnncalcError(f"{message} (of, show)")
        drawer.paint(picture, [ax])
        return ax
    from matplotlib import pyplot

    made = pyplot.figure(figsize=drawer.size(picture))
    axes: list[Axes] = drawer.layout(picture, made)
    drawer.paint(picture, axes)
    return axes[0] if len(axes) == 1 else made


def _needed() -> None:
    needed("matplotlib", "a picture", "drawing", extra="plot")


def _drawer(picture: Picture) -> Any:
    return import_module(f"rnncalc.pictures.figures.{DRAWERS[picture.kind]}")
