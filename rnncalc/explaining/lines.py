"""The lines of one step: each equation of a cell, for each unit, with the numbers in it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rnncalc.array import Array
from rnncalc.equations import CELLS
from rnncalc.equations.gates import flat
from rnncalc.equations.symbols import Term, latex, names_of, product, symbol
from rnncalc.explaining.arithmetic import PRODUCTS, Arithmetic, Numbers, arithmetic
from rnncalc.explaining.explanation import Line
from rnncalc.explaining.formulas import symbolic
from rnncalc.model.layer import Layer
from rnncalc.model.model import cast
from rnncalc.numbers.digits import Digits

Depth = Literal["terms", "products"]

SUMS = ("x_term", "h_term")
"""The products of a pre-activation: one number each, or written out."""


@dataclass(frozen=True)
class Wanted:
    """What is told, and how far: see ``explain``."""

    t: Sequence[int]
    units: Collection[int] | None
    show: Collection[str]
    depth: Depth
    digits: Digits

    def shows(self, name: str) -> bool:
        """Whether a quantity has a line of its own."""
        named = {name, name.split(".")[0]} & {*self.show} or "all" in self.show
        return bool(named) or not self.show

    def of(self, count: int) -> list[int]:
        """The units of a quantity that are told."""
        return [unit for unit in range(count) if self.units is None or unit in self.units]


@dataclass(frozen=True)
class Place:
    """Whose lines these are."""

    t: int
    layer: str
    direction: str | None
    sequence: int | None


def cell_lines(
    dtype: str,
    layer: Layer,
    values: Mapping[str, Array],
    inputs: Mapping[str, Array],
    place: Place,
    wanted: Wanted,
) -> Iterator[Line]:
    """The equations of a direction's cell, in the order in which they can be computed."""
    assert place.direction is not None
    one = layer.passes[place.direction]
    terms = flat(symbolic(one, turned=layer.turned(place.direction)))
    weights = {name: cast(name, array, dtype) for name, array in one.arrays.items()}
    symbols = {**weights, **inputs}
    written_out = {
        name for name in terms if name.split(".")[0] in SUMS and _unfolds(name, symbols, wanted)
    }
    parts = {name: part for name, part in terms.items() if name not in written_out}
    asked = [name for name in (*CELLS[one.cell].gates, *CELLS[one.cell].states) if name in terms]
    asked = ["a", "h"] if not one.gated else sorted(asked, key=list(terms).index)
    asked += [name for name in terms if wanted.show and wanted.shows(name)]
    for name in _in_order(asked, terms, parts):
        own = name.split(".")[0] not in (*SUMS, "bias", "bias_h")
        wide = wanted.depth == "products" and name.split(".")[0] in SUMS
        if wanted.shows(name) and (own or wide or wanted.show) and name in values:
            named = {n: p for n, p in parts.items() if p is not terms[name] and n in values}
            yield from lines_of(terms[name], name, values, symbols, named, place, wanted)


def lines_of(
    formula: Term,
    name: str,
    values: Mapping[str, Array],
    symbols: Mapping[str, Array],
    named: Mapping[str, Term],
    place: Place,
    wanted: Wanted,
) -> Iterator[Line]:
    """The line of each unit of one quantity."""
    names = names_of(named)
    known = {id(part): values[part_name] for part_name, part in named.items()}
    numbers = Numbers(symbols, known, str(values[name].dtype))
    texts = product(formula, names), latex(formula, names)
    for unit in wanted.of(len(values[name])):
        value = values[name][unit]
        told = arithmetic(formula, unit, value, numbers, wanted.digits)
        yield line(place, unit, name, *texts, value, told, len(values[name]))


def constant_line(
    values: Array, unit: int, name: str, texts: tuple[str, str], place: Place, wanted: Wanted
) -> Line:
    """A line whose arithmetic is the number itself; ``texts`` are its formula, plain and LaTeX."""
    value = values[unit]
    number = symbol(f"{value!r}".split("(")[-1].rstrip(")"))
    told = arithmetic(number, 0, value, Numbers({}, {}, str(values.dtype)), wanted.digits)
    return line(place, unit, name, *texts, value, told, len(values))


def line(
    place: Place,
    unit: int,
    name: str,
    formula: str,
    latex: str,
    value: Any,
    told: Arithmetic,
    count: int,
) -> Line:
    """A line of its parts."""
    return Line(
        t=place.t, layer=place.layer, direction=place.direction, unit=unit, name=name,
        formula=formula, numbers=told.numbers, value=value, result=told.result, exact=told.exact,
        rest=told.rest, sequence=place.sequence, latex=latex, count=count,
    )  # fmt: skip


def _unfolds(name: str, symbols: Mapping[str, Array], wanted: Wanted) -> bool:
    """Whether a sum of products is written out where it is used."""
    weight, _, gate = name.partition(".")
    matrix = {"x_term": "W_x", "h_term": "W_h"}[weight] + (f".{gate}" if gate else "")
    count = symbols[matrix].shape[1]
    return count == 1 or (wanted.depth == "products" and count <= PRODUCTS)


def _in_order(
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
