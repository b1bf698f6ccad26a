"""What is known of the values of a graph: numbers, lengths of axes, or what flows through them.

A ``Flow`` is a value that depends on the input; its axes are made of atoms (``operators/axes.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any, NamedTuple

from rnncalc.containers.onnx.file import Node
from rnncalc.containers.tensor import Tensor
from rnncalc.data import dataclass
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_onnx.operators.axes import Atom, Axis, same
from rnncalc.readers.of_onnx.operators.constants import Constant
from rnncalc.readers.of_onnx.operators.lengths import Lengths
from rnncalc.readers.of_onnx.operators.table import OtherError


@dataclass(eq=False)
class Origin:
    """A part, as far as it is known by now: a bias or an activation may still follow.

    Attributes:
        part: the part; None where another one has taken it in.
    """

    part: Part | None


@dataclass(frozen=True, eq=False)
class Link:
    """A part, and the parts that it reads.

    Attributes:
        part: the part.
        reads: what it reads.
        layer: the last recurrent part so far.
        origin: what stands for the part in the list of all.
        others: what it reads besides, in a graph.
        states: the initial states that other parts give, in a graph.
        length: of the chain up to it.
    """

    part: Part
    reads: Flow
    layer: Part | None
    origin: Origin
    others: tuple[Flow, ...] = ()
    states: Mapping[str, Flow] = field(default_factory=dict)
    length: int = field(init=False)

    def __post_init__(self) -> None:
        before = self.reads.link
        object.__setattr__(self, "length", 1 + (before.length if before else 0))

    def chain(self) -> list[Link]:
        """All parts, the first one first."""
        links: list[Link] = []
        here: Link | None = self
        while here is not None:
            links.append(here)
            here = here.reads.link
        return links[::-1]


@dataclass(frozen=True, eq=False)
class Flow:
    """A value that depends on the input.

    Attributes:
        axes: its axes.
        source: the graph's input that it is made of.
        features: the atoms of one row, in their order; none where nobody knows yet.
        link: the part whose output it is; None for the input.
        flipped: the atoms that are gone through from their end.
        taken: of all timesteps nothing; ``last``: of the last one alone; ``ended``: what each
            direction computed last.
        half: of both directions' outputs one: 0 forward, 1 backward.
        state: ``h`` or ``c``.
        cut: whether the last timestep was cut out of a sequence, and is no state of a node.
        turned: whether that sequence was one from its end.
        order: by whose lengths its sequences are sorted; None where they are not.
        graph: whether parts may be read by several, and read several.
        closed: whether others read it, too, in a graph: nothing more is said of its part.
        spread: the axes along which one row is only repeated, in a graph.
    """

    axes: tuple[Axis, ...]
    source: str
    features: Axis = ()
    link: Link | None = None
    flipped: frozenset[Atom] = frozenset()
    taken: str = ""
    half: int | None = None
    state: str = "h"
    cut: bool = False
    turned: bool = False
    order: Flow | None = None
    graph: bool = False
    closed: bool = False
    spread: frozenset[Atom] = frozenset()

    @property
    def layer(self) -> Part | None:
        """The last recurrent part that it went through."""
        return self.link.layer if self.link else None

    def rows(self, axis: Axis) -> Axis:
        """The features, where an axis is made of them: all of them, and nothing else.

        Errors: OtherError where it is not, or is known to be something else.
        """
        features = self.features or axis
        unknown = not self.features and any(atom.role for atom in axis)
        if unknown or (self.half is not None and not self.graph) or not same(axis, features):
            raise OtherError("reads an axis that is not the features of a step")
        return features

    def through(self, part: Part, *others: Flow, **changes: object) -> Flow:
        """What a part without a state makes of it, and of others."""
        link = Link(part, self, self.layer, Origin(part), others)
        if self.graph:  # one step, or one direction, is what the part reads
            given = {"taken": "pooled" if self.taken else "", "half": None, "state": "h"}
            changes = given | {"cut": False, "turned": False, "closed": False} | changes
        return replace(self, link=link, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class Lost:
    """A value of which nothing is known but where it comes from.

    Attributes:
        sources: the graph's inputs that it is made of.
        why: what changed its numbers, or could not be computed; nothing where it is numbers of an
            input, only others or fewer of them.
    """

    sources: frozenset[str]
    why: str


class Row(NamedTuple):
    """A layer's state among those of several.

    Attributes:
        flow: the layer's states, with the axis of the stack in place of that of its directions.
        atoms: that of its directions.
        way: which of its directions.
    """

    flow: Flow
    atoms: Axis
    way: int


@dataclass(frozen=True, eq=False)
class Stack:
    """The final states of layers, one behind the other.

    Attributes:
        axis: along which.
        rows: the states.
    """

    axis: Axis
    rows: tuple[Row, ...]


@dataclass(frozen=True, eq=False)
class Wrapped:
    """A step on the way to ids that may be negative.

    Attributes:
        ids: the ids.
        kind: which step.
    """

    ids: Flow
    kind: str


@dataclass(frozen=True, eq=False)
class Formula:
    """What operators make of a flow, as long as nobody knows which layer that is.

    Attributes:
        flow: what they make it of.
        starts: the names of that.
        nodes: the operators, in their order.
        why: why the first of them is no layer by itself.
    """

    flow: Flow
    starts: frozenset[str]
    nodes: tuple[Node, ...]
    why: str


@dataclass(frozen=True, eq=False)
class Mask:
    """Which steps of the input are real: those that differ from a number.

    Attributes:
        flow: its axes, as those of a value that flows.
        of: what is compared.
        value: with which number.
        real: whether what is true is real, and not what is false.
        each: whether it is about each number, and not about each step.
        nothing: whether it is 0 throughout: what a masked step is filled with.
    """

    flow: Flow
    of: Flow
    value: float
    real: bool
    each: bool
    nothing: bool = False


@dataclass(frozen=True, eq=False)
class Padded:
    """A sequence with steps of zeros around it, which a convolution reads.

    Attributes:
        flow: the sequence; its axis of time is as long as without them.
        time: that axis.
        pads: how many there are in front and behind.
    """

    flow: Flow
    time: Atom
    pads: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Scores:
    """What an attention computes on the way to its context.

    Attributes:
        flow: its axes, as those of a value that flows.
        query, key: what it compares.
        keys: the axis of the keys.
        stage: ``sums`` of queries and keys, the ``tanh`` of those, ``scores``, or ``shares``.
        block: what is known of the attention, as the keys of a config.
    """

    flow: Flow
    query: Flow
    key: Flow
    keys: Axis
    stage: str
    block: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Order:
    """The order of sequences by their lengths, the longest first.

    Attributes:
        of: the lengths, an input of the graph.
        kind: ``lengths`` in that order; ``sorted``: where each sequence stood; ``back``: where it
            stands now.
    """

    of: Flow
    kind: str


Value = (
    Order | Mask | Padded | Scores | Constant | Lengths | Flow | Stack | Wrapped | Formula | Lost
)


def constant(value: Value | None, what: str) -> Tensor:
    """The numbers of what must not depend on the input. Errors: OtherError where they do, or where
    they are not computed here."""
    if isinstance(value, Lost) and value.why and not value.sources:
        raise OtherError(f"reads its {what} from what is not known: {value.why}")
    if not isinstance(value, Constant) or value.loose:
        raise OtherError(f"reads its {what} from what depends on the input")
    return value.tensor


def sources(value: Value) -> frozenset[str]:
    """The graph's inputs that a value is made of."""
    if isinstance(value, Flow):
        return frozenset((value.source,))
    if isinstance(value, Wrapped):
        return frozenset((value.ids.source,))
    if isinstance(value, Order):
        return frozenset((value.of.source,))
    if isinstance(value, Mask):
        return frozenset((value.of.source,))
    if isinstance(value, (Formula, Padded, Scores)):
        return frozenset((value.flow.source,))
    if isinstance(value, Stack):
        return frozenset(row.flow.source for row in value.rows)
    return value.sources if isinstance(value, Lost) else frozenset()
