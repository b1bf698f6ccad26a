"""Heat maps: units x time in blue, white and red; one below the other under one time axis."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rnncalc.numbers import digits
from rnncalc.pictures.figures.axes import masked, steps_axis, titled
from rnncalc.pictures.panels import Panel, Panels, percent
from rnncalc.pictures.picture import rounded

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLORS = "RdBu_r"
"""Blue below 0, white, red above it: safe for colour-blind eyes."""

FEW = 12, 12
"""So many columns and units at most have their numbers written into them."""

VECTOR = 3000
"""So many cells at most are drawn one by one; more are an image."""

NAMED = 24
"""So many units at most have their share of saturated steps written beside them."""


def size(picture: Panels) -> tuple[float, float]:
    """In inches."""
    columns = max(len(one.low) for one in picture.panels)
    units = sum(_height(one) for one in picture.panels)
    wide = 0.62 * columns if few(picture) else 0.12 * columns
    return min(max(wide, 4.4), 9.0) + 2.2, units + 1.1


def _height(one: Panel) -> float:
    return min(max(0.32 * len(one.index), 0.5), 4.0) + 0.42


def few(picture: Panels) -> bool:
    """Whether every number has room in its cell."""
    columns, units = FEW
    return all(len(one.low) <= columns and len(one.index) <= units for one in picture.panels)


def layout(picture: Panels, figure: Figure) -> list[Axes]:
    """The axes, below each other."""
    figure.set_layout_engine("constrained")
    ratios = [_height(one) for one in picture.panels]
    grid = figure.subplots(len(ratios), 1, sharex=True, squeeze=False, height_ratios=ratios)
    return list(grid[:, 0])


def paint(picture: Panels, axes: list[Axes]) -> None:
    """Draw into the axes."""
    for one, ax in zip(picture.panels, axes, strict=True):
        image = cells(one, ax)
        masked(one, ax, "0.35")
        if few(picture):
            numbers(one, ax, image, picture.digits)
        elif one.low.size <= VECTOR:
            signs(one, ax, image)
        _units(one, ax)
        _saturated(one, ax)
        scale(one, ax, image)
    steps_axis(axes[-1])
    if few(picture):
        values = [value for one in picture.panels for value in one.values.flat]
        picture = replace(picture, notes=picture.notes + rounded(values, picture.digits))
    titled(picture, axes, [one.label for one in picture.panels])


def scale(one: Panel, ax: Axes, image: Any) -> Any:
    """Which colour is which number."""
    bar = ax.figure.colorbar(image, ax=ax, pad=0.02, aspect=_height(one) * 12)
    low, high = one.limits
    marks = [low, 0, high] if len(one.index) > 1 else [low, high]
    bar.set_ticks(marks, labels=[digits.number(mark, 3) for mark in marks])
    bar.ax.tick_params(labelsize="small")
    bar.outline.set_linewidth(0.4)
    return bar


def cells(one: Panel, ax: Axes) -> Any:
    """The colours."""
    from matplotlib import colormaps

    low, high = one.limits
    colors = colormaps[COLORS].with_extremes(bad="#9e9e9e")
    values = np.ma.masked_invalid(one.values)
    edges = np.arange(len(one.index) + 1) - 0.5
    image = ax.pcolormesh(
        one.edges, edges, values.T, cmap=colors, vmin=low, vmax=high,
        rasterized=values.size > VECTOR, edgecolors="face", linewidth=0.2, zorder=0,
    )  # fmt: skip
    ax.invert_yaxis()
    return image


def numbers(one: Panel, ax: Axes, image: Any, wanted: digits.Digits) -> None:
    """Every number in its cell."""
    middles = (one.edges[:-1] + one.edges[1:]) / 2
    for (column, unit), value in np.ndenumerate(one.values):
        ax.text(
            float(middles[column]), unit, digits.number(value, wanted), ha="center", va="center",
            fontsize="small", color=_ink(image, value),
        )  # fmt: skip


def signs(one: Panel, ax: Axes, image: Any) -> None:
    """A dash in what is below 0, which a grey printer shows as dark as what is above."""
    from matplotlib.collections import LineCollection

    columns, units = np.nonzero(one.values < 0)
    left, right = one.edges[columns], one.edges[columns + 1]
    inset = (right - left) * 0.3
    ends = (left + inset, right - inset)
    lines = np.stack([np.column_stack([end, units]) for end in ends], axis=1)
    colors = [_ink(image, one.values[place]) for place in zip(columns, units, strict=True)]
    ax.add_collection(LineCollection(list(lines), colors=colors, linewidths=0.7, alpha=0.7))


def _ink(image: Any, value: float) -> str:
    """Black or white, what can be read on the colour of a value."""
    red, green, blue, _ = image.cmap(image.norm(value))
    return "white" if 0.3 * red + 0.59 * green + 0.11 * blue < 0.5 else "black"


def _units(one: Panel, ax: Axes) -> None:
    """Which row is which unit."""
    count = len(one.index)
    step = max(1, -(-count // 16))
    places = np.arange(0, count, step)
    single = one.width == 1
    ax.set_yticks(places, labels=[] if single else [str(one.index[place]) for place in places])
    ax.tick_params(axis="y", length=0)
    if one.width > 1:
        ax.set_ylabel("unit" if one.name not in ("x", "y") else f"{one.name}[ ]")


def _saturated(one: Panel, ax: Axes) -> None:
    """At the edge: on which share of the steps each unit is near a bound."""
    if one.saturated is None:
        return
    edge = ax.inset_axes((1.01, 0, 0.06, 1), sharey=ax)
    edge.set_axis_off()
    edge.set_xlim(0, 1)
    edge.set_title("sat", fontsize="x-small", color="0.5", pad=2)
    if len(one.index) > NAMED:
        edge.barh(np.arange(len(one.index)), one.saturated, height=0.8, color="0.5")
        return
    for place, share in enumerate(one.saturated):
        color, weight = ("0.5", "normal") if not share else ("#c0392b", "bold")
        edge.text(
            1, place, percent(share), ha="right", va="center", fontsize="x-small", color=color,
            weight=weight,
        )  # fmt: skip
