"""A board: axes on which things are drawn by their places in points, as on paper.

What is drawn keeps its proportions, letters too, however large the axes are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rnncalc.errors import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from rnncalc.pictures.picture import Picture

Point = tuple[float, float]

SIZE = 10.0
"""Of letters, in points."""

INK = 0.6
"""Of colours that are darker than this, white letters stand out."""


class Board:
    """Axes without an axis, so many points wide and high; y grows upwards.

    Attributes:
        ink, faint, line, paper, face, accent: the colours of letters, of what explains, of lines,
            of the ground, of boxes, and of weights.
    """

    def __init__(self, ax: Axes, width: float, height: float) -> None:
        from matplotlib import rcParams
        from matplotlib.colors import to_rgb

        self.ax = ax
        ax.set_axis_off()
        ax.set_xlim(0, width)
        ax.set_ylim(0, height)
        ax.set_aspect("equal")
        figure = ax.get_figure(root=True)
        assert figure is not None
        place = ax.get_position()
        wide, high = figure.get_size_inches()
        self.scale = min(place.width * wide / width, place.height * high / height) * 72
        self.ink = to_rgb(rcParams["text.color"])
        self.paper = to_rgb(rcParams["axes.facecolor"])
        dark = _light(self.paper) < INK
        self.faint = _mixed(self.ink, self.paper, 0.35)
        self.line = _mixed(self.ink, self.paper, 0.4)
        self.face = _mixed(self.ink, self.paper, 0.95)
        self.accent = to_rgb("#d2a8ff" if dark else "#6f42c1")
        self.dark = dark

    def text(self, x: float, y: float, words: str, *, math: bool = False, **how: Any) -> None:
        """Words, or mathematics; ``how`` as of matplotlib: ha, color, weight."""
        how = {"ha": "center", "va": "center_baseline", "color": self.ink, **how}
        size = how.pop("size", SIZE) * self.scale
        if not math:
            words = printable(words, 400)
        self.ax.text(x, y, f"${words}$" if math else words, fontsize=size, parse_math=math, **how)

    def box(self, x: float, y: float, width: float, height: float, **how: Any) -> None:
        """A box with round corners, by its left lower corner."""
        from matplotlib.patches import FancyBboxPatch

        style = f"round,pad=0,rounding_size={how.pop('radius', 6)}"
        how = {"facecolor": self.face, "edgecolor": self.line, "linewidth": 1, **how}
        how["linewidth"] *= self.scale
        self.ax.add_patch(FancyBboxPatch((x, y), width, height, boxstyle=style, **how))

    def arrow(self, points: Sequence[Point], *, head: bool = True, **how: Any) -> None:
        """A line through points, round at its corners, with a head at its end."""
        self._lead(_rounded(points), head=head, **how)

    def curve(self, points: Sequence[Point], **how: Any) -> None:
        """An arrow down through points, each of which it leaves and reaches from above."""
        from matplotlib.path import Path

        *before, (end, low) = points
        vertices = [points[0]]
        for (x, y), (to_x, to_y) in zip(before, [*before[1:], (end, low + 10)], strict=True):
            vertices += [(x, (y + to_y) / 2), (to_x, (y + to_y) / 2), (to_x, to_y)]
        codes = [Path.MOVETO] + [Path.CURVE4] * (len(vertices) - 1)
        self._lead(Path([*vertices, (end, low)], [*codes, Path.LINETO]), **how)

    def _lead(self, path: Any, *, head: bool = True, **how: Any) -> None:
        from matplotlib.patches import FancyArrowPatch

        how = {"color": self.line, "linewidth": 1.2, **how}
        how["linewidth"] *= self.scale
        style = "-|>" if head else "-"
        self.ax.add_patch(
            FancyArrowPatch(
                path=path, arrowstyle=style, mutation_scale=9 * self.scale, shrinkA=0, shrinkB=0,
                fill=head, joinstyle="round", capstyle="butt", **how,
            )
        )  # fmt: skip

    def hue(self, color: str) -> Any:
        """A colour, on dark ground a lighter one."""
        from matplotlib.colors import to_rgb

        return _mixed(to_rgb(color), self.ink, 0.35 if self.dark else 0)

    def colored(self, value: float, largest: float) -> tuple[Any, str]:
        """The colour of a value, and that of letters on it."""
        from matplotlib import colormaps

        if value != value:
            return self.paper, self.ink  # type: ignore[return-value]
        shade = colormaps["RdBu_r"](0.5 + 0.5 * max(-1.0, min(1.0, value / largest)) * 0.86)
        return shade, "white" if _light(shade[:3]) < 0.5 else "black"


def width(words: str, *, math: bool = False, size: float = SIZE) -> float:
    """How many points wide words are, or mathematics."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    text = f"${words}$" if math else printable(words, 400)
    wide, _, _ = text_to_path.get_text_width_height_descent(text, FontProperties(size=size), math)
    return float(wide) * 1.04


def _mixed(one: Any, other: Any, share: float) -> Any:
    """A colour between two."""
    return tuple((1 - share) * a + share * b for a, b in zip(one, other, strict=True))


def _light(color: Any) -> float:
    """How light a colour is."""
    red, green, blue = color
    return float(0.3 * red + 0.59 * green + 0.11 * blue)


def _rounded(points: Sequence[Point], radius: float = 7) -> Any:
    """A path with its corners rounded."""
    from matplotlib.path import Path

    vertices, codes = [points[0]], [Path.MOVETO]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        near, far = _towards(corner, before, radius), _towards(corner, after, radius)
        vertices += [near, corner, far]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*vertices, points[-1]], [*codes, Path.LINETO])


def _towards(start: Point, end: Point, most: float) -> Point:
    """The point that lies so far from the start, at most half of the way."""
    across, up = end[0] - start[0], end[1] - start[1]
    length = (across**2 + up**2) ** 0.5
    share = min(most / length, 0.5) if length else 0
    return start[0] + across * share, start[1] + up * share


def filling(picture: Picture, figure: Figure) -> list[Axes]:
    """The axes of a board that fills the figure."""
    return [figure.add_axes((0, 0, 1, 1))]
