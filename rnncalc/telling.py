"""``explain``: from the steps of a Trace to lines of arithmetic.

A line is one equation of a cell, for one unit. Formulas come from the cell's own equations run on
symbols (``formulas.py``), numbers from the Trace; nothing is computed a second way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnncalc.activations import Array
from rnncalc.arithmetic import Numbers, arithmetic, vector
from rnncalc.cells import CELLS
from rnncalc.digits import Digits
from rnncalc.errors import RnncalcError, printable, suggestion
from rnncalc.explanation import Explanation, Line, Told
from rnncalc.formulas import output
from rnncalc.layer import quantities
from rnncalc.lines import Depth, Place, Wanted, cell_lines, line, lines_of
from rnncalc.model import Output, cast
from rnncalc.passes import merged
from rnncalc.term import Term, operation, symbol
from rnncalc.trace import Trace


def explain(
    trace: Trace,
    t: int | Collection[int] | None = 1,
    *,
    layer: str | None = None,
    direction: str | None = None,
    units: int | Collection[int] | None = None,
    show: Collection[str] = (),
    depth: Depth = "terms",
    digits: Digits = "full",
    why: bool = False,
) -> Explanation:
    """The arithmetic of steps of a run that recorded all of its quantities.

    Args:
        t: the timestep or timesteps, from 1; None for all.
        layer, direction: whose; all by default, with the output layers.
        units: which units, from 0; all by default.
        show: which quantities (``h``, ``a.i``); by default pre-activations, gates and states.
        depth: ``terms``, or ``products`` to see every product of a sum.
        digits: significant digits, ``full`` for all of them.
        why: also where each number comes from: shares, saturation, memory (``rnncalc.insight``).

    Errors: RnncalcError for a step, unit, layer or quantity that there is not.
    """
    times = range(1, trace.timesteps + 1) if t is None else [t] if isinstance(t, int) else [*t]
    chosen = [units] if isinstance(units, int) else units
    _refuse_unknown(trace, times, layer, chosen, show)
    wanted = Wanted(times, chosen, show, depth, digits)
    told = _told(trace, wanted, layer, direction)
    return Explanation(trace, tuple(_with_why(trace, told, wanted) if why else told), digits)


def _refuse_unknown(
    trace: Trace,
    times: Sequence[int],
    layer: str | None,
    units: Collection[int] | None,
    show: Collection[str],
) -> None:
    for time in times:
        if not 1 <= time <= trace.timesteps:
            raise RnncalcError(f"there is no step {time}: t counts from 1 to {trace.timesteps}")
    names = [one.name for one in trace.layers]
    if layer is not None and layer not in names:
        raise RnncalcError(f"there is no layer {printable(layer)}. {suggestion(layer, names)}")
    layers = [one for one in trace.model.layers if layer in (None, one.name)]
    most = max(one.state_size for each in layers for one in each.passes.values())
    for unit in units or ():
        if not 0 <= unit < most:
            raise RnncalcError(f"there is no unit {unit}: they are 0 to {most - 1}")
    there = [name for each in layers for one in each.passes.values() for name in quantities(one)]
    bases = [name.split(".")[0] for name in there]
    for name in show:
        if name not in (*there, *bases, "y", "all"):
            base = [one for one in there if one.split(".")[0] == name.split(".")[0]]
            raise RnncalcError(
                f"there is no {printable(name)} here: {', '.join(dict.fromkeys(base or there))}"
            )


def _told(trace: Trace, wanted: Wanted, layer: str | None, direction: str | None) -> Iterator[Told]:
    """Sequence after sequence, step after step, layer after layer."""
    for sequence in range(len(trace.x)) if trace.batched else [None]:
        for t in wanted.t:
            for index, traced in enumerate(trace.layers):
                if layer in (None, traced.name):
                    ways = [way for way in traced.directions if direction in (None, way)]
                    for way in ways:
                        place = Place(t, traced.name, way, sequence)
                        yield _step(trace, index, place, wanted)
                    if len(ways) > 1:
                        yield from _merge(
                            trace, index, Place(t, traced.name, None, sequence), wanted
                        )
            if layer is None and trace.y is not None:
                yield from _outputs(trace, Place(t, "", None, sequence), wanted)


def _with_why(trace: Trace, told: Iterator[Told], wanted: Wanted) -> Iterator[Told]:
    """The steps of cells, each with its shares, saturation and memory."""
    from rnncalc.insight import Insight

    names = [one.name for one in trace.layers]
    of: dict[Any, Insight] = {}
    units = None if wanted.units is None else [*wanted.units]
    for step in told:
        if step.direction is None:
            yield step
            continue
        place = (names.index(step.layer), step.direction, step.sequence or 0)
        of[place] = of.get(place) or Insight(trace, *place)
        yield replace(step, why=of[place].at(step.t), units=units)


def _step(trace: Trace, index: int, place: Place, wanted: Wanted) -> Told:
    """One step of one direction."""
    layer = trace.model.layers[index]
    assert place.direction is not None
    step = trace.step(place.t, index, place.direction)
    one = layer.passes[place.direction]
    rows = () if place.sequence is None else (place.sequence,)
    values = {name: array[rows] for name, array in step.values.items()}
    inputs = {"x_t": values["x"]}
    inputs |= {f"{state}_{{t-1}}": values[f"{state}_prev"] for state in CELLS[one.cell].states}
    ahead = -1 if layer.turned(place.direction) else 1
    origins = _origins(trace, index, place, ahead)
    passed = {state: values[state] for state in CELLS[one.cell].states}
    end = not 1 <= place.t + ahead <= trace.timesteps
    receiver = "the final state" if end else f"t = {place.t + ahead}"
    if trace.mask is not None and not trace.mask[(*rows, place.t - 1)]:
        note, lines = _frozen(values["h"], place, wanted)
        passed = {state: values[f"{state}_prev"] for state in passed}
    else:
        note, lines = "", list(cell_lines(trace.dtype, one, values, inputs, place, wanted))
    return Told(place.t, place.layer, place.direction, place.sequence, inputs, origins, note,
                tuple(lines), passed, receiver)  # fmt: skip


def _origins(trace: Trace, index: int, place: Place, ahead: int) -> dict[str, str]:
    """Where the inputs of a step come from."""
    below = trace.layers[index - 1].name if index else ""
    x = (
        f"h of {below}"
        if below
        else "the embedding's row"
        if trace.model.embedding
        else "the input"
    )
    before = place.t - ahead
    first = not 1 <= before <= trace.timesteps
    state = "the initial state" if first else f"after t = {before}"
    kind = CELLS[trace.model.layers[index].cell]
    return {"x_t": x, **{f"{name}_{{t-1}}": state for name in kind.states}}


def _frozen(h: Array, place: Place, wanted: Wanted) -> tuple[str, list[Line]]:
    """A masked or padded step: nothing is computed."""
    held = bool(np.any(h))
    shown = "the last output again" if held else "0"
    note = f"this step is masked or padded: the state stays as it was, the output is {shown}"
    formula = "last output" if held else "0"
    terms = Numbers({}, {}, str(h.dtype))
    lines = []
    for unit in wanted.of(len(h)) if wanted.shows("h") else []:
        constant = symbol(f"{h[unit]!r}".split("(")[-1].rstrip(")"))
        told = arithmetic(constant, unit, h[unit], terms, wanted.digits)
        lines.append(line(place, unit, "h", formula, formula, h[unit], told))
    return note, lines


def _merge(trace: Trace, index: int, place: Place, wanted: Wanted) -> Iterator[Told]:
    """The outputs of two directions, joined; nothing where they stand beside each other."""
    forward, backward = symbol("forward.h"), symbol("backward.h")
    joined = {"sum": forward + backward, "mul": forward * backward}
    joined["ave"] = operation("*", 0.5, forward + backward)
    merge = trace.model.layers[index].merge
    if merge not in joined:
        return
    rows = (place.t - 1,) if place.sequence is None else (place.sequence, place.t - 1)
    halves = {f"{way}.h": one["h"][rows] for way, one in trace.layers[index].directions.items()}
    h = trace.layers[index].h
    assert h is not None  # it is merged
    lines = lines_of(joined[merge], "h", {"h": h[rows]}, halves, {}, place, wanted)
    yield Told(place.t, place.layer, None, place.sequence, halves, {}, f"merge: {merge}",
               tuple(lines), {}, "")  # fmt: skip


def _outputs(trace: Trace, place: Place, wanted: Wanted) -> Iterator[Told]:
    """The output layers of a step, each of what the one before it gave."""
    single = trace.model.mode == "many-to-one"
    rows = () if place.sequence is None else (place.sequence,)
    end = trace.timesteps if trace.ends is None else trace.ends[place.sequence or 0]
    if trace.y is None or (single and place.t != end):
        return
    y = trace.y[rows] if single else trace.y[(*rows, place.t - 1)]
    given, values = "h_t", _read_by_output(trace, rows, place.t)
    last = len(trace.model.outputs) - 1
    for number, dense in enumerate(trace.model.outputs):
        name = f"y{number}" if last else "y"
        of = Place(place.t, dense.name, None, place.sequence)
        numbers = _output_numbers(dense, given, values, trace.dtype)
        formula = output(dense, symbol(given))
        outcome = y if number == last else vector(formula, numbers).astype(trace.dtype)
        lines = tuple(_output_lines(formula, name, outcome, numbers, of, wanted))
        yield Told(of.t, of.layer, None, of.sequence, {given: values}, {}, "", lines, {}, "")
        given, values = f"{name}_t", outcome


def _read_by_output(trace: Trace, rows: tuple[int, ...], t: int) -> Array:
    """h as the output layer reads it: of a step, or what each direction computed last."""
    last = trace.model.layers[-1]
    if last.return_sequences or trace.model.mode != "many-to-one" or trace.mask is not None:
        return np.asarray(trace.h[(*rows, t - 1)])
    finals = [way.final["h"][rows][:, None] for way in trace.layers[-1].directions.values()]
    return merged(last, finals)[:, 0]


def _output_numbers(dense: Output, given: str, values: Array, dtype: str) -> Numbers:
    weights = {"W_y": cast("W_y", dense.W_y, dtype), "b_y": cast("b_y", dense.bias, dtype)}
    return Numbers({given: values, **weights}, {}, dtype)


def _output_lines(
    formula: Term, name: str, outcome: Array, numbers: Numbers, place: Place, wanted: Wanted
) -> Iterator[Line]:
    """The sum, where an activation follows it, and the outcome."""
    values, named = {name: outcome}, {}
    if formula.kind == "function":
        named["a"] = formula.parts[0]
        values["a"] = vector(formula.parts[0], numbers)
        yield from lines_of(named["a"], "a", values, numbers.symbols, {}, place, wanted)
    yield from lines_of(formula, name, values, numbers.symbols, named, place, wanted)
