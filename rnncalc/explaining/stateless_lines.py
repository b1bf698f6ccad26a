"""Lines of layers without a state: what stands before a layer, and behind the last one.

Their outcomes are computed as in a run (``applied.py``), of numbers as the run shows them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.equations.activations import OVER_ALL
from rnncalc.equations.symbols import Term, latex, product, symbol
from rnncalc.explaining.arithmetic import PRODUCTS, Numbers, arithmetic, vector
from rnncalc.explaining.explanation import Line, Told
from rnncalc.explaining.formulas import row, stateless
from rnncalc.explaining.lines import Place, Wanted, constant_line, line, lines_of
from rnncalc.model.model import cast
from rnncalc.model.stateless import Pooling, Row, Stateless
from rnncalc.numbers.digits import counted
from rnncalc.running.inputs import Steps
from rnncalc.running.precision import Precision
from rnncalc.running.stateless_passes import applied, counts, made_row


class Given(NamedTuple):
    """Numbers that a layer is given: their name in formulas, themselves, where they come from."""

    name: str
    values: Array
    origin: str = ""


def told_in_a_row(
    chain: Sequence[Stateless],
    names: Sequence[str],
    given: Given,
    result: Array | None,
    precision: Precision,
    place: Place,
    wanted: Wanted,
) -> Iterator[Told]:
    """One row of numbers through layers without a state, each told.

    Args:
        names: what their outcomes are called, without the timestep.
        result: what the last of them gave in the run; None: it is computed.
    """
    suffix = "_t" if given.name.endswith("_t") else ""
    for i, (one, name) in enumerate(zip(chain, names, strict=True)):
        end = result if i == len(chain) - 1 else None
        values = after([one], given.values, precision) if end is None else end
        of = replace(place, layer=one.name, direction=None)
        lines = tuple(_lines(one, given, name, values, precision.dtype, of, wanted))
        origins = {given.name: given.origin} if given.origin else {}
        yield Told(of.t, of.layer, None, of.sequence, {given.name: given.values}, origins, "",
                   lines, {}, "")  # fmt: skip
        given = Given(f"{name}{suffix}", values)


def told_row(
    one: Row,
    name: str,
    given: Given,
    result: Array | None,
    precision: Precision,
    steps: Steps,
    place: Place,
    wanted: Wanted,
) -> tuple[Told, Array]:
    """All timesteps, (timesteps, width), made one row; and that row.

    Args:
        given: its name without the timestep.
        result: as of ``told_in_a_row``.
    """
    if result is None:
        columns = given.values.astype(precision.arithmetic)[..., None]
        result = precision.rows(made_row(one, columns, steps), False)
    of = replace(place, layer=one.name, direction=None)
    real = counts(one, steps)
    series = given.values if real is None else given.values[real[:, 0]]
    steps_in_it = counted(len(series), "timestep")
    note = f"over {steps_in_it}"
    if len(series) < len(given.values):
        note = f"over {steps_in_it} of {len(given.values)}: the others are padded or masked"
    lines: tuple[Line, ...] = ()
    if isinstance(one, Pooling):
        formula = row(one, given.name, str(len(given.values)))
        lines = tuple(_pooled(formula, name, series, result, of, wanted))
    else:
        note = f"the numbers of {steps_in_it}, one after another"
    return Told(of.t, of.layer, None, of.sequence, {}, {}, note, lines, {}, ""), result


def after(chain: Sequence[Stateless], rows: Array, precision: Precision) -> Array:
    """What layers give of ([timesteps,] width), as a run shows it."""
    columns = np.atleast_2d(rows).astype(precision.arithmetic)[..., None]
    return precision.series(applied(chain, columns, precision), False).reshape(*rows.shape[:-1], -1)


def _pooled(
    formula: Term, name: str, series: Array, result: Array, place: Place, wanted: Wanted
) -> Iterator[Line]:
    """A line a unit: the numbers of all timesteps where they are few."""
    texts = product(formula), latex(formula)
    of_all = Term("function", formula.label, (symbol(name),))
    for unit in wanted.of(len(result)):
        if not 0 < len(series) <= PRODUCTS:
            yield constant_line(result, unit, name, texts, place, wanted)
            continue
        numbers = Numbers({name: series[:, unit]}, {}, str(result.dtype))
        told = arithmetic(of_all, 0, result[unit], numbers, wanted.digits)
        yield line(place, unit, name, *texts, result[unit], told, len(result))


def _lines(
    one: Stateless,
    given: Given,
    name: str,
    outcome: Array,
    dtype: str,
    place: Place,
    wanted: Wanted,
) -> Iterator[Line]:
    """What has a name of its own inside the formula, and the outcome."""
    formula = stateless(one, given.name)
    arrays = {key: cast(f"{one.name}.{key}", array, dtype) for key, array in one.operands.items()}
    symbols = {given.name: given.values, **arrays}
    values: dict[str, Array] = {}
    named: dict[str, Term] = {}
    for label, part in _inside(formula):
        values[label] = _rounded(part, symbols, dtype)
        if label in OVER_ALL:
            yield from _of_all(part, label, values, symbols, place, wanted)
        else:
            yield from lines_of(part, label, values, symbols, named, place, wanted)
        named[label] = part
    values[name] = outcome
    yield from lines_of(formula, name, values, symbols, named, place, wanted)


def _inside(formula: Term) -> Iterator[tuple[str, Term]]:
    """Mean and variance, and the sum below an activation."""
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
    place: Place,
    wanted: Wanted,
) -> Iterator[Line]:
    """One number of all units, told whichever units are: with their numbers where they are few."""
    all_units = replace(wanted, units=None)
    if len(vector(part.parts[0], Numbers(symbols, {}, ""))) <= PRODUCTS:
        yield from lines_of(part, name, values, symbols, {}, place, all_units)
        return
    texts = product(part), latex(part)
    yield constant_line(values[name], 0, name, texts, place, all_units)


def _rounded(part: Term, symbols: dict[str, Array], dtype: str) -> Array:
    """The value of a part for every unit, rounded once."""
    whole = {name: array.astype(np.float64) for name, array in symbols.items()}
    with np.errstate(all="ignore"):
        return vector(part, Numbers(whole, {}, dtype)).astype(dtype)
