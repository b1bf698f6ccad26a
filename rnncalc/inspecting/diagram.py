"""A network as boxes that read each other: its inputs, its layers, and what it gives.

What draws networks, lists them or writes them down as JSON reads it off here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from rnncalc.model import graph
from rnncalc.model.checks import Names
from rnncalc.model.graph import Node
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Output, Shape, Stateless

SHAPES = "(t, 2): 2 numbers at each of t timesteps; (2): one row of them."
"""How shapes are read."""

EMBEDDING, MASKING = "embedding", "masking"
"""What stands in front of a row, and is no layer of it."""


class Box(NamedTuple):
    """A layer, an input, or what a network gives.

    Attributes:
        name: its own; of a result what people call it: ``y``, ``y.out``.
        kind: ``input``, ``recurrent``, ``result``, else the class of a layer in small letters.
        says: what it is, in words.
        gives: the shape of what it gives, ``(t, 8)``; t is as many timesteps as there are.
        reads: the names of what it reads.
        states: its initial states that others give: ``h0`` to the name of what gives it.
        ways: of a recurrent one, the directions that it goes.
    """

    name: str
    kind: str
    says: str
    gives: str
    reads: tuple[str, ...] = ()
    states: Mapping[str, str] = {}
    ways: tuple[str, ...] = ()


def boxes(model: Model) -> list[Box]:
    """The boxes of a network, each behind those that it reads."""
    shapes = shapes_of(model)
    nodes, first = model.nodes, model.inputs[0]
    front = [] if model.wiring else [*_in_front(model)]
    drawn = [Box(name, "input", "input", _input(model, name, shapes[name]))
             for name in model.inputs]  # fmt: skip
    names = Names(taken=[*model.inputs, *(node.name for node in nodes)])
    for says in front:
        name = names.unique(says)
        drawn.append(Box(name, says, says, written(shapes[first]), (drawn[-1].name,)))
    for node in nodes:
        reads = tuple(drawn[len(front)].name if front and name == first else name
                      for name in node.reads)  # fmt: skip
        drawn.append(_box(node._replace(reads=reads), shapes))
    for name in model.given:
        called = "y" if model.gives_y else "h"
        called = f"{called}.{name}" if len(model.given) > 1 else called
        drawn.append(Box(called, "result", "output", written(shapes[name]), (name,)))
    return drawn


def shapes_of(model: Model) -> Mapping[str, Shape]:
    """What each layer and input gives, of rows as of graphs."""
    if model.wiring:
        return model.shapes
    return graph.shapes(model.nodes, {model.inputs[0]: Shape(model.features)})


def _in_front(model: Model) -> Iterator[str]:
    """What stands in front of the layers of a row."""
    if model.embedding:
        yield EMBEDDING
    if model.masking is not None:
        yield MASKING


def _input(model: Model, name: str, shape: Shape) -> str:
    """The shape of an input; ids have no width."""
    readers = [node.layer for node in model.nodes if name in node.reads]
    ids = [EMBEDDING for one in readers if type(one).__name__.lower() == EMBEDDING]
    if ids or (model.embedding and not model.wiring):
        return "ids (t)"
    return written(shape)


def _box(node: Node, shapes: Mapping[str, Shape]) -> Box:
    layer, names = node.layer, [*graph.given(node.name, node.layer)]
    gives = " ".join(written(shapes[name]) for name in names)
    if isinstance(layer, Layer):
        return Box(node.name, "recurrent", _recurrent(layer), gives, node.reads, node.states,
                   tuple(layer.passes))  # fmt: skip
    says = _stateless(layer, shapes[node.name].width)
    return Box(node.name, type(layer).__name__.lower(), says, gives, node.reads)


def _recurrent(layer: Layer) -> str:
    if layer.backward:
        return f"{layer.cell}, both ways" + (f", {layer.merge}" if layer.merge != "concat" else "")
    return f"{layer.cell}, backward" if layer.direction == "backward" else layer.cell


def _stateless(layer: Stateless, width: int | None) -> str:
    """What a layer is, without how wide it is, which its shape tells."""
    name = "dense" if isinstance(layer, Output) else str(layer).removesuffix(f": {width}")
    function = str(getattr(layer, "activation", "linear"))
    return name if function in ("linear", name) else f"{name}, {function}"


def written(shape: Shape) -> str:
    """A shape as people write it: timesteps first."""
    width = "?" if shape.width is None else f"{shape.width:,}"
    if not shape.series:
        return f"({width})"
    return f"({'t' if shape.timesteps is None else shape.timesteps}, {width})"


def owners(drawn: Iterable[Box]) -> dict[str, Box]:
    """Each name that can be read, to the box that gives it: ``enc.forward.final.h`` to ``enc``."""
    found: dict[str, Box] = {}
    for box in drawn:
        if box.kind == "result":  # its name may be that of a layer
            continue
        found[box.name] = box
        for way in box.ways:
            found[f"{box.name}.{way}"] = box
            found |= {f"{box.name}.{way}.final.{state}": box for state in "hc"}
    return found


def begun(box: Box, giving: Mapping[str, Box]) -> dict[str, list[str]]:
    """The states that others give a box, by what gives them: ``enc`` to ``["h0", "c0"]``.

    Args:
        giving: each name that can be read, to the box that gives it.
    """
    found: dict[str, list[str]] = {}
    for key, source in box.states.items():
        short = source.removesuffix(f".final.{key.rpartition('.')[2][0]}")
        ways = giving[source].ways
        if short != source and len(ways) == 1:
            short = short.removesuffix(f".{ways[0]}")
        found.setdefault(short, []).append(key)
    return found
