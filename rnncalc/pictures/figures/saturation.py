"""How often units are near a bound: a bar a unit, blue at the lower, red at the upper."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rnncalc.numbers import digits
from rnncalc.pictures.insight import Saturation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOW, BETWEEN, HIGH = "#4393c3", "#e8e8e8", "#d6604d"


def size(picture: Saturation) -> tuple[float, float]:
    """In inches."""
    units = max(len(one.index) for one in picture.standings)
    return max(1.9 * len(picture.standings) + 1.4, 5.0), min(max(0.22 * units, 1.0), 9.0) + 1.5


def layout(picture: Saturation, figure: Figure) -> list[Axes]:
    """The axes, beside each other."""
    figure.set_layout_engine("constrained")
    return list(figure.subplots(1, len(picture.standings), squeeze=False)[0])


def paint(picture: Saturation, axes: list[Axes]) -> None:
    """Draw into the axes."""
    for one, ax in zip(picture.standings, axes, strict=True):
        places = np.arange(len(one.index))
        rest = 1 - one.low - one.high
        ax.barh(places, one.low, color=LOW, hatch="///", edgecolor="white", linewidth=0)
        ax.barh(places, rest, left=one.low, color=BETWEEN)
        ax.barh(places, one.high, left=one.low + rest, color=HIGH)
        ax.set_xlim(0, 1)
        ax.set_xticks([0, 0.5, 1], labels=["0", "50%", "100%"])
        ax.set_ylim(len(places) - 0.5, -0.5)
        step = max(1, -(-len(places) // 16))
        ax.set_yticks(places[::step], labels=[str(unit) for unit in one.index[::step]])
        low, high = (digits.number(bound, 3) for bound in one.bounds)
        ax.set_title(one.name, fontsize="medium")
        ax.set_xlabel(f"\u2190 near {low}    near {high} \u2192", fontsize="small")
    axes[0].set_ylabel("unit")
    figure = axes[0].get_figure(root=True)
    if figure is not None and len(axes) > 1:
        figure.suptitle(picture.title, fontsize="large", parse_math=False)
        figure.supxlabel("\n".join(picture.notes), fontsize="small")
    else:
        axes[0].set_title(picture.title, fontsize="medium", parse_math=False)
        words = "\n".join([axes[0].get_xlabel(), *picture.notes])
        axes[0].set_xlabel(words, fontsize="small")
