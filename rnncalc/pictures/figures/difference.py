"""How far two computations are apart: a line a layer over time, the tolerance dashed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rnncalc.errors import printable
from rnncalc.pictures.difference import DifferencePicture
from rnncalc.pictures.figures.axes import single, steps_axis, titled
from rnncalc.pictures.figures.lines import COLORS, DOTTED, MARKERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes


layout = single


def size(picture: DifferencePicture) -> tuple[float, float]:
    """In inches."""
    return 8.0, 3.8


def paint(picture: DifferencePicture, axes: list[Axes]) -> None:
    """Draw into the axes."""
    (ax,) = axes
    ax.set_yscale("log")
    for i, one in enumerate(picture.courses):
        color, marker = COLORS[i % len(COLORS)], MARKERS[i % len(MARKERS)]
        far = np.maximum(one.far, picture.floor)
        shown = marker if len(far) <= DOTTED else ""
        label = printable(one.name, 40)
        (line,) = ax.plot(one.t, far, color=color, marker=shown, markersize=4)
        line.set_label(label if not label.startswith("_") else f"\u200b{label}")
    bound = picture.courses[-1]
    whose = f"tolerance of {printable(bound.name, 40)}" if len(picture.courses) > 1 else "tolerance"
    style: dict[str, Any] = {"color": "0.4", "linestyle": "--", "linewidth": 1.0, "label": whose}
    if len(bound.t) > 1:
        ax.plot(bound.t, np.maximum(bound.bound, picture.floor), **style)
    else:
        ax.axhline(max(float(bound.bound[0]), picture.floor), **style)
    _decades(picture, ax)
    _first(picture, ax)
    legend = ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
    for text in legend.get_texts():
        text.set_parse_math(False)
    steps_axis(ax)
    titled(picture, axes, [picture.title])


def _first(picture: DifferencePicture, ax: Axes) -> None:
    """A mark at the first number that differs."""
    if picture.first is None:
        return
    t, size, words = picture.first
    if not np.isfinite(size):
        return
    ax.axvline(t, color="#c0392b", linewidth=0.8, linestyle=":")
    ax.plot([t], [max(size, picture.floor)], "o", color="none", markeredgecolor="#c0392b",
            markersize=11, markeredgewidth=1.6)  # fmt: skip
    low, high = ax.get_xlim()
    right = t > (low + high) / 2
    ax.annotate(
        f"first: t = {t}, {words}", (t, 0.96), xycoords=("data", "axes fraction"),
        xytext=(-6 if right else 6, 0), textcoords="offset points", va="top", color="#c0392b",
        ha="right" if right else "left", fontsize="small", parse_math=False,
    )  # fmt: skip


def _decades(picture: DifferencePicture, ax: Axes) -> None:
    """Powers of ten; at the bottom stands 0, where any number is equal."""
    top = max(
        float(np.max(part, initial=picture.floor, where=np.isfinite(part)))
        for one in picture.courses
        for part in (one.far, one.bound)
    )
    ax.set_ylim(picture.floor / 2, top * 10 ** (0.16 * np.log10(top / picture.floor) + 0.6))
    least, most = round(np.log10(picture.floor)), int(np.ceil(np.log10(top)))
    step = max(1, -(-(most - least) // 7))
    equal = any((one.far == 0).any() for one in picture.courses)
    marks = [*([least] if equal else []), *range(least + 1, most + 1, step)]
    labels = ["0" if equal and mark == least else f"$10^{{{mark}}}$" for mark in marks]
    ax.set_yticks([10.0**mark for mark in marks], labels=labels)
    ax.set_yticks([], minor=True)
    ax.grid(axis="y", linewidth=0.4, alpha=0.6)
