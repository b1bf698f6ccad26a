"""From an equation to columns: the formula of each unit, and columns for what stands inside.

A spreadsheet computes number by number. So what a product, or a function of all units, takes gets
columns of its own where it has none; then each unit's formula is what the equation says.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from rnncalc.array import Array as Numbers
from rnncalc.equations.activations import ACTIVATIONS, activation
from rnncalc.equations.gates import Clip
from rnncalc.equations.recorded import REDUCTIONS, formula, variable
from rnncalc.equations.stateless import LEAKY, VARIANCE
from rnncalc.equations.symbols import Names, Notation, Term, symbol, text
from rnncalc.writers.sheets import notation
from rnncalc.writers.sheets.notation import CONDITIONS, Array, Columns

RANGES = (*REDUCTIONS, "sort", "cumsum")
"""The functions that take a range."""

NEVER = symbol("FALSE")
"""A spreadsheet has no number that is NaN."""

OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "@": np.matmul,
    "erfc": np.frompyfunc(math.erfc, 1, 1),
}  # fmt: skip
"""What the signs of a term mean, and the function that NumPy lacks."""


class Made(NamedTuple):
    """A quantity in columns.

    Attributes:
        name: of the quantity.
        columns: where it stands.
        values: (width, rows).
        texts: the formula of each unit, in which ``{r}`` is its own row and ``{p}`` the one before.
    """

    name: str
    columns: Columns
    values: Numbers
    texts: list[str]


class Formulas:
    """The equations of one place, as columns.

    Args:
        first: the first column that is free.
        operands: what the symbols of the equations are.
        values: their numbers: of weights as they are (a vector is a column), of quantities (width,
            rows).
        states: symbols that are a quantity of the step before: ``h_{t-1}`` to ``h``.
    """

    def __init__(
        self,
        first: int,
        operands: Mapping[str, Array | Columns],
        values: Mapping[str, Numbers],
        states: Mapping[str, str] | None = None,
    ) -> None:
        self.next, self.states = first, states or {}
        self.operands, self.values = dict(operands), dict(values)
        self._terms: dict[str, Term] = {}

    def add(self, name: str, term: Term, names: Names, values: Numbers | None = None) -> None:
        """Columns for a quantity, behind those for what stands inside.

        Args:
            names: parts of the term that have columns: ``id(part)`` to the name.
            values: (width, rows); None: they are computed.
        """
        self._column(name, self._plain(term, names), values)

    def made(self, style: Notation) -> list[Made]:
        """Every quantity from left to right, when all are there."""
        return [self._made(name, term, style) for name, term in self._terms.items()]

    def _made(self, name: str, term: Term, style: Notation) -> Made:
        columns = self.columns(name)
        units = (self._of_unit(term, unit) for unit in range(columns.width))
        texts = [notation.formula(one, style) for one in units]
        return Made(name, columns, self.values[name], texts)

    def columns(self, name: str) -> Columns:
        """Where a quantity stands; a state of the step before stands in the row before."""
        if name in self.states:
            return replace(self.columns(self.states[name]), row="{p}")
        found = self.operands[name]
        assert isinstance(found, Columns)
        return found

    def _column(self, name: str, plain: Term, values: Numbers | None = None) -> None:
        if plain.kind == "function" and plain.label in CONDITIONS:
            plain = Term("function", "where", (plain, symbol("1"), symbol("0")))
        values = np.atleast_2d(computed(plain, self.values)) if values is None else values
        self.operands[name] = Columns(self.next, len(values))
        self.values[name], self._terms[name] = values, plain
        self.next += len(values)

    def _plain(self, term: Term, names: Names) -> Term:
        """The term in NumPy's operations; whatever takes a range takes columns that there are."""
        if id(term) in names:
            return symbol(names[id(term)])
        if term.kind in ("name", "numbers"):
            return term
        parts = tuple(self._plain(part, names) for part in term.parts)
        if term.kind == "@":
            return Term("@", "", (parts[0], self._in_columns(parts[1])))
        if term.kind != "function":
            return Term(term.kind, "", parts)
        if (function := _function(term)) is None:
            return self._simple(Term("function", term.label, parts))
        given = [self._in_columns(part) for part in parts]
        size = len(self.values[given[0].label])
        others = [variable(f"a{i}", size) for i in range(1, len(given))]
        found = formula(lambda a: function(a, *others), size, {})
        return self._plain(_replaced(found, given), {})

    def _simple(self, term: Term) -> Term:
        """The term without what can never be; what takes a range, of columns that there are."""
        first, *others = term.parts
        if term.label == Clip.name:
            low, high = others
            return Term("function", "minimum", (Term("function", "maximum", (first, low)), high))
        if term.label == "isnan" or (term.label == "any" and first is NEVER):
            return NEVER
        if term.label == "bitwise_or" and NEVER in term.parts:
            return others[0] if first is NEVER else first
        if term.label == "where" and first is NEVER:
            return others[1]
        if term.label in RANGES:
            return Term("function", term.label, (self._in_columns(first), *others))
        return term

    def _in_columns(self, term: Term) -> Term:
        """The name of the columns in which a term stands; where it has none, of new ones."""
        if term.kind == "name" and term.label in self.values:
            return term
        name = text(term)
        if name not in self.values:
            self._column(name, term)
        return symbol(name)

    def _of_unit(self, term: Term, unit: int) -> Term:
        """The term for one unit: names are places, and products are sums of products."""
        if term.kind == "numbers":
            return symbol(notation.constant(term.label.split(",")[unit]) or "")
        if term.kind == "name":
            return symbol(self._place(term.label, unit))
        if term.kind == "@":
            return self._product(term, unit)
        if term.label in RANGES and term.kind == "function":
            return notation.of_range(term.label, unit, self.columns(term.parts[0].label))
        if term.label == "slice":
            return self._of_unit(term.parts[0], unit + int(float(term.parts[1].label)))
        parts = tuple(self._of_unit(part, unit) for part in term.parts)
        if term.label == "negative" and parts[0].kind == "name":
            return symbol(f"-{parts[0].label}")
        return Term(term.kind, term.label, parts)

    def _place(self, name: str, unit: int) -> str:
        if (number := notation.constant(name)) is not None:
            return number
        if isinstance(array := self.operands.get(name), Array):
            return array.one(unit)
        return name if name == NEVER.label else self.columns(name).one(unit)

    def _product(self, term: Term, unit: int) -> Term:
        """A row of a matrix times a column."""
        matrix, column = self.operands[term.parts[0].label], self.columns(term.parts[1].label)
        assert isinstance(matrix, Array)
        if column.width == 1:
            return Term("*", "", (symbol(matrix.one(unit)), symbol(column.one(0))))
        return notation.called("products", matrix.row(unit), column.all)


def _function(term: Term) -> Callable[..., Any] | None:
    """What a term calls, as it is defined; None where that is an operation of NumPy's."""
    if term.label == VARIANCE.name:
        return VARIANCE.function
    if term.label == LEAKY.name and len(term.parts) > 1:
        return LEAKY.function
    if term.label.split(":")[0] not in ACTIVATIONS or term.label in notation.WORDS:
        return None
    one = activation(term.label)
    return lambda a: one.definition.function(a, **one.parameters)


def _replaced(term: Term, given: list[Term]) -> Term:
    """A recorded formula of ``a``, ``a1`` ... with what is given in their place."""
    if term.kind == "name":
        return given[int(term.label[1:] or 0)] if term.label.startswith("a") else term
    return replace(term, parts=tuple(_replaced(part, given) for part in term.parts))


def computed(term: Term, values: Mapping[str, Numbers]) -> Numbers:
    """What a term in NumPy's operations gives, for all rows at once."""
    if term.kind == "numbers":
        return np.array(term.label.split(","), float)[:, None]
    if term.kind == "name":
        return values[term.label] if term.label in values else np.array(float(term.label))
    parts = [computed(part, values) for part in term.parts]
    if term.label == "slice":
        return parts[0][int(parts[1]) : int(parts[2])]
    if term.label in REDUCTIONS:
        return np.asarray(getattr(np, term.label)(parts[0], axis=0, keepdims=True))
    with np.errstate(all="ignore"):
        if term.label in RANGES:
            return np.asarray(getattr(np, term.label)(parts[0], axis=0))
        function = OPERATIONS.get(term.label or term.kind) or getattr(np, term.label)
        return np.asarray(function(*parts), np.float64)
