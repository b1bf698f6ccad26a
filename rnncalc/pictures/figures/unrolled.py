"""The network over time: boxes with their sums, pills for x and h, arrows for the state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rnncalc.pictures.figures.board import Board, filling, width
from rnncalc.pictures.unrolled import Box, Lane, Row, Unrolled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINE = 15.0
"""From one line of numbers to the next."""

PAD, INSIDE, MARGIN, STEM, HEADLINE = 9.0, 6.0, 14.0, 30.0, 15.0
"""Inside of boxes and of pills; around everything; of arrows that go up; of a formula's line."""

SMALL = 8.5
"""Of what explains."""


def tall(row: Row) -> float:
    """How high a row of a box is; those of vectors stand apart."""
    return len(row.texts) * LINE + (4 if len(row.texts) > 1 else 0)


class Sketch:
    """Where everything of a picture stands, in points."""

    def __init__(self, picture: Unrolled) -> None:
        self.picture = picture
        self.columns = len(picture.lanes[0].boxes)
        lanes = picture.lanes
        rows = [row for lane in lanes for box in lane.boxes for row in (*box.rows, *box.sums)]
        self.label = max((width(row.label, math=True) for row in rows), default=20.0)
        texts = [text for row in rows for text in row.texts]
        self.number = max(map(width, texts), default=20.0)
        self.box = max(self.label + self.number + 14 + 2 * PAD, 84.0)
        shown = [b for lane in lanes for box in lane.boxes for b in (box.h, box.x, box.y) if b]
        shown += [row for lane in lanes for row in lane.before]
        self.pill = max(max(width(text) for row in shown for text in row.texts) + 18, 46)
        self.gap = max([34.0, *(width(f"\u00d7{lane.onto_h}", size=SMALL) + 26 for lane in lanes)])
        self.gap += 10.0 * (len(lanes[0].before) > 1)
        stems = max(width(lane.into_h, math=True, size=SMALL) for lane in lanes)
        self.gap = max(self.gap, self.pill + 34 - self.box, stems + 34 - self.box / 2)
        self.side = max(self.pill, *(width(r.label, math=True) for r in shown)) + self.gap
        self.over = max(stems + 10 - self.box / 2, 0.0)
        self.heights = [self._height(lane) for lane in lanes]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of it all."""
        left, right = self._sides()
        dots = 26.0 if self.picture.gap is not None else 0.0
        inner = self.columns * (self.box + self.gap) - self.gap + dots
        heads = [_headline(lane) for lane in self.picture.lanes]
        wide = max(inner + left + right, *heads)
        notes = [width(note, size=SMALL) for note in self.picture.notes]
        below = MARGIN * 1.6 + 14 * len(notes)
        return max([wide, *notes]) + 2 * MARGIN, sum(self.heights) + below + MARGIN

    def _sides(self) -> tuple[float, float]:
        """Room for the states before the first step, at the left or at the right."""
        turned = [lane.turned for lane in self.picture.lanes]
        labels = max(width(box.x.label, math=True) for box in self.picture.lanes[0].boxes)
        least = max(0.0, labels + self.pill / 2 + 8 - self.box / 2)
        left = self.side if not all(turned) else least
        return left, self.side if any(turned) else self.over

    def x(self, column: int) -> float:
        """The left edge of a step's box."""
        left, _ = self._sides()
        gap = self.picture.gap
        dots = 26.0 if gap is not None and column >= gap else 0.0
        return MARGIN + left + column * (self.box + self.gap) + dots

    def inner(self, lane: Lane) -> float:
        """The height of a lane's boxes."""
        most = max(sum(map(tall, (*box.rows, *box.sums))) for box in lane.boxes)
        return max(most, 2 * LINE) + 2 * PAD + 6

    def _height(self, lane: Lane) -> float:
        x, h = (max(len(row.texts) for row in rows) * LINE + INSIDE for rows in _ends(lane))
        y = max((len(box.y.texts) * LINE + INSIDE + STEM for box in lane.boxes if box.y), default=0)
        head = HEADLINE * (max(len(lane.formulas), len(lane.given)) + bool(lane.title)) + 8
        return x + STEM + self.inner(lane) + STEM + h + y + head + 2 * MARGIN


def _headline(lane: Lane) -> float:
    """How wide its formulas are, with what is given beside them."""
    formulas = max(width(formula, math=True) for formula in lane.formulas)
    return formulas + max((width(g, size=SMALL) + 40 for g in lane.given), default=0.0)


def _ends(lane: Lane) -> tuple[list[Row], list[Row]]:
    """What a lane's boxes read, and what they give."""
    return [box.x for box in lane.boxes], [box.h for box in lane.boxes]


layout = filling


def size(picture: Unrolled) -> tuple[float, float]:
    """In inches."""
    wide, high = Sketch(picture).size
    return wide / 72, high / 72


def paint(picture: Unrolled, axes: list[Axes]) -> None:
    """Draw into the axes."""
    sketch = Sketch(picture)
    board = Board(axes[0], *sketch.size)
    bottom = MARGIN * 1.6 + 14 * len(picture.notes)
    for i, note in enumerate(reversed(picture.notes)):
        board.text(MARGIN, 10 + 14 * i, note, size=SMALL, color=board.faint, ha="left")
    for column, box in enumerate(picture.lanes[0].boxes):
        middle = sketch.x(column) + sketch.box / 2
        board.text(middle, bottom - 9, f"t = {box.t}", size=SMALL, color=board.faint)
    for lane, height in zip(picture.lanes, sketch.heights, strict=True):
        _Painter(board, sketch, lane, bottom).paint(bottom + height)
        bottom += height


class _Painter:
    """What draws one lane, above ``bottom``."""

    def __init__(self, board: Board, sketch: Sketch, lane: Lane, bottom: float) -> None:
        self.board, self.sketch, self.lane = board, sketch, lane
        x, h = (max(len(row.texts) for row in rows) * LINE + INSIDE for rows in _ends(lane))
        self.x_top = bottom + x
        self.low = self.x_top + STEM
        self.high = self.low + sketch.inner(lane)
        self.h_low = self.high + STEM
        self.h_top = self.h_low + h
        self.bottom = bottom

    def paint(self, top: float) -> None:
        """The lane: formulas on top, then its steps, then what goes from one to the next."""
        board, lane = self.board, self.lane
        y = top - MARGIN - 6
        if lane.title:
            board.text(MARGIN, y, lane.title, ha="left", weight="bold")
            y -= HEADLINE
        right = self.sketch.size[0] - MARGIN
        for i, given in enumerate(lane.given):
            board.text(right, y - HEADLINE * i, given, size=SMALL, color=board.accent, ha="right")
        for formula in lane.formulas:
            board.text(MARGIN, y, formula, math=True, ha="left")
            y -= HEADLINE
        for column, box in enumerate(lane.boxes):
            self._step(column, box)
        self._before()
        for column in range(len(lane.boxes) - 1):
            self._onwards(column)

    def _step(self, column: int, box: Box) -> None:
        """One step, from x upwards."""
        board, sketch = self.board, self.sketch
        middle = sketch.x(column) + sketch.box / 2
        if box.x.texts:
            self._pill(middle, self.x_top, box.x, round_=True)
            board.arrow([(middle, self.x_top), (middle, self.low)])
            if self.lane.onto_x:
                words = f"\u00d7{self.lane.onto_x}"
                place = middle + 7, (self.x_top + self.low) / 2
                board.text(*place, words, size=SMALL, color=board.accent, ha="left")
        self._box(column, box)
        board.arrow([(middle, self.high), (middle, self.h_low)])
        if not box.note:
            place = middle + 7, (self.high + self.h_low) / 2
            how: dict[str, Any] = {"size": SMALL, "color": board.faint, "ha": "left"}
            board.text(*place, self.lane.into_h, math=True, **how)
        self._pill(middle, self.h_top, box.h)
        if box.y:
            above = self.h_top + STEM + len(box.y.texts) * LINE + INSIDE
            board.arrow([(middle, self.h_top), (middle, self.h_top + STEM)])
            place = middle + 7, self.h_top + STEM / 2
            board.text(*place, self.lane.into_y, size=SMALL, color=board.faint, ha="left")
            self._pill(middle, above, box.y, plain=True)

    def _pill(
        self, middle: float, top: float, row: Row, *, round_: bool = False, plain: bool = False
    ) -> None:
        """A vector: a number a line, each coloured by its value; its name at the left."""
        board, wide = self.board, self.sketch.pill
        height = len(row.texts) * LINE + INSIDE
        bottom = top - height
        left = middle - wide / 2
        accent = "#58a6ff" if sum(board.paper) < 1.5 else "#0969da"
        how = {"edgecolor": accent} if round_ else {}
        radius = min(height / 2, 12)
        board.box(left, bottom, wide, height, radius=radius, facecolor=board.paper, **how)
        for i, (text, value) in enumerate(zip(row.texts, row.values, strict=True)):
            y = top - 3 - LINE * (i + 0.5)
            ink = board.ink
            if not round_ and not plain and value == value:
                shade, ink = board.colored(float(value), self.sketch.picture.largest)  # type: ignore[assignment]
                one = len(row.texts) == 1
                board.box(
                    left + (0 if one else 4), bottom if one else y - LINE / 2 + 1,
                    wide - (0 if one else 8), height if one else LINE - 2,
                    radius=radius if one else 4, facecolor=shade,
                    edgecolor=board.line if one else "none",
                )  # fmt: skip
            board.text(middle, y, text, color=ink)
        turned = self.lane.turned
        beside = (left + wide + 5) if turned else (left - 5)
        ha = "left" if turned else "right"
        board.text(beside, (top + bottom) / 2, row.label, math=True, ha=ha, color=board.faint)

    def _box(self, column: int, box: Box) -> None:
        """The sums of a step, or why there are none."""
        board, sketch = self.board, self.sketch
        left = sketch.x(column)
        dashed = {"linestyle": "--"} if box.note else {}
        board.box(left, self.low, sketch.box, self.high - self.low, **dashed)
        if box.note:
            words = box.note.replace(": ", ":\n")
            self.board.ax.text(
                left + sketch.box / 2, (self.low + self.high) / 2, words, ha="center", va="center",
                fontsize=SMALL * board.scale, color=board.faint, parse_math=False,
            )  # fmt: skip
            return
        for row, top in self._rows(box):
            middle = top - len(row.texts) * LINE / 2
            board.text(left + PAD, middle, row.label, math=True, ha="left", color=board.faint)
            right = left + sketch.box - PAD
            for i, text in enumerate(row.texts):
                board.text(right, top - LINE * (i + 0.5), text, ha="right")
            for x in (right - sketch.number - 4, right + 3) if len(row.texts) > 1 else ():
                ends = [(x, top - 2), (x, top - len(row.texts) * LINE + 2)]
                board.arrow(ends, head=False, linewidth=0.8)
        if box.sums:
            y = self.high - PAD - sum(map(tall, box.rows)) - 2
            ends = [(left + PAD, y), (left + sketch.box - PAD, y)]
            board.arrow(ends, head=False, linewidth=0.8)

    def _rows(self, box: Box) -> Iterator[tuple[Row, float]]:
        """The rows of a box, each with its upper edge."""
        top = self.high - PAD
        for row in box.rows:
            yield row, top
            top -= tall(row)
        top -= 6
        for row in box.sums:
            yield row, top
            top -= tall(row)

    def _entrance(self, box: Box, state: str) -> float:
        """At which height a state comes into a box: where it is read, else at the gates."""
        for row, top in self._rows(box):
            if state in row.reads:
                return top - len(row.texts) * LINE / 2
        return (self.high + self.low) / 2 if box.note else self.high - PAD - LINE / 2

    def _exit(self, box: Box, state: str) -> tuple[float, float] | None:
        """Half the width and the height from which a state leaves; None where it stays inside."""
        if box.note:
            return self.sketch.box / 2, (self.high + self.low) / 2
        if state == "h":
            return self.sketch.pill / 2, (self.h_low + self.h_top) / 2 - 0.0
        for row, top in self._rows(box):
            if row.name == state:
                return self.sketch.box / 2, top - len(row.texts) * LINE / 2
        return None

    def _before(self) -> None:
        """The states that the first step goes on from."""
        lane, sketch, board = self.lane, self.sketch, self.board
        column = len(lane.boxes) - 1 if lane.turned else 0
        sign = 1 if lane.turned else -1
        edge = sketch.x(column) + (sketch.box if lane.turned else 0)
        for i, row in enumerate(lane.before):
            y = self._entrance(lane.boxes[column], row.name)
            middle = edge + sign * (sketch.gap + sketch.pill / 2)
            height = len(row.texts) * LINE + INSIDE
            shifted = y + (height / 2 + 8 if i == 0 and len(lane.before) > 1 else 0)
            shifted -= height / 2 if i else 0
            self._state(middle, shifted + height / 2, row)
            start = (middle - sign * sketch.pill / 2, shifted)
            turn = edge + sign * (10 + 8 * i)
            corner = [(turn, shifted), (turn, y)] if abs(shifted - y) > 1 else []
            board.arrow([start, *corner, (edge, y)])
            if i == 0 and lane.onto_h:
                place = edge + sign * sketch.gap / 2, shifted + 8
                board.text(*place, f"\u00d7{lane.onto_h}", size=SMALL, color=board.accent)

    def _state(self, middle: float, top: float, row: Row) -> None:
        """A state before the first step, with its name above."""
        bare = Row(row.name, r"\,", row.texts, row.values)
        self._pill(middle, top, bare)
        self.board.text(middle, top + 8, row.label, math=True, color=self.board.faint)

    def _onwards(self, column: int) -> None:
        """The state, from one step to the one that reads it."""
        lane, sketch, board = self.lane, self.sketch, self.board
        turned = lane.turned
        giver, taker = (column + 1, column) if turned else (column, column + 1)
        sign = -1 if turned else 1
        gap = sketch.picture.gap
        for i, row in enumerate(lane.before or ()):
            leaves = self._exit(lane.boxes[giver], row.name)
            if leaves is None:
                continue
            half, y = leaves
            start = sketch.x(giver) + sketch.box / 2 + sign * half
            end = sketch.x(taker) + (sketch.box if turned else 0)
            inside = self._entrance(lane.boxes[taker], row.name)
            turn = end - sign * (12 + 9 * i)
            if gap is not None and min(giver, taker) == gap - 1:
                if i == 0:
                    middle = (sketch.x(giver) + sketch.x(taker) + sketch.box) / 2
                    board.text(middle, (self.low + self.high) / 2, "\u22ef", size=16)
                board.arrow([(end - sign * 14, inside), (end, inside)])
                continue
            board.arrow([(start, y), (turn, y), (turn, inside), (end, inside)])
            if i == 0 and lane.onto_h and not lane.boxes[taker].note:
                lifted = (0.0, y + 9) if lane.boxes[giver].note else (4.0, self.high + STEM / 2)
                place = turn - sign * lifted[0], lifted[1]
                ha = "left" if turned else "right"
                words = f"\u00d7{lane.onto_h}"
                board.text(*place, words, size=SMALL, color=board.accent, ha=ha)
