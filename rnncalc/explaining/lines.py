"""The lines of a step: each equation, for each unit, with the numbers in it.

First those of a cell, whose numbers the run recorded; then those of layers without a state, in
front of a layer and behind the last one, whose numbers are computed again as in the run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.equations import CELLS
from rnncalc.equations.gates import flat
from rnncalc.equations.stateless import OVER_ALL
from rnncalc.equations.symbols import Term, latex, names_of, product, symbol
from rnncalc.explaining.arithmetic import PRODUCTS, Arithmetic, Bindings, arithmetic, vector
from rnncalc.explaining.explanation import ExplainedStep, Line
from rnncalc.explaining.formulas import row, stateless, symbolic
from rnncalc.model.layer import Layer
from rnncalc.model.model import cast
from rnncalc.model.stateless import Pooling, Row, Stateless
from rnncalc.numbers.digits import Digits, counted
from rnncalc.running.inputs import Steps
from rnncalc.running.precision import Precision
from rnncalc.running.stateless_passes import apply_chain, make_row, real_steps

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


class Input(NamedTuple):
    """Bindings that a layer is given: their name in formulas, themselves, where they come from."""

    name: str
    values: Array
    origin: str = ""


def chain_steps(
    chain: Sequence[Stateless],
    names: Sequence[str],
    given: Input,
    result: Array | None,
    precision: Precision,
    owner: Owner,
    scope: Scope,
) -> Iterator[ExplainedStep]:
    """One row of numbers through layers without a state, each explained.

    Args:
        names: what their outcomes are called, without the timestep.
        result: what the last of them gave in the run; None: it is computed.
    """
    suffix = "_t" if given.name.endswith("_t") else ""
    for i, (one, name) in enumerate(zip(chain, names, strict=True)):
        end = result if i == len(chain) - 1 else None
        values = apply_to_rows([one], given.values, precision) if end is None else end
        of = replace(owner, layer=one.name, direction=None)
        lines = tuple(_lines(one, given, name, values, precision.dtype, of, scope))
        origins = {given.name: given.origin} if given.origin else {}
        inputs = {given.name: given.values}
        yield ExplainedStep(**vars(of), inputs=inputs, origins=origins, lines=lines)
        given = Input(f"{name}{suffix}", values)


def row_step(
    one: Row,
    name: str,
    given: Input,
    result: Array | None,
    precision: Precision,
    steps: Steps,
    owner: Owner,
    scope: Scope,
) -> tuple[ExplainedStep, Array]:
    """All timesteps, (timesteps, width), made one row; and that row.

    Args:
        given: its name without the timestep.
        result: as of ``chain_steps``.
    """
    if result is None:
        columns = given.values.astype(precision.arithmetic)[..., None]
        result = precision.rows(make_row(one, columns, steps), False)
    of = replace(owner, layer=one.name, direction=None)
    real = real_steps(one, steps)
    series = given.values if real is None else given.values[real[:, 0]]
    steps_in_it = counted(len(series), "timestep")
    note = f"over {steps_in_it}"
    if len(series) < len(given.values):
        note = f"over {steps_in_it} of {len(given.values)}: the others are padded or masked"
    lines: tuple[Line, ...] = ()
    if isinstance(one, Pooling):
        formula = row(one, given.name, str(len(given.values)))
        lines = tuple(_pooled(formula, name, series, result, of, scope))
    else:
        note = f"the numbers of {steps_in_it}, one after another"
    return ExplainedStep(**vars(of), inputs={}, note=note, lines=lines), result


def apply_to_rows(chain: Sequence[Stateless], rows: Array, precision: Precision) -> Array:
    """What layers give of ([timesteps,] width), as a run shows it."""
    columns = np.atleast_2d(rows).astype(precision.arithmetic)[..., None]
    return precision.series(apply_chain(chain, columns, precision), False).reshape(
        *rows.shape[:-1], -1
    )


def _pooled(
    formula: Term, name: str, series: Array, result: Array, owner: Owner, scope: Scope
) -> Iterator[Line]:
    """A line a unit: the numbers of all timesteps where they are few."""
    texts = product(formula), latex(formula)
    of_all = Term("function", formula.label, (symbol(name),))
    for unit in scope.of(len(result)):
        if not 0 < len(series) <= scope.most:
            yield constant_line(result, unit, name, texts, owner, scope)
            continue
        bindings = Bindings({name: series[:, unit]}, {}, result.dtype)
        working = arithmetic(of_all, 0, result[unit], bindings, scope.digits)
        yield line(owner, unit, name, *texts, result[unit], working, len(result))


def _lines(
    one: Stateless,
    given: Input,
    name: str,
    outcome: Array,
    dtype: str,
    owner: Owner,
    scope: Scope,
) -> Iterator[Line]:
    """What has a name of its own inside the formula, and the outcome."""
    formula = stateless(one, given.name)
    arrays = {key: cast(f"{one.name}.{key}", array, dtype) for key, array in one.operands.items()}
    symbols = {given.name: given.values, **arrays}
    values: dict[str, Array] = {}
    named: dict[str, Term] = {}
    for label, part in inside(formula):
        values[label] = _rounded(part, symbols, dtype)
        if label in OVER_ALL:
            yield from _of_all(part, label, values, symbols, owner, scope)
        else:
            yield from lines_of(part, label, values, symbols, named, owner, scope)
        named[label] = part
    values[name] = outcome
    yield from lines_of(formula, name, values, symbols, named, owner, scope)


def inside(formula: Term) -> Iterator[tuple[str, Term]]:
    """What has a name of its own in a layer's formula: mean, variance, the sum in an activation."""
    if formula.kind == "function" and formula.parts[0].kind != "name":
        yield "a", formula.parts[0]
        return
    yield from _over_all(formula)


def _over_all(part: Term) -> Iterator[tuple[str, Term]]:
    if part.kind == "function" and part.label in OVER_ALL:
        yield part.label, part
    for inner in part.parts:
        yield from _over_all(inner)


def _of_all(
    part: Term,
    name: str,
    values: dict[str, Array],
    symbols: dict[str, Array],
    owner: Owner,
    scope: Scope,
) -> Iterator[Line]:
    """One number of all units, shown whichever units are: with their numbers where they are few."""
    all_units = replace(scope, units=None)
    if len(vector(part.parts[0], Bindings(symbols, {}, ""))) <= scope.most:
        yield from lines_of(part, name, values, symbols, {}, owner, all_units)
        return
    texts = product(part), latex(part)
    yield constant_line(values[name], 0, name, texts, owner, all_units)


def _rounded(part: Term, symbols: dict[str, Array], dtype: str) -> Array:
    """The value of a part for every unit, rounded once."""
    whole = {name: array.astype(np.float64) for name, array in symbols.items()}
    with np.errstate(all="ignore"):
        return vector(part, Bindings(whole, {}, dtype)).astype(dtype)
