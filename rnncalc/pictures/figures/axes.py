"""What the axes of several kinds have in common: time below, a title above, notes under it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from rnncalc.pictures.figures.board import width
from rnncalc.pictures.panels import Panel
from rnncalc.pictures.picture import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


SHARE, SMALL = 0.9, 8.33
"""Of the width of a figure so much has room for notes, as axes stand beside the middle; the size of
their letters."""


def steps_axis(ax: Axes) -> None:
    """Whole timesteps, with commas where there are many."""
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    ax.xaxis.set_major_locator(MaxNLocator(nbins=12, integer=True, min_n_ticks=1))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    ax.set_xlabel("t")


def titled(picture: Picture, axes: list[Axes], labels: Sequence[str], below: str = "t") -> None:
    """The title over all axes, what each shows where they are several; the notes below."""
    titles = labels if len(axes) > 1 else [picture.title]
    for ax, title in zip(axes, titles, strict=True):
        ax.set_title(title, loc="left", fontsize="medium", parse_math=False)
    if len(axes) > 1:
        axes[0].figure.suptitle(picture.title, fontsize="large", parse_math=False)
    if picture.notes:
        label = "\n".join([below, *_folded(picture.notes, axes[-1])])
        axes[-1].set_xlabel(label, fontsize="small", parse_math=False)


def _folded(notes: Sequence[str], ax: Axes) -> Iterator[str]:
    """Notes in lines that have room below an axes."""
    figure, spec = ax.figure, ax.get_subplotspec()
    columns = 1 if spec is None else spec.get_gridspec().ncols
    room = SHARE * 72 * figure.bbox.width / figure.dpi / columns
    for note in notes:
        line = ""
        for word in note.split(" "):
            longer = f"{line} {word}" if line else word
            if line and width(longer, size=SMALL) > room:
                yield line
                longer = word
            line = longer
        yield line


def masked(one: Panel, ax: Axes, color: str) -> None:
    """Hatched is what is masked or padded."""
    for column in np.flatnonzero(~one.real):
        left, right = one.edges[column : column + 2]
        ax.axvspan(left, right, facecolor="none", edgecolor=color, hatch="////", linewidth=0)


def single(picture: Picture, figure: Figure) -> list[Axes]:
    """One axes, with room for what stands around it."""
    figure.set_layout_engine("constrained")
    return [figure.add_subplot()]
