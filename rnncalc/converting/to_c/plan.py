"""What the C of a network is made of: its layers, how wide each is, what goes in and comes out.

A network of which each timestep needs nothing but what came before becomes a ``step``; one that
needs the whole sequence (a backward direction, pooling, final states that start another layer)
becomes a ``run``. What there is no C for is refused here, by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np

from rnncalc.converting.refusal import refused
from rnncalc.converting.to_c.language import safe
from rnncalc.errors import RnncalcError, ShapeError
from rnncalc.model import graph
from rnncalc.model.checks import Names
from rnncalc.model.convolution import Conv1d
from rnncalc.model.embedding import Embedding
from rnncalc.model.graph import Node
from rnncalc.model.joins import Join
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.reshaping import Repeat
from rnncalc.model.stateless import Flatten, Pooling, Shape, Stateless, makes_row
from rnncalc.running.inputs import masks

TITLE = "a .h file"
TYPES = {"float32": "float", "float64": "double"}

MOST = 10**7
"""So many numbers may a network have: as text, each takes some 20 bytes."""

WIDEST = 1000
"""So many numbers has an input at most that no layer tells of."""

LONGEST = 5000
"""So many timesteps are not tried."""

SHORT = 20
"""So many characters of the name of one of several inputs stand in its own."""


class Port(NamedTuple):
    """An input or an output of the network: an argument in C.

    Attributes:
        key: what the network calls it.
        name: what C does.
        width: how many numbers it has a timestep, or in its one row.
        series: whether it has timesteps.
        ids: whether it is whole numbers, rows of a table.
        timesteps: how many it has, where that is not the number of the others.
    """

    key: str
    name: str
    width: int
    series: bool
    ids: bool = False
    timesteps: int | None = None


class Plan:
    """A network as what C needs to know of it.

    Attributes:
        nodes: its layers in the order in which they are computed, an embedding among them.
        shapes: what each of them gives, by name.
        timesteps: how many there must be; None for any number.
        whole: whether it takes the whole sequence at once.
        inputs, outputs: the arguments.

    Errors: RnncalcError for what there is no C for.
    """

    def __init__(self, model: Model) -> None:
        self.nodes = tuple(_nodes(model))
        _refuse(model, self.nodes)
        tables = {node.reads[0] for node in self.nodes if isinstance(node.layer, Embedding)}
        self.inputs = tuple(_inputs(model, self.nodes, tables))
        self._shapes = partial(_shapes, self.nodes, self.inputs)
        self.shapes, self.timesteps = _told(model, self.nodes, self._shapes)
        self.whole = _whole(self.nodes, self.shapes)
        self.outputs = tuple(self._outputs(model))

    @property
    def arguments(self) -> list[str]:
        """The names of what ``step`` or ``run`` is given of numbers, in their order."""
        inputs, outputs = ([one.name for one in of] for of in (self.inputs, self.outputs))
        counted = self.whole and not self.timesteps
        return [*inputs, *(["timesteps"] if counted else []), *outputs]

    def least(self, timesteps: int) -> int:
        """So many timesteps, or as many more as its windows take.

        Errors: RnncalcError where they take very many.
        """
        for count in (self.timesteps,) if self.timesteps else range(timesteps, LONGEST):
            try:
                self._shapes(count)
            except ShapeError:
                continue
            return count
        raise RnncalcError(f"it takes {LONGEST} timesteps or more: {TITLE} is proved with fewer")

    def size(self, one: Port, timesteps: int) -> int:
        """How many numbers an argument has, of so many timesteps."""
        steps = self._shapes(timesteps)[one.key].timesteps or timesteps
        return one.width * (steps if one.series else 1)

    def _outputs(self, model: Model) -> Iterator[Port]:
        names = _names("y", model.given)
        for key, name in zip(model.given, names, strict=True):
            shape = self.shapes[key]
            series = shape.series and not model.single(key)
            steps = shape.timesteps if series and shape.timesteps != self.timesteps else None
            yield Port(key, name, shape.width or 0, series, timesteps=steps)


def _nodes(model: Model) -> Iterator[Node]:
    """The layers in their places; what a row has in front is one of them."""
    if model.embedding:
        yield Node(model.inputs[0], model.embedding, ("ids",))
    yield from model.nodes


def _inputs(model: Model, nodes: tuple[Node, ...], tables: set[str]) -> Iterator[Port]:
    keys = ("ids",) if model.embedding else model.inputs
    for key, name in zip(keys, _names("x", keys), strict=True):
        series, ids = key not in model.rows, key in tables
        width = _width(model, nodes, key)
        others = [one for one in nodes if key in one.reads and not isinstance(one.layer, Embedding)]
        if ids and (others or not series):
            what = "one row of ids" if not series else f"ids, and {others[0].name} reads numbers"
            raise refused(key, f"it is {what}: {TITLE} has ids by the timestep")
        if not width and not ids:
            raise refused(key, "no layer tells how many numbers it has")
        yield Port(key, name, 1 if ids else width or 1, series, ids)


def _width(model: Model, nodes: tuple[Node, ...], key: str) -> int | None:
    """How many numbers an input has; of one of which no layer tells, the only one that fits."""
    if not model.wiring or model.shapes[key].width:
        return model.shapes[key].width if model.wiring else model.features
    fits = []
    for width in range(1, WIDEST):
        shapes = {name: model.shapes[name] for name in model.inputs}
        try:
            graph.shapes(nodes, shapes | {key: shapes[key]._replace(width=width)})
        except ShapeError:
            continue
        fits.append(width)
    return fits[0] if len(fits) == 1 else None


def _names(letter: str, keys: Iterable[str]) -> list[str]:
    """``x``, or of several ``x_tokens``, ``x_numbers``."""
    keys, names = list(keys), Names(longest=SHORT)
    if len(keys) == 1:
        return [letter]  # small letters, as what differs in them alone would be one macro
    return [f"{letter}_{names.unique(safe(key).lower())}" for key in keys]


def _shapes(
    nodes: tuple[Node, ...], inputs: Iterable[Port], timesteps: int | None
) -> Mapping[str, Shape]:
    """What each layer gives of so many timesteps."""
    alone = [  # each direction of a cell in a loop reads its own, and all that counts is one
        node._replace(reads=node.reads[:1]) if isinstance(node.layer, Layer) else node
        for node in nodes
    ]
    given = {one.key: Shape(one.width, one.series, timesteps) for one in inputs}
    return graph.shapes(alone, given)


def _told(
    model: Model, nodes: tuple[Node, ...], of: Callable[[int | None], Mapping[str, Shape]]
) -> tuple[Mapping[str, Shape], int | None]:
    """What each layer gives, and how many timesteps there must be, where one flattens them."""
    shapes = of(None)
    for node in nodes:
        if isinstance(node.layer, Flatten) and shapes[node.name].width is None:
            width = shapes[node.reads[0]].width or 1
            behind = [one.layer.takes for one in nodes if node.name in one.reads]
            told = model.flattened or next((size // width for size in behind if size), None)
            if told is None:
                raise refused(node.name, "nothing tells how many timesteps it makes one row of")
            return of(told), told
    return shapes, None


def _whole(nodes: Iterable[Node], shapes: Mapping[str, Shape]) -> bool:
    """Whether a timestep needs more than what came before."""
    ended: set[str] = set()
    for node in nodes:
        reads = {name in ended for name in node.reads if shapes[name].series or name in ended}
        if len(reads) > 1 or node.states:
            return True
        if isinstance(node.layer, Layer):
            if "backward" in node.layer.passes:
                return True
        elif not node.layer.stepwise and not _last(node.layer):
            return True
        if True in reads or _last(node.layer) or node.single:
            ended.add(node.name)
    return False


def _last(one: Layer | Stateless) -> bool:
    """Whether it gives what the timestep gave that came last."""
    return isinstance(one, Pooling) and one.kind == "last" and makes_row(one)


def _refuse(model: Model, nodes: Iterable[Node]) -> None:
    if model.dtype not in TYPES:
        raise RnncalcError(f"dtype {model.dtype}: C has float and double; write --dtype float32")
    if what := masks(model):
        raise refused(what, f"{TITLE} has no masks")
    numbers = 0
    for node in nodes:
        layer = node.layer
        if isinstance(layer, Layer):
            arrays = [a for one in layer.passes.values() for a in one.arrays.values()]
            states = [s for one in layer.passes.values() for s in (one.h0, one.c0)]
            if any(np.ndim(one) > 1 for one in states if one is not None):
                what = f"states of several sequences: {TITLE} has one sequence"
                raise refused(node.name, what)
        else:
            arrays = [*layer.operands.values()]
            if isinstance(layer, Conv1d) and layer.groups > 1:
                raise refused(node.name, f"{layer.groups} groups are not written as C")
            if not _written(layer):
                raise refused(node.name, f"{layer.word} is not written as C")
        numbers += sum(array.size for array in arrays)
    if numbers > MOST:
        raise RnncalcError(f"{numbers} numbers are too many for {TITLE}: the most are {MOST}")


def _written(one: Stateless) -> bool:
    """Whether there is C for a layer without a state."""
    if type(one).compute is Stateless.compute or isinstance(one, Embedding | Repeat):
        return True
    return isinstance(one, Conv1d | Pooling | Flatten) or (isinstance(one, Join) and one.stepwise)
