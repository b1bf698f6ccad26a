"""Which values of an unrolled graph are the states of a recurrence, one step after another.

What a matrix multiplies beside a timestep of the sequence is the state before that step: it depends
on all timesteps before it, or on all behind it, and on no other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from rnncalc.errors import RnncalcError
from rnncalc.readers.of_onnx.loops.terms import Sum, place
from rnncalc.readers.of_onnx.loops.timeline import Timeline
from rnncalc.readers.of_onnx.operators.surroundings import Around


@dataclass(frozen=True)
class Chain:
    """The states of a recurrence, one after another.

    Attributes:
        order: the timesteps as they are gone through.
        before: the names of h before every step; nothing before the first, where it is 0.
        features: how many columns the input has.
        units: how many the state has.
    """

    order: tuple[int, ...]
    before: tuple[str, ...]
    features: int
    units: int

    def prior(self, step: int) -> int:
        """The timesteps before a step, bit by bit."""
        return sum(1 << time for time in self.order[:step])


def chains(line: Timeline) -> list[Chain]:
    """The recurrences behind a sequence, as far as their states are in a row.

    Errors: none; what has gaps is left out.
    """
    links: dict[tuple[bool, str], dict[int, Link]] = {}
    for value in line.known.values():
        if isinstance(value, Sum) and value.multiplied:
            for link in _links(line, value):
                links.setdefault((link.forward, link.weight), {}).setdefault(link.time, link)
    found: dict[tuple[str, ...], Chain] = {}
    for (forward, _), found_links in links.items():
        steps = range(line.root.steps)
        order = tuple(steps if forward else reversed(steps))
        names = tuple(found_links[t].name if t in found_links else "" for t in order)
        if len(order) > 1 and all(names[1:]):
            last = found_links[order[-1]]
            found.setdefault(names[1:], Chain(order, names, last.features, last.units))
    return list(found.values())


class Link(NamedTuple):
    """A state that is multiplied beside a timestep: whether it is of those before, or behind."""

    forward: bool
    weight: str
    time: int
    name: str
    features: int
    units: int


def _links(line: Timeline, value: Sum) -> Iterator[Link]:
    """The states that stand in a sum beside a timestep."""
    products = [(atom, matrix) for atom, matrix in value.terms if matrix is not None]
    inputs = [(atom, matrix) for atom, matrix in products if atom.name.startswith("x@")]
    if len(inputs) != 1:
        return
    time, matrix = int(inputs[0][0].name[2:]), inputs[0][1]
    every = (1 << line.root.steps) - 1
    earlier = (1 << time) - 1
    for atom, of_state in products:
        name = atom.name[1:] if atom.name.startswith("=") else line.names.get(atom.key, "")
        if name and not atom.name.startswith("x@"):
            times = line.times.get(name, 0)
            for forward, prior in ((True, earlier), (False, every ^ earlier ^ (1 << time))):
                if times == prior:
                    sizes = matrix.shape[1], of_state.shape[1]
                    yield Link(forward, place(matrix), time, name, *sizes)


def crossing(line: Timeline, chain: Chain, step: int) -> str:
    """The other state before a step: what comes from the steps before, and is not h.

    Errors: RnncalcError where there are several.
    """
    prior, h = chain.prior(step), chain.before[step]
    now = prior | 1 << chain.order[step]
    known: dict[str, bool] = {h: True}

    def of_h(name: str) -> bool:
        if name not in known:
            line.budget.spend(looks=1)
            node = line.givers.get(name)
            sources = [n for n in node.inputs if line.times.get(n)] if node else []
            known[name] = False
            known[name] = bool(sources) and all(map(of_h, sources))
        return known[name]

    names = {
        name
        for node in line.stages.get(now, [])
        for name in node.inputs
        if line.times.get(name) == prior and not of_h(name)
    } if prior else set()  # fmt: skip
    if len(names) > 1:
        raise RnncalcError("it carries more than two states")
    return names.pop() if names else ""


def start_of(line: Timeline, around: Around, chain: Chain, two: bool) -> tuple[str, ...]:
    """The values that the states are before the first step; nothing for 0."""
    h = chain.before[0]
    if not two:
        return (h,)
    now = 1 << chain.order[0]
    others = {
        name
        for node in line.stages.get(now, [])
        for name in node.inputs
        if name and not line.times.get(name, 0) and line.known.get(name) is None
        and around.known(name) is None and name != h
    }  # fmt: skip
    if len(others) > 1:
        raise RnncalcError("it starts from more than two states")
    return h, (others.pop() if others else h)
