"""Model against model: both run on the same input, layer by layer, until one differs.

What comes after the first layer that differs differs because of it, so the cause is looked for in
the network up to that layer.
"""

from __future__ import annotations

from collections.abc import Iterator
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
) -> tuple[Trace, Expected, tuple[Matched, ...]]:
    """What is compared: our run and theirs up to the first layer that differs, or all of them.

    Args:
        expected: with the other model, or with an array for each of our layers.
        show, rtol, atol: as of ``check``; a quantity that is named is that of the whole networks.
        part: what is compared; one that is chosen is compared alone.

    Errors: RnncalcError where their model does not take the input of ours.
    """
    ours = trace.model
    if expected.model:
        expected, theirs = _run(ours, expected, part)
    else:
        theirs = _named(trace, expected)
    feeds_back = ours.mode == "one-to-many"  # there every layer depends on what the last one gave
    if show or part or feeds_back or not theirs:
        return trace, expected, ()
    tolerance = tolerance_of(trace.dtype, expected.dtype, rtol, atol)
    layers = tuple(_matched(trace, theirs, expected, tolerance))
    if all(layer.agrees for layer in layers) and compared(trace) in expected.named:
        return trace, expected, layers
    count = len(layers)
    _, numbers = theirs[count - 1]
    return run_upto(trace, count), replace(expected, array=numbers, named={}), layers


def _run(ours: Model, expected: Expected, part: Part) -> tuple[Expected, list[tuple[str, Array]]]:
    """What their model computes of our input: the expected numbers, and each layer by its name."""
    assert expected.model
    with located(expected.against):
        trace = run(replace(expected.model, x=ours.x, lengths=ours.lengths, mask=ours.mask))
    layers = [(layer.name, _output(layer)) for layer in trace.layers]
    theirs = replace(of_trace(trace), against=expected.against, how=HOW)
    if part.layer:  # they may call it otherwise
        theirs = theirs.of(trace.layers[-1].name, part.direction, last=True)
    return theirs, layers


def _named(trace: Trace, expected: Expected) -> list[tuple[str, Array]]:
    """An array for each of our layers, by its name (``encoder``, ``encoder.h``); else none."""
    names = [(layer.name, f"{layer.name}.h") for layer in trace.layers]
    found = [next((key for key in pair if key in expected.named), None) for pair in names]
    every = len(found) > 1 and all(found)
    return [(key, expected.named[key]) for key in found if key] if every else []


def _matched(
    ours: Trace, theirs: list[tuple[str, Array]], expected: Expected, tolerance: Tolerance
) -> Iterator[Matched]:
    """The layers in their order, up to the first that differs."""
    for one, (name, their) in zip(ours.layers, theirs, strict=False):
        far, agrees, over, mine = None, False, None, _output(one)
        if mine.shape == their.shape:
            each, room = distance(mine, their), roomy(tolerance, expected, their)
            far, agrees = float(each.max()), not differ(mine, their, room).any()
            parts = (each, room.of(their)) if ours.batched else (each[None], room.of(their)[None])
            over = apart(one.name, *parts)
        yield Matched(one.name, name.removesuffix(".h"), far, agrees, over)
        if not agrees:
            return


def _output(layer: LayerTrace) -> Array:
    """What a layer gives; of two directions that are not merged both, side by side."""
    if layer.h is not None:
        return layer.h
    return np.concatenate([way["h"] for way in layer.directions.values()], axis=-1)
