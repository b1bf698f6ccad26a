"""A network as a graph: which layer reads what, and whose final states start it.

A row needs no wiring: what its layers read follows from their order. Nodes stand in the order in
which they are computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from rnncalc.data import NamedTuple
from rnncalc.equations import CELLS
from rnncalc.errors import RnncalcError, ShapeError, printable, suggestion
from rnncalc.model.chain import cut
from rnncalc.model.checks import DIRECTIONS, Names
from rnncalc.model.layer import Layer
from rnncalc.model.stateless import Output, Pooling, Shape, Stateless
from rnncalc.numbers.digits import counted


class Wire(NamedTuple):
    """What a layer of a graph reads, by the names of what layers give and of inputs.

    A recurrent layer gives ``bi``, with merge none ``bi.forward`` and ``bi.backward``, and its
    final states, ``bi.forward.final.h``.

    Attributes:
        layer: its name.
        reads: what it reads.
        states: ``h0``, ``c0``, of a second direction ``backward.h0``, to what they are: final
            states, for which the name of their layer (and direction) will do, or one row.
    """

    layer: str
    reads: tuple[str, ...]
    states: Mapping[str, str] = {}


class Node(NamedTuple):
    """A layer in its place.

    Attributes:
        name: what others call what it gives.
        layer: itself.
        reads, states: as of a Wire.
        single: whether a recurrent layer gives one row: what each direction computed last.
    """

    name: str
    layer: Layer | Stateless
    reads: tuple[str, ...]
    states: Mapping[str, str] = {}
    single: bool = False


def row(
    layers: Sequence[Layer], outputs: Sequence[Stateless], mode: str, inputs: tuple[str, ...]
) -> Iterator[Node]:
    """The nodes of a network whose layers stand in a row."""
    names, below = Names(taken=inputs), inputs
    at_end = mode == "many-to-one" and cut(outputs) is None
    for layer in layers:
        for one in layer.chain:
            yield Node(name := names.unique(one.name), one, below)
            below = (name,)
        single = at_end and layer is layers[-1] and not layer.return_sequences
        yield Node(name := names.unique(layer.name), layer, below, single=single)
        below = tuple(given(name, layer))
    if at_end and len(below) > 1:
        from rnncalc.model.joins import Join  # few rows have one, and every start would pay

        yield Node(name := names.unique("join"), Join("concat"), below)
        below = (name,)
    if at_end and layers[-1].return_sequences:
        yield Node(name := names.unique("last"), Pooling("last"), below)
        below = (name,)
    for one in outputs:
        yield Node(name := names.unique(one.name), one, below)
        below = (name,)


def given(name: str, layer: Layer | Stateless) -> Iterator[str]:
    """The names of what a layer gives, but for its final states."""
    if isinstance(layer, Layer) and layer.merge == "none":
        yield from (f"{name}.{way}" for way in layer.passes)
    else:
        yield name


def finals(name: str, layer: Layer | Stateless) -> Iterator[tuple[str, str, str]]:
    """Direction, state and name of each final state: ``forward``, ``h``, ``bi.forward.final.h``."""
    if isinstance(layer, Layer):
        for way, one in layer.passes.items():
            for state in CELLS[one.cell].states:
                yield way, state, f"{name}.{way}.final.{state}"


def wired(
    every: Iterable[Layer | Stateless], wiring: Iterable[Wire], inputs: Iterable[str]
) -> Iterator[Node]:
    """The nodes of a graph, in the order in which they can be computed.

    Errors: RnncalcError for two layers of one name, for a name that there is not, for a circle.
    """
    layers = _by_name(every, inputs)
    giver = {name: name for name in inputs}
    for name, layer in layers.items():
        giver |= dict.fromkeys(given(name, layer), name)
        giver |= {full: name for _, _, full in finals(name, layer)}
    wires = {}
    for wire in wiring:
        if wire.layer not in layers or wire.layer in wires:
            what = "is no layer" if wire.layer not in layers else "is computed twice"
            raise RnncalcError(f"{printable(wire.layer)} {what}", about=(wire.layer,))
        for source in wire.reads:
            _refuse_unknown((wire.layer, "input"), source, giver, layers)
        states = {key: _state(key, source, layers) for key, source in wire.states.items()}
        for key, source in states.items():
            _refuse_no_state((wire.layer, key), source, layers)
            _refuse_unknown((wire.layer, key), source, giver, layers)
        wires[wire.layer] = wire._replace(states=states)
    if missing := next((name for name in layers if name not in wires), None):
        raise RnncalcError(f"nobody says what {printable(missing)} reads", about=(missing,))
    for wire in _ordered(wires, giver):
        layer = layers[wire.layer]
        single = isinstance(layer, Layer) and not layer.return_sequences
        yield Node(wire.layer, layer, wire.reads, wire.states, single)


def taken(wiring: Iterable[Wire], layer: Layer) -> set[tuple[str, str]]:
    """Direction and key, ``("backward", "h0")``, of the states that others give to a layer."""
    states = (key for wire in wiring if wire.layer == layer.name for key in wire.states)
    ways = (key.rpartition(".")[::2] for key in states)
    return {(way or layer.direction, key) for way, key in ways}


def untied(
    wiring: Iterable[Wire], layer: Layer, states: Iterable[tuple[str, str]]
) -> tuple[Wire, ...]:
    """The wiring without those of the states of a layer, (direction, key), that others give."""
    gone = {f"{way}.{key}" for way, key in states}
    gone |= {key for way, key in states if way == layer.direction}
    return tuple(
        wire
        if wire.layer != layer.name
        else wire._replace(states={key: of for key, of in wire.states.items() if key not in gone})
        for wire in wiring
    )


def _by_name(
    every: Iterable[Layer | Stateless], inputs: Iterable[str]
) -> dict[str, Layer | Stateless]:
    layers: dict[str, Layer | Stateless] = {}
    for layer in every:
        if layer.name in layers or layer.name in inputs:
            what = "another layer" if layer.name in layers else "an input"
            message = f"{printable(layer.name)} is the name of {what}, too: give it another"
            raise RnncalcError(message, about=(layer.name, "name"))
        layers[layer.name] = layer
    return layers


def _state(key: str, source: str, layers: Mapping[str, Layer | Stateless]) -> str:
    """The full name of a final state: of the named direction, or of the only one of a layer."""
    for name, layer in layers.items():
        alone = isinstance(layer, Layer) and len(layer.passes) == 1
        for way, state, full in finals(name, layer):
            if state == key.rpartition(".")[2][0] and source in (name * alone, f"{name}.{way}"):
                return full
    return source


def _refuse_no_state(
    about: tuple[str, str], source: str, layers: Mapping[str, Layer | Stateless]
) -> None:
    """Errors: RnncalcError where a layer has no such final state, or one for each direction."""
    owner, _, way = source.rpartition(".")
    layer = layers.get(source, layers.get(owner) if way in DIRECTIONS else None)
    if not isinstance(layer, Layer):
        return
    ways = [*layer.passes]
    if source in layers and len(ways) > 1:
        why = f"has two directions: say which ({', '.join(ways)})"
    elif source not in layers and way not in ways:
        why = f"has one direction, {ways[0]}"
    else:
        why = f"has no {about[1].rpartition('.')[2][0]}: it is no lstm"
    reader, key = map(printable, about)
    raise RnncalcError(f"{key} of {reader} is that of {printable(layer.name)}, which {why}",
                       about=about)  # fmt: skip


def _refuse_unknown(
    about: tuple[str, str],
    source: str,
    giver: Mapping[str, str],
    layers: Mapping[str, Layer | Stateless],
) -> None:
    if source in giver:
        return
    layer, reader = layers.get(source), printable(about[0])
    if isinstance(layer, Layer):
        several = " and ".join(given(source, layer))
        message = f"{printable(source)} has two outputs (merge none): name {several}"
        raise RnncalcError(f"{reader} reads {message}", about=about)
    hint = suggestion(source, [name for name in giver if ".final." not in name])
    message = f"{reader} reads {printable(source)}: there is no such layer or input"
    if "x" in giver and giver["x"] not in layers and hint.startswith("There"):
        hint += f" Inputs have names where x: says them: x: {{{printable(source)}: null}}"
    raise RnncalcError(f"{message}. {hint}", about=about)


def _ordered(wires: Mapping[str, Wire], giver: Mapping[str, str]) -> Iterator[Wire]:
    """Each wire behind those that it reads, else in the order in which they were given.

    Errors: RnncalcError for a circle, with the layers in it.
    """
    done: set[str] = set()
    for first in wires:
        path = [first]
        while path:
            wire = wires[path[-1]]
            sources = {giver[name]: None for name in (*wire.reads, *wire.states.values())}
            missing = next((one for one in sources if one in wires and one not in done), None)
            if missing in path:
                circle = [*path[path.index(missing) :], missing]
                around = " -> ".join(printable(name) for name in reversed(circle))
                message = f"{around} is a circle: each waits for the one before it"
                raise RnncalcError(message, about=(path[-1], "input"))
            if missing is not None:
                path.append(missing)
                continue
            if (name := path.pop()) not in done:
                done.add(name)
                yield wire


def shapes(
    nodes: Iterable[Node], inputs: Mapping[str, Shape], *, settled: bool = True
) -> dict[str, Shape]:
    """What each node gives, by the names of what it gives.

    Args:
        settled: whether the arrays are in shape; else they are brought into it.

    Errors: ShapeError, RnncalcError for what does not fit what it reads.
    """
    known = dict(inputs)
    for node in nodes:
        read = [known[name] for name in node.reads]
        if isinstance(node.layer, Layer):
            known |= _recurrent(node, node.layer, read, known)
        else:
            try:
                if not settled and len(read) == 1:
                    _settle(node, node.layer, read[0].width)
                known[node.name] = node.layer.shape(read)
            except RnncalcError as error:
                error.about = (node.name, *error.about)
                raise
    return known


def _settle(node: Node, layer: Stateless, width: int | None) -> None:
    """Bring the arrays of a layer into shape, where it is known what it reads."""
    if width is not None:
        layer.settle({"units": (width, node.reads[0])}, f"{node.name}.")
    elif isinstance(layer, Output) and layer.takes is None:
        message = f"nothing tells how many numbers {node.reads[0]} has"
        raise ShapeError(f"{message}: write W_y as rows, (outputs, units)", about=("W_y",))


def _recurrent(
    node: Node, layer: Layer, read: Sequence[Shape], known: Mapping[str, Shape]
) -> Iterator[tuple[str, Shape]]:
    """What a recurrent layer gives, once what it reads is checked."""
    about = (node.name, "input")
    for source, shape in zip(node.reads, read, strict=True):
        if len(read) > 1 or not shape.series:
            what = f"{len(read)} layers" if len(read) > 1 else f"{source}, which is one row"
            message = f"{node.name} reads {what}: it takes a series of timesteps"
            raise ShapeError(message + (", join them" if len(read) > 1 else ""), about=about)
        if shape.width not in (None, layer.features):
            takes = f"{node.name} takes {counted(layer.features, 'feature')}"
            message = f"{source} gives {shape.width}, {takes}"
            raise ShapeError(message, about=about)
    for way, state, full in finals(node.name, layer):
        one = layer.passes[way]
        yield full, Shape(one.state_size if state == "h" else one.units, series=False)
    for key, source in node.states.items():
        _check_state(node.name, layer, key, source, known[source])
    names = [*given(node.name, layer)]
    for name in names:
        width = layer.width if len(names) == 1 else layer.passes[name.rpartition(".")[2]].state_size
        yield name, Shape(width, not node.single, None if node.single else read[0].timesteps)


def _check_state(name: str, layer: Layer, key: str, source: str, shape: Shape) -> None:
    way, _, state = key.rpartition(".")
    one = layer.passes.get(way or layer.direction)
    if one is None or state[0] not in CELLS[one.cell].states:
        raise RnncalcError(f"{name} has no {key}: it is a {layer.cell}", about=(name, key))
    size = one.state_size if state == "h0" else one.units
    if shape.series or shape.width not in (None, size):
        has = "is a series of timesteps" if shape.series else f"has {shape.width}"
        message = f"{key} of {name} takes {counted(size, 'number')}, {source} {has}"
        raise ShapeError(message, about=(name, key))


def widths(nodes: Sequence[Node], inputs: Iterable[str]) -> dict[str, int | None]:
    """How many numbers each input has, as those that read it tell; None where nobody does."""
    wanted: dict[str, int | None] = {}
    for node in reversed(nodes):
        tells: int | None
        if isinstance(node.layer, Layer):
            tells = node.layer.features
        else:
            behind, tells = wanted.get(node.name), node.layer.takes
            dense = isinstance(node.layer, Output)
            if not (dense or tells or behind is None or node.layer.gives(behind) is None):
                tells = node.layer.needs(behind)
        if len(node.reads) == 1 and tells is not None:
            wanted[node.reads[0]] = tells
    return {name: wanted.get(name) for name in inputs}
