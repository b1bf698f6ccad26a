"""One JSON object for each line of arithmetic, as it is made; behind a step, why it is as it is."""

from __future__ import annotations

from typing import IO

from rnncalc.explaining.explanation import Explanation
from rnncalc.trace.selection import Selection
from rnncalc.writers.explanation.to_json import chosen, entry, reasons
from rnncalc.writers.numbers import dumps
from rnncalc.writers.style import Style


def write(explanation: Explanation, selection: Selection, style: Style, out: IO[bytes]) -> None:
    """Write the lines, each as it stands among the ``lines`` of the JSON document."""
    for step in explanation:
        for line in step.lines:
            out.write(dumps(entry(line, style)))
        if step.choice:
            out.write(dumps({"choice": chosen(step.choice)}))
        if step.why:
            out.write(dumps({"why": reasons(step, style)}))
