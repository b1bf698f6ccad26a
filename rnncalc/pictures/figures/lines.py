"""Lines: quantities over time, one line a unit; bands of smallest and largest for long runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rnncalc.pictures.figures.axes import masked, steps_axis, titled
from rnncalc.pictures.panels import MOST_LINES, Panel, Panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c564b", "#7f7f7f")
"""Told apart by colour-blind eyes (Okabe and Ito)."""

STYLES = ("-", "--", "-.", ":")
MARKERS = "osD^vP*X"
"""Told apart by grey printers."""

DOTTED = 40
"""So many timesteps at most have a mark each."""


def size(picture: Panels) -> tuple[float, float]:
    """In inches."""
    return 8.0, 2.4 * len(picture.panels) + 0.9


def layout(picture: Panels, figure: Figure) -> list[Axes]:
    """The axes, below each other."""
    figure.set_layout_engine("constrained")
    return list(figure.subplots(len(picture.panels), 1, sharex=True, squeeze=False)[:, 0])


def paint(picture: Panels, axes: list[Axes]) -> None:
    """Draw into the axes."""
    for one, ax in zip(picture.panels, axes, strict=True):
        shown = range(min(len(one.index), MOST_LINES))
        for unit in shown:
            _line(one, ax, unit)
        masked(one, ax, "0.6")
        ax.axhline(0, color="0.6", linewidth=0.6, zorder=0)
        ax.grid(axis="y", linewidth=0.4, alpha=0.6)
        ax.set_ylabel(one.name)
        ax.set_xlim(one.edges[0], one.edges[-1])
        if len(shown) > 1:
            ax.legend(title="unit", loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    steps_axis(axes[-1])
    titled(picture, axes, [one.label for one in picture.panels])


def _line(one: Panel, ax: Axes, unit: int) -> None:
    """A unit: a line, or a band where a column is several timesteps."""
    color, label = COLORS[unit], str(one.index[unit])
    low, high = one.low[:, unit], one.high[:, unit]
    if one.every > 1:
        left = np.repeat(one.edges, 2)[1:-1]
        low, high = np.repeat(low, 2), np.repeat(high, 2)
        ax.fill_between(left, low, high, color=color, alpha=0.35, linewidth=0.6, label=label)
        return
    middles = (one.edges[:-1] + one.edges[1:]) / 2
    marker = MARKERS[unit] if len(low) <= DOTTED else ""
    style = STYLES[unit % len(STYLES)]
    ax.plot(middles, low, style, color=color, marker=marker, markersize=4, label=label)
