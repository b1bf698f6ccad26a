"""Unrolled recurrences: the same step written out for every timestep of a sequence.

The products tell which values are states: what a matrix multiplies beside a timestep of the
sequence is the state before it, which depends on all timesteps before that one, or on all behind
it, and on no other. That every copy of the step computes the same cell, with the same weights, is
shown by the numbers of all of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from rnncalc.array import Array
from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.onnx.file import Node
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError, printable
from rnncalc.readers.of_onnx.loops.cells import (
    SCALES,
    SEED,
    Match,
    Samples,
    cell_of,
    computed_by,
    gates_of,
    holds,
)
from rnncalc.readers.of_onnx.loops.sums import Sum, leaf, place
from rnncalc.readers.of_onnx.loops.timeline import Sequenced, Timeline, numbers, results_of
from rnncalc.readers.of_onnx.operators.needed import leading
from rnncalc.readers.of_onnx.operators.surroundings import Around
from rnncalc.readers.of_onnx.operators.table import unclear


@dataclass(frozen=True)
class UnrolledChain:
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


def chains(line: Timeline) -> list[UnrolledChain]:
    """The recurrences behind a sequence, as far as their states are in a row.

    Errors: none; what has gaps is left out.
    """
    links: dict[tuple[bool, str], dict[int, StepLink]] = {}
    for value in line.known.values():
        if isinstance(value, Sum) and value.multiplied:
            for link in _links(line, value):
                links.setdefault((link.forward, link.weight), {}).setdefault(link.time, link)
    found: dict[tuple[str, ...], UnrolledChain] = {}
    for (forward, _), found_links in links.items():
        steps = range(line.root.steps)
        order = tuple(steps if forward else reversed(steps))
        names = tuple(found_links[t].name if t in found_links else "" for t in order)
        if len(order) > 1 and all(names[1:]):
            last = found_links[order[-1]]
            found.setdefault(names[1:], UnrolledChain(order, names, last.features, last.units))
    return list(found.values())


class StepLink(NamedTuple):
    """A state that is multiplied beside a timestep: whether it is of those before, or behind."""

    forward: bool
    weight: str
    time: int
    name: str
    features: int
    units: int


def _links(line: Timeline, value: Sum) -> Iterator[StepLink]:
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
                    yield StepLink(forward, place(matrix), time, name, *sizes)


def crossing(line: Timeline, chain: UnrolledChain, step: int) -> str:
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
        raise RnncalcError("more than two states go on from one timestep to the next")
    return names.pop() if names else ""


def start_of(line: Timeline, around: Around, chain: UnrolledChain, two: bool) -> tuple[str, ...]:
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
        raise RnncalcError("more than two states go into its first timestep")
    return h, (others.pop() if others else h)


@dataclass(frozen=True)
class Unrolled:
    """A recurrence in an unrolled graph.

    Attributes:
        found: the cell.
        chain: its states.
        start: the names of the states before the first step; nothing for 0.
        states: the name of h after every step, in the order of the steps.
        ranks: how many axes each of these has.
    """

    found: Match
    chain: UnrolledChain
    start: tuple[str, ...]
    states: tuple[str, ...]
    ranks: dict[str, int]


def unrolled(line: Timeline, around: Around, chain: UnrolledChain) -> Unrolled:
    """The cell of a chain. Errors: RnncalcError with the reason where it is none."""
    cells = [crossing(line, chain, step) for step in range(len(chain.order))]
    two = len(cells) > 2 and bool(cells[1])
    start = start_of(line, around, chain, two)
    whole = _Drawn(line, around, chain, start)
    found = whole.found(cells if two else [""] * len(cells))
    states = (*chain.before[1:], whole.last(found, cells if two else []))
    ranks = {name: whole.rank(name) for name in (*states, *start) if name}
    return Unrolled(found, chain, start, states, ranks)


class _Drawn:
    """What the graph computes of sequences that are drawn, step by step."""

    def __init__(
        self, line: Timeline, around: Around, chain: UnrolledChain, start: tuple[str, ...]
    ) -> None:
        self.line, self.around, self.chain, self.start = line, around, chain, start
        self.batch = around.length(line.root.name, 1 - line.root.axis) or 2
        self.sequences: list[Array] = []
        self.values: list[dict[str, Array]] = []
        random = np.random.default_rng(SEED)
        shape = (line.root.steps, self.batch, chain.features)
        if math.prod(shape) > limits.MOST_DRAWN or self.batch * chain.units > limits.MOST_DRAWN:
            raise RnncalcError("its sequences have more numbers than are drawn to try it")
        for scale in SCALES:
            sequence = scale * random.standard_normal(shape)
            given = sequence.transpose(1, 0, 2) if line.root.axis else sequence
            states = {name: scale * self._drawn(random, name) for name in start if name}
            self.sequences.append(sequence)
            self.values.append(numbers(line, around, given, states))

    def _drawn(self, random: np.random.Generator, name: str) -> Array:
        """A state before the first step."""
        lead = (1,) * ((len(self.around.shapes.of.get(name, ())) or 2) - 2)
        return random.standard_normal((*lead, self.batch, self.chain.units))

    def rank(self, name: str) -> int:
        """How many axes a value has."""
        return self.values[0][name].ndim

    def samples(self, step: int, names: Sequence[str], after: Sequence[str]) -> Samples:
        """What a step computes: all rows of all sequences."""
        time = self.chain.order[step]
        x = np.concatenate([sequence[time] for sequence in self.sequences])
        states = tuple(self._rows(name) for name in after)
        units = states[0].shape[-1]
        zeros = np.zeros((len(x), units))
        return Samples(x, tuple(self._rows(n) if n else zeros for n in names), states)

    def _rows(self, name: str) -> Array:
        if any(name not in values for values in self.values):
            raise self._unknown(name)
        rows = [values[name] for values in self.values]
        return np.concatenate([one.reshape(-1, one.shape[-1]) for one in rows])

    def _unknown(self, name: str) -> RnncalcError:
        """Why a state cannot be computed: the first node on the way to it that is not."""
        there = self.values[0]
        node = next(n for n in leading(self.line.nodes, [name]) if n.outputs[0] not in there)
        others = [n for n in node.inputs if n and n not in there and self.around.known(n) is None]
        if others:
            name = printable(others[0])
            return unclear(node, f"reads '{name}', which is neither the sequence nor a state")
        return unclear(node, "is none that a step of a cell is written with")

    def _other(self, step: int) -> RnncalcError:
        """One of the steps, counted from 1, is none of the cell that was found."""
        time = self.chain.order[step] + 1
        return RnncalcError(f"timestep {time} computes something else than the cell of the others")

    def found(self, cells: Sequence[str]) -> Match:
        """The cell of all steps. Errors: RnncalcError where it is none, or another one once."""
        names = [tuple(filter(None, pair)) for pair in zip(self.chain.before, cells, strict=True)]
        steps = len(names)
        if steps == 2:
            return self._of_two()
        budget, samples = self.around.budget, self.samples(1, names[1], names[2])
        found = cell_of(self.gates(1, names[1], names[2]), samples, budget)
        for step in range(1, steps - 1):
            if not holds(found, self.samples(step, names[step], names[step + 1]), budget):
                raise self._other(step)
        if not holds(found, self.samples(0, self.start, names[1]), budget):
            raise self._other(0)
        return found

    def _of_two(self) -> Match:
        """The cell of a recurrence of two steps, whose last state may be any value."""
        every = (1 << self.line.root.steps) - 1
        names, budget = self.chain.before[1:], self.around.budget
        for name, times in self.line.times.items():
            if times == every and isinstance(self.line.known.get(name), Sum):
                try:
                    samples = self.samples(1, names, [name])
                    found = cell_of(self.gates(1, names, [name]), samples, budget)
                except RnncalcError:
                    continue
                if holds(found, self.samples(0, self.start, names), budget):
                    return found
        raise RnncalcError("its two timesteps are those of no cell")

    def gates(self, step: int, names: Sequence[str], after: Sequence[str]) -> Any:
        """The sums that the states after a step are made of."""
        root = self.line.root
        start = leaf("x", self.chain.features, 2)
        times = tuple(range(root.steps))
        known: dict[str, Any] = dict(zip(names, (leaf("h"), leaf("c")), strict=False))
        known[root.name] = Sequenced(start, root.axis, times, self.chain.order[step])
        nodes = leading(self.line.nodes, after, names)
        return gates_of(nodes, known, after, self._run)

    def _run(
        self, known: dict[str, Any], nodes: Sequence[Node], opaque: Mapping[str, str]
    ) -> Mapping[str, Any]:
        for node in nodes:
            given = [
                known[n] if n in known else self.around.known(n) if n else None for n in node.inputs
            ]
            for name, value in zip(
                node.outputs, results_of(node, given, self.around.budget), strict=False
            ):
                if name in opaque and isinstance(value, Sum):
                    value = leaf(opaque[name], value.size, value.lead)
                known[name] = value
        return known

    def last(self, found: Match, cells: Sequence[str]) -> str:
        """The name of h after the last step. Errors: RnncalcError where there is none."""
        step = len(self.chain.order) - 1
        names = tuple(filter(None, (self.chain.before[step], cells[step] if cells else "")))
        samples = self.samples(step, names, names)
        expected = computed_by(found, samples)[0]
        every = (1 << self.line.root.steps) - 1
        self.around.budget.spend(looks=len(self.line.times))
        for name, times in self.line.times.items():
            if times == every and all(name in values for values in self.values):
                rows = self._rows(name) if self.values[0][name].ndim else expected[:0]
                if rows.shape == expected.shape and np.allclose(
                    rows, expected, rtol=1e-6, atol=1e-9, equal_nan=True
                ):
                    return name
        raise self._other(step)
