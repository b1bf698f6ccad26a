"""A step of a cell: a card for each gate with its sum and its curve, above them the wires."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rnncalc.pictures.cell import Card, CellPicture, Entry, State, Wire
from rnncalc.pictures.figures.board import Board, Point, filling, width
from rnncalc.pictures.unrolled import BLANK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINE, DETAIL, SMALL = 16.0, 11.0, 8.5
"""From one line to the next; more for the products of a sum; of letters that explain."""

PAD, MARGIN, GAP = 9.0, 16.0, 24.0
"""Inside of cards; around everything; between cards."""

CURVE, ALONE = 62.0, 120.0
"""The height of a curve; of a card that stands alone."""

ROW, WIDE, PILL = 58.0, 118.0, 24.0
"""Between wires; beside a state that goes on; of pills."""

VALVE = 26.0
"""Height and width of a valve."""


class Sketch:
    """Where everything stands, in points."""

    def __init__(self, picture: CellPicture) -> None:
        self.picture = picture
        cards = picture.cards
        self.card = max([150.0, *(_card_width(card) for card in cards)])
        self.curve = CURVE if len(cards) > 1 else ALONE
        lines = [
            (len(c.terms) + bool(c.total)) * LINE + DETAIL * sum(bool(t.detail) for t in c.terms)
            for c in cards
        ]
        self.height = max(lines) + self.curve + 2 * LINE + 2 * PAD + 12
        texts = [text for _, texts in picture.inputs for text in texts]
        self.input = max([46.0, *(width(text) + 18 for text in texts)])
        self.left = MARGIN + max(self.input + 44, 96.0 if picture.states else 0.0)
        self.bottom = MARGIN + 14 * len(picture.notes) + 30
        self.rows = max((len(state.wires) for state in picture.states), default=0)
        self.places = self._places()

    def _places(self) -> dict[str, float]:
        """The middle of each card, in the order in which wires run through them."""
        order = [card.name for card in self.picture.cards if not card.gate]
        later: set[str] = set()
        for i, state in enumerate(self.picture.states):
            for wire in reversed(state.wires):
                fresh = [valve.card for valve in wire.valves if valve.card not in order]
                order += fresh
                later |= {*fresh} if i else set()
        order = [c.name for c in self.picture.cards if c.name not in order] + order
        x, places = self.left, {}
        for name in order:
            x += WIDE if name in later else 0
            places[name] = x + self.card / 2
            x += self.card + GAP
        return places

    @property
    def top(self) -> float:
        """The upper edge of the cards."""
        return self.bottom + self.height

    def row(self, number: int) -> float:
        """The height of a wire, the first on top."""
        return self.top + 34 + ROW * (self.rows - 1 - number)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of it all."""
        right = max(self.places.values()) + self.card / 2
        beside = 150.0 if self.picture.states else 0.0
        for state in self.picture.states:
            if not all(wire.valves for wire in state.wires):
                beside += width(whole_of(state), math=True)
        formulas = max(width(formula, math=True) for formula in self.picture.formulas)
        head = LINE * (len(self.picture.formulas) + 1) + 16
        above = ROW * max(self.rows, 1) + 30 + head
        notes = [width(note, size=SMALL) for note in (*self.picture.notes, self.picture.title)]
        wide = max(right + beside, formulas + MARGIN, *(note + MARGIN for note in notes))
        return wide + MARGIN, self.top + above


def _card_width(card: Card) -> float:
    rows = [*card.terms, *([card.total] if card.total else []), card.result]
    wide = max(width(row.label, math=True) + width(row.text) + 16 for row in rows)
    details = [width(row.detail, size=7.5) for row in rows]
    return max([wide, *details]) + 2 * PAD


def whole_of(state: State) -> str:
    """The equation of a state that no wires tell of."""
    return f"{state.result.label} = {' + '.join(wire.end.label for wire in state.wires)}"


layout = filling


def size(picture: CellPicture) -> tuple[float, float]:
    """In inches."""
    wide, high = Sketch(picture).size
    return wide / 72, high / 72


def paint(picture: CellPicture, axes: list[Axes]) -> None:
    """Draw into the axes."""
    sketch = Sketch(picture)
    painter = _Painter(Board(axes[0], *sketch.size), sketch)
    painter.heads()
    painter.inputs()
    for card in picture.cards:
        painter.card(card)
    for i, state in enumerate(picture.states):
        painter.state(i, state)
    if not picture.states:
        painter.alone(picture.cards[0])


class _Painter:
    """What draws a step on a board."""

    def __init__(self, board: Board, sketch: Sketch) -> None:
        self.board, self.sketch, self.picture = board, sketch, sketch.picture
        self.pills: dict[str, Point] = {}

    def heads(self) -> None:
        """Title and formulas on top, notes below."""
        board = self.board
        y = self.sketch.size[1] - MARGIN
        board.text(MARGIN, y, self.picture.title, ha="left", weight="bold")
        for formula in self.picture.formulas:
            y -= LINE
            board.text(MARGIN, y, formula, math=True, ha="left")
        for i, note in enumerate(self.picture.notes):
            board.text(MARGIN, 10 + 14 * i, note, size=SMALL, color=board.faint, ha="left")

    def inputs(self) -> None:
        """x and h at the left, and the line that leads them into every card."""
        board, sketch = self.board, self.sketch
        bus, low = sketch.left - 14, sketch.bottom - 16
        y = sketch.bottom + 14
        for label, texts in self.picture.inputs:
            height = len(texts) * LINE + 6
            left = MARGIN + 20
            accent = {"edgecolor": "#58a6ff" if sum(board.paper) < 1.5 else "#0969da"}
            how = accent if label.startswith("x") else {}
            board.box(left, y, sketch.input, height, facecolor=board.paper, radius=11, **how)
            for i, text in enumerate(texts):
                board.text(left + sketch.input / 2, y + height - 3 - LINE * (i + 0.5), text)
            board.text(left - 4, y + height / 2, label, math=True, ha="right", color=board.faint)
            middle = y + height / 2
            board.arrow([(left + sketch.input, middle), (bus, middle), (bus, low)], head=False)
            y += height + 14
        last = max(sketch.places.values())
        board.arrow([(bus, low + 8), (bus, low), (last, low)], head=False)
        for card in self.picture.cards:
            x = sketch.places[card.name]
            if card.total:
                board.arrow([(x, low), (x, sketch.bottom)])

    def card(self, card: Card) -> None:
        """A gate's sum, its curve and what comes out."""
        board, sketch = self.board, self.sketch
        left = sketch.places[card.name] - sketch.card / 2
        board.box(left, sketch.bottom, sketch.card, sketch.height)
        low = sketch.bottom + PAD
        y = sketch.top - PAD - LINE / 2
        self._line(left, y, card.result, bold=True, word=card.word)
        y -= LINE + 2
        for term in card.terms:
            self._line(left, y, term)
            if term.detail:
                y -= DETAIL
                right = left + sketch.card - PAD
                board.text(right, y, term.detail, ha="right", size=7.5, color=board.accent)
            y -= LINE
        if card.total:
            rule = y + LINE / 2 - 1
            ends = [(left + PAD, rule), (left + sketch.card - PAD, rule)]
            board.arrow(ends, head=False, linewidth=0.8)
            self._line(left, y - 3, card.total)
        if card.curve is not None:
            self._curve(card, left + PAD, low)

    def _line(
        self, left: float, y: float, entry: Entry, *, bold: bool = False, word: str = ""
    ) -> None:
        """A name at the left, its number at the right."""
        board = self.board
        right = left + self.sketch.card - PAD
        ink = board.ink if bold else board.faint
        board.text(left + PAD, y, entry.label, math=True, ha="left", color=ink)
        if word:
            beside = left + PAD + width(entry.label, math=True) + 6
            board.text(beside, y, word, size=SMALL, ha="left", color=board.faint)
        board.text(right, y, entry.text, ha="right", weight="bold" if bold else "normal")

    def _curve(self, card: Card, left: float, low: float) -> None:
        """The activation, with the point where it is."""
        board, curve = self.board, card.curve
        assert curve is not None
        wide, high = self.sketch.card - 2 * PAD, self.sketch.curve - 14
        least, most = min(0.0, float(curve.y.min())), max(0.0, float(curve.y.max()))
        span = most - least or 1.0
        low += 4

        def place(x: float, y: float) -> Point:
            across = (x - curve.x[0]) / (curve.x[-1] - curve.x[0])
            return left + across * wide, low + (y - least) / span * high

        thin = {"color": board.faint, "linewidth": 0.6, "head": False}
        board.arrow([place(curve.x[0], 0), place(curve.x[-1], 0)], **thin)
        board.arrow([place(0, least), place(0, most)], **thin)
        points = [place(float(x), float(y)) for x, y in zip(curve.x, curve.y, strict=True)]
        xs, ys = np.array(points).T
        board.ax.plot(xs, ys, color=board.accent, linewidth=1.4 * board.scale)
        a, value = curve.at
        point, foot, side = place(a, value), place(a, 0), place(0, value)
        dashed = {**thin, "color": board.ink, "linestyle": (0, (3, 2))}
        board.arrow([foot, point], **dashed)
        board.arrow([point, side], **dashed)
        board.ax.plot([point[0]], [point[1]], "o", color=board.ink, markersize=4 * board.scale)
        corner = (left + 2, low + high - 3) if a >= 0 else (left + wide - 2, low + 6)
        ha = "left" if a >= 0 else "right"
        board.text(*corner, curve.label, math=True, size=SMALL, color=board.accent, ha=ha)

    def alone(self, card: Card) -> None:
        """h of a simple cell, above its card."""
        x, top = self.sketch.places[card.name], self.sketch.top
        self.board.arrow([(x, top), (x, top + 30)])
        self._pill(x, top + 30 + PILL / 2, card.result)

    def _pill(self, x: float, y: float, entry: Entry, *, named: bool = True) -> float:
        """A state, coloured by its value, its name above; half of its width."""
        board = self.board
        half = max(width(entry.text) + 18, 46.0) / 2
        shade, ink = board.colored(entry.value, self.picture.largest)
        board.box(x - half, y - PILL / 2, 2 * half, PILL, radius=11, facecolor=shade)
        board.text(x, y, entry.text, color=ink)
        if named:
            board.text(x, y + PILL / 2 + 8, entry.label, math=True, color=board.faint)
        return half

    def state(self, number: int, state: State) -> None:
        """A state: its wires, where they meet, and what it is."""
        sketch, board = self.sketch, self.board
        if not all(wire.valves for wire in state.wires):
            self._whole(state)
            return
        first = 0 if number == 0 else 1
        valves = [sketch.places[valve.card] for wire in state.wires for valve in wire.valves]
        meeting = max(valves, default=max(sketch.places.values())) + VALVE / 2 + 58
        top = sketch.row(first)
        for i, wire in enumerate(state.wires):
            self._wire(state, wire, sketch.row(min(first + i, sketch.rows - 1)), meeting, top)
        several = len(state.wires) > 1
        if several:
            board.box(meeting - 9, top - 9, 18, 18, radius=9, facecolor=board.paper)
            board.text(meeting, top, "+")
        half = max(width(state.result.text) + 18, 46.0) / 2
        x = meeting + (34 if several else 10) + half
        if several:
            board.arrow([(meeting + 9, top), (x - half, top)])
        self._pill(x, top, state.result)
        self.pills[state.name] = x, top
        if state is not self.picture.states[-1]:
            end = sketch.size[0] - MARGIN
            board.arrow([(x + half, top), (end, top)])

    def _whole(self, state: State) -> None:
        """A state that no wires tell of (a projection): its formula beside it, below the last."""
        x, above = [*self.pills.values()][-1]
        y = self.sketch.row(self.sketch.rows - 1)
        self.board.arrow([(x, above - PILL / 2), (x, y + PILL / 2)])
        half = self._pill(x, y, state.result, named=False)
        words = whole_of(state)
        self.board.text(x + half + 6, y, words, math=True, ha="left", color=self.board.faint)

    def _wire(self, state: State, wire: Wire, y: float, meeting: float, top: float) -> None:
        """From what is carried through its valves to where the wires meet."""
        board, sketch = self.board, self.sketch
        points: list[Point] = [*self._source(wire, y)]
        joins = abs(y - top) > 1
        corner = [(meeting, y), (meeting, top - 9)] if joins else []
        end = meeting - 9 if len(state.wires) > 1 else meeting + 10
        board.arrow([*points, *(corner or [(end, y)])])
        for valve in wire.valves:
            same = [other for other in state.wires if valve.card in [v.card for v in other.valves]]
            self._valve(sketch.places[valve.card], y, valve.entry, wire is not same[0])
        after = max(sketch.places[valve.card] for valve in wire.valves) + VALVE / 2
        board.text(after + 4, y + 8, wire.end.text, size=SMALL, ha="left")

    def _source(self, wire: Wire, y: float) -> list[Point]:
        """Where a wire begins: a card, the state of this step, or the state before it."""
        sketch, board = self.sketch, self.board
        if wire.source in sketch.places:
            x = sketch.places[wire.source]
            return [(x, sketch.top), (x, y)]
        if wire.source in self.pills:
            x, above = self.pills[wire.source]
            if wire.function:
                last = min(sketch.places[valve.card] for valve in wire.valves) - VALVE / 2 - 60
                box = max(x + 12, last)
                name = wire.function.label.split(r"\left(")[0]
                half = width(name, math=True, size=SMALL) / 2 + 6
                board.arrow([(x, above - PILL / 2), (x, y), (box, y)], head=False)
                board.box(box, y - 9, 2 * half, 18, radius=4, facecolor=board.paper)
                board.text(box + half, y, name, math=True, size=SMALL)
                beside = box + half, y - 17
                board.text(*beside, wire.function.text, size=SMALL)
                return [(box + 2 * half, y)]
            return [(x, above - PILL / 2), (x, y)]
        half = self._pill(MARGIN + 40, y, wire.start)
        return [(MARGIN + 40 + half, y)]

    def _valve(self, x: float, y: float, entry: Entry, above: bool) -> None:
        """A gauge that is as full as the gate is open, fed by its card; another is above it."""
        board, sketch = self.board, self.sketch
        board.arrow([(x, sketch.top), (x, y - VALVE / 2)], linestyle=(0, (4, 2)))
        left, bottom = x - VALVE / 2, y - VALVE / 2
        board.box(left, bottom, VALVE, VALVE, radius=5, facecolor=board.paper)
        share = min(max(entry.value, 0.0), 1.0) if entry.value == entry.value else 0.0
        if share > 0.02:
            board.box(
                left + 2, bottom + 2, VALVE - 4, (VALVE - 4) * share, radius=min(3, 10 * share),
                facecolor=board.accent, edgecolor="none", alpha=0.55,
            )  # fmt: skip
        board.text(x, y, "\u00d7")
        label = f"{entry.label} = {entry.text}" if entry.text != BLANK else entry.label
        if above:
            board.text(left - 4, y + 9, label, math=True, size=SMALL, ha="right")
        else:
            board.text(x, y + VALVE / 2 + 8, label, math=True, size=SMALL)
