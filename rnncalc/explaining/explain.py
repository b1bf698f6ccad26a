"""``explain``: from the steps of a Trace to lines of arithmetic.

A line is one equation of a cell, for one unit. Formulas come from the cell's own equations run on
symbols (``formulas.py``), numbers from the Trace; nothing is computed a second way.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnncalc.array import Array
from rnncalc.equations import CELLS
from rnncalc.equations.symbols import symbol
from rnncalc.errors import RnncalcError, printable, suggestion
from rnncalc.explaining.across import Read, telling
from rnncalc.explaining.arithmetic import PRODUCTS
from rnncalc.explaining.choices import choice, named
from rnncalc.explaining.explanation import ExplainedStep, Explanation, Line
from rnncalc.explaining.formulas import Place, places, previous
from rnncalc.explaining.lines import (
    CellEquations,
    Depth,
    Owner,
    Scope,
    cell_equations,
    constant_line,
    lines_of,
)
from rnncalc.explaining.stateless import Input, row_step, step_of
from rnncalc.model.layer import Layer, quantities
from rnncalc.model.stateless import Row, Stateless
from rnncalc.numbers.digits import Digits
from rnncalc.running.passes import MERGE
from rnncalc.trace.quantities import chosen
from rnncalc.trace.trace import Trace


def explain(
    trace: Trace,
    t: int | Collection[int] | None = 1,
    *,
    layer: str | None = None,
    direction: str | None = None,
    units: int | Collection[int] | None = None,
    sequence: int | Collection[int] | None = None,
    show: Collection[str] = (),
    depth: Depth = "terms",
    every_product: bool = False,
    digits: Digits = "full",
    why: bool = False,
) -> Explanation:
    """The arithmetic of steps of a run that recorded all of its quantities.

    Args:
        t: the timestep or timesteps, from 1; None for all.
        layer, direction: whose; all by default, with the output layers.
        units: which units, from 0; all by default.
        sequence: which sequence or sequences of a batch, from 0; all by default.
        show: which quantities (``h``, ``a.i``); by default pre-activations, gates and states.
        depth: ``terms``, or ``products`` to see the products of sums.
        every_product: all of them, also of sums of more than eight.
        digits: significant digits, ``".4"`` for decimals, ``full`` for all of them.
        why: also where each number comes from: shares, saturation, memory (``rnncalc.insight``).

    Errors: RnncalcError for a step, unit, layer or quantity that there is not.
    """
    every = range(1, _end(trace, layer) + 1)
    times = every if t is None else [t] if isinstance(t, int) else [*dict.fromkeys(t)]
    chosen = [units] if isinstance(units, int) else units
    _refuse_unknown(trace, times, layer, chosen, show)
    if why:
        _refuse_unrecorded(trace, layer, direction)
    most = math.inf if every_product else PRODUCTS
    scope = Scope(times, chosen, show, depth, digits, most)
    sequences = _sequences(trace, sequence)

    def made() -> Iterator[ExplainedStep]:
        steps = _explained(trace, scope, layer, direction, sequences)
        return _with_why(trace, steps, scope) if why else steps

    return Explanation(trace, times, sequences, digits, made)


def _refuse_unknown(
    trace: Trace,
    times: Sequence[int],
    layer: str | None,
    units: Collection[int] | None,
    show: Collection[str],
) -> None:
    trace.refuse_exact("explain")
    inside = trace.model.stateless
    names = [*(one.name for one in trace.layers), *(one.name for one in inside)]
    if layer is not None and layer not in names:
        raise RnncalcError(f"there is no layer {printable(layer)}. {suggestion(layer, names)}")
    _refuse_steps(trace, times, layer)
    most = trace.widest(layer)
    for unit in units or ():
        if not 0 <= unit < most:
            raise RnncalcError(f"there is no unit {unit}: they are 0 to {most - 1}")
    layers = [one for one in trace.model.layers if layer in (None, one.name)]
    there = [name for each in layers for one in each.passes.values() for name in quantities(one)]
    there += [name for one in inside if layer in (None, one.name) for name in one.quantities]
    bases = [name.split(".")[0] for name in there]
    for name in show:
        if name not in (*there, *bases, "y", *chosen(trace.model), "all"):
            base = [one for one in there if one.split(".")[0] == name.split(".")[0]]
            raise RnncalcError(
                f"there is no {printable(name)} here: {', '.join(dict.fromkeys(base or there))}"
            )


def _end(trace: Trace, layer: str | None) -> int:
    """The last timestep that there is, of all layers or of one; those of a graph have their own."""
    return trace.end_of(layer) if layer and trace.model.wiring else trace.timesteps


def _refuse_steps(trace: Trace, times: Sequence[int], layer: str | None) -> None:
    end = _end(trace, layer)
    lacking = [time for time in times if not 1 <= time <= end]
    if layer and trace.single(layer) and end not in times:
        lacking = [*times]
    if lacking:
        own = trace.steps_of(layer) if layer and trace.model.wiring else ""
        there = own or f"t counts from 1 to {end}"
        raise RnncalcError(f"there is no step {lacking[0]}: {there}")


def _sequences(trace: Trace, chosen: int | Collection[int] | None) -> Sequence[int | None]:
    """The sequences that are explained; None stands for one that is no batch."""
    count = len(trace.x) if trace.batched else 1
    wanted = range(count) if chosen is None else [chosen] if isinstance(chosen, int) else [*chosen]
    for one in wanted:
        if not 0 <= one < count:
            there = f"they are 0 to {count - 1}" if count > 1 else "there is but 0"
            raise RnncalcError(f"there is no sequence {one}: {there}")
    return [*wanted] if trace.batched else [None]


def _refuse_unrecorded(trace: Trace, layer: str | None, direction: str | None) -> None:
    from rnncalc.explaining.insight.course import refuse_unrecorded

    for own, here in zip(trace.model.layers, trace.layers, strict=True):
        for way, one in here.directions.items():
            if layer in (None, own.name) and direction in (None, way):
                refuse_unrecorded(own.passes[way], one)


def _explained(
    trace: Trace,
    scope: Scope,
    layer: str | None,
    direction: str | None,
    sequences: Sequence[int | None],
) -> Iterator[ExplainedStep]:
    """Sequence after sequence, step after step, layer after layer."""
    equations = _equations(trace, scope)
    told = [place for place in places(trace.model) if layer in (None, place.belongs)]
    for sequence in sequences:
        for t in scope.t:
            for place in told:
                owner = Owner(t, place.node.layer.name, None, sequence)
                if isinstance(place.node.layer, Layer):
                    yield from _recurrent(trace, place, owner, scope, equations, direction)
                elif {*scope.show} != {"id"}:
                    yield from _stateless(trace, place, owner, scope)
            if layer is None and scope.shows("id") and (one := choice(trace, t, sequence)):
                yield ExplainedStep(t, "feedback", None, sequence, inputs={}, choice=one)


def _recurrent(
    trace: Trace, place: Place, owner: Owner, scope: Scope,
    equations: Mapping[tuple[str, str], CellEquations], direction: str | None,
) -> Iterator[ExplainedStep]:  # fmt: skip
    """A step of a layer: of each direction, and how they are merged."""
    assert place.number is not None  # it is a recurrent layer
    here = trace.layers[place.number]
    if owner.t > here.rows[-1]:
        return
    ways = [way for way in here.directions if direction in (None, way)]
    for way in ways:
        of = replace(owner, direction=way)
        yield _step(trace, place, of, scope, equations[here.name, way])
    if len(ways) > 1:
        yield from _merge(trace, place.number, owner, scope)


def _equations(trace: Trace, scope: Scope) -> dict[tuple[str, str], CellEquations]:
    """What all steps of a direction have in common, for each direction of each layer."""
    return {
        (own.name, way): cell_equations(trace.dtype, own, way, one.values, scope)
        for own, here in zip(trace.model.layers, trace.layers, strict=True)
        for way, one in here.directions.items()
    }


def _with_why(
    trace: Trace, steps: Iterator[ExplainedStep], scope: Scope
) -> Iterator[ExplainedStep]:
    """The steps of cells, each with its shares, saturation and memory."""
    from rnncalc.explaining.insight import Insight

    names = [one.name for one in trace.layers]
    of: dict[Any, Insight] = {}
    units = None if scope.units is None else [*scope.units]
    for step in steps:
        if step.direction is None:
            yield step
            continue
        at = (names.index(step.layer), step.direction, step.sequence or 0)
        of[at] = of.get(at) or Insight(trace, *at)
        yield replace(step, why=of[at].at(step.t), units=units)


def _step(
    trace: Trace, place: Place, owner: Owner, scope: Scope, equations: CellEquations
) -> ExplainedStep:
    """One step of one direction."""
    index = place.number
    assert owner.direction is not None
    assert index is not None
    layer, here = trace.model.layers[index], trace.layers[index]
    step = trace.step(owner.t, index, owner.direction)
    one = layer.passes[owner.direction]
    rows = () if owner.sequence is None else (owner.sequence,)
    values = {name: array[rows] for name, array in step.values.items()}
    turned = layer.turned(owner.direction)
    before = {previous(state, turned): values[f"{state}_prev"] for state in CELLS[one.cell].states}
    inputs = {"x_t": values["x"], **before}
    ahead = -1 if turned else 1
    origins = _origins(trace, place, owner, ahead)
    passed = {state: values[state] for state in CELLS[one.cell].states}
    length = here.rows[-1] if trace.model.wiring else trace.length
    end = not 1 <= owner.t + ahead <= length
    receiver = "the final state" if end else f"t = {owner.t + ahead}"
    if here.mask is not None and not trace.real(index)[owner.sequence or 0, owner.t - 1]:
        note, lines = _frozen(values["h"], owner, scope)
        passed = {state: values[f"{state}_prev"] for state in passed}
    else:
        note, lines = "", list(equations.lines(values, inputs, owner, scope))
    return ExplainedStep(
        **vars(owner), inputs=inputs, origins=origins, note=note, lines=tuple(lines),
        passed=passed, receiver=receiver,
    )  # fmt: skip


def _origins(trace: Trace, place: Place, owner: Owner, ahead: int) -> dict[str, str]:
    """Where the inputs of a step come from."""
    index, node = place.number, place.node
    assert index is not None
    layer = trace.model.layers[index]
    x = _source(trace, place, 0, owner)
    if layer.order == "processing" and not layer.same_loop:
        ends = trace.layers[index].ends
        end = None if ends is None else ends[owner.sequence or 0]
        x = f"{x}, its timestep {trace.rows_read(index, owner.t, end) + 1}"
    before = owner.t - ahead
    first = not 1 <= before <= trace.layers[index].rows[-1]
    way = "backward." if layer.backward and owner.direction == "backward" else ""
    states = {
        name: _handed(trace, node.states.get(f"{way}{name}0")) if first else f"after t = {before}"
        for name in CELLS[layer.cell].states
    }
    return {"x_t": x, **{previous(name, ahead < 0): state for name, state in states.items()}}


def _handed(trace: Trace, source: str | None) -> str:
    """Where an initial state comes from, or another final state that is read."""
    if source is None:
        return "the initial state"
    owner, final, state = source.rpartition(".final.")
    if not final:
        return f"what {source} gives"
    name = owner.rpartition(".")[0]
    alone = any(one.name == name and not one.backward for one in trace.model.layers)
    return f"the final {state} of {name if alone else owner}"


def _source(trace: Trace, place: Place, which: int, owner: Owner) -> str:
    """What a layer reads, of several the one at this place, in words."""
    model, name, node = trace.model, place.node.reads[which], place.sources[which]
    if node is not None:
        return f"h of {node.name}" if isinstance(node.layer, Layer) else f"what {name} gives"
    if name not in model.inputs:
        return _handed(trace, name)
    if model.feedback and owner.t > 1:
        fed = {"y": f"y of t = {owner.t - 1}", "x": "the input again", "zeros": "zeros"}
        return fed.get(model.feedback) or _of_id(trace, owner)
    if len(model.inputs) > 1:
        return f"the input {name}"
    return "the embedding's row" if model.embedding else "the input"


def _of_id(trace: Trace, owner: Owner) -> str:
    """The row of the id that the step before chose."""
    before = choice(trace, owner.t - 1, owner.sequence)
    assert before is not None
    row = "the embedding's row" if trace.model.embedding else "the one-hot row"
    return f"{row} of {named(trace.model, before.id)}"


def _frozen(h: Array, owner: Owner, scope: Scope) -> tuple[str, list[Line]]:
    """A masked or padded step: nothing is computed."""
    held = bool(np.any(h))
    shown = "the last output again" if held else "0"
    note = f"this step is masked or padded: the state stays as it was, the output is {shown}"
    formula = "last output" if held else "0"
    units = scope.of(len(h)) if scope.shows("h") else []
    return note, [constant_line(h, unit, "h", (formula, formula), owner, scope) for unit in units]


def _merge(trace: Trace, index: int, owner: Owner, scope: Scope) -> Iterator[ExplainedStep]:
    """The outputs of two directions, joined; nothing where they stand beside each other."""
    merge = trace.model.layers[index].merge
    if merge not in ("sum", "mul", "ave"):
        return
    formula = MERGE[merge](symbol("forward.h"), symbol("backward.h"))
    rows = (owner.t - 1,) if owner.sequence is None else (owner.sequence, owner.t - 1)
    halves = {f"{way}.h": one["h"][rows] for way, one in trace.layers[index].directions.items()}
    h = trace.layers[index].h
    assert h is not None  # it is merged
    lines = lines_of(formula, "h", {"h": h[rows]}, halves, {}, owner, scope)
    note = f"merge: {merge}"
    yield ExplainedStep(**vars(owner), inputs=halves, note=note, lines=tuple(lines))


def _stateless(trace: Trace, place: Place, owner: Owner, scope: Scope) -> Iterator[ExplainedStep]:
    """What a layer without a state makes of a timestep, or at the end of all of them."""
    one, sequence = place.node.layer, owner.sequence or 0
    assert isinstance(one, Stateless)
    rows = () if owner.sequence is None else (sequence,)
    outcome = trace.given(place.node.name)[rows]
    end = trace.timesteps if trace.ends is None else trace.ends[sequence]
    end = trace.ends_at.get(place.node.name, end)
    if owner.t > len(outcome) if outcome.ndim == 2 else owner.t != end:
        return
    read = [_read(trace, place, i, owner, rows) for i in range(len(place.node.reads))]
    if outcome.ndim == 1 and isinstance(one, Row):
        real = read[0].real if one.leaves_out(held=trace.ends is None) else None
        given = Input(place.given[0], read[0].values)
        yield row_step(one, place.name, given, outcome, real, owner, scope)
    elif type(one).compute is Stateless.compute:
        yield from _of_timestep(trace, place, read[0].values, outcome, owner, scope)
    else:
        at = rows if outcome.ndim == 1 else (*rows, owner.t - 1)
        values = {name: array[at] for name, array in trace.stateless[place.node.name].items()}
        told = telling(one, read, values, trace.dtype, owner, scope)
        yield ExplainedStep(**vars(owner), inputs=told.inputs, origins=told.origins,
                            note=told.note, lines=tuple(told.lines))  # fmt: skip


def _of_timestep(
    trace: Trace, place: Place, read: Array, outcome: Array, owner: Owner, scope: Scope
) -> Iterator[ExplainedStep]:
    """A layer that makes each timestep, or its one row, of that alone."""
    one, origin = place.node.layer, ""
    assert isinstance(one, Stateless)
    if place.number is not None and not scope.shows("x"):
        return
    if outcome.ndim == 2:
        at = owner.t - 1
        if place.number is not None:
            ends = trace.layers[place.number].ends
            end = None if ends is None else ends[owner.sequence or 0]
            at = int(trace.rows_read(place.number, owner.t, end))
        read, outcome = read[at], outcome[at]
    if place.told:
        origin = _source(trace, place, 0, owner)
    given = Input(place.given[0], read, origin)
    yield step_of(one, place.name, given, outcome, trace.dtype, owner, scope)


def _read(trace: Trace, place: Place, which: int, owner: Owner, rows: tuple[int, ...]) -> Read:
    """What a layer reads of a sequence, and which of its timesteps are real."""
    name = place.node.reads[which]
    mask, source = trace.masks.get(name), _source(trace, place, which, owner)
    return Read(trace.given(name)[rows], None if mask is None else mask[rows], source)
