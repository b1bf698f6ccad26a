"""The lines of layers without a state: of a timestep, or of the row that is made of all of them.

Their numbers are those that the run recorded; what has a name inside a formula only (a mean, the
sum in an activation) is computed of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.equations.stateless import OVER_ALL
from rnncalc.equations.symbols import Term, latex, product, symbol
from rnncalc.explaining.arithmetic import Bindings, arithmetic, vector
from rnncalc.explaining.explanation import ExplainedStep, Line
from rnncalc.explaining.formulas import row, stateless
from rnncalc.explaining.lines import Owner, Scope, constant_line, line, lines_of
from rnncalc.model.model import cast
from rnncalc.model.stateless import Pooling, Row, Stateless
from rnncalc.numbers.digits import counted


class Input(NamedTuple):
    """Numbers that a layer is given: their name in formulas, themselves, where they come from."""

    name: str
    values: Array
    origin: str = ""


def step_of(
    one: Stateless,
    name: str,
    given: Input,
    outcome: Array,
    dtype: str,
    owner: Owner,
    scope: Scope,
) -> ExplainedStep:
    """A row of numbers through a layer.

    Args:
        name: what its outcome is called.
        outcome: what it gave in the run.
    """
    lines = tuple(_lines(one, given, name, outcome, dtype, owner, scope))
    origins = {given.name: given.origin} if given.origin else {}
    inputs = {given.name: given.values}
    return ExplainedStep(**vars(owner), inputs=inputs, origins=origins, lines=lines)


def row_step(
    one: Row,
    name: str,
    given: Input,
    outcome: Array,
    real: Array | None,
    owner: Owner,
    scope: Scope,
) -> ExplainedStep:
    """All timesteps, (timesteps, width), made one row.

    Args:
        given: its name without the timestep.
        outcome: as of ``step_of``.
        real: which timesteps the row is made of, (timesteps); None for all.
    """
    given = given._replace(name=given.name.removesuffix("_t"))
    series = given.values if real is None else given.values[real]
    steps_in_it = counted(len(series), "timestep")
    note = f"over {steps_in_it}"
    if len(series) < len(given.values):
        note = f"over {steps_in_it} of {len(given.values)}: the others are padded or masked"
    lines: Iterator[Line] = iter(())
    if not isinstance(one, Pooling):
        note = f"the numbers of {steps_in_it}, one after another"
    elif one.kind == "last":
        t = max(() if real is None else np.flatnonzero(real) + 1, default=len(given.values))
        note = f"the numbers of timestep {t}"
        taken, found = symbol(f"{given.name}_{t}"), {f"{given.name}_{t}": given.values[t - 1]}
        lines = lines_of(taken, name, {name: outcome}, found, {}, owner, scope)
    else:
        formula = row(one, given.name, str(len(given.values)))
        lines = pooled(formula, name, series, outcome, owner, scope)
    return ExplainedStep(**vars(owner), inputs={}, note=note, lines=tuple(lines))


def pooled(
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
