"""One JSON document: an entry for each line of arithmetic, every digit of it."""

from __future__ import annotations

from typing import IO, Any

import numpy as np

from rnncalc.explaining.explanation import Explanation, Line
from rnncalc.writers.numbers import dumps, json_array, json_number
from rnncalc.writers.view import View


def write(explanation: Explanation, view: View, out: IO[bytes]) -> None:
    """Write the lines, as ``schema.ExplanationResult`` describes them."""
    lines = [_entry(line, view) for line in explanation.lines]
    why = [_plain(step.why.document(step.units), view) for step in explanation.steps if step.why]
    asked = {"why": why} if why else {}
    out.write(dumps({"format": "rnncalc.explanation", "version": 1, "lines": lines, **asked}))


def _plain(value: Any, view: View) -> Any:
    """Nested data with words for what is not finite."""
    if isinstance(value, dict):
        return {key: _plain(part, view) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part, view) for part in value]
    if isinstance(value, np.ndarray):
        return json_array(value, view.non_finite)
    number = isinstance(value, (float, np.floating))
    return json_number(value, view.non_finite) if number else value


def _entry(line: Line, view: View) -> dict[str, Any]:
    """A line; what holds for few of them stands there only where it does."""
    sequence = {} if line.sequence is None else {"sequence": line.sequence}
    rest = {"rest": line.rest} if line.rest else {}
    return {
        **sequence,
        "t": line.t,
        "layer": line.layer,
        "direction": line.direction,
        "unit": line.unit,
        "name": line.name,
        "formula": line.formula,
        "numbers": line.numbers,
        "value": json_number(line.value, view.non_finite),
        **({} if line.exact else {"exact": False}),
        **rest,
    }
