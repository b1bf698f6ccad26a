"""What recurrent nodes read and give: the proof that they run through one sequence in its order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rnncalc.containers.onnx import limits as limits
from rnncalc.containers.tensor import Tensor
from rnncalc.errors import printable
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_onnx.operators.axes import Atom, Axis, length_of, plain, same
from rnncalc.readers.of_onnx.operators.constants import Constant
from rnncalc.readers.of_onnx.operators.lengths import Lengths
from rnncalc.readers.of_onnx.operators.table import OtherError
from rnncalc.readers.of_onnx.walk.heads import changed
from rnncalc.readers.of_onnx.walk.masks import refuse_other_masks
from rnncalc.readers.of_onnx.walk.recurrent import RecurrentNode
from rnncalc.readers.of_onnx.walk.values import Flow, Link, Order, Origin, Value


class SequenceReading:
    """What the recurrent nodes of a graph read.

    Attributes:
        problems: why they are no chain, node by node.
        fixed: the lengths of sequences that stand in the file.
        given: the graph's input that has the lengths.
        timed: of each recurrent part, whether it is told the lengths.
        masked: of each, whether it is told which steps are real.
    """

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.fixed: list[Tensor] = []
        self.given: list[str] = []
        self.timed: dict[int, bool] = {}
        self.masked: dict[int, bool] = {}

    def outputs(self, node: RecurrentNode, origin: Origin, x: Value | None) -> list[Value]:
        """Y, Y_h and Y_c; nothing where it reads what is no sequence, and why is noted."""
        part = node.part
        if node.foreign:
            self.problems.append(f"{printable(part.path)} starts from a state that is computed "
                                 f"in the graph ({node.foreign[0]})")  # fmt: skip
        try:
            if not isinstance(x, Flow):
                raise OtherError("reads what cannot be followed to the input")
            flow, time, batch = _sequence(x, node)
            if flow.order and node.stated:
                raise OtherError("reads sorted sequences, and states that are not")
            self._lengths(origin, node.lengths, time, flow)
            self.masked[id(origin)] = node.mask is not None
            if node.mask is not None:
                refuse_other_masks(flow, node.mask, time, batch)
            if time in flow.flipped:
                flow = _turned(part, flow, time)
        except OtherError as error:
            self.problems.append(f"{printable(part.path)} {error.message}")
            return []
        link = Link(part, flow, part, origin, states=node.given)
        return _given(node, link, replace(flow, closed=False), time, batch)

    def _lengths(self, origin: Origin, value: Value | None, time: Atom, x: Flow) -> None:
        """Note the lengths that a node is told."""
        self.timed[id(origin)] = False
        order = value.of if isinstance(value, Order) and value.kind == "lengths" else None
        if order is not x.order:
            raise OtherError("reads sequences and lengths in different orders")
        value = order or value
        if value is None or full(value, time):
            return
        self.timed[id(origin)] = True
        if isinstance(value, Constant) and not value.loose:
            if value.tensor.size > limits.HELD_LENGTHS:
                most = f"at most {limits.HELD_LENGTHS:,} are read"
                raise OtherError(f"has {value.tensor.size:,} lengths (sequence_lens), {most}")
            self.fixed.append(value.tensor)
        elif isinstance(value, Flow) and value.link is None and value.source != x.source:
            self.given.append(value.source)
        else:
            where = "stand neither in the file nor in an input of their own"
            raise OtherError(f"reads lengths (sequence_lens) that {where}")


def full(value: Value | None, time: Atom) -> bool:
    """Whether lengths of sequences are those of all of the steps."""
    if isinstance(value, Lengths):
        return len(value.entries) == 1 and value.entries[0] is time
    if not isinstance(value, Constant) or value.tensor.size > limits.HELD_LENGTHS:
        return False
    return time.size is not None and bool(np.all(value.tensor.read() == time.size))


def _sequence(x: Flow, node: RecurrentNode) -> tuple[Flow, Atom, Axis]:
    """What a node reads, its axis of time, and that of the batch.

    Errors: OtherError where it is not a sequence whose rows are its features.
    """
    if len(x.axes) != 3:
        raise OtherError(f"reads a value of {len(x.axes)} axes, expected 3")
    first, second, features = x.axes
    steps, batch = (second, first) if node.batch_first else (first, second)
    steps, batch = plain(steps), plain(batch)
    if x.graph and x.taken and not steps:
        x = x.through(
            Part(f"{node.part.name}.repeat", "output", "Unsqueeze", {"repeat": 1}), taken=""
        )
    if x.taken or x.spread or (x.half is not None and not x.graph) or x.state != "h":
        what = "a cell state" if x.state != "h" else "one direction" if x.half is not None else ""
        raise OtherError(f"reads {what or 'one step'} of {_source(x)}, not its sequence")
    if len(steps) > 1 or len(batch) > 1:
        raise OtherError("reads as time or batch an axis that several were joined to")
    others = not x.features and any(atom.role for atom in features)  # sorted as a batch before
    if others or (x.features and not same(features, x.features)):
        raise OtherError(f"reads rows that are not the features of {_source(x)}")
    there = length_of(features)
    if isinstance(there, int) and there != node.features:
        raise OtherError(f"has a W of {node.features} features, and what it reads has {there}")
    time = steps[0] if steps else Atom(1)
    if not batch:  # that of a batch of one may stand anywhere
        batch = tuple(one for one in (*first, *second) if one.size == 1 and one is not time)[:1]
    for atom, role in ((time, "time"), *((one, "batch") for one in batch)):
        if atom.role not in ("", role):
            message = f"reads as {role} what {_source(x)} has as {atom.role}"
            raise OtherError(f"{message}: a Transpose may be missing")
        atom.role = role
    if x.flipped - {time}:
        raise OtherError("reads a batch or features in reverse")
    return replace(x, features=features), time, batch


def _source(x: Flow) -> str:
    name = x.link.part.path if x.link else x.source
    return printable(name, 200)


def _turned(part: Part, x: Flow, time: Atom) -> Flow:
    """The sequence comes reversed: from a layer that goes backward it is in processing order, and
    else the node goes the other way."""
    before = x.link.part if x.link else None
    if before and before.kind == "recurrent" and before.block.get("direction") == "backward":
        return replace(changed(x, order="processing"), flipped=x.flipped - {time})
    if "forward" in part.block:
        raise OtherError("reads a reversed sequence in both directions, which is not computed here")
    if part.block.pop("direction", None) is None:
        part.block["direction"] = "backward"
    return x


def _given(node: RecurrentNode, link: Link, x: Flow, time: Atom, batch: Axis) -> list[Value]:
    """Y, Y_h and Y_c of a node."""
    directions: Axis = (Atom(2, "directions"),) if len(node.ways) == 2 else ()
    units: Axis = (Atom(node.units),)
    base = replace(x, features=(*directions, *units), link=link, half=None)
    front = (batch, (time,), directions) if node.batch_first else ((time,), directions, batch)
    state = (batch, directions, units) if node.batch_first else (directions, batch, units)
    turned = time in x.flipped
    ended = replace(base, axes=state, taken="ended", turned=turned, flipped=frozenset())
    return [replace(base, axes=(*front, units)), ended, replace(ended, state="c")]
