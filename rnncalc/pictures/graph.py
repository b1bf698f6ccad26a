"""A network as a graph: a box for each layer, arrows from what is read, dashed ones for states."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rnncalc.data import dataclass
from rnncalc.errors import RnncalcError, listed, printable
from rnncalc.inspecting.diagram import SHAPES, Box, begun, boxes, owners
from rnncalc.model.model import Model
from rnncalc.numbers.digits import counted
from rnncalc.pictures.picture import Picture
from rnncalc.pictures.request import PictureRequest

ATTENDING = ("query", "value", "key")
ROLES = {"attention": ATTENDING, "multiheadattention": ATTENDING, "dot": ("1", "2")}
"""What each thing is that a layer reads, where that matters."""

ORDERED = ("concat", "subtract")
"""Joins of which the order of what they read matters."""


class Arrow(NamedTuple):
    """What one box reads of another.

    Attributes:
        source, target: the boxes, by their numbers.
        label: which part of the source it is, and what it is to the target; mostly nothing.
        state: whether it is a state that is handed over.
    """

    source: int
    target: int
    label: str
    state: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Graph(Picture):
    """A network.

    Attributes:
        boxes: inputs, layers and results, each behind those that it reads.
        arrows: what reads what, in the order in which it is read.
    """

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def make(kind: str, model: Model, request: PictureRequest) -> Graph:
    """The graph of a network.

    Errors: RnncalcError where a part of a run is asked for.
    """
    if flag := request.selection.asked:
        raise RnncalcError(f"{flag} is for pictures of a run: {kind} shows the whole network")
    drawn = boxes(model)
    layers = [box for box in drawn if box.kind not in ("input", "result")]
    arrows = tuple(_arrows(drawn))
    dashed = any(arrow.state for arrow in arrows)
    return Graph(
        kind=kind, title=f"A network of {counted(len(layers), 'layer')}", boxes=tuple(drawn),
        description=" ".join(_sentences(drawn)), arrows=arrows,
        notes=(SHAPES, *(["Dashed: states that others give."] if dashed else [])),
    )  # fmt: skip


def _arrows(drawn: Sequence[Box]) -> Iterator[Arrow]:
    owner = owners(drawn)
    number = {id(box): i for i, box in enumerate(drawn)}
    for target, box in enumerate(drawn):
        roles = _roles(box)
        for i, name in enumerate(box.reads):
            part = name.removeprefix(owner[name].name).removeprefix(".").replace(".", " ")
            label = " ".join(filter(None, [roles[i] if i < len(roles) else "", part]))
            yield Arrow(number[id(owner[name])], target, label)
        for source, keys in begun(box, owner).items():
            giver = next(owner[name] for key, name in box.states.items() if key in keys)
            part = source.removeprefix(giver.name).removeprefix(".").replace(".", " ")
            label = ", ".join(keys) + (f" of {part}" if part else "")
            yield Arrow(number[id(giver)], target, label, state=True)


def _roles(box: Box) -> Sequence[str]:
    """What each thing is that it reads, where that matters."""
    if box.kind == "join" and any(box.says.endswith(kind) for kind in ORDERED):
        return [str(i + 1) for i in range(len(box.reads))]
    return ROLES.get(box.kind, ())


def _sentences(drawn: Sequence[Box]) -> Iterator[str]:
    """Who reads what, for whoever does not see it."""
    owner = owners(drawn)
    for box in drawn:
        name = printable(box.name)
        if box.kind == "input":
            yield f"{name} is an input, {box.gives}."
            continue
        states = [f"{listed(keys)} of {printable(source)}"
                  for source, keys in begun(box, owner).items()]  # fmt: skip
        also = f", begins with {listed(states)}" if states else ""
        verb = "is" if box.kind == "result" else f"({box.says}) reads"
        what = listed(printable(one) for one in box.reads)
        yield f"{name} {verb} {what}{also}" + ("." if box.kind == "result" else f": {box.gives}.")
