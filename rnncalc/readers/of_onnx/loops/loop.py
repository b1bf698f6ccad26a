"""Loops that are recurrences: which values they carry, what they read, how often they run.

A loop of an exporter carries states, counters, and values that it never changes; it reads one
timestep of a sequence, and keeps every state. Anything else is refused with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.file import Graph, Node
from rnncalc.containers.onnx.limits import Budget
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError, printable
from rnncalc.readers.of_onnx.loops.cells import CellStep, Match, cell_of, samples_of, widths
from rnncalc.readers.of_onnx.operators.needed import leading
from rnncalc.readers.of_onnx.operators.surroundings import sure
from rnncalc.readers.of_onnx.operators.table import computed, constant

Outer = Callable[[str], "Array | None"]
"""The numbers of a value of the graph around; None where they depend on the input."""


@dataclass(frozen=True)
class Recurrence:
    """A cell at work in a graph.

    Attributes:
        found: the cell.
        x: the sequence that it reads, (timesteps, batch, features).
        initial: the names of the states before the first step, (batch, units).
        final: the names of the states after the last step; nothing where nobody reads one.
        outputs: the names of the sequences of states, (timesteps, batch, units), by ``h``, ``c``.
        aliases: other names that it gave, and the values that they are.
        direction: ``forward``; ``reverse`` where it reads from the end, as ONNX says it.
        mask: the name of what tells which steps are real; nothing where all are.
        zeroed: whether outputs of masked steps are 0, not the output before.
    """

    found: Match
    x: str
    initial: tuple[str, ...]
    final: tuple[str, ...]
    outputs: dict[str, str]
    aliases: Mapping[str, str]
    direction: str = "forward"
    mask: str = ""
    zeroed: bool = False


class Body:
    """The body of a loop, and what its values mean."""

    def __init__(self, node: Node, known: Outer, budget: Budget) -> None:
        body = node.attributes.get("body")
        if not isinstance(body, Graph):
            raise RnncalcError("it has no body")
        self.node, self.body, self.outer, self.budget = node, body, known, budget
        self.inputs = list(body.inputs)
        self.givers = {name: one for one in body.nodes for name in one.outputs if name}
        self.constants = {name: constant(one) for name, one in body.constants.items()}
        self.carried = self.inputs[2:]
        count = len(self.carried)
        if len(node.inputs) != count + 2 or len(body.outputs) <= count:
            raise RnncalcError("it carries other values than it is given")
        self.after = dict(zip(self.carried, body.outputs[1 : count + 1], strict=True))
        self.initial = dict(zip(self.carried, node.inputs[2:], strict=True))
        self.scans = body.outputs[count + 1 :]
        self.unchanged = [n for n in self.carried if self.origin(self.after[n]) == n]
        self.counters = [n for n in self.carried if self._counts(n)]
        fixed = {*self.unchanged, *self.counters}
        self.states = [name for name in self.carried if name not in fixed]
        for name in self.unchanged:
            numbers = known(self.initial[name])
            if numbers is not None:
                self.constants[name] = numbers

    def origin(self, name: str) -> str:
        """The value that another one is a copy of."""
        while (giver := self.givers.get(name)) and giver.op == "Identity":
            name = giver.inputs[0]
        return name

    def numbers(self, name: str) -> Array | None:
        """The numbers of a value that does not depend on the input."""
        if name in self.constants:
            return self.constants[name]
        return None if name in self.givers or name in self.inputs else self.outer(name)

    def _counts(self, name: str) -> bool:
        """Whether a carried value is 0 first, and one more after every step."""
        giver = self.givers.get(self.origin(self.after[name]))
        start = self.outer(self.initial[name])
        if giver is None or giver.op != "Add" or start is None or np.size(start) != 1:
            return False
        sources = [self.origin(one) for one in giver.inputs]
        others = [one for one in sources if one != name]
        step = self.numbers(others[0]) if len(others) == 1 else None
        one_more = step is not None and np.size(step) == 1 and int(np.ravel(step)[0]) == 1
        return one_more and not np.any(start)

    def before(self, names: Sequence[str], stop: Collection[str] = ()) -> list[Node]:
        """The nodes that values are computed by, down to those that are given."""
        self.budget.spend(looks=len(self.body.nodes))
        return leading(self.body.nodes, names, stop)

    def time(self, name: str) -> bool:
        """Whether a value is the number of the step."""
        giver = self.givers.get(name)
        while giver and giver.op in ("Identity", "Cast"):
            name = giver.inputs[0]
            giver = self.givers.get(name)
        return name == self.inputs[0] or name in self.counters

    def _at(self, name: str, values: Mapping[str, Array], known: Outer) -> Array | None:
        """A value at some step."""
        if name in values or not name:
            return values.get(name)
        return self.constants[name] if name in self.constants else known(name)

    def goes_on(self, step: int, outside: Mapping[str, Array | None], known: Outer) -> Array | None:
        """Whether it runs on after a step; None where that depends on the input."""
        values: dict[str, Array] = {self.inputs[0]: np.array(step), self.inputs[1]: np.array(True)}
        values |= {name: np.array(step) for name in self.counters}
        values |= {name: one for name, one in outside.items() if one is not None}
        condition = self.body.outputs[0]
        for node in self.before([condition]):
            given = [self._at(name, values, known) for name in node.inputs]
            if any(one is None and bool(n) for one, n in zip(given, node.inputs, strict=True)):
                return None
            values |= dict(zip(node.outputs, computed(node, given, self.budget), strict=False))
        return sure(values.get(condition, self.constants.get(condition)))


def recurrences(body: Body, trips: Callable[[Body, str], None]) -> list[Recurrence]:
    """The recurrences that a Loop is: several, where each cell reads what the one before gives.

    Args:
        trips: raises where the loop does not run once for every timestep of a sequence.

    Errors: RnncalcError with the reason where it is none that is known.
    """
    if not body.states:
        raise RnncalcError("it carries no state")
    if len(body.states) > limits.MOST_STATES:
        raise RnncalcError(f"it carries {len(body.states)} states, more than are told apart here")
    read = _read(body)
    trips(body, read.inputs[0])
    found: list[Recurrence] = []
    sequence, x = read.inputs[0], read.outputs[0]
    for group in _groups(body, x):
        states = _ordered(body, group, x)
        step = _step(body, x, states)
        cell = cell_of(step.gates(widths(step)), samples_of(step), body.budget)
        found.append(_recurrence(body, sequence, states, cell))
        x = body.origin(body.after[states[0]])
        sequence = found[-1].outputs.setdefault("h", f"{body.node.name}/h{len(found)}")
    return _all_given(body, found)


def _groups(body: Body, x: str) -> Iterator[list[str]]:
    """The states of each cell; a cell depends on no state of those behind it.

    Errors: RnncalcError where all states depend on each other, and are more than any cell has.
    """
    left, stop = list(body.states), [x]
    while left:
        closed = [_closed(body, name, left, stop) for name in left]
        group = min(closed, key=len)
        if len(group) > 2:
            count = f"it carries {len(group)} states that depend on each other"
            raise RnncalcError(f"{count}: a cell that is not known")
        yield [name for name in left if name in group]
        left = [name for name in left if name not in group]
        stop += [body.origin(body.after[name]) for name in group]


def _closed(body: Body, name: str, left: Sequence[str], stop: Sequence[str]) -> set[str]:
    """A state, and those of which it is made, directly or not."""
    found, waiting = set[str](), [name]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            nodes = body.before([body.origin(body.after[one])], stop)
            read = {each for node in nodes for each in node.inputs}
            waiting += [each for each in left if each in read]
    return found


def _read(body: Body) -> Node:
    """The node that takes a timestep of the sequence."""
    nodes = body.before([body.after[name] for name in body.states])
    gathers = [
        node for node in nodes
        if node.op == "Gather" and body.numbers(node.inputs[0]) is None
    ]  # fmt: skip
    if not gathers:
        raise RnncalcError("it reads no sequence step by step")
    sources = {node.inputs[0] for node in gathers}
    if len(sources) > 1:
        raise RnncalcError(f"it reads {len(sources)} sequences")
    (source,) = sources
    one = gathers[0]
    inside = source in body.givers or source in body.inputs
    if inside or one.attributes.get("axis", 0) != 0 or not body.time(one.inputs[1]):
        raise RnncalcError("it does not read its sequence one timestep after another")
    if len(gathers) > 1:
        raise RnncalcError("it reads its sequence more than once a step")
    return one


def _ordered(body: Body, group: Sequence[str], x: str) -> tuple[str, ...]:
    """The states of a cell, h before c: h is what is multiplied."""
    if len(group) == 1:
        return tuple(group)
    multiplied = set()
    for node in body.before([body.after[name] for name in group], [x]):
        if node.op in ("MatMul", "Gemm"):
            multiplied |= {body.origin(one) for one in node.inputs}
    first = [name for name in group if name in multiplied]
    if len(first) != 1:
        raise RnncalcError("it carries two states and multiplies both, or none")
    return (first[0], *(name for name in group if name != first[0]))


def _step(body: Body, x: str, states: tuple[str, ...]) -> CellStep:
    after = tuple(body.origin(body.after[name]) for name in states)
    if after[0] == after[-1] and len(after) > 1:
        raise RnncalcError("it carries one state twice")
    nodes = body.before(after, (x, *states))
    constants: dict[str, Array] = {}
    for name in {name for node in nodes for name in node.inputs if name}:
        given = name in (x, *states) or name in body.givers
        numbers = None if given else body.numbers(name)
        if numbers is not None:
            constants[name] = numbers
        elif not given:
            raise RnncalcError(f"it reads '{printable(name)}', which is no constant")
    return CellStep(nodes, constants, x, states, after, body.budget)


def _recurrence(body: Body, x: str, states: tuple[str, ...], found: Match) -> Recurrence:
    """What of the loop's outputs are a cell's states."""
    names = dict(zip(body.carried, body.node.outputs, strict=False))
    scans = body.node.outputs[len(body.carried) :]
    after = {body.origin(body.after[name]): key for name, key in zip(states, "hc", strict=False)}
    outputs: dict[str, str] = {}
    aliases: dict[str, str] = {}
    for given, inner in zip(scans, body.scans, strict=False):
        key = after.get(body.origin(inner))
        if given and key in outputs:
            aliases[given] = outputs[key]
        elif given and key:
            outputs[key] = given
    return Recurrence(
        found, x, tuple(body.initial[name] for name in states),
        tuple(names.get(name, "") for name in states), outputs, aliases,
    )  # fmt: skip


def _all_given(body: Body, found: list[Recurrence]) -> list[Recurrence]:
    """The recurrences, where they are all that the loop gives; what it never changes beside them.

    Errors: RnncalcError where it gives something else too.
    """
    names = dict(zip(body.carried, body.node.outputs, strict=False))
    given = {name for one in found for name in (*one.outputs.values(), *one.aliases)}
    if any(name and name not in given for name in body.node.outputs[len(body.carried) :]):
        raise RnncalcError("it keeps something else than its states")
    unchanged = {names[n]: body.initial[n] for n in body.unchanged if names.get(n)}
    return [replace(found[0], aliases={**found[0].aliases, **unchanged}), *found[1:]]
