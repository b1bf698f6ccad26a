"""Attention: a heat map for each head, queries down, keys across."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import numpy as np

from rnncalc.errors import printable
from rnncalc.pictures.figures import heatmap
from rnncalc.pictures.figures.axes import masked, steps_axis, titled
from rnncalc.pictures.panels import Panels
from rnncalc.pictures.picture import rounded

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from rnncalc.pictures.attention import Attended

BESIDE, NAMED = 2, 16
"""So many heads stand beside each other; so many queries have their number."""


def size(picture: Panels) -> tuple[float, float]:
    """In inches."""
    one = picture.panels[0]
    keys, queries = len(one.low), len(one.index)
    few = heatmap.few(picture)
    wide = min(max((0.62 if few else 0.12) * keys, 2.2), 6.0) + 1.4
    tall = min(max((0.36 if few else 0.12) * queries, 0.5), 5.0) + 0.9
    across = min(len(picture.panels), BESIDE)
    return max(wide * across, 4.4), tall * -(-len(picture.panels) // BESIDE) + 0.6


def layout(picture: Panels, figure: Figure) -> list[Axes]:
    """The axes of the heads, row by row."""
    figure.set_layout_engine("constrained")
    count = len(picture.panels)
    across = min(count, BESIDE)
    grid = figure.subplots(-(-count // across), across, squeeze=False)
    for ax in grid.flat[count:]:
        ax.set_axis_off()
    return list(grid.flat[:count])


def paint(picture: Panels, axes: list[Axes]) -> None:
    """Draw into the axes."""
    heads = cast("tuple[Attended, ...]", picture.panels)
    hatched = False
    for one, ax in zip(heads, axes, strict=True):
        image = heatmap.cells(one, ax)
        hatched |= _unseen(one, ax)
        if heatmap.few(picture):
            heatmap.numbers(one, ax, image, picture.digits)
        elif one.low.size <= heatmap.VECTOR:
            heatmap.signs(one, ax, image)
        _axes(one, ax)
        bar = heatmap.scale(one, ax, image)
        if not np.any(one.low < 0):
            bar.ax.set_ylim(0, one.largest)
    if hatched:
        said = "Hatched: nothing is taken of this key (just 0)."
        picture = replace(picture, notes=(*picture.notes, said))
    if heatmap.few(picture):
        values = [value for one in picture.panels for value in one.values.flat]
        picture = replace(picture, notes=picture.notes + rounded(values, picture.digits))
    below = f"t of {printable(heads[0].key)}"
    titled(picture, axes, [one.label for one in picture.panels], below)


def _unseen(one: Attended, ax: Axes) -> bool:
    """Hatch what a query takes nothing of: cell by cell, as long as they are few, else what none
    takes anything of; whether there is any."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    if one.unseen.size > heatmap.VECTOR:
        masked(one, ax, "0.35")
        return not one.real.all()
    cells = [Rectangle((key + 0.5, query - 0.5), 1, 1) for key, query in np.argwhere(one.unseen)]
    ax.add_collection(
        PatchCollection(cells, facecolor="none", edgecolor="0.6", hatch="////", linewidth=0)
    )
    return bool(cells)


def _axes(one: Attended, ax: Axes) -> None:
    """Which timestep is which."""
    steps_axis(ax)
    ax.set_xlabel(f"t of {printable(one.key)}", parse_math=False)
    count = len(one.index)
    places = range(0, count, max(1, -(-count // NAMED)))
    ax.set_yticks(places, labels=[str(one.index[place]) for place in places])
    ax.tick_params(axis="y", length=0)
    ax.set_ylabel(f"t of {printable(one.query)}", parse_math=False)
