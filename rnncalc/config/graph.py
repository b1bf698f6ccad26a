"""Blocks that read each other: which layers and wires a config of a graph means.

A block reads the one before it in the list, or what its ``input`` names; states may come from
another layer. What fits what is checked by the Model; here its errors find their blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from typing import Any

from rnncalc.config import keys, layers
from rnncalc.config.said import Said, parsed
from rnncalc.config.stateless import (
    JOINING,
    blocks_of,
    given,
    made,
    several,
    stateless_kind,
    states_of,
)
from rnncalc.data import dataclass
from rnncalc.errors import KeyPath, RnncalcError, dotted, printable, suggestion
from rnncalc.model.checks import Names
from rnncalc.model.graph import Wire
from rnncalc.model.layer import Layer
from rnncalc.model.model import Model
from rnncalc.model.stateless import Function, Stateless

SEVERAL = ("attention", "join")
"""What takes several layers as they are."""


@dataclass
class _Graph:
    """The layers so far.

    Attributes:
        every: the layers, in the order in which they stand.
        wires: what each of them reads.
        ends: what a block is called, and the layer that gives what it gives.
        places: the block of each layer.
        outputs: the output blocks, by what they are called.
        results: what is said to be a result.
    """

    said: Said
    names: Names
    every: list[Layer | Stateless] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    ends: dict[str, str] = field(default_factory=dict)
    places: dict[str, KeyPath] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)

    def add(self, path: KeyPath, before: str | None) -> str:
        """Add the layers of a block, which reads what is before it if it does not say what.

        Returns: what others call what it gives.
        """
        block = given(self.said.at(path))
        reads = self._reads(path, block, before)
        kind = stateless_kind(block) if path else None
        if kind is None and path[:1] == ("output",) and not {*block} - {"name", "input"}:
            return self._alias(path, block, reads)
        loop = self._layers(path, block, kind)
        if len(reads) > 1 and kind not in SEVERAL:
            reads = (self._joined(path, block, loop[-1].name, reads),)
        for i, one in enumerate(loop):
            with self.said.located(*path):
                states = {key: _whose(state) for key, state in states_of(block, i)}
            self._put(path, one, reads, states)
            reads = (one.name,)
        called = block.get("name", loop[-1].name)
        self.ends[called] = loop[-1].name
        if path[:1] == ("output",):
            self.outputs.append(loop[-1].name)
        return loop[-1].name

    def _reads(
        self, path: KeyPath, block: Mapping[str, Any], before: str | None
    ) -> tuple[str, ...]:
        named = block.get("input", before)
        with self.said.located(*path):
            if named is None:
                raise RnncalcError("there are several inputs: input: says which one it reads")
            if not named:
                raise RnncalcError("input is empty: a layer reads something", about=("input",))
        return (named,) if isinstance(named, str) else tuple(named)

    def _layers(
        self, path: KeyPath, block: dict[str, Any], kind: str | None
    ) -> Sequence[Layer | Stateless]:
        """The layers of a block, with names that no other has."""
        if kind is None:
            with self.said.located(*path):
                if "before" in block:
                    message = "before is of layers in a row: give it a place in layers"
                    raise RnncalcError(message, about=("before",))
            index = path[-1] if path else 0
            return layers.made(self.said, path, self.names.unique(f"layer{index}"))
        own = {key: value for key, value in block.items() if key != "input"}
        if kind == "attention" and "join" in block:
            with self.said.located(*path):
                message = "join is not of attention: it takes what it reads as it is"
                raise RnncalcError(message, about=("join",))
        if kind != "join":
            own = {key: value for key, value in own.items() if key not in JOINING}
        one = made(self.said, path, own, kind)
        return [one if "name" in block else replace(one, name=self.names.unique(one.name))]  # type: ignore[type-var]

    def _joined(
        self, path: KeyPath, block: Mapping[str, Any], name: str, reads: tuple[str, ...]
    ) -> str:
        """The name of the layer that joins what a block reads."""
        if "join" not in block:
            with self.said.located(*path):
                how = ", ".join(keys.CHOICES["join"])
                message = f"{printable(name)} reads {len(reads)} layers: join: says how ({how})"
                raise RnncalcError(message, about=("input",))
        own = {key: block[key] for key in JOINING if key in block}
        one = made(self.said, path, own, "join")
        one = replace(one, name=self.names.unique(f"{name}.join"))  # type: ignore[type-var]
        self._put(path, one, reads, {})
        return one.name

    def _alias(self, path: KeyPath, block: Mapping[str, Any], reads: tuple[str, ...]) -> str:
        """An output that is what a layer gives, perhaps by another name."""
        name = block.get("name", "output")
        if len(reads) > 1:
            reads = (self._joined(path, block, name, reads),)
        if "name" in block:
            self._put(path, Function("linear", name), reads, {})
        else:
            (name,) = reads
            self.results.append(name)
        self.outputs.append(name)
        return str(name)

    def _put(
        self, path: KeyPath, one: Layer | Stateless, reads: tuple[str, ...], states: dict[str, str]
    ) -> None:
        if one.name in self.places:
            with self.said.located(*path):
                where = dotted(self.places[one.name])
                message = f"{printable(one.name)} is the name of {where}, too: give it another"
                raise RnncalcError(message, about=("name",))
        self.every.append(one)
        self.wires.append(Wire(one.name, reads, states))
        self.places[one.name] = path

    def parts(self, last: str) -> dict[str, Any]:
        """What a Model takes of it; what is called like a loop is what its last cell gives.

        Args:
            last: the layer that gives what the network gives, where there are no output blocks.
        """
        wires = []
        for wire in self.wires:
            reads = tuple(self.ends.get(name, name) for name in wire.reads)
            states = {key: self.ends.get(name, name) for key, name in wire.states.items()}
            wires.append(Wire(wire.layer, reads, states))
        inside = {name for wire in wires for name in wire.reads}.difference(self.results)
        given = [self.ends.get(name, name) for name in self.outputs if name not in inside]
        return {
            "layers": tuple(one for one in self.every if isinstance(one, Layer)),
            "stateless": tuple(one for one in self.every if isinstance(one, Stateless)),
            "wiring": tuple(wires),
            "results": tuple(dict.fromkeys(given)) or (last,),
        }


def _whose(state: Mapping[str, Any]) -> str:
    """The name of the final state of a layer, or of one of its directions."""
    if state.get("file") is not None:
        raise RnncalcError(
            f"a state is that of {printable(state['layer'])}, or in a file: not both"
        )
    return ".".join(filter(None, [state["layer"], state.get("direction")]))


def model(said: Said, use: Mapping[str, Any]) -> Model:
    """The graph that was described.

    Errors: RnncalcError, placed at the block, key or flag.
    """
    data = said.data
    _refuse_in_front(said)
    inputs = tuple(data["x"]) if several(data.get("x")) else ("x",)
    for name in data.get("rows") or ():
        if name not in inputs:
            with said.located("rows"):
                hint = suggestion(name, inputs)
                raise RnncalcError(f"there is no input {printable(name)}. {hint}")
    blocks = list(blocks_of(data))
    taken = [block["name"] for _, block in blocks if block.get("name")]
    graph = _Graph(said, Names(taken=[*taken, *inputs]))
    before = inputs[0] if len(inputs) == 1 else None
    for path, _ in blocks:
        before = graph.add(path, before)
    said.alias |= {parsed(name): path for name, path in graph.places.items()}
    parts = graph.parts(before or "")
    if said.picked:
        from rnncalc.config.subgraph import picked

        parts, inputs = picked(said.picked, parts, inputs)
        if isinstance(x := use.get("x"), dict):
            use = {**use, "x": {name: one for name, one in x.items() if name in inputs} or None}
    with _at_blocks(said, graph.places):
        network = Model(**parts, inputs=inputs, rows=tuple(data.get("rows") or ()), **use)
    _refuse_unread(said, network)
    return network


def _refuse_in_front(said: Said) -> None:
    """Errors: RnncalcError for what stands in front of a row, whose one input is x."""
    for key in ("embedding", "masking"):
        with said.located(key):
            if said.data.get(key) is not None:
                raise RnncalcError(f"in a graph it is one of layers: {{{key}: ..., input: x}}")


def _refuse_unread(said: Said, model: Model) -> None:
    read = {name for node in model.nodes for name in (*node.reads, *node.states.values())}
    for name in model.inputs:
        if name not in read:
            with said.located("x", *([name] if several(said.data.get("x")) else [])):
                raise RnncalcError("no layer reads it")


@contextmanager
def _at_blocks(said: Said, places: Mapping[str, KeyPath]) -> Iterator[None]:
    """Put errors about a layer at its block, and at the key of it that they are about."""
    try:
        yield
    except RnncalcError as error:
        name, *about = error.about or ("",)
        if name in places:
            error.about = tuple(key.removeprefix(f"{name}.") for key in about)
        with said.located(*places.get(name, ())):
            raise
