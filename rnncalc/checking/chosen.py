"""What of a run is compared, as somebody chose it: a layer, sequences, timesteps, units.

A network up to the layer that is meant has that layer last, and is compared like any other. What is
expected comes as the numbers of the part, or as all there are: then the part is taken out of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.comparison import distance
from rnncalc.checking.expected import Expected
from rnncalc.checking.layouts import (
    Reading,
    compared,
    end_of,
    is_y,
    layer_of,
    layouts,
    readings,
    series,
)
from rnncalc.checking.part import WHOLE, Part
from rnncalc.errors import RnncalcError, listed, located, printable
from rnncalc.model.generation import READS
from rnncalc.model.model import Model
from rnncalc.trace.selection import Selection, chosen
from rnncalc.trace.trace import Trace


def upto(model: Model, count: int) -> Model:
    """The network that ends with its first layers, of which every timestep counts.

    Errors: RnncalcError where it has less of them.
    """
    if count > len(model.layers):
        raise RnncalcError(f"it has no layer {count}, only {len(model.layers)}")
    return replace(model, layers=model.layers[:count], output=None, vocab=None, **READS)


def run_upto(trace: Trace, count: int) -> Trace:
    """The run of that network, which is in the run of the whole one."""
    made = upto(trace.model, count)
    if trace.model.mode == "one-to-many":  # its layers read what was fed back to them
        made = replace(made, x=trace.x, embedding=None)
    return replace(trace, model=made, layers=trace.layers[:count], y=None, ended=None)


def upto_layer(
    trace: Trace, expected: Expected | None, selection: Selection
) -> tuple[Trace, Expected | None]:
    """Both up to the layer that is meant.

    Args:
        expected: None where a framework is to compute it of the network that remains.

    Errors: RnncalcError for a layer that there is not, here or in their model.
    """
    layer, direction = selection.place(trace.model)
    if trace.model.wiring:
        return trace, _of_graph(trace, expected, layer, direction)
    if not layer:
        return trace, expected
    if expected is None and direction:
        raise RnncalcError(f"--of {selection.of}: frameworks give whole layers: --of {layer}")
    count = 1 + [one.name for one in trace.layers].index(layer)
    if expected and expected.model:
        with located(expected.against):
            expected = replace(expected, model=upto(expected.model, count))
    elif expected:
        expected = expected.of(layer, direction, last=count == len(trace.layers))
    return run_upto(trace, count), expected


def _of_graph(
    trace: Trace, expected: Expected | None, layer: str, direction: str
) -> Expected | None:
    """What is expected of a layer of a graph, by the names that it has by itself; where none is
    meant and there is no y, of the one that the graph gives."""
    if expected is None or expected.model:
        return expected
    closing = trace.closing.name
    if layer:
        return expected.of(layer, direction, last=layer == closing)
    own = expected.of(closing, "", last=False)
    if trace.y is not None or not any(key.endswith("h") for key in own.named):
        return expected
    return replace(expected, named={**expected.named, "h": own.one("h")})


def part_of(trace: Trace, selection: Selection, show: str | None) -> Part:
    """The part of a quantity that is chosen.

    Errors: RnncalcError for what there is not.
    """
    layer, direction = selection.place(trace.model)
    layer = layer or _whose(trace, show)
    inside = trace.inside.get(layer)
    if layer and inside is None and show and is_y(show):
        raise RnncalcError("--show y is what the network gives, and of no layer: leave out --of")
    place = Part(layer, direction)
    name = show or quantity_of(trace, layer)
    t, whole = selection.rows(trace), series(trace, name, part=place)
    rows = None if t is None else [one - 1 - trace.start for one in t]
    if rows is not None and whole.final:
        raise RnncalcError(f"--show {name} has no timesteps: leave out --steps")
    if rows is not None and whole.single and (is_y(name) or inside is not None):
        if end_of(trace, name, place) - 1 not in rows:
            one = "one row" if trace.model.wiring else "of many-to-one"
            raise RnncalcError(f"nothing is left to compare: {name} {one} is at the last step")
        rows = None
    width = whole.values.shape[-1]
    units = chosen(selection.units, width, 0, "--units", "unit")
    return replace(place, sequences=selection.sequences(trace), rows=rows, units=units)


def quantity_of(trace: Trace, layer: str) -> str:
    """What is compared of a layer, or of the network, where nobody says it."""
    if layer in trace.inside:
        return [*trace.inside[layer]][-1]
    return "h" if layer else compared(trace)


def _whose(trace: Trace, show: str | None) -> str:
    """The layer without a state whose quantity is named alone: ``weights``; or nothing.

    Errors: RnncalcError where there are several.
    """
    named = [] if show is None or is_y(show) else [
        name for name, values in trace.inside.items() if show in values
    ]  # fmt: skip
    if len(named) > 1:
        message = f"--show {printable(str(show))}: {listed(named)} have it"
        raise RnncalcError(f"{message}: name one (--of)")
    return named[0] if named else ""


def expected_part(trace: Trace, expected: Expected, show: str | None, part: Part) -> Expected:
    """The expected numbers of a part, which may come among those of everything.

    Errors: RnncalcError where some of them do not.
    """
    _refuse_apart(trace, expected, show, part)
    if part.layer in trace.inside:  # found by its quantity, as weights
        expected = expected.of(part.layer, "", last=part.layer == trace.closing.name)
    theirs = expected.one(show or quantity_of(trace, part.layer))
    if not part.cuts or readings(trace, theirs.shape, show, part):
        return expected
    found = [
        one
        for given in _wider(part)
        for one in readings(trace, theirs.shape, show, given)
        if part.rows is None or not one.series.single
    ]
    if not found:
        return expected
    taken = _taken(part, found, theirs)
    if np.isnan(taken).any() and not np.isnan(theirs).any():
        said = found[0].layout.say or found[0].series.name
        raise RnncalcError(f"{expected.against}: holds {said}, and not all that is chosen of it")
    return replace(expected, array=taken, named={})


def _taken(part: Part, found: list[Reading], theirs: Array) -> Array:
    """The part out of more numbers, by the reading of them that is nearest to ours; NaN where they
    lack some of it."""
    wanted = [next(layouts(one.series._replace(part=part))).take for one in found]
    ours = [take(one.series.values) for take, one in zip(wanted, found, strict=True)]
    parts = [take(one.scattered(theirs, np.nan)) for take, one in zip(wanted, found, strict=True)]
    far = [float(distance(a, b).max()) for a, b in zip(ours, parts, strict=True)]
    return parts[int(np.argmin(far))]


def _wider(part: Part) -> Iterator[Part]:
    """What may have been given: everything, or all of it along some axes."""
    axes = ("sequences", "rows", "units")
    for count in (3, 2, 1):
        for some in combinations(axes, count):
            wide = replace(part, **dict.fromkeys(some))  # type: ignore[arg-type]
            yield wide if wide.cuts or part.layer else WHOLE


def _refuse_apart(trace: Trace, expected: Expected, show: str | None, part: Part) -> None:
    """Errors: RnncalcError for two directions that stand apart, where ours are made into one."""
    joined = expected.array is not None or "h" in expected.named
    last = layer_of(trace, part)
    (own,) = (layer for layer in trace.model.layers if layer.name == last.name)
    merged = own.merge in ("sum", "mul", "ave") and not part.direction
    if merged and not joined and (show or quantity_of(trace, part.layer)) == "h":
        message = f"{expected.against}: has the two directions of a layer, and not what they make"
        ways = f"compare --of {printable(last.name)}.forward and .backward"
        raise RnncalcError(f"{message} together: {ways}, or write it with -f csv, json or npz")
