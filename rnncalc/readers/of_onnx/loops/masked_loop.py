"""Loops that leave their states as they are at masked steps: as what they are without a mask.

An exporter writes Keras' masks into a loop: from step to step it takes what the cell computes, or
what was before. With the mask taken for true, its body is that of a loop without one; taken for
false, no state may change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rnncalc.containers.onnx.file import Node
from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError
from rnncalc.readers.of_onnx.loops.loop import Body
from rnncalc.readers.of_onnx.operators.table import computed

SAME = ("Identity", "Squeeze", "Unsqueeze", "Tile", "Expand")
"""What changes nothing of a mask but its axes."""


@dataclass(frozen=True)
class Unmasked:
    """A loop without its mask.

    Attributes:
        node: the loop.
        mask: the name of the mask, (timesteps, batch, ...), true where a step is real.
        zeroed: whether outputs of masked steps are 0, not the output before.
    """

    node: Node
    mask: str
    zeroed: bool


@dataclass(frozen=True)
class Outside:
    """What is known of the graph around a loop.

    Attributes:
        zeros: whether a value is 0 throughout.
        read: whether somebody reads a value.
    """

    zeros: Callable[[str], bool]
    read: Callable[[str], bool]


def unmasked(body: Body, outside: Outside) -> Unmasked | None:
    """A loop without its mask; None where it has none.

    Errors: RnncalcError where a second sequence is used otherwise.
    """
    read: dict[str, set[str]] = {}
    for node in body.body.nodes:
        if node.op == "Gather" and body.numbers(node.inputs[0]) is None:
            read.setdefault(node.inputs[0], set()).add(node.outputs[0])
    if len(read) != 2:
        return None
    for mask, names in read.items():
        try:
            on, off = (Taken(body, names, value) for value in (True, False))
        except RnncalcError:
            continue
        return _without(body, outside, mask, on, off)
    raise RnncalcError("it reads two sequences, and none of them is a mask of the other's steps")


class Taken:
    """The body of a loop, with its mask taken for true or false everywhere.

    Attributes:
        nodes: what is left of it.
        known: the numbers that the mask, and what is made of it, then are.
        alias: names of values that are then other ones.
    """

    def __init__(self, body: Body, mask: set[str], value: bool) -> None:
        self.known: dict[str, Any] = dict.fromkeys(mask, np.array(value))
        self.alias: dict[str, str] = {}
        self.nodes: list[Node] = []
        for node in body.body.nodes:
            inputs = tuple(self.of(name) for name in node.inputs)
            if node.outputs[0] in mask:
                continue
            if node.op == "Identity" and inputs[0] not in self.known:
                self.alias[node.outputs[0]] = inputs[0]
            elif any(name in self.known for name in inputs):
                self._settle(body, node, inputs)
            else:
                self.nodes.append(replace(node, inputs=inputs))

    def of(self, name: str) -> str:
        """The name of the value that another one is now."""
        return self.alias.get(name, name)

    def _settle(self, body: Body, node: Node, inputs: Sequence[str]) -> None:
        """What a node makes of the mask. Errors: RnncalcError where it does not choose by it."""
        output = node.outputs[0]
        others = [name for name in inputs if name not in self.known]
        if node.op in SAME:
            self.known[output] = self.known[inputs[0]]
        elif not others or all(np.size(body.constants.get(one, ())) == 1 for one in others):
            given = [self.known.get(name, body.constants.get(name)) for name in inputs]
            (self.known[output],) = computed(node, given, body.budget)
        elif node.op == "Where" and inputs[0] in self.known:
            self._same(output, inputs[1 if np.all(self.known[inputs[0]]) else 2])
        else:
            (mask,) = (self.known[name] for name in inputs if name in self.known)
            self._weighed(node.op, output, others, float(np.ravel(mask)[0]))

    def _same(self, output: str, name: str) -> None:
        if name in self.known:
            self.known[output] = self.known[name]
        else:
            self.alias[output] = name

    def _weighed(self, op: str, output: str, others: Sequence[str], weight: float) -> None:
        """One times a value, nothing times a value, nothing and a value."""
        if op == "Mul" and weight == 0:
            self.known[output] = np.array(0.0)
        elif (op, weight) in (("Mul", 1), ("Add", 0)) and len(others) == 1:
            self.alias[output] = others[0]
        else:
            raise RnncalcError("it computes with its mask")


def _without(body: Body, outside: Outside, mask: str, on: Taken, off: Taken) -> Unmasked:
    """The loop with its mask taken for true."""
    read = {name for node in on.nodes for name in node.inputs}
    held = [name for name in body.states if name not in read]
    if any(off.of(body.after[name]) != name for name in body.states if name not in held):
        raise RnncalcError("it changes its states at masked steps")
    zeroed = [_zero(body, outside, off, name) for name in body.scans]
    for name, zero in zip(body.scans, zeroed, strict=True):
        if not zero and not _held(body, outside, on, off, name):
            raise RnncalcError("its outputs at masked steps are neither 0 nor those before")
    if len(set(zeroed)) > 1:
        raise RnncalcError("some of its outputs are 0 at masked steps, and others are not")
    return Unmasked(_changed(body, outside, on, held), mask, any(zeroed))


def _held(body: Body, outside: Outside, on: Taken, off: Taken, name: str) -> bool:
    """Whether an output is the one before at masked steps, and 0 where there is none."""
    before = off.of(name)
    if before not in body.states or off.of(body.after[before]) != before:
        return False
    return on.of(body.after[before]) == on.of(name) and outside.zeros(body.initial[before])


def _zero(body: Body, outside: Outside, off: Taken, name: str) -> bool:
    """Whether an output is 0 at masked steps."""
    if name in off.known:
        return not np.any(off.known[name])
    value = off.of(name)
    numbers = body.numbers(value)
    unchanged = value in body.unchanged and outside.zeros(body.initial[value])
    return unchanged or (numbers is not None and not np.any(numbers))


def _changed(body: Body, outside: Outside, on: Taken, held: Sequence[str]) -> Node:
    """The loop with another body, and without what it carried for masked steps alone."""
    kept = [i for i, name in enumerate(body.carried) if name not in held]
    for i, name in enumerate(body.carried):
        if name in held and outside.read(body.node.outputs[i]):
            raise RnncalcError("its last output is read, and not its last state")
    count = len(body.carried)

    def of(names: Sequence[str], front: int) -> Iterator[str]:
        yield from names[:front]
        yield from (names[front + i] for i in kept)
        yield from names[front + count :]

    inner = body.body
    inputs = list(of(body.inputs, 2))
    graph = replace(
        inner, nodes=tuple(on.nodes), inputs={name: inner.inputs[name] for name in inputs},
        outputs=tuple(map(on.of, of(inner.outputs, 1))),
    )  # fmt: skip
    attributes: Mapping[str, Any] = {**body.node.attributes, "body": graph}
    return replace(
        body.node, inputs=tuple(of(body.node.inputs, 2)), outputs=tuple(of(body.node.outputs, 0)),
        attributes=attributes,
    )  # fmt: skip
