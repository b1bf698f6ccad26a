"""What a quantity is the sum of, and which activations stand in a cell: read off its formulas.

The summands of ``h_t = z_t * h_{t-1} + (1 - z_t) * n_t`` are the parts of its formula, whatever the
cell and its options; their numbers are computed of the quantities that the run recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.data import dataclass
from rnncalc.equations import CELLS, symbols
from rnncalc.equations.activations import Activation
from rnncalc.equations.gates import Clip, flat
from rnncalc.equations.symbols import Names, Term
from rnncalc.explaining.arithmetic import Bindings, vector
from rnncalc.explaining.formulas import TERMS, previous, symbolic
from rnncalc.explaining.insight.course import Course
from rnncalc.model.layer import Layer


@dataclass(frozen=True, eq=False)
class Shares:
    """Where a quantity came from.

    Attributes:
        name: ``a``, ``a.i``, ``c``, ``h``.
        values: each summand, by its formula, to what it adds: (units).
        shares: the same, to its share of the sum of all magnitudes: they sum to 1, or are 0 where
            nothing was added.
    """

    name: str
    values: Mapping[str, Array]
    shares: Mapping[str, Array]


@dataclass(frozen=True, eq=False)
class Saturation:
    """How far an activation is from where it no longer moves.

    Attributes:
        name: what it gives: ``h``, ``i`` ..., ``tanh(c_t)``.
        argument: of what: ``a``, ``a.i``, ``c``.
        function: which.
        distance: (units), from the nearer bound; None where it does not have two.
        slope: (units), its derivative there.
    """

    name: str
    argument: str
    function: Activation
    distance: Array | None
    slope: Array


class Sum(NamedTuple):
    """A quantity that is a sum.

    Attributes:
        name: ``a``, ``a.i``, ``c``, ``h``.
        parts: what it adds, down to what has a name.
        names: the other quantities of the cell, ``id(term)`` to their names.
        clipped: whether the sum is clipped before it has its name.
    """

    name: str
    parts: list[Term]
    names: Names
    clipped: bool


def sums(formulas: Mapping[str, Term], cell: str) -> list[Sum]:
    """Every pre-activation and every state that is a sum, in the order of computing."""
    found = []
    for name, formula in _first_named(formulas).items():
        whole = _unclipped(formula)
        if whole.kind == "+" and name.split(".")[0] in ("a", *CELLS[cell].states):
            others = {id(part): n for n, part in formulas.items() if part is not formula}
            found.append(Sum(name, summands(whole, others), others, whole is not formula))
    return found


def shares(course: Course, step: int) -> list[Shares]:
    """The summands of every pre-activation and every state that is a sum."""
    found = []
    formulas = flat(symbolic(course.layer, turned=course.turned))
    for one in sums(formulas, course.layer.cell):
        written = {k: n if n.split(".")[0] in TERMS else f"{n}_t" for k, n in one.names.items()}
        known = bindings(course, step, one.names)
        values = {symbols.text(part, written): vector(part, known) for part in one.parts}
        found.append(Shares(one.name, values, _of_all(values)))
    return found


def saturations(course: Course, step: int) -> list[Saturation]:
    """Every activation of the cell, in the order of its equations, but linear."""
    result = []
    for name, argument, function in activations(course.layer):
        a = course.values[argument][step][:, None]
        away = function.distance(a)
        away = None if away is None else away[:, 0]
        result.append(Saturation(name, argument, function, away, function.slope(a)[:, 0]))
    return result


def activations(layer: Layer) -> list[tuple[str, str, Activation]]:
    """What each activation of a cell gives, of what, and which it is; linear leaves no trace."""
    formulas = flat(symbolic(layer))
    names = {id(part): name for name, part in formulas.items()}
    functions = {str(f): f for f in (getattr(layer, n) for n in CELLS[layer.cell].functions)}
    found: dict[int, tuple[str, str, Activation]] = {}
    results = [part for name, part in formulas.items() if name.split(".")[0] not in TERMS]
    for part in (inner for formula in results for inner in _inner(formula)):
        if part.kind == "function" and part.label in functions and id(part) not in found:
            argument = names[id(part.parts[0])]
            name = names.get(id(part)) or f"{part.label}({argument}_t)"
            found[id(part)] = name, argument, functions[part.label]
    return list(found.values())


def summands(part: Term, names: Names) -> list[Term]:
    """What a sum adds, down to what has a name."""
    if part.kind != "+" or id(part) in names:
        return [part]
    return [one for side in part.parts for one in summands(side, names)]


def bindings(course: Course, step: int, names: Names) -> Bindings:
    """What a formula is about at one step; what has a name is what the run recorded of it."""
    zeros = np.zeros(course.layer.units)
    before = {previous(name, course.turned): name for name in course.before}
    states = {called: course.before[name][step] for called, name in before.items()}
    symbols = {**course.weights, **states, "x_t": course.x[step]}
    recorded = {name: array[step] for name, array in course.values.items()}
    values = {key: recorded.get(name, zeros) for key, name in names.items()}
    return Bindings(symbols, values, "float64")


def _first_named(formulas: Mapping[str, Term]) -> dict[str, Term]:
    """Without the second name of what has two: h of a linear a."""
    first = symbols.names_of(formulas)
    return {name: part for name, part in formulas.items() if first[id(part)] == name}


def _unclipped(formula: Term) -> Term:
    return formula.parts[0] if formula.label == Clip.name else formula


def _inner(formula: Term) -> Iterator[Term]:
    """A formula's parts, inner ones first."""
    for part in formula.parts:
        yield from _inner(part)
    yield formula


def _of_all(values: Mapping[str, Array]) -> dict[str, Array]:
    total: Any = sum(map(np.abs, values.values()))
    total = np.where(total == 0, 1, total)
    return {name: np.abs(part) / total for name, part in values.items()}
