"""``check``: what is expected is brought in, compared with a run, and a difference explained."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from rnncalc.array import plain, type_name
from rnncalc.checking import elsewhere, few_digits
from rnncalc.checking.chosen import expected_part, part_of, quantity_of, upto_layer
from rnncalc.checking.comparison import compare
from rnncalc.checking.diagnosis import PYTHON, Invocation, diagnose
from rnncalc.checking.expected import Expected, of_trace, type_of
from rnncalc.checking.layouts import compared
from rnncalc.checking.models import upto_first
from rnncalc.checking.verdict import Checked, Diagnosis
from rnncalc.errors import RnncalcError, printable
from rnncalc.model.checks import one_of
from rnncalc.model.model import Model
from rnncalc.running.recurrence import run
from rnncalc.trace.selection import Index, Selection
from rnncalc.trace.trace import Trace

GIVEN = "the expected numbers"
"""What numbers of Python are called."""


def check(
    ours: Trace | Model,
    expected: npt.ArrayLike | Trace | Model | Expected | Path | str,
    *,
    show: str | None = None,
    of: str = "",
    steps: Index | None = None,
    units: Index | None = None,
    sequence: Index | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    decimals: int | None = None,
    invocation: Invocation = PYTHON,
) -> Checked:
    """Compare a run with expected numbers, and say which mistake explains a difference.

    Args:
        ours: a run, or a model that has its input.
        expected: numbers, another run, a file of either (a Path); another model, which runs on the
            same input, layer by layer; or ``"keras"``, ``"torch"``, ``"onnxruntime"``, which runs
            the network there: ``ours`` is then a model.
        show: what is compared: y, final.h, final.c, or any quantity of the last layer (h,
            c, i, x_term); by default y where there is an output layer, else h, in many-to-one its
            last step.
        of: the layer, or ``LAYER.forward``, whose numbers are compared, by default its h.
        steps, units, sequence: which timesteps (from 1), units and sequences (from 0): a number or
            a slice; all by default. The expected numbers are those of the part, or all of them.
        rtol, atol: numbers agree within ``atol + rtol * |expected|``; by default as the coarser
            type of both allows: 1e-5 and 1e-6 for float32, 1e-9 and 1e-12 for float64.
        decimals: how many the expected numbers have: half a unit of the last one is allowed, too;
            by default as many as each has where it is a text, and all where it is not.
        invocation: how somebody gave the network, which remedies speak of.

    Errors: RnncalcError for numbers that cannot be compared, and for a framework that is not there
    or does not compute the network.
    """
    trace = run(ours) if isinstance(ours, Model) else ours
    if not isinstance(trace, Trace):
        raise RnncalcError(f"ours is {type(ours).__name__}; a Trace or a Model was expected")
    trace.refuse_exact("check")
    selection = Selection(steps=steps, units=units, of=of, sequence=sequence)
    given = None if isinstance(expected, str) else _expected(expected)
    everything = trace
    trace, given = upto_layer(trace, given, selection)
    theirs = given or _by(ours, trace, str(expected), show)
    if decimals is not None:
        theirs = replace(theirs, decimals=few_digits.sound(decimals))
    part = part_of(trace, selection, show)
    how: dict[str, Any] = {"show": show, "rtol": rtol, "atol": atol}
    trace, theirs, layers, part = upto_first(trace, theirs, part=part, **how)
    if trace.model.wiring:
        show = show or quantity_of(trace, part.layer)
    theirs = expected_part(trace, theirs, show, part)
    found = compare(trace, theirs, show=show, part=part, rtol=rtol, atol=atol)
    if found.agrees:
        return Checked(trace, found, Diagnosis(), theirs.how, layers)
    numbers = np.asarray(theirs.one(show or compared(trace)), np.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows fits no better
        diagnosis = diagnose(trace, numbers, found, invocation)
    if theirs.array is not None:
        diagnosis = elsewhere.told(everything, numbers, found, diagnosis, invocation)
    return Checked(trace, found, diagnosis, theirs.how, layers)


def _by(ours: Trace | Model, trace: Trace, name: str, show: str | None) -> Expected:
    """What a framework computes; a run does not say what its input was before an embedding."""
    from rnncalc.checking import frameworks

    one_of("expected", name, frameworks.TITLES)
    if not isinstance(ours, Model):
        raise RnncalcError(f"{name} runs a model: give check the model that has its input")
    return frameworks.expected(trace.model, name, show=show)


def _expected(given: Any) -> Expected:
    if isinstance(given, Expected):
        return given
    if isinstance(given, Trace):
        return of_trace(given)
    if isinstance(given, Model):
        return Expected("the other model", model=given)
    if isinstance(given, os.PathLike):
        from rnncalc.checking.expected_file import expected

        return expected(os.fspath(given))
    array = _numbers(given)
    dtype = "bfloat16" if type_name(given) == "bfloat16" else type_of(array)
    return Expected(GIVEN, np.asarray(array, np.float64), dtype=dtype)


def _numbers(given: Any) -> npt.NDArray[Any]:
    """What can be compared. Errors: RnncalcError for no numbers, complex ones, none at all."""
    try:
        array = plain(given)
    except ValueError as error:
        raise RnncalcError(f"{GIVEN} make no array: {printable(str(error))}") from None
    if array.dtype.kind not in "fiub" or array.dtype.itemsize > np.dtype(float).itemsize:
        what = type(given).__name__ if array.dtype.hasobject else array.dtype.name
        raise RnncalcError(f"{GIVEN} are {what}; real numbers of up to 64 bits were expected")
    if not array.size:
        raise RnncalcError(f"{GIVEN} are empty: shape {array.shape}")
    return array
