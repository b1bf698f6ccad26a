"""One JSON document: an entry for each line of arithmetic, every digit of it."""

from __future__ import annotations

from typing import IO, Any

from rnncalc.explanation import Explanation, Line
from rnncalc.writers.numbers import dumps, json_number
from rnncalc.writers.view import View


def write(explanation: Explanation, view: View, out: IO[bytes]) -> None:
    """Write the lines, as ``schema.ExplanationResult`` describes them."""
    lines = [_entry(line, view) for line in explanation.lines]
    out.write(dumps({"format": "rnncalc.explanation", "version": 1, "lines": lines}))


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
