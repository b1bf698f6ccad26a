"""The lines of a step: each equation of a cell, for each unit, with the numbers in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.equations import CELLS
from rnncalc.equations.gates import flat
from rnncalc.equations.symbols import Term, latex, names_of, product, symbol
from rnncalc.explaining.arithmetic import PRODUCTS, Arithmetic, Bindings, arithmetic
from rnncalc.explaining.explanation import Line
from rnncalc.explaining.formulas import symbolic
from rnncalc.model.layer import Layer
from rnncalc.model.model import cast
from rnncalc.numbers.digits import Digits

Depth = Literal["terms", "products"]

SUMS = ("x_term", "h_term")
"""The products of a pre-activation: one number each, or written out."""


@dataclass(frozen=True)
class Scope:
    """What is shown, and how far: see ``explain``."""

    t: Sequence[int]
    units: Collection[int] | None
    show: Collection[str]
    depth: Depth
    digits: Digits
    most: float = PRODUCTS

    def shows(self, name: str) -> bool:
        """Whether a quantity has a line of its own."""
        named = {name, name.split(".")[0]} & {*self.show} or "all" in self.show
        return bool(named) or not self.show

    def of(self, count: int) -> list[int]:
        """The units of a quantity that are shown."""
        return [unit for unit in range(count) if self.units is None or unit in self.units]


@dataclass(frozen=True)
class Owner:
    """Whose lines these are."""

    t: int
    layer: str
    direction: str | None
    sequence: int | None


class Equation(NamedTuple):
    """How one quantity is computed.

    Attributes:
        name: of the quantity; ``formula``: in symbols.
        named: the parts of the formula that stand for themselves, ``id(term)`` to their names.
        text, latex: the formula as text.
    """

    name: str
    formula: Term
    named: Mapping[int, str]
    text: str
    latex: str

    @classmethod
    def of(cls, name: str, formula: Term, named: Mapping[str, Term]) -> Equation:
        """One whose text has names for these parts."""
        names = names_of(named)
        parts = {id(part): name for name, part in named.items()}
        return cls(name, formula, parts, product(formula, names), latex(formula, names))


class CellEquations(NamedTuple):
    """What every step of a direction has in common: its weights, and the equations shown."""

    weights: Mapping[str, Array]
    shown: tuple[Equation, ...]

    def lines(
        self,
        values: Mapping[str, Array],
        inputs: Mapping[str, Array],
        owner: Owner,
        scope: Scope,
    ) -> Iterator[Line]:
        """The lines of a step, in the order in which they can be computed."""
        symbols = {**self.weights, **inputs}
        for equation in self.shown:
            yield from _lines_of(equation, values, symbols, owner, scope)


def cell_equations(
    dtype: str, layer: Layer, direction: str, recorded: Collection[str], scope: Scope
) -> CellEquations:
    """The equations of a direction's cell, as far as their numbers were recorded."""
    one = layer.passes[direction]
    weights = {name: cast(name, array, dtype) for name, array in one.arrays.items()}
    shown = [
        Equation.of(name, formula, {n: part for n, part in named.items() if n in recorded})
        for name, formula, named in cell_formulas(one, scope, turned=layer.turned(direction))
        if name in recorded
    ]
    return CellEquations(weights, tuple(shown))


def cell_formulas(
    one: Layer, scope: Scope, *, turned: bool = False
) -> Iterator[tuple[str, Term, dict[str, Term]]]:
    """What a step of a direction is told by: each quantity, its formula, and the parts of it that
    are written by their names; in the order in which they can be computed."""
    terms = flat(symbolic(one, turned=turned))
    inline = {name for name in terms if _unfolds(name, one, scope)}
    parts = {name: part for name, part in terms.items() if name not in inline}
    asked = [name for name in (*CELLS[one.cell].gates, *CELLS[one.cell].states) if name in terms]
    asked = ["a", "h"] if not one.gated else sorted(asked, key=list(terms).index)
    asked += [name for name in terms if scope.show and scope.shows(name)]
    for name in in_order(asked, terms, parts):
        own = name.split(".")[0] not in (*SUMS, "bias", "bias_h")
        wide = scope.depth == "products" and name.split(".")[0] in SUMS
        if scope.shows(name) and (own or wide or scope.show):
            yield name, terms[name], {n: p for n, p in parts.items() if p is not terms[name]}


def lines_of(
    formula: Term,
    name: str,
    values: Mapping[str, Array],
    symbols: Mapping[str, Array],
    named: Mapping[str, Term],
    owner: Owner,
    scope: Scope,
) -> Iterator[Line]:
    """The line of each unit of one quantity."""
    return _lines_of(Equation.of(name, formula, named), values, symbols, owner, scope)


def _lines_of(
    equation: Equation,
    values: Mapping[str, Array],
    symbols: Mapping[str, Array],
    owner: Owner,
    scope: Scope,
) -> Iterator[Line]:
    own = values[equation.name]
    known = {part: values[name] for part, name in equation.named.items()}
    bindings = Bindings(symbols, known, own.dtype, scope.most)
    texts = equation.text, equation.latex
    for unit in scope.of(len(own)):
        working = arithmetic(equation.formula, unit, own[unit], bindings, scope.digits)
        yield line(owner, unit, equation.name, *texts, own[unit], working, len(own))


def constant_line(
    values: Array, unit: int, name: str, texts: tuple[str, str], owner: Owner, scope: Scope
) -> Line:
    """A line whose arithmetic is the number itself; ``texts`` are its formula, plain and LaTeX."""
    value = values[unit]
    number = symbol(f"{value!r}".split("(")[-1].rstrip(")"))
    working = arithmetic(number, 0, value, Bindings({}, {}, values.dtype), scope.digits)
    return line(owner, unit, name, *texts, value, working, len(values))


def line(
    owner: Owner,
    unit: int,
    name: str,
    formula: str,
    latex: str,
    value: Any,
    working: Arithmetic,
    count: int,
) -> Line:
    """A line of its parts."""
    numbers, result, exact, rest = working
    return Line(
        owner.t, owner.layer, owner.direction, unit, name, formula, numbers, value, result, exact,
        rest, owner.sequence, latex, count,
    )  # fmt: skip


def _unfolds(name: str, one: Layer, scope: Scope) -> bool:
    """Whether a term is written out where it is used: one product, or few where they are wanted."""
    products = {"x_term": one.features, "h_term": one.state_size, "P_term": 1}
    count = products.get(name.split(".")[0], 0)
    return count == 1 or (scope.depth == "products" and 0 < count <= PRODUCTS)


def in_order(
    asked: Sequence[str], terms: Mapping[str, Term], parts: Mapping[str, Term]
) -> list[str]:
    """The quantities that are asked for, each behind those that it is made of."""
    found: dict[str, None] = {}
    names = names_of(parts)

    def visit(part: Term, top: bool) -> None:
        name = names.get(id(part))
        if name is not None and not top:
            take(name)
            return
        for inner in part.parts:
            visit(inner, False)

    def take(name: str) -> None:
        if name not in found:
            visit(terms[name], True)
            found[name] = None

    for name in asked:
        take(name)
    return list(found)
