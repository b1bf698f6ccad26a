"""Words of a figure that are cut at its edges."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def cut(figure: Figure) -> list[str]:
    """Those that do not lie within the figure."""
    from matplotlib.text import Text

    figure.draw_without_rendering()
    bounds = figure.bbox.padded(1)
    found = [one for one in figure.findobj(Text) if any(map(str.isalpha, one.get_text()))]
    boxes = [(one.get_text(), one.get_window_extent()) for one in found]
    return [text for text, box in boxes if box.x0 < bounds.x0 or box.x1 > bounds.x1]
