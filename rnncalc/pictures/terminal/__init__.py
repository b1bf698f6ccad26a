"""The terminal: pictures as rows of text, drawn with Rich; nothing is told by colour alone.

Each kind of data has a module here whose ``rows`` draws it for a screen.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from rnncalc.errors import RnncalcError
from rnncalc.pictures.picture import Picture
from rnncalc.pictures.terminal.screen import Screen

if TYPE_CHECKING:
    from rich.text import Text

DRAWERS = {"unrolled": "unrolled", "cell": "cell", "heatmap": "heatmap", "gates": "heatmap",
           "lines": "lines", "saturation": "insight", "memory": "insight", "graph": "graph",
           "attention": "heatmap"}  # fmt: skip
"""The module that draws each kind."""


def rows(picture: Picture, screen: Screen) -> Iterator[Text]:
    """A picture from its title to what has to be said below it, a row at a time.

    Errors: RnncalcError for what terminals do not draw.
    """
    from rich.text import Text

    if picture.kind not in DRAWERS:
        raise RnncalcError(f"{picture.kind} is drawn into a file only: -o FILE.svg, .png or .pdf")
    yield Text(picture.title, "bold")
    drawer = import_module(f"rnncalc.pictures.terminal.{DRAWERS[picture.kind]}")
    yield from drawer.rows(picture, screen)
