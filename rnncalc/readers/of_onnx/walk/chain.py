"""Which of a graph's outputs is the network's, and whether all of its parts lead there in a row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import field, replace
from typing import Any

from rnncalc.containers.onnx.file import OnnxModel
from rnncalc.containers.onnx.limits import LISTED, NAMED
from rnncalc.data import dataclass
from rnncalc.errors import printable
from rnncalc.readers.contents.part import Part
from rnncalc.readers.of_onnx.walk.values import Flow, Link, Stack, Value
from rnncalc.readers.of_onnx.walk.walk import Walk

PADDED = (
    "{}: the graph takes the last step of the padded sequence, which is 0 where one is shorter; "
    "each sequence's own last step is taken here"
)


@dataclass
class Chain:
    """A graph as parts in a row.

    Attributes:
        parts: all of its parts, those that lead to the output in their order.
        branches: why they are no chain; nothing where they are.
        mode: ``many-to-one`` where only the last step of the sequence is taken.
        warnings: what may make numbers differ.
        source: the graph's input that the sequence is; nothing where they are no chain.
    """

    parts: list[Part]
    branches: str = ""
    mode: str = ""
    warnings: list[str] = field(default_factory=list)
    source: str = ""

    @property
    def whole(self) -> bool:
        """Whether they are a chain, of which all is computed."""
        return not self.branches and all(part.kind != "other" for part in self.parts)


def chain(model: OnnxModel, reasons: Mapping[str, str]) -> tuple[Chain, Walk]:
    """The parts of a graph, and the walk that found them.

    Args:
        reasons: why nodes are no recurrences that are read, by their names.
    """
    walk = Walk(model, reasons)
    every = [one.part for one in walk.origins if one.part is not None]
    if not any(part.kind == "recurrent" for part in every):
        every.sort(key=lambda part: part.path not in reasons)
        return Chain([*_few(every), _nothing(model)]), walk
    outputs = [walk.values[name] for name in model.graph.outputs]
    flow = main(outputs)
    links = flow.link.chain() if flow and flow.link else []
    found = Chain(_few(every), _branches(walk, links, outputs))
    if found.branches or any(part.kind == "other" for part in every) or flow is None:
        found.branches = found.branches or _nothing_computed(outputs)
        return found, walk
    found.parts, found.source = [link.part for link in links], links[0].reads.source
    if True in walk.reading.masked.values() and found.parts[0].kind == "embedding":
        found.parts[0].block["mask_zero"] = True
    _end(found, flow, links, walk)
    return found, walk


def parts_of(walk: Walk) -> list[Part]:
    """All parts that a walk found."""
    return _few([one.part for one in walk.origins if one.part is not None])


def _nothing_computed(outputs: list[Value]) -> str:
    """Why none of the graph's outputs is the network's."""
    if any(isinstance(one, Stack) for one in outputs):
        return "the graph gives the final states of several layers, and no sequence"
    return "the graph's outputs are not computed here"


def _few(parts: list[Part]) -> list[Part]:
    """The parts; of those that are not computed the first ones."""
    others = [part for part in parts if part.kind == "other"]
    cut = {id(part) for part in others[LISTED:]}
    if not cut:
        return parts
    counts = Counter(part.says for part in others[LISTED:])
    rest = Part("others", "other", "ONNX", problem=f"are not computed here: {_listed(counts)}")
    return [part for part in parts if id(part) not in cut] + [rest]


def _nothing(model: OnnxModel) -> Part:
    """What a graph without recurrent nodes holds."""
    counts = Counter(node.op for node in model.graph.nodes)
    holds = _listed(counts) or "no node at all"
    problem = f"has no node RNN, GRU or LSTM that is computed; its operators are: {holds}"
    return Part("graph", "other", "ONNX", problem=problem)


def _listed(counts: Counter[str]) -> str:
    shown = [f"{printable(op)} ({count})" for op, count in counts.most_common(NAMED)]
    more = [f"{len(counts) - NAMED} more"] if len(counts) > NAMED else []
    return ", ".join(shown + more)


def main(outputs: list[Value]) -> Flow | None:
    """The output that most parts lead to; of two the one that has all timesteps."""
    flows = [one for one in outputs if isinstance(one, Flow) and one.link and one.state == "h"]
    best, longest = None, (0, False)
    for flow in flows:
        length = flow.link.length if flow.link else 0
        if (length, not flow.taken) > longest:
            best, longest = flow, (length, not flow.taken)
    return best


def _branches(walk: Walk, links: list[Link], outputs: list[Value]) -> str:
    """Why the parts are no chain, if they are none."""
    if walk.reading.problems:
        return walk.reading.problems[0]
    there = {id(link.origin) for link in links}
    aside = [one.part for one in walk.origins if one.part and id(one) not in there]
    aside = [part for part in aside if part.kind != "other"]
    if aside and links:
        names = ", ".join(printable(part.path) for part in aside[:NAMED])
        return f"the graph is no chain: {names} do not lead to {printable(links[-1].part.path)}"
    if why := _other_masks(walk, links):
        return why
    timed = set(walk.reading.timed.values())
    if len(timed) > 1:
        return "some recurrent nodes are told the lengths of sequences, and others are not"
    if len(set(walk.reading.given)) > 1:
        return f"the graph has several inputs of lengths: {', '.join(walk.reading.given[:NAMED])}"
    return ""


def _other_masks(walk: Walk, links: list[Link]) -> str:
    """Why masks are not Keras', of which every recurrent layer reads the same."""
    masked = set(walk.reading.masked.values())
    if len(masked) > 1:
        return "some recurrent nodes read a mask, and others do not"
    there = [link.part for link in links if link.part.kind == "masking"]
    if there and True not in masked:
        return f"no recurrent node reads the mask of {printable(there[0].path)}"
    return ""


def _end(found: Chain, flow: Flow, links: list[Link], walk: Walk) -> None:
    """What the output takes of the sequence that leads to it."""
    layer = next(link for link in links[::-1] if link.part is flow.layer)
    place, more = links.index(layer), dict[str, Any]()
    if flow.half is not None or any(link.reads.half is not None for link in links):
        found.branches = "only one direction of a bidirectional node leads to the output"
    one_way = "forward" not in layer.part.block and "direction" in layer.part.block
    if flow.taken == "ended":
        more["return_sequences"] = False
        more |= {"order": "processing"} if flow.turned and one_way else {}
    if flow.taken == "last":
        found.mode = "many-to-one"
    if flow.taken and walk.reading.timed.get(id(layer.origin)) and flow.cut:
        found.warnings.append(PADDED.format(printable(layer.part.path)))
    if flow.order:
        found.branches = "its sequences are sorted, and do not come back into their order"
    if flow.flipped:
        if not one_way or any(atom.role != "time" for atom in flow.flipped):
            found.branches = "the output's axes are turned around"
        more["order"] = "processing"
    found.parts[place] = replace(layer.part, block=layer.part.block | more)
