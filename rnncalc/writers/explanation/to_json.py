"""One JSON document: an entry for each line of arithmetic, every digit of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

import numpy as np

from rnncalc.explaining.choices import Choice
from rnncalc.explaining.explanation import ExplainedStep, Explanation, Line
from rnncalc.explaining.insight import Why
from rnncalc.trace.selection import Selection
from rnncalc.writers.explanation.insight import sentences
from rnncalc.writers.numbers import dumps, json_array, json_number
from rnncalc.writers.style import Style

WHY = ("t", "layer", "direction", "sequence", "shares", "saturation", "jacobian", "norm", "of_h0",
       "of_x1", "felt")  # fmt: skip
"""What stands first in an entry of ``why``."""


def write(explanation: Explanation, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the lines while they are made: an entry for each.

    What is said of why, and of the ids that were chosen, stands behind them all, and is kept until
    then; so are the lines themselves where a number may refuse the document.
    """
    why: list[bytes] = []
    choices: list[bytes] = []
    texts = _texts(explanation, style, why, choices)
    if style.non_finite == "error":
        texts = iter([*texts])
    out.write(b'{"format":"rnncalc.explanation","version":1,"lines":[')
    for number, text in enumerate(texts):
        out.write(b"," * bool(number) + text)
    for name, entries in (("choices", choices), ("why", why)):
        if entries:
            out.write(b'],"%b":[%b' % (name.encode(), b",".join(entries)))
    out.write(b"]}\n")


def _texts(
    explanation: Explanation, style: Style, why: list[bytes], choices: list[bytes]
) -> Iterator[bytes]:
    """The entry of each line; what is said of why, and the choices, are added to those."""
    for step in explanation:
        yield from (dumps(entry(line, style)).rstrip() for line in step.lines)
        if step.choice:
            choices.append(dumps(chosen(step.choice)).rstrip())
        if step.why:
            why.append(dumps(reasons(step, style)).rstrip())


def chosen(choice: Choice) -> dict[str, Any]:
    """An id that was chosen, and why; what there is not is left out."""
    return {key: value for key, value in vars(choice).items() if value is not None}


def reasons(step: ExplainedStep, style: Style) -> Any:
    """Why a step's states are what they are, with words for what is not finite."""
    return None if step.why is None else _plain(document(step.why, step.units), style)


def document(why: Why, units: list[int] | None = None) -> dict[str, Any]:
    """Why a state is what it is, as nested dictionaries; the sentences are about these units."""
    return {name: getattr(why, name) for name in WHY} | {
        "shares": [vars(one) for one in why.shares],
        "saturation": [vars(one) | {"function": str(one.function)} for one in why.saturation],
        "memory": why.memory.length,
        "sentences": sentences(why, units),
    }


def _plain(value: Any, style: Style) -> Any:
    """Nested data with words for what is not finite."""
    if isinstance(value, dict):
        return {key: _plain(part, style) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part, style) for part in value]
    if isinstance(value, np.ndarray):
        return json_array(value, style.non_finite)
    number = isinstance(value, (float, np.floating))
    return json_number(value, style.non_finite) if number else value


def entry(line: Line, style: Style) -> dict[str, Any]:
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
        "value": json_number(line.value, style.non_finite),
        **({} if line.exact else {"exact": False}),
        **rest,
    }
