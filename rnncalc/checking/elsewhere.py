"""Elsewhere: whether the expected numbers are another quantity of the same run, and its flags."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnncalc.array import Array
from rnncalc.checking.comparison import Comparison, differ
from rnncalc.checking.diagnosis import Invocation
from rnncalc.checking.diagnosis.examination import MARGIN
from rnncalc.checking.expected import Tolerance
from rnncalc.checking.layouts import compared, readings
from rnncalc.checking.part import WHOLE, Part
from rnncalc.checking.verdict import Diagnosis
from rnncalc.errors import RnncalcError, printable
from rnncalc.files import shell
from rnncalc.trace.trace import Trace

FINAL = ("final.h", "final.c")


def told(
    trace: Trace, theirs: Array, found: Comparison, diagnosis: Diagnosis, invocation: Invocation
) -> Diagnosis:
    """A diagnosis without a cause, with the quantity of the whole run that agrees, if one does."""
    if not diagnosis.tried or found.part.cuts or _bits(theirs, found.tolerance) < MARGIN:
        return diagnosis
    for name, part in _quantities(trace):
        if (name, part) != (found.quantity, found.part) and _agrees(
            trace, theirs, found.tolerance, name, part
        ):
            said = _said(trace, name, part, typed=invocation.typed)
            return diagnosis._replace(nearest=(), pattern=said)
    return diagnosis


def _bits(theirs: Array, tolerance: Tolerance) -> float:
    """How much distinct numbers say: of each, how small a part of it the tolerance is."""
    with np.errstate(all="ignore"):  # of exact numbers, and of the largest
        share = np.maximum(np.abs(theirs) / tolerance.of(theirs), 1)
        _, first = np.unique(np.round(theirs, 6), return_index=True)
    return float(np.log2(np.nan_to_num(share, nan=1.0)).ravel()[first].sum())


def _quantities(trace: Trace) -> Iterator[tuple[str, Part]]:
    """Whatever there is, what is asked for most often first."""
    if trace.y is not None:
        yield compared(trace), WHOLE
    for layer in trace.layers[::-1]:
        names = dict.fromkeys(name for one in layer.directions.values() for name in one.values)
        ways = [*layer.directions] if len(layer.directions) > 1 else []
        for way in ("", *ways):
            for name in dict.fromkeys(["h", *FINAL, *names]):
                yield name, Part(layer.name, way)


def _agrees(trace: Trace, theirs: Array, tolerance: Tolerance, name: str, part: Part) -> bool:
    """Whether a quantity has this shape, and every number agrees."""
    try:
        found = readings(trace, theirs.shape, name, part)
    except RnncalcError:
        return False
    return any(not differ(one.numbers, theirs, tolerance).any() for one in found)


def _said(trace: Trace, name: str, part: Part, *, typed: bool) -> str:
    """Which it is, and how it is asked for."""
    of = ".".join(filter(None, [part.layer, part.direction]))
    asked = {"of": of} if of else {}
    asked |= {"show": name} if name != "h" or not of else {}
    if typed:
        flags = " ".join(f"--{key} {shell.word(word)}" for key, word in asked.items())
    else:
        flags = ", ".join(f"{key}={word!r}" for key, word in asked.items())
    whose = f"{name} of {of}" if of else name
    return printable(f"All of them agree with {whose}: compare it with {flags}.", 300)
