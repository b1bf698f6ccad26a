"""A summary for people: a few plain lines on what stands out in each direction of each layer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rnncalc.errors import located
from rnncalc.explaining.insight import Standing, summary
from rnncalc.explaining.insight.jacobian import FORGOTTEN
from rnncalc.numbers.digits import counted
from rnncalc.trace.selection import Selection
from rnncalc.trace.trace import Trace
from rnncalc.writers.explanation.insight import percentage, remembered

LISTED = 10
"""So many units are listed; of more it is said how many."""


def shown(trace: Trace, selection: Selection) -> list[Standing]:
    """What stands out in the layers and directions that are shown."""
    with located("--summary"):
        every = summary(trace, selection.sequences(trace))
    return [one for one in every if selection.shows(trace.model, one.layer, one.direction)]


def lines(trace: Trace, selection: Selection) -> list[str]:
    """The lines of each direction, below its name where the network has several."""
    standings = shown(trace, selection)
    named = not trace.model.alone
    indent = "  " * named
    result = []
    for one in standings:
        result += [f"{one.layer}.{one.direction}:"] * named
        result += [f"{indent}{line}" for line in of_one(one)]
    return result


def document(one: Standing, batched: bool) -> dict[str, Any]:
    """As it stands in JSON: a memory for each sequence of a batch, else one."""
    names = ("layer", "direction", "saturated", "dead", "open", "shut")
    memory = one.memory if batched else one.memory[0]
    return {**{name: getattr(one, name) for name in names}, "memory": memory}


def of_one(one: Standing) -> Iterator[str]:
    """The lines of one direction."""
    near = "h within 1 % of a bound on more than half of the steps"
    yield f"Saturated units ({near}): {_listed(one.saturated)}"
    yield f"Dead units (h never changes): {_listed(one.dead)}"
    if one.gates:
        yield f"Gates always open (> 0.99): {_gates(one.open)}"
        yield f"Gates always shut (< 0.01): {_gates(one.shut)}"
    yield f"Memory: {_memory(one)}"


def _gates(gates: Mapping[str, list[int]]) -> str:
    """``f of units 0, 3; o of unit 1``."""
    texts = [f"{g} of unit{'s' * (len(units) > 1)} {_listed(units)}" for g, units in gates.items()]
    return "; ".join(texts) or "none"


def _listed(units: list[int]) -> str:
    if not units:
        return "none"
    more = f" and {len(units) - LISTED:,} more" if len(units) > LISTED else ""
    return ", ".join(map(str, units[:LISTED])) + more


def _memory(one: Standing) -> str:
    """One sentence; of a batch from the shortest memory to the longest."""
    if len(one.memory) == 1:
        sentence = remembered(one.memory[0], one.steps[0])
        return sentence[0].lower() + sentence[1:]
    count = len(one.memory)
    left = f"than {percentage(FORGOTTEN)} of a change of the state is still felt"
    ended = [length for length in one.memory if length is not None]
    texts = [f"{_range(ended)} less {left}"] if ended else []
    if never := count - len(ended):
        texts.append(f"more {left} at the end of {never:,} of {count:,} sequences")
    return f"{'; '.join(texts)}."


def _range(lengths: list[int]) -> str:
    """``after 7 steps``, ``after 7 to 12 steps``."""
    least = min(lengths)
    start = f"{least:,} to " if least < max(lengths) else ""
    return f"after {start}{counted(max(lengths), 'step')}"
