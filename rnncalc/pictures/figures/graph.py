"""A network as boxes and arrows, from its inputs at the top to what it gives at the bottom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rnncalc.errors import RnncalcError
from rnncalc.inspecting.diagram import Box
from rnncalc.pictures.figures.board import Board, Point, filling, width
from rnncalc.pictures.graph import Arrow, Graph
from rnncalc.pictures.layering import bends, depths, layered, placed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST, MOST_LINKS = 300, 5000
"""So many boxes have room, and so many arrows with their bends."""

HIGH, PILL = 36.0, 22.0
"""Of boxes in points, and of what is one line: inputs and results."""

GAP, BESIDE, MARGIN, PAD, SMALL, TINY = 30.0, 22.0, 12.0, 10.0, 8.5, 7.5
"""Between ranks, between boxes, around all, inside of boxes; sizes of letters."""

HEAD = 38.0
"""From the upper edge to the first box."""

BY = 4.0
"""How far a label stands beside its arrow."""

LOOP = 9.0
"""How far the loop of a state stands beside a box."""

HUES = {
    "input": "#0072b2", "result": "#0072b2", "recurrent": "accent", "attention": "#d55e00",
    "multiheadattention": "#d55e00", "conv1d": "#009e73", "pooling": "#009e73", "join": "ink",
    "dot": "ink",
}  # fmt: skip
"""The colours of borders by kinds (Okabe and Ito's, for colour-blind eyes)."""


class Sketch:
    """Where everything stands, in points; y grows upwards."""

    def __init__(self, picture: Graph) -> None:
        self.picture = picture
        links = [(arrow.source, arrow.target) for arrow in picture.arrows]
        depth = depths(len(picture.boxes), links)
        if len(picture.boxes) > MOST or len(links) + bends(depth, links) > MOST_LINKS:
            raise RnncalcError(
                f"graph: {len(picture.boxes):,} boxes and {len(links):,} arrows have no room in a "
                "figure: without -o they are listed"
            )
        self.layering = layered(depth, links)
        self.ports = self._ports()
        self.wide = {i: self._width(i, box) for i, box in enumerate(picture.boxes)}
        inner = placed(self.layering, self.wide, BESIDE)
        self.x = {item: MARGIN + LOOP + place for item, place in inner.items()}
        self.high = [
            max([high(picture.boxes[i]) for i in rank if i in self.wide], default=HIGH)
            for rank in self.layering.ranks
        ]
        self.gaps = [self._gap(rank) for rank in self.layering.ranks]
        if (over := MARGIN - min((left for left, _ in self._spans()), default=MARGIN)) > 0:
            self.x = {item: place + over for item, place in self.x.items()}

    def _ports(self) -> dict[int, list[Arrow]]:
        """The arrows into each box."""
        ports: dict[int, list[Arrow]] = {}
        for arrow in self.picture.arrows:
            ports.setdefault(arrow.target, []).append(arrow)
        return ports

    def ends(self) -> dict[int, float]:
        """Where each arrow, by its id, reaches its box: in the order from where they come."""
        arrows = zip(self.picture.arrows, self.layering.paths, strict=True)
        before = {id(arrow): self.x[path[-2]] for arrow, path in arrows}
        x = {}
        for target, ports in self.ports.items():
            left, room = self.x[target] - self.wide[target] / 2, self.wide[target] / len(ports)
            for place, one in enumerate(sorted(ports, key=lambda port: before[id(port)])):
                x[id(one)] = left + room * (place + 0.5)
        return x

    def turns_left(self, arrow: Arrow, path: list[int], end: float) -> bool:
        """Whether the label of an arrow stands at its left."""
        return self.x[path[-2]] > end + 1 and len(self.ports[arrow.target]) > 1

    def _spans(self) -> Iterator[tuple[float, float]]:
        """From where to where each label reaches."""
        ends = self.ends()
        for arrow, path in zip(self.picture.arrows, self.layering.paths, strict=True):
            end, wide = ends[id(arrow)], BY + width(arrow.label, size=TINY)
            if arrow.label:
                left = self.turns_left(arrow, path, end)
                yield (end - wide, end) if left else (end, end + wide)

    def _width(self, number: int, box: Box) -> float:
        inside = max(width(box.name), width(second(box), size=SMALL)) + 2 * PAD
        loops = 2 * LOOP if box.ways else 0
        labels = [width(arrow.label, size=TINY) + 20 for arrow in self.ports.get(number, ())]
        ports = len(labels) * max(labels) if len(labels) > 1 else 0.0
        return max(inside + loops, ports, 46.0)

    def _gap(self, rank: list[int]) -> float:
        """The room above a rank: more where arrows have labels, or come from far away."""
        labels = any(arrow.label for i in rank for arrow in self.ports.get(i, ()))
        across = [abs(self.x[a] - self.x[b]) for a, b in self.layering.links if b in rank]
        return GAP + (8 if labels else 0) + min(max(across, default=0.0) / 12, 30.0)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of it all."""
        right = max(self.x[i] + self.wide.get(i, 0) / 2 for i in self.x) + LOOP
        right = max([right, *(end for _, end in self._spans())])
        notes = [width(note, size=SMALL) for note in self.picture.notes]
        wide = max([right, *(MARGIN + words for words in (*notes, width(self.picture.title)))])
        inner = sum(self.high) + sum(self.gaps[1:])
        return wide + MARGIN, HEAD + inner + 2 * MARGIN + 16 * len(notes)

    def top(self, rank: int) -> float:
        """The upper edge of a rank."""
        above = sum(self.high[:rank]) + sum(self.gaps[1 : rank + 1])
        return self.size[1] - HEAD - above


def high(box: Box) -> float:
    """The height of a box."""
    return HIGH if second(box) else PILL


def second(box: Box) -> str:
    """The line below the name: what it is, and the shape of what it gives."""
    if box.kind == "result":
        return ""
    return box.gives if box.kind == "input" else f"{box.says}  {box.gives}"


layout = filling


def size(picture: Graph) -> tuple[float, float]:
    """In inches."""
    wide, tall = Sketch(picture).size
    return wide / 72, tall / 72


def paint(picture: Graph, axes: list[Axes]) -> None:
    """Draw into the axes."""
    sketch = Sketch(picture)
    board = Board(axes[0], *sketch.size)
    painter = _Painter(board, sketch)
    board.text(MARGIN, sketch.size[1] - MARGIN - 5, picture.title, ha="left", weight="bold")
    for i, note in enumerate(reversed(picture.notes)):
        board.text(MARGIN, MARGIN + 16 * i, note, size=SMALL, color=board.faint, ha="left")
    for arrow, path in zip(picture.arrows, sketch.layering.paths, strict=True):
        painter.arrow(arrow, path)
    for number in range(len(picture.boxes)):
        painter.box(number)


class _Painter:
    """What draws boxes and arrows on a board."""

    def __init__(self, board: Board, sketch: Sketch) -> None:
        self.board, self.sketch = board, sketch
        self.rank = {item: r for r, rank in enumerate(sketch.layering.ranks) for item in rank}
        self.tops = [sketch.top(rank) for rank in range(len(sketch.layering.ranks))]
        self.ends = sketch.ends()

    def _edges(self, item: int) -> tuple[float, float]:
        """The upper and the lower edge of a box, or of a bend in its rank."""
        sketch, rank = self.sketch, self.rank[item]
        middle = self.tops[rank] - sketch.high[rank] / 2
        tall = high(sketch.picture.boxes[item]) if item in sketch.wide else sketch.high[rank]
        return middle + tall / 2, middle - tall / 2

    def arrow(self, arrow: Arrow, path: list[int]) -> None:
        """From below its source to above its target, through bends that keep it clear of boxes."""
        sketch, board = self.sketch, self.board
        points: list[Point] = [(sketch.x[path[0]], self._edges(path[0])[1])]
        for bend in path[1:-1]:
            points += [(sketch.x[bend], edge) for edge in self._edges(bend)]
        points.append(end := (self.ends[id(arrow)], self._edges(arrow.target)[0]))
        how = {"linestyle": (0, (4, 2.5)), "color": board.ink} if arrow.state else {}
        board.curve(points, **how)
        if arrow.label:
            left = sketch.turns_left(arrow, path, end[0])
            side, ha = (-BY, "right") if left else (BY, "left")
            board.text(end[0] + side, end[1] + 11, arrow.label, size=TINY, ha=ha,
                       color=board.faint)  # fmt: skip

    def box(self, number: int) -> None:
        """A layer with its name, what it is and what it gives; inputs and results are round."""
        sketch, board = self.sketch, self.board
        box, x = sketch.picture.boxes[number], sketch.x[number]
        upper, lower = self._edges(number)
        wide, middle = sketch.wide[number], (upper + lower) / 2
        hue = HUES.get(box.kind, "line")
        edge = board.hue(hue) if hue.startswith("#") else getattr(board, hue)
        plain = box.kind in ("input", "result")
        board.box(
            x - wide / 2, lower, wide, upper - lower, edgecolor=edge,
            facecolor=board.paper if plain else board.face, radius=11 if plain else 6,
            linewidth=1.8 if box.ways else 1.0,
        )  # fmt: skip
        line = second(box)
        weight = "bold" if box.ways else "normal"
        board.text(x, middle + (7 if line else 0), box.name, weight=weight)
        if line:
            board.text(x, middle - 8, line, size=SMALL, color=board.faint)
        for way in box.ways:
            self._loop(x, wide, middle, way)

    def _loop(self, x: float, wide: float, middle: float, way: str) -> None:
        """A state that goes on to the next step: at the right; one that goes back, at the left."""
        side = 1 if way == "forward" else -1
        edge, out = x + side * wide / 2, x + side * (wide / 2 + LOOP)
        points = [(edge, middle - 6), (out, middle - 6), (out, middle + 6), (edge, middle + 6)]
        self.board.arrow(points, color=self.board.accent, linewidth=1.0)
