"""A graph that is no row: its parts, each with the names of what it reads.

What a graph takes of a layer's output - the last step, a final state, one direction - is read by
its name where it has one; else a part gives it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from rnncalc.containers.onnx.file import OnnxModel
from rnncalc.data import dataclass
from rnncalc.errors import printable
from rnncalc.model.checks import DIRECTIONS, Names
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_onnx.operators.axes import bare
from rnncalc.readers.of_onnx.operators.table import OtherError
from rnncalc.readers.of_onnx.walk.attended import attended
from rnncalc.readers.of_onnx.walk.names import plain
from rnncalc.readers.of_onnx.walk.values import Flow, Link, Value
from rnncalc.readers.of_onnx.walk.walk import Walk

MASKED = (
    "cell", "weights", "masking", "weight", "kernel", "normalization", "prelu", "activation",
)  # fmt: skip
"""The layers that read a sequence with masked timesteps as Keras does and exporters write it: each
timestep by itself, or holding its state."""


@dataclass
class Wiring:
    """The parts of a graph.

    Attributes:
        parts: each behind those that it reads.
        sources: the names of the graph's inputs, by what the graph calls them.
        results: the names of what it gives.
        rows: the inputs that are one row.
        problem: why it is no graph that is computed.
    """

    parts: list[Part] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    results: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    problem: str = ""


def wiring(model: OnnxModel, reasons: Mapping[str, str]) -> tuple[Wiring, Walk]:
    """A graph as parts that name what they read, and the walk that found them.

    Args:
        reasons: why nodes are no recurrences that are read, by their names.
    """
    for apart in (False, True):
        walk = Walk(model, reasons, whole=True, apart=apart)
        try:
            found = _Wires(walk).wiring([walk.values[name] for name in model.graph.outputs])
        except OtherError as error:
            found = Wiring(problem=error.message)
        if not found.problem:
            break
    return found, walk


class _Wires:
    """Names for what parts read."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.found = Wiring()
        self.names = Names()
        self.named: dict[int, str] = {}
        self.made: dict[tuple[str, str], str] = {}
        self.apart: set[int] = set()
        self.single: set[str] = set()
        self.steps: set[int] = set()

    def wiring(self, outputs: Sequence[Value]) -> Wiring:
        """All that leads to what the graph gives. Errors: OtherError for what is not computed."""
        self._refuse()
        flows = [one for one in outputs if isinstance(one, Flow) and one.link]
        given = [one for one in flows if not (one.taken == "ended" and not one.cut)]
        links = list(_leading(given))
        there = {id(link.origin) for link in links}
        for one in flows:  # final states, of layers that nothing else leads to
            if one.link and one not in given and id(one.link.origin) not in there:
                given.append(one)
        place = {id(one): i for i, one in enumerate(self.walk.origins)}
        links = sorted(_leading(given), key=lambda link: place.get(id(link.origin), len(place)))
        if not links:
            raise OtherError("the graph's outputs are not computed here")
        self._name(links)
        self._masks(links)
        read = [*given, *(one for link in links for one in _reads(link))]
        self.apart = {id(one.link.origin) for one in read if one.link and _one_way(one)}
        self.steps = {id(one.link.origin) for one in read if one.link and one.taken != "ended"}
        for link in links:
            self._add(link)
        self.found.results = list(dict.fromkeys(map(self._result, given)))
        self.found.parts = attended(self.found.parts, self.found.results, self.single)
        self._rows()
        return self.found

    def _refuse(self) -> None:
        reading = self.walk.reading
        others = [one.part for one in self.walk.origins if one.part and one.part.kind == "other"]
        if others:
            raise OtherError(f"{printable(others[0].path)} {others[0].problem}")
        if reading.problems:
            raise OtherError(reading.problems[0])
        if any(reading.timed.values()):
            raise OtherError("the graph is no chain, and its nodes are told lengths of sequences")

    def _name(self, links: Sequence[Link]) -> None:
        """Inputs first, then parts: no two are called the same."""
        inputs = dict.fromkeys(
            one.source for link in links for one in _reads(link) if one.link is None
        )
        single = len(inputs) == 1
        for name in inputs:
            self.found.sources[name] = self.names.unique("x" if single else plain(name))
        for link in links:
            if link.part is not link.origin.part:
                raise OtherError(f"{printable(link.part.path)} is read in two ways")
            self.named[id(link.origin)] = self.names.unique(link.part.name)

    def _masks(self, links: Sequence[Link]) -> None:
        """Have embeddings tell which ids are real, where nodes read that.

        Errors: OtherError where a layer here would leave out what the graph takes, or the other
        way.
        """
        told = self.walk.reading.masked
        fronts = {id(_front(link).origin) for link in links if told.get(id(link.origin))}
        masked: set[int] = set()
        for link in links:
            if id(link.origin) in fronts and link.part.kind == "embedding":
                link.part.block["mask_zero"] = True
            read = [one for one in _reads(link) if one.link and id(one.link.origin) in masked]
            reads = any(not one.taken for one in read)
            where = printable(link.part.path)
            if link.part.kind == "recurrent" and reads != told.get(id(link.origin), False):
                what = "no mask of the masked timesteps" if reads else "a mask of other timesteps"
                raise OtherError(f"{where} is told {what} that it reads")
            alone = {*link.part.block} & {*MASKED} and "conv1d" not in link.part.block
            if any(one.taken != "ended" for one in read) and not alone:
                raise OtherError(f"{where} takes masked timesteps as it takes real ones")
            if reads or link.part.kind == "masking" or id(link.origin) in fronts:
                masked.add(id(link.origin))

    def _add(self, link: Link) -> None:
        """The part of a link, with the names of what it reads."""
        flows = _reads(link)
        reads = [self._called(one) for one in flows]
        self.single.update(name for name, one in zip(reads, flows, strict=True) if one.taken)
        block: dict[str, Any] = dict(link.part.block)
        if id(link.origin) in self.apart:
            block["merge"] = "none"
        for key, flow in link.states.items():
            self._state(block, key, flow)
        block["input"] = reads[0] if len(reads) == 1 else reads
        name = self.named[id(link.origin)]
        self.found.parts.append(replace(link.part, name=name, block=block))

    def _called(self, flow: Flow) -> str:
        """What a value is called. Errors: OtherError where nothing gives it as it is."""
        if flow.link is None:
            name = self.found.sources[flow.source]
            return self._last(name) if flow.taken == "last" else name
        part, name = flow.link.part, self.named[id(flow.link.origin)]
        if flow.taken == "ended":
            finals = [f"{name}.{way}.final.{flow.state}" for way in _ways(flow, part)]
            what = "final" if flow.state == "h" else f"final_{flow.state}"
            return finals[0] if len(finals) == 1 else self._both(name, what, finals)
        if flow.half is not None:
            name = f"{name}.{DIRECTIONS[flow.half]}"
        elif id(flow.link.origin) in self.apart:
            name = self._both(name, "joined", [f"{name}.{way}" for way in DIRECTIONS])
        return self._last(name) if flow.taken == "last" else name

    def _last(self, name: str) -> str:
        return self._part(name, "last", {"pooling": "last", "input": name})

    def _both(self, name: str, what: str, names: list[str]) -> str:
        return self._part(name, what, {"join": "concat", "input": names})

    def _part(self, of: str, what: str, block: dict[str, Any]) -> str:
        """A part that no node is; the same one for all who read it."""
        key = of, what
        if key not in self.made:
            base = of.replace(".forward", "_forward").replace(".backward", "_backward")
            self.made[key] = self.names.unique(f"{base}.{what}")
            says = "Concat" if "join" in block else "Gather"
            self.found.parts.append(Part(self.made[key], "output", says, block))
        return self.made[key]

    def _result(self, flow: Flow) -> str:
        """The name of what the graph gives; a layer that is only read at its end gives that."""
        if flow.link and id(flow.link.origin) not in self.steps and flow.state == "h":
            part = self._part_of(self.named[id(flow.link.origin)])
            if flow.half is None and part.kind == "recurrent":
                part.block["return_sequences"] = False
                return part.name
        name = self._called(flow)
        if flow.flipped:
            part = self._part_of(name)
            if part.block.get("direction") != "backward" or flow.closed:
                raise OtherError("the output's axes are turned around")
            part.block["order"] = "processing"
        if flow.half is not None and flow.taken == "":  # else both directions would be meant
            return self._part(name, "output", {"activation": "linear", "input": name})
        return name

    def _part_of(self, name: str) -> Part:
        return next(one for one in self.found.parts if one.name == name)

    def _state(self, block: dict[str, Any], key: str, flow: Flow) -> None:
        """Where an initial state comes from."""
        ways = [way for way in DIRECTIONS if way in block]
        if not ways:
            block[key] = self._given(key, flow)
            return
        if flow.taken != "ended" or flow.half is not None or flow.link is None:
            raise OtherError("has initial states of both directions that no layer ends with")
        for way in ways:
            half = replace(flow, half=DIRECTIONS.index(way))
            block[way] = {**block[way], key: self._given(key, half)}

    def _given(self, key: str, flow: Flow) -> dict[str, str]:
        name = self._called(flow)
        layer, _, end = name.partition(".final.")
        if end != key[0]:
            return {"layer": name}
        layer, _, way = layer.rpartition(".")
        both = flow.link is not None and "backward" in flow.link.part.block
        return {"layer": layer, **({"direction": way} if both else {})}

    def _rows(self) -> None:
        """Which inputs are one row: they have no axis of time."""
        for theirs, ours in self.found.sources.items():
            flow = self.walk.values[theirs]
            assert isinstance(flow, Flow)
            timed = any(atom.role == "time" for axis in flow.axes for atom in axis)
            if not timed and len([axis for axis in flow.axes if bare(axis)]) < 3:
                self.found.rows.append(ours)


def _reads(link: Link) -> tuple[Flow, ...]:
    return (link.reads, *link.others)


def _front(link: Link) -> Link:
    """The first of the parts that lead to one."""
    while link.reads.link:
        link = link.reads.link
    return link


def _one_way(flow: Flow) -> bool:
    """Whether it is the outputs of one direction of a layer of two."""
    return flow.half is not None and flow.taken != "ended"


def _ways(flow: Flow, part: Part) -> Sequence[str]:
    """Which directions a final state is of."""
    if flow.half is not None:
        return (DIRECTIONS[flow.half],)
    if "backward" in part.block:
        return DIRECTIONS
    return (part.block.get("direction", "forward"),)


def _leading(flows: Sequence[Flow]) -> Iterator[Link]:
    """The parts that lead to values, each behind those that it reads."""
    done: set[int] = set()
    for flow in flows:
        path = [_step(flow.link)] if flow.link else []
        while path:
            link, waiting = path[-1]
            before = next(waiting, None)
            if before is None:
                path.pop()
                if id(link.origin) not in done:
                    done.add(id(link.origin))
                    yield link
            elif id(before.origin) not in done:
                path.append(_step(before))


def _step(link: Link) -> tuple[Link, Iterator[Link]]:
    """A part, and the parts that it reads."""
    return link, (one.link for one in (*link.states.values(), *_reads(link)) if one.link)
