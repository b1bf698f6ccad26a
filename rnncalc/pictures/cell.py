"""One step of one cell, for one unit: its gates as valves, the numbers on the wires.

All of it is read off the cell's own equations: a gate's card has the summands of its
pre-activation, a state the wires that run through the gates into it.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.equations import CELLS
from rnncalc.equations.activations import Activation
from rnncalc.equations.cell import WORDS
from rnncalc.equations.gates import flat
from rnncalc.equations.symbols import Names, Term
from rnncalc.errors import RnncalcError, printable
from rnncalc.explaining.arithmetic import Bindings, vector
from rnncalc.explaining.formulas import TERMS, equations, previous, symbolic
from rnncalc.explaining.insight.course import course
from rnncalc.explaining.insight.parts import activations, bindings, sums
from rnncalc.explaining.insight.summary import CANDIDATES
from rnncalc.numbers import digits
from rnncalc.pictures.labels import Labels
from rnncalc.pictures.picture import Picture
from rnncalc.pictures.place import place, rows
from rnncalc.pictures.request import PictureRequest
from rnncalc.pictures.unrolled import BLANK, MOST_UNITS
from rnncalc.trace.trace import Trace

POINTS = 81
"""Of a curve."""


@dataclass(frozen=True, eq=False)
class Entry:
    """A number with its name.

    Attributes:
        label: as ``Labels`` write it.
        text: the number; ``value``: the same, to be coloured by.
        detail: the products that it is the sum of, where they are few.
    """

    label: str
    text: str
    value: float
    detail: str = ""


@dataclass(frozen=True, eq=False)
class Curve:
    """An activation around the point where it is: label, its line, and the point."""

    label: str
    x: Array
    y: Array
    at: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Card:
    """How one gate, or h of a simple cell, comes to be.

    Attributes:
        name: of it; ``word``: what people call it.
        terms: what its pre-activation adds.
        total: the pre-activation; None where it is made otherwise.
        curve: its activation; None where that is linear, or takes all units together.
        result: what comes out.
        gate: whether it is a valve.
    """

    name: str
    word: str
    terms: tuple[Entry, ...]
    total: Entry | None
    curve: Curve | None
    result: Entry
    gate: bool


@dataclass(frozen=True, eq=False)
class Valve:
    """A gate in a wire: whose card it belongs to, and how far it is open."""

    card: str
    entry: Entry


@dataclass(frozen=True, eq=False)
class Wire:
    """What runs into a state.

    Attributes:
        source: the card that it comes from, the state of this step; nothing: the state before it.
        start: what it carries.
        function: what is made of that, where something is.
        valves: what it runs through.
        end: what arrives.
    """

    source: str
    start: Entry
    function: Entry | None
    valves: tuple[Valve, ...]
    end: Entry


@dataclass(frozen=True, eq=False)
class State:
    """A state: its name, the wires that it is the sum of, its value."""

    name: str
    wires: tuple[Wire, ...]
    result: Entry


@dataclass(frozen=True, eq=False, kw_only=True)
class CellPicture(Picture):
    """A step of a cell.

    Attributes:
        formulas: as labels are.
        inputs: x and the state before, as vectors: label to texts.
        cards, states: in the order in which they are computed.
        largest: the value that has the strongest colour.
    """

    formulas: tuple[str, ...]
    inputs: tuple[tuple[str, tuple[str, ...]], ...]
    cards: tuple[Card, ...]
    states: tuple[State, ...]
    largest: float


def make(kind: str, trace: Trace, request: PictureRequest) -> CellPicture:
    """A step of the layer that is chosen, else of the last one; t = 1 and unit 0 by default.

    Errors: RnncalcError where several steps or units are asked for, or nothing happens there.
    """
    return _Drafter(trace, request).picture(kind)


class _Drafter:
    """What makes the picture of one step."""

    def __init__(self, trace: Trace, request: PictureRequest) -> None:
        selection = request.selection
        index, way = place("cell", trace, selection)
        self.labels = Labels(request.plain)
        self.trace, self.request, self.own = trace, request, trace.model.layers[index]
        self.course = course(trace, index, way, request.sequence(trace) or 0)
        self.t = _one(rows(trace, selection, index), 1, "--step", "step")
        width = max(values.shape[1] for values in self.course.values.values())
        units = None if selection.units is None else selection.columns(trace) or [0]
        self.unit = _one(units, 0, "--unit", "unit")
        if self.unit >= width:
            raise RnncalcError(f"cell: {printable(self.own.name)} has {width} units")
        found = self.course.at(self.t)
        if found is None:
            raise RnncalcError(f"cell: t = {self.t} is masked or padded: nothing is computed there")
        self.step: int = found
        self.cell = CELLS[self.course.layer.cell]
        self.formulas = flat(symbolic(self.course.layer, turned=self.course.turned))
        self.sums = {one.name: one for one in sums(self.formulas, self.course.layer.cell)}

    def picture(self, kind: str) -> CellPicture:
        """All of it."""
        one = self.course
        cards = tuple(self._card(name) for name in ([*self.cell.gates] or ["h"]))
        states = tuple(self._states()) if self.cell.gates else ()
        whose = f"{one.name}.{one.direction}" if len(self.own.passes) > 1 else one.name
        unit = f", unit {self.unit}" if one.values["h"].shape[1] > 1 else ""
        results = [*(card.result for card in cards), *(state.result for state in states)]
        values = [abs(one.value) for one in results if np.isfinite(one.value)]
        said = "; ".join(f"{self._plain(e.label)} is {e.text}" for e in results)
        return CellPicture(
            kind=kind, title=f"{whose} at t = {self.t}{unit}", description=f"{said}.",
            notes=(f"Rounded to {digits.named(self.request.rounding)}.",)
            if self.request.rounding not in ("full", "hex") else (),
            formulas=tuple(equations(self.own, one.direction, self.labels.formula)),
            inputs=tuple(self._inputs()),
            cards=cards, states=states, largest=max([1.0, *values]),
        )  # fmt: skip

    def _plain(self, label: str) -> str:
        return label.replace("{", "").replace("}", "")

    def _inputs(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """x and the states before the step, all units of them where they are few."""
        read = {"x_t": self.course.x[self.step]}
        for state in self.cell.states[:1]:
            read[previous(state, self.course.turned)] = self.course.before[state][self.step]
        for name, values in read.items():
            few = len(values) <= MOST_UNITS
            texts = [self._text(v, name[0]) for v in values] if few else [f"{len(values)} numbers"]
            yield self.labels.name(name, self.t), tuple(texts)

    def _text(self, value: float, *names: str) -> str:
        """A number in the digits that are asked for, or a hole."""
        blank = {*self.request.blank}
        left_out = {*names} & blank or ("all" in blank and "x" not in names)
        return BLANK if left_out else self._number(value)

    def _number(self, value: float) -> str:
        return digits.number(np.dtype(self.trace.dtype).type(value), self.request.rounding)

    def _entry(self, label: str, value: float, *names: str, detail: str = "") -> Entry:
        detail = "" if self._text(0.0, *names) == BLANK else detail
        text = self._text(value, *names)
        shown = float("nan") if text == BLANK else float(value)
        return Entry(self.labels.at(label, self.t), text, shown, detail)

    def _card(self, name: str) -> Card:
        """How a gate comes to be, or h of a simple cell."""
        argument = f"a.{name}" if self.cell.gates else "a"
        made = {gives: (of, function) for gives, of, function in activations(self.course.layer)}
        value = self._at(name)
        result = self._entry(self.labels.name(f"{name}_t", self.t), value, name)
        gate = name in self.cell.gates and name not in CANDIDATES
        whole = self.sums.get(argument)
        formula = self.formulas[name]
        if whole is None or formula.kind == "-":  # f = 1 - i
            names = {id(p): f"{n}_t" for n, p in self.formulas.items() if n in self.cell.gates}
            others = {key: n for key, n in names.items() if key != id(formula)}
            term = self._entry(self.labels.formula(formula, others), value, name)
            return Card(name, WORDS[name], (term,), None, None, result, gate)
        known = bindings(self.course, self.step, whole.names)
        terms = tuple(self._term(part, whole.names, known) for part in whole.parts)
        a = self._at(argument)
        total = self._entry(self.labels.name(argument, self.t), a, argument, "a")
        function = made[name][1] if name in made else None
        curve = self._curve(function, a, value) if BLANK not in (total.text, result.text) else None
        return Card(name, WORDS[name], terms, total, curve, result, gate)

    def _term(self, part: Term, names: Names, known: Bindings) -> Entry:
        """A summand, with its products where they are few."""
        written = {k: f"{n}_t" for k, n in names.items() if n.split(".")[0] not in TERMS}
        detail = ""
        if part.kind == "@" and part.parts[0].kind == "name":
            row = vector(part.parts[0], known)[self.unit]
            column = vector(part.parts[1], known)
            if len(row) <= MOST_UNITS:
                detail = " + ".join(
                    f"{_bracketed(self._number(w))}\u00b7{_bracketed(self._number(v))}"
                    for w, v in zip(row, column, strict=True)
                )
        value = self._of(vector(part, known))
        return self._entry(self.labels.formula(part, written), value, "term", detail=detail)

    def _curve(self, function: Activation | None, a: float, value: float) -> Curve | None:
        """An activation's curve around where it is."""
        if function is None or function.definition.together or not np.isfinite([a, value]).all():
            return None
        reach = max(4.0, abs(a) * 1.25)
        x = np.linspace(-reach, reach, POINTS)
        with np.errstate(all="ignore"):
            y = np.asarray(function(x[None])[0], np.float64)
        label = self.labels.function(Term("function", str(function), (Term("name", "a"),)))
        return Curve(label, x, y, (a, value))

    def _at(self, name: str) -> float:
        """What the run recorded of the unit."""
        return self._of(self.course.values[name][self.step])

    def _of(self, values: Array) -> float:
        """The number of the unit; of what is one for all, that."""
        return float(values[self.unit if len(values) > 1 else 0])

    def _states(self) -> Iterator[State]:
        """Every state, in the order of computing, with the wires that run into it."""
        for name in (name for name in self.formulas if name in self.cell.states):
            formula = self.formulas[name]
            names = {id(p): n for n, p in self.formulas.items() if p is not formula}
            known = bindings(self.course, self.step, names)
            parts = self.sums[name].parts if name in self.sums else [formula]
            wires = tuple(self._wire(part, names, known) for part in parts)
            value = self._at(name)
            yield State(
                name, wires, self._entry(self.labels.name(f"{name}_t", self.t), value, name)
            )

    def _wire(self, part: Term, names: Names, known: Bindings) -> Wire:
        """A product: what is carried, and the gates that it runs through."""
        written = {k: f"{n}_t" for k, n in names.items() if n.split(".")[0] not in TERMS}

        def entry(term: Term, *of: str) -> Entry:
            label = self.labels.formula(term, written)
            return self._entry(label, self._of(vector(term, known)), *of)

        valves: list[tuple[str, Term]] = []
        carried: list[tuple[str, Term]] = []
        for factor in _factors(part, names):
            inverted = factor.kind == "-" and id(factor) not in names
            gate = names.get(id(factor.parts[1] if inverted else factor), "")
            is_valve = gate in self.cell.gates and gate not in CANDIDATES
            (valves if is_valve else carried).append((gate, factor))
        if len(carried) != 1:  # a projection, say
            whole = entry(part, "term")
            return Wire("", whole, None, (), whole)
        ((_, core),) = carried
        function = core if core.kind == "function" and id(core) not in names else None
        inner = function.parts[0] if function else core
        source = names.get(id(inner), "")
        return Wire(
            source, entry(inner, source), entry(function, "term") if function else None,
            tuple(Valve(gate, entry(term, gate)) for gate, term in valves), entry(part, "term"),
        )  # fmt: skip


def _factors(part: Term, names: Names) -> Iterator[Term]:
    """What a product multiplies, down to what has a name."""
    if part.kind != "*" or id(part) in names:
        yield part
        return
    for side in part.parts:
        yield from _factors(side, names)


def _bracketed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text


def _one(asked: list[int] | None, default: int, flag: str, what: str) -> int:
    """The one that is asked for. Errors: RnncalcError where several are."""
    if asked and len(asked) > 1:
        raise RnncalcError(f"cell shows one {what}: {flag} {asked[0]}")
    return asked[0] if asked else default
