"""Model against model: both run on the same input, layer by layer, until one differs.

What comes after the first layer that differs differs because of it, so the cause is looked for in
the network up to that layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.apart import apart
from rnncalc.checking.chosen import run_upto
from rnncalc.checking.comparison import differ, distance
from rnncalc.checking.expected import Expected, Tolerance, of_trace, tolerance_of
from rnncalc.checking.few_digits import roomy
from rnncalc.checking.layouts import compared
from rnncalc.checking.part import Part
from rnncalc.checking.verdict import Matched
from rnncalc.errors import located
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.running.recurrence import run
from rnncalc.trace.trace import LayerTrace, Trace

HOW = "run by rnncalc on the same input"


def upto_first(
    trace: Trace,
    expected: Expected,
    *,
    show: str | None,
    part: Part,
    rtol: float | None,
    atol: float | None,
) -> tuple[Trace, Expected, tuple[Matched, ...], Part]:
    """What is compared: our run and theirs up to the first layer that differs, or all of them.

    Args:
        expected: with the other model, or with an array for each of our layers.
        show, rtol, atol: as of ``check``; a quantity that is named is that of the whole networks.
        part: what is compared; one that is chosen is compared alone.

    Errors: RnncalcError where their model does not take the input of ours.
    """
    ours = trace.model
    if ours.wiring:
        return _of_graph(trace, expected, show=show, part=part, rtol=rtol, atol=atol)
    if expected.model:
        expected, theirs = _run(ours, expected, part)
    else:
        theirs = _named(trace, expected)
    feeds_back = ours.mode == "one-to-many"  # there every layer depends on what the last one gave
    if show or part or feeds_back or not theirs:
        return trace, expected, (), part
    tolerance = tolerance_of(trace.dtype, expected.dtype, rtol, atol)
    mine = [(layer.name, _output(layer)) for layer in trace.layers]
    layers = tuple(_matched(trace, mine, theirs, expected, tolerance))
    if all(layer.agrees for layer in layers) and compared(trace) in expected.named:
        return trace, expected, layers, part
    count = len(layers)
    _, numbers = theirs[count - 1]
    return run_upto(trace, count), replace(expected, array=numbers, named={}), layers, part


def _of_graph(
    trace: Trace,
    expected: Expected,
    *,
    show: str | None,
    part: Part,
    rtol: float | None,
    atol: float | None,
) -> tuple[Trace, Expected, tuple[Matched, ...], Part]:
    """The same of a graph: every layer in the order in which they are computed, also those without
    a state; the one that differs is the part that is compared."""
    mine = _by_name(trace)
    if expected.model:
        expected, theirs = _run_graph(trace.model, expected, part, mine)
    else:
        theirs = {name: _expected(trace, expected, name) for name in mine}
    both = [name for name in mine if theirs.get(name) is not None]
    if show or part or expected.array is not None or len(both) < 2:
        return trace, expected, (), part
    tolerance = tolerance_of(trace.dtype, expected.dtype, rtol, atol)
    ours = [(name, mine[name]) for name in both]
    others = [(name, np.asarray(theirs[name])) for name in both]
    layers = tuple(_matched(trace, ours, others, expected, tolerance))
    if all(layer.agrees for layer in layers):
        return trace, expected, layers, part
    name = layers[-1].name
    return trace, replace(expected, array=theirs[name], named={}), layers, Part(name)


def _run_graph(
    ours: Model, expected: Expected, part: Part, mine: Iterable[str]
) -> tuple[Expected, dict[str, Array | None]]:
    """What their model computes of our input, and what each layer of it gives, by its name; where
    it has no name in common with ours, by the names of ours in their order."""
    assert expected.model
    with located(expected.against):
        other = _on_input(expected.model, ours)
    theirs: dict[str, Array | None] = {**_by_name(other)}
    names = [*mine]
    if not {*names} & {*theirs} and len(names) == len(theirs):
        theirs = dict(zip(names, theirs.values(), strict=True))
    found = replace(of_trace(other), against=expected.against, how=HOW)
    found = found.of(part.layer, part.direction, last=True) if part.layer else found
    return found, theirs


def _by_name(trace: Trace) -> dict[str, Array]:
    """What each layer gives, every timestep of it, in the order in which they are computed."""
    layers = {layer.name: _output(layer) for layer in trace.layers}
    found = {}
    for node in trace.model.nodes:
        if isinstance(node.layer, Layer):
            found[node.name] = layers[node.layer.name]
        elif node.name in trace.stateless:
            found[node.name] = [*trace.stateless[node.name].values()][-1]
    return found


def _expected(trace: Trace, expected: Expected, name: str) -> Array | None:
    """What is expected of a layer by its names in a result."""
    if name in trace.inside:
        return expected.named.get(f"{name}.{[*trace.inside[name]][-1]}")
    layer = next(one for one in trace.layers if one.name == name)
    only = next(iter(layer.directions)) if len(layer.directions) == 1 else ""
    names = [name, f"{name}.h", *([f"{name}.{only}.h"] if only else [])]
    return next((expected.named[one] for one in names if one in expected.named), None)


def _run(ours: Model, expected: Expected, part: Part) -> tuple[Expected, list[tuple[str, Array]]]:
    """What their model computes of our input: the expected numbers, and each layer by its name."""
    assert expected.model
    with located(expected.against):
        trace = _on_input(expected.model, ours)
    layers = [(layer.name, _output(layer)) for layer in trace.layers]
    theirs = replace(of_trace(trace), against=expected.against, how=HOW)
    if part.layer:  # they may call it otherwise
        theirs = theirs.of(trace.layers[-1].name, part.direction, last=True)
    return theirs, layers


def _on_input(theirs: Model, ours: Model) -> Trace:
    """Their model, run on the input of ours."""
    return run(replace(theirs, x=ours.x, lengths=ours.lengths, mask=ours.mask))


def _named(trace: Trace, expected: Expected) -> list[tuple[str, Array]]:
    """An array for each of our layers, by its name (``encoder``, ``encoder.h``); else none."""
    names = [(layer.name, f"{layer.name}.h") for layer in trace.layers]
    found = [next((key for key in pair if key in expected.named), None) for pair in names]
    every = len(found) > 1 and all(found)
    return [(key, expected.named[key]) for key in found if key] if every else []


def _matched(
    ours: Trace,
    every: list[tuple[str, Array]],
    theirs: list[tuple[str, Array]],
    expected: Expected,
    tolerance: Tolerance,
) -> Iterator[Matched]:
    """The layers in their order, up to the first that differs."""
    for (own, mine), (name, their) in zip(every, theirs, strict=False):
        far, agrees, over = None, False, None
        if mine.shape == their.shape:
            each, room = distance(mine, their), roomy(tolerance, expected, their)
            far, agrees = float(each.max()), not differ(mine, their, room).any()
            parts = each, room.of(their)
            if not ours.is_series(mine):
                parts = parts[0][..., None, :], parts[1][..., None, :]
            parts = parts if ours.batched else (parts[0][None], parts[1][None])
            over = apart(own, *parts)
        yield Matched(own, name.removesuffix(".h"), far, agrees, over)
        if not agrees:
            return


def _output(layer: LayerTrace) -> Array:
    """What a layer gives; of two directions that are not merged both, side by side."""
    if layer.h is not None:
        return layer.h
    return np.concatenate([way["h"] for way in layer.directions.values()], axis=-1)
