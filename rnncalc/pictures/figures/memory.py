"""What is felt of each step after the last one, on a logarithmic scale."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rnncalc.pictures.figures.axes import single, steps_axis, titled
from rnncalc.pictures.figures.lines import COLORS, DOTTED
from rnncalc.pictures.insight import Memory

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LEAST = 1e-12
"""What is less stands at the bottom."""


layout = single


def size(picture: Memory) -> tuple[float, float]:
    """In inches."""
    return 8.0, 3.6


def paint(picture: Memory, axes: list[Axes]) -> None:
    """Draw into the axes."""
    (ax,) = axes
    marker = "o" if len(picture.t) <= DOTTED else ""
    felt = np.maximum(picture.felt, LEAST)
    order = np.argsort(picture.t)
    ax.plot(picture.t[order], felt[order], color=COLORS[0], marker=marker, markersize=4)
    ax.axhline(picture.forgotten, color="0.4", linestyle="--", linewidth=1)
    ax.annotate(
        "forgotten below", (0.01, picture.forgotten), xycoords=("axes fraction", "data"),
        xytext=(0, -3), textcoords="offset points", va="top", fontsize="small", color="0.4",
    )  # fmt: skip
    ax.set_yscale("log")
    least = float(np.min(felt, initial=picture.forgotten, where=np.isfinite(felt)))
    ax.set_ylim(max(least / 4, LEAST), 2)
    ax.grid(axis="y", linewidth=0.4, alpha=0.6)
    steps_axis(ax)
    titled(picture, axes, [picture.title])
