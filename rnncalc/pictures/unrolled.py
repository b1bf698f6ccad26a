"""The network over time: every step a box with its sums, arrows that carry the state on.

What stands in a box is read off the cell's own equations: of a simple cell the summands of a, of a
gated one its gates and the summands of the state that they make.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.equations import CELLS
from rnncalc.equations.gates import flat
from rnncalc.equations.symbols import Term, names_of
from rnncalc.errors import RnncalcError, listed, printable
from rnncalc.explaining.arithmetic import vector
from rnncalc.explaining.formulas import TERMS, equations, previous, symbolic
from rnncalc.explaining.insight.course import Course, course
from rnncalc.explaining.insight.parts import Sum, bindings, sums
from rnncalc.model.layer import Layer
from rnncalc.numbers import digits
from rnncalc.pictures.labels import Labels
from rnncalc.pictures.picture import Picture, rounded
from rnncalc.pictures.place import place
from rnncalc.pictures.place import rows as chosen
from rnncalc.pictures.request import PictureRequest
from rnncalc.trace.trace import Trace

MOST_STEPS, ENDS = 8, 4
"""So many steps are shown whole; of more so many at each end."""

MOST_UNITS = 4
"""So many numbers of a vector have room below each other."""

MOST_LANES = 6

BLANK = "\u2026\u2026\u2026"
"""Stands where a number is to be filled in."""


@dataclass(frozen=True, eq=False)
class Row:
    """A quantity at one step.

    Attributes:
        name: of the quantity, or ``term``.
        label: as ``Labels`` write it.
        texts: its numbers, one a unit.
        values: the same as numbers; NaN where they are left out.
        reads: the states before the step that stand in it.
    """

    name: str
    label: str
    texts: tuple[str, ...]
    values: Array
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Box:
    """One step of one direction.

    Attributes:
        t: the timestep.
        x: what it reads.
        rows: what is added, or the gates and what is added.
        sums: what comes out, below a line; nothing where that is h itself.
        h: the state that it hands on as its output.
        y: what the output layers give of it, where they do.
        note: why nothing is computed; else nothing.
    """

    t: int
    x: Row
    rows: tuple[Row, ...]
    sums: tuple[Row, ...]
    h: Row
    y: Row | None
    note: str


@dataclass(frozen=True, eq=False)
class Lane:
    """One direction of one layer over time.

    Attributes:
        title: whose it is, where there are several.
        turned: whether its steps go from the last t to the first.
        formulas: of the cell, as labels are.
        given: the weights where they are single numbers, with every digit.
        boxes: the steps that are shown, by t.
        before: the states that the first shown step (the last, where it is turned) goes on from.
        onto_x, onto_h: what stands at the arrows from x, and from the state before.
        into_h: what makes h of what is in the box, as labels are.
        into_y: what makes y of h.
    """

    title: str
    turned: bool
    formulas: tuple[str, ...]
    given: tuple[str, ...]
    boxes: tuple[Box, ...]
    before: tuple[Row, ...]
    onto_x: str
    onto_h: str
    into_h: str
    into_y: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Unrolled(Picture):
    """A network over time.

    Attributes:
        lanes: its layers and directions, the first at the bottom.
        gap: behind how many of the boxes steps are left out; None where none are.
        largest: the value that has the strongest colour.
    """

    lanes: tuple[Lane, ...]
    gap: int | None
    largest: float


def make(kind: str, trace: Trace, request: PictureRequest) -> Unrolled:
    """The steps of a run.

    Errors: RnncalcError where there are more units than have room.
    """
    selection, model = request.selection, trace.model
    first = _first(trace, request)
    rows = chosen(trace, selection, first) or [*range(1, trace.layers[first].rows[-1] + 1)]
    cut = len(rows) > MOST_STEPS
    shown = [*rows[:ENDS], *rows[-ENDS:]] if cut else rows
    places = [
        (index, way)
        for index, layer in enumerate(model.layers)
        for way in layer.passes
        if selection.shows(model, layer.name, way) and (not model.wiring or index == first)
    ]
    if len(places) > MOST_LANES:
        count = f"{len(places)} directions of layers"
        raise RnncalcError(f"unrolled: at most {MOST_LANES} of {count} are drawn: choose with --of")
    lanes = tuple(_Drafter(trace, request, *place).lane(shown, places) for place in places)
    values = np.concatenate([box.h.values for lane in lanes for box in lane.boxes])
    largest = float(np.abs(values[np.isfinite(values)]).max(initial=0))
    gap = f"t = {rows[ENDS]} to {rows[-ENDS - 1]} are not shown; --steps chooses." if cut else ""
    over = f"t = {shown[0]} to {shown[-1]}" if len(shown) > 1 else f"t = {shown[0]}"
    names = listed(dict.fromkeys(model.layers[index].name for index, _ in places))
    return Unrolled(
        kind=kind, title=f"{names} over {over}", description=_described(lanes),
        notes=(*([gap] if gap else []), *rounded(_numbers(lanes), request.rounding)), lanes=lanes,
        gap=ENDS if cut else None, largest=1.0 if largest <= 1 else largest,
    )  # fmt: skip


def _first(trace: Trace, request: PictureRequest) -> int:
    """The layer whose timesteps are those of the picture: in a graph the only one that is drawn.

    Errors: RnncalcError where that is not chosen.
    """
    names = [printable(layer.name) for layer in trace.model.layers]
    if trace.model.wiring and len(names) > 1 and not request.selection.of:
        message = f"unrolled: in a graph one layer is drawn: --of {' or '.join(names[:8])}"
        raise RnncalcError(f"{message}; --kind graph shows all of them")
    return place("unrolled", trace, request.selection)[0]


class _Drafter:
    """What makes the lane of one direction of one layer."""

    def __init__(self, trace: Trace, request: PictureRequest, index: int, way: str) -> None:
        self.trace, self.request, self.index = trace, request, index
        self.sequence = request.sequence(trace) or 0
        self.labels = Labels(request.plain)
        self.layer: Layer = trace.model.layers[index]
        self.course: Course = course(trace, index, way, self.sequence)
        self.one = self.course.layer
        self.cell = CELLS[self.one.cell]
        width = max(array.shape[1] for array in self.course.values.values())
        self.units = request.selection.columns(trace, ()) if request.selection.units else None
        shown = width if self.units is None else len(self.units)
        if shown > MOST_UNITS:
            have = (
                f"{printable(self.course.name)} has {width} units, at most {MOST_UNITS} have room"
            )
            raise RnncalcError(
                f"unrolled: {have}: --units 0:{MOST_UNITS} draws some, --kind heatmap all"
            )
        self.formulas = flat(symbolic(self.one, turned=self.course.turned))
        self.sums = sums(self.formulas, self.one.cell)

    def lane(self, shown: Sequence[int], places: Sequence[tuple[int, str]]) -> Lane:
        """The lane, of these timesteps."""
        way, turned = self.course.direction, self.course.turned
        both = len(self.layer.passes) > 1
        title = f"{self.layer.name}.{way}" if both else self.layer.name
        end = len(self.trace.model.layers) - 1
        last = (self.index, way) == places[-1] and self.index == end
        last = last and not self.trace.model.wiring  # else y may be of something else
        boxes = tuple(self._box(t, last) for t in shown)
        first = boxes[-1] if turned else boxes[0]
        single = self._scalar()
        return Lane(
            title if len(places) > 1 else "", turned,
            tuple(equations(self.layer, way, self.labels.formula)), tuple(self._given()), boxes,
            tuple(self._before(first.t)),
            single.get("W_x", ""), single.get("W_h", ""), self._into_h(), self._into_y(last, both),
        )  # fmt: skip

    def _given(self) -> Iterator[str]:
        """The weights, where all are single numbers: a line each, or for each gate's."""
        weights = {n: self._typed(array).ravel() for n, array in self.one.arrays.items()}
        if any(array.size > 1 for array in weights.values()):
            return
        numbers = {name: digits.number(array[0]) for name, array in weights.items()}
        plain = [f"{name} = {text}" for name, text in numbers.items() if "." not in name]
        for base in dict.fromkeys(name.split(".")[0] for name in numbers if "." in name):
            gates = {
                n.split(".")[1]: text for n, text in numbers.items() if n.startswith(f"{base}.")
            }
            yield f"{base}:  " + ",  ".join(f"{gate} {text}" for gate, text in gates.items())
        if plain:
            yield ",  ".join(plain)

    def _scalar(self) -> dict[str, str]:
        """The weights of a simple cell that are single numbers."""
        known = self.one.weights if not self.one.gated else {}
        return {
            name: digits.number(self._typed(array).flat[0], self.request.rounding)
            for name, array in known.items()
            if array.size == 1
        }

    def _typed(self, values: Array) -> Array:
        return np.asarray(values).astype(self.trace.dtype)

    def _box(self, t: int, last: bool) -> Box:
        """One step."""
        step = self.course.at(t)
        y = self._y(t) if last else None
        h = self._row("h", "h_t", self._h(t), t)
        if step is None:
            x = self._input(t, None)
            return Box(t, x, (), (), h, y, "masked or padded: the state stays")
        rows, totals = [], []
        if self.one.gated:
            recorded = self.course.values
            rows = [self._row(g, f"{g}_t", recorded[g][step], t) for g in self.cell.gates]
        for one in self.sums:
            if self.one.gated and one.name not in self.cell.states:
                continue
            rows += self._terms(one, step, t)
            if one.name != "h":
                values = self.course.values[one.name][step]
                totals.append(self._row(one.name, f"{one.name}_t", values, t))
        return Box(t, self._input(t, step), tuple(rows), tuple(totals), h, y, "")

    def _terms(self, one: Sum, step: int, t: int) -> Iterator[Row]:
        """What a sum adds; biases of 0 that nobody gave are not among it."""
        known = bindings(self.course, step, one.names)
        written = {k: f"{n}_t" for k, n in one.names.items() if n.split(".")[0] not in TERMS}
        for part in one.parts:
            values = np.broadcast_to(vector(part, known), self.course.values[one.name][step].shape)
            label = self.labels.formula(part, written)
            reads = tuple(s for s in self.cell.states if _reads(part, s, self.course.turned, one))
            row = self._row(one.names.get(id(part), "term"), "", values, t)
            yield replace(row, label=self.labels.at(label, t), name="term", reads=reads)

    def _row(self, name: str, label: str, values: Array, t: int, cut: bool = True) -> Row:
        """A quantity's row, of the units that are shown; its numbers left out where asked for."""
        units = [u for u in self.units or range(len(values)) if u < len(values)]
        values = self._typed(values)[units] if cut else self._typed(values)
        blank = {name, name.split(".")[0], "all" * (name != "x")} & {*self.request.blank}
        texts = [BLANK if blank else digits.number(v, self.request.rounding) for v in values]
        numbers = np.full(len(values), np.nan) if blank else values
        label = self.labels.name(label, t) if label else ""
        return Row(name, label, tuple(texts), numbers)

    def _input(self, t: int, step: int | None) -> Row:
        """What a step reads; of many features how many they are."""
        x = np.empty(0) if step is None else self.course.x[step]
        if len(x) > MOST_UNITS:
            label, texts = self.labels.name("x_t", t), (f"{len(x)} numbers",)
            return Row("x", label, texts, np.full(1, np.nan))
        return self._row("x", "x_t", x, t, cut=False)

    def _h(self, t: int) -> Array:
        """The output of a step, also of one that is masked."""
        values = self.trace.layers[self.index][self.course.direction]["h"]
        return np.asarray((values[self.sequence] if self.trace.batched else values)[t - 1])

    def _y(self, t: int) -> Row | None:
        """What the output layers give at a step; of many-to-one at the last one only."""
        trace = self.trace
        if trace.y is None:
            return None
        y = trace.y[self.sequence] if trace.batched else trace.y
        if trace.model.mode == "many-to-one":
            end = trace.timesteps if trace.ends is None else int(trace.ends[self.sequence])
            y = np.asarray(y)[None] if t == end else np.empty((0, 0))
            t_row = 0
        else:
            t_row = t - 1
        if not len(y) or y.shape[-1] > 2 * MOST_UNITS:
            return None
        return self._row("y", "y_t", y[t_row], t, cut=False)

    def _before(self, t: int) -> Iterator[Row]:
        """The states that the first shown step goes on from."""
        step = self.course.at(t)
        ahead = 1 if self.course.turned else -1
        if step is None:
            return
        for state in self.cell.states:
            row = self._row(state, "", self.course.before[state][step], t)
            label = self.labels.before(state, t + ahead)
            name = f"{label} = {state}_0" if self.course.turned else f"{state}_0"
            yield replace(row, label=name if step == 0 else label)

    def _into_h(self) -> str:
        """What makes h of what stands in the box."""
        formulas = self.formulas
        if any(one.name == "h" for one in self.sums):
            return "+"
        named = {n: part for n, part in formulas.items() if n != "h"}
        names = {k: f"{n}_t" if self.one.gated else n for k, n in names_of(named).items()}
        if not self.one.gated and formulas["h"].kind == "function":
            return self.labels.function(formulas["h"], names)
        return self.labels.formula(formulas["h"], names).replace("_{t}", "").replace("_t", "")

    def _into_y(self, last: bool, both: bool) -> str:
        """The names of the output layers."""
        names = [printable(one.name, 30) for one in self.trace.model.outputs] if last else []
        return ", ".join(names) + " of both directions" * (both and bool(names))


def _reads(part: Term, state: str, turned: bool, one: Sum) -> bool:
    """Whether a state before the step stands in a part, outside of what has a name of its own."""
    if part.kind == "name":
        return part.label == previous(state, turned)
    hidden = {k for k, n in one.names.items() if n.split(".")[0] not in TERMS}
    return any(id(p) not in hidden and _reads(p, state, turned, one) for p in part.parts)


def _described(lanes: Sequence[Lane]) -> str:
    """What is drawn, for whoever does not see it: every output."""
    sentences = []
    for lane in lanes:
        whose = f"{printable(lane.title)}: " if lane.title else ""
        values = "; ".join(f"h at t = {box.t} is {', '.join(box.h.texts)}" for box in lane.boxes)
        sentences.append(f"{whose}{values}.")
    return " ".join(sentences)


def _numbers(lanes: Sequence[Lane]) -> Iterator[float]:
    """Every number that is written; NaN for what is left out."""
    for box in (box for lane in lanes for box in lane.boxes):
        rows = (box.x, *box.rows, *box.sums, box.h, *([box.y] if box.y else []))
        yield from (value for row in rows for value in row.values)
